"""Markets that ship, each a named scenario: prices as others report them, the rest assumptions.

anchors_2024.toml    27-38 € a kilowatt-hour after repurposing, as reported in 2024
"""
