"""Footprints of products from tables, without a ledger."""
