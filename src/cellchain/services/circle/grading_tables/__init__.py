"""Rules by which used batteries are graded, as they ship.

rules.toml    gates after UL 1974 and what a trade needs to know; figures that are scored; channels
              as 4R Energy uses them
"""
