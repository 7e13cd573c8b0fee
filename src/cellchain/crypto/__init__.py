"""Bytes in, bytes out: signatures, trees, commitments, envelopes, notes. Knows no batteries."""
