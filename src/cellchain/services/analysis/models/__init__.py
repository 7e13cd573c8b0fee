"""Models that ship, as files, and the licences of the data that they were learnt from.

life.json    41 cells of MATR: petermattia/revisit-severson-et-al @ 3a77c7d513, ``data/``, MIT;
             every fifth voltage of its curves
grade.json   12 cells of Cylind21:
             terencetaothucb/Immediate-remaining-capacity-estiamtion-of-second-life-batteries
             @ cd8a119a03, ``data/``, MIT

`cellchain twin train` makes them anew, byte for byte, on the same platform and pinned versions.
"""
