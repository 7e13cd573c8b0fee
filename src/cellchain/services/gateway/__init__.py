"""The gateway: readings come in as tables and go out as windows on the ledger."""
