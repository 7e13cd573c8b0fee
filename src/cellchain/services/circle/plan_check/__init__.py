"""Judges a plan of routes by the file it is for, with nothing of what made it.

It has a reader and an arithmetic of its own, of plain Python: neither NumPy nor PyVRP nor the
reader of the solver has a say in whether a plan is sound. It imports nothing but errors.

facts      what of an instance a plan is judged by
judging    the plan, route by route
"""
