"""The ledger as anybody may read it: blocks, transactions, and the events of open contracts."""

from cellchain.web.pages.ledger.blocks import BLOCK, LEDGER
from cellchain.web.pages.ledger.events import EVENT, EVENTS
from cellchain.web.pages.ledger.transactions import TRANSACTION

PAGES = (LEDGER, BLOCK, TRANSACTION, EVENTS, EVENT)

__all__ = ["PAGES"]
