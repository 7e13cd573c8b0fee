"""Parties: who they are, what they may do, their keys."""
