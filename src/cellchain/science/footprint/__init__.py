"""Greenhouse gases of products, kg or mg of CO2 equivalent.

inventory  what a unit of each product emits, by what it takes
pedigree   how uncertain a factor is, by where it comes from
hourly     what a machine emitted in an hour, split to the products that were on it
"""
