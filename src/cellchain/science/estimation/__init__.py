"""What a cell is and where it stands, by current, voltage and temperature alone.

curve           the open circuit: a monotone curve on an even grid
relaxation      what an RC pair does with a current, all rows at once
equivalent      the circuit as it was identified, and what its voltage is not to be trusted for
excitation      whether a drive says enough, and whether its current has the sign that we mean
identification  the circuit of a drive: least squares
unexplained     what the circuit does not explain: lasting, rough, noise
belief          state of charge, voltages of the pairs, capacity, resistance, offset; and doubts
filtering       one row more for each of many batteries: a sigma-point filter
"""
