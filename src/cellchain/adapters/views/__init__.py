"""The tables of all views in one database: SQLite by default, PostgreSQL by URL.

discovery   the views of the contracts that are installed
database    opening it; readers see one height, and never wait for the writer
schema      making the tables, beside the old ones when they are projected anew
filling     a batch's changes written in one transaction, with the height they lead to
store       opening, catching up, rebuilding, forgetting
awaiting    until they show a block
follower    a thread that catches up after every block, and tells who listens
"""

from cellchain.adapters.views.awaiting import Awaiting
from cellchain.adapters.views.discovery import discover_views
from cellchain.adapters.views.follower import Follower
from cellchain.adapters.views.store import Changed, Head, Views, open_views

__all__ = ["Awaiting", "Changed", "Follower", "Head", "Views", "discover_views", "open_views"]
