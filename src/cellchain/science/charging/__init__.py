"""What one charge looks like: the window of constant current, the step of constant voltage.

Arrays of one charge in, features out; a feature that the data do not support is missing.
"""
