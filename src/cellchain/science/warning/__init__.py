"""Early warning on the cell voltages of a vehicle: the cell that leaks, and the sensor that lies.

fleet   simulated cars, healthy or with an internal short, of two spreads: they judge the rest
"""
