"""Equations of batteries: arrays in, arrays out, SI units, float64; no ledger, no disk.

portable    functions whose last bit is the same on every processor
circuit     a cell as an electric circuit with one temperature
ageing      capacity lost and resistance gained by time and by use
control     statistical process control: charts, limits, who contributes
extra       parts of SciPy, imported where they are asked for
rootcause   which lot, machine, setting or pair explains the bad cells
"""
