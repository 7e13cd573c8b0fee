"""The guard before every request: limits, origin, rate, headers. It knows no page."""
