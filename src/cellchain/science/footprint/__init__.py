"""Greenhouse gases of products, kg or mg of CO2 equivalent.

hourly.py   what a machine emitted in an hour, split to the products that were on it
"""
