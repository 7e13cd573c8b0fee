"""Routing: which vehicle visits which stops, in which order, so that all together drive least."""
