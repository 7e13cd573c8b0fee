"""Accounts in a database: not disposable, unlike the views; part of every backup."""

from cellchain.adapters.accounts.database import AccountDatabase

__all__ = ["AccountDatabase"]
