"""The circle: where a used battery goes next, from tables, without a ledger."""
