"""Reverse design: from what a pack shall do to electrodes, format, pack and usage.

chemistry   what a cell is made of: numbers with source and fitted range
cell        electrodes, and the room for them in a format
parameters  those of a chemistry, as PyBaMM wants them
simulation  one discharge, one charge, pulses, by a model of PyBaMM
physics     from chosen electrodes to what a cell does
life        how long it does so, by published laws of ageing
bill        what it weighs, costs and emits
pack        a design from cell to pack, and its figures
figures     the figures: which way is better, how far a limit is
front       which designs are feasible, none better, and what binds them
search      trials of optuna
"""
