"""State of health from one sequence of pulses, at a state of charge that nobody knows.

surface     corner voltages as smooth functions of charge and health, and how cells scatter there
inversion   from voltages back to health: the posterior over what charge and health may be
grading     the model of a grade: fitted by cell, calibrated on cells left out
"""
