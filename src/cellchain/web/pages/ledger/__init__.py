"""The ledger as anybody at home here may read it: blocks, transactions, events."""
