"""A station that swaps batteries, event by event."""
