"""Devices: what they sent, how late, what is missing, what was refused."""
