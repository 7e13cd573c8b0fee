"""Document: what a paper said on a day can be proved, and its owner says who may open it.

    register    a party commits to a document in its vault
    supersede   the owner puts a new document in its place
    withdraw    … stands by it no longer
    grant       … lets a named party open it, for a purpose and a time
    revoke      … ends that
    erase       a party destroys keys and salts of what it committed to

Invariant: a commitment never changes; only the owner supersedes, withdraws and grants; a document
has at most one successor; an erasure is of one's own and is never undone.
The book holds no word of the document itself.
"""

from cellchain.contracts.document.erase import Erase, Erased
from cellchain.contracts.document.grant import Grant, Granted
from cellchain.contracts.document.record import (
    Access,
    Document,
    Erasure,
    Opening,
    erasure_key,
    opening_key,
)
from cellchain.contracts.document.register import Register, Registered
from cellchain.contracts.document.revoke import Revoke, Revoked
from cellchain.contracts.document.rights import may_open, require_document
from cellchain.contracts.document.supersede import Supersede, Superseded
from cellchain.contracts.document.withdraw import Withdraw, Withdrawn
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="document",
    messages=(Register, Supersede, Withdraw, Grant, Revoke, Erase),
    events=(Registered, Superseded, Withdrawn, Granted, Revoked, Erased),
    leans_on=("membership",),
)

__all__ = [
    "CONTRACT",
    "Access",
    "Document",
    "Erase",
    "Erased",
    "Erasure",
    "Grant",
    "Granted",
    "Opening",
    "Register",
    "Registered",
    "Revoke",
    "Revoked",
    "Supersede",
    "Superseded",
    "Withdraw",
    "Withdrawn",
    "erasure_key",
    "may_open",
    "opening_key",
    "require_document",
]
