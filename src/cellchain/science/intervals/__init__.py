"""Intervals that hold what they say, for what comes in groups: rows of cells, cells of lots.

conformal   quantiles of scores by group; split and by regime
jackknife   for few groups: every group judged by a model that has not seen it
coverage    what intervals turned out to hold: overall, by group, and how wide
"""
