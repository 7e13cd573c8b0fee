"""The vault: documents and attribute values, encrypted, for those who may read them.

record      what is held of each, in clear and closed
vault       keep, open, grant, revoke; contents: read, and held against their commitments
erasing     what an owner erases, never to come back; rotation: opening keys, epoch by epoch
following   what the book says of documents, done here
upload      documents that arrive in pieces
parcel      what goes to other homes; in_book: what comes from them is what the ledger says
documents   vault and ledger together
ports       folder or S3, index, keys, journal, scanner, other homes
"""

from cellchain.services.vault.documents import (
    Documents,
    LedgerMembers,
    document_label,
    erasure_of,
    erasure_order,
    registration,
)
from cellchain.services.vault.erasing import Eraser
from cellchain.services.vault.following import concerns_vaults, follow
from cellchain.services.vault.record import (
    PUBLIC,
    Address,
    ErasureOrder,
    Kept,
    Limits,
    OpenedDocument,
    Private,
    Statement,
    VaultRecord,
    unknown,
)
from cellchain.services.vault.sealing import value_bytes
from cellchain.services.vault.upload import Uploads
from cellchain.services.vault.vault import INLINE_BYTES_MAX, Vault

__all__ = [
    "INLINE_BYTES_MAX",
    "PUBLIC",
    "Address",
    "Documents",
    "Eraser",
    "ErasureOrder",
    "Kept",
    "LedgerMembers",
    "Limits",
    "OpenedDocument",
    "Private",
    "Statement",
    "Uploads",
    "Vault",
    "VaultRecord",
    "concerns_vaults",
    "document_label",
    "erasure_of",
    "erasure_order",
    "follow",
    "registration",
    "unknown",
    "value_bytes",
]
