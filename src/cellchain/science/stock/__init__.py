"""Stocks and flows of batteries and of what they are made of, year by year.

lifetime    which share of a cohort is still in use at the end of each year
cohorts     stock and outflow from inflow
materials   what of the outflow is collected, used again, recovered
projection  all of it, for many choices of what is uncertain at once
"""
