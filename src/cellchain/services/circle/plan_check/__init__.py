"""Judges a plan of routes by the file it is for, with nothing of what made it.

It has a reader and an arithmetic of its own, of plain Python: neither NumPy nor PyVRP nor the
reader of the solver has a say in whether a plan is sound. It imports nothing but errors, and what
bounds the TOML of strangers.

claim        what a plan says of itself, and the verdict
facts        what of an instance a plan is judged by
judging      the plan, route by route
day_facts    what of a day of collecting a plan is judged by
day_judging  that plan, lorry by lorry
"""
