"""Taxes and incentives by dated rules: tables in, tables out, every answer with its law."""
