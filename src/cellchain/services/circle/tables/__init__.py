"""Published figures of recycling, as tables: each with its source, its date and its unit.

cells.toml      what a kilogram of cell consists of, and what cathode material does
routes.toml     what pyrometallurgy, hydrometallurgy and direct recycling take, recover and burn
prices.toml     of products, of reagents, of spent cells
factors.toml    what reagents, fuels, carbon and limestone emit
gates.toml      what the law of the European Union asks, from when on
opinions.toml   what others say otherwise
"""
