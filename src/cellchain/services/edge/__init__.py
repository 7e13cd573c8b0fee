"""The edge: a device keeps what it measured until somebody answers for it.

Readings are numbered without gaps since boot, closed into bundles signed by the device's own key,
and stay in its outbox until a gateway's signed receipt names exactly those bytes.
"""

from cellchain.services.edge.bundle import (
    BUNDLE_BYTES_MAX,
    Bundle,
    EdgeReceipt,
    bundle_digest,
    open_bundle,
    open_receipt,
    seal_bundle,
    seal_receipt,
)
from cellchain.services.edge.device import Delivery, EdgeDevice
from cellchain.services.edge.outbox import Outbox, OutboxEntry

__all__ = [
    "BUNDLE_BYTES_MAX",
    "Bundle",
    "Delivery",
    "EdgeDevice",
    "EdgeReceipt",
    "Outbox",
    "OutboxEntry",
    "bundle_digest",
    "open_bundle",
    "open_receipt",
    "seal_bundle",
    "seal_receipt",
]
