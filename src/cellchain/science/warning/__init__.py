"""Early warning on the cell voltages of a vehicle: the cell that leaks, and the sensor that lies.

fleet     simulated cars, healthy or with an internal short, of two spreads: they judge the rest
          (`fleet_charges` their ends of charges, `fleet_probes` their temperatures)
rest      one day: each cell at rest, beside the crowd
charge    the end of a charge: each cell beside the crowd where it is told best
probe     who runs warmer than before, and the probe that lies
drift     who sinks, since when, how fast: a matched filter over onsets
sensor    who is frozen, jumps, or is out of range
watching  the watch over many days, and what it keeps between two runs
"""
