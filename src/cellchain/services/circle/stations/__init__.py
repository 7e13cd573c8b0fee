"""Stations that ship, to begin with.

example.toml    two bays in a town; every number an assumption
"""
