"""Every endpoint there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.web.api.batteries import battery_endpoints
from cellchain.web.api.blocks import block_endpoints
from cellchain.web.api.documents import document_endpoints
from cellchain.web.api.jobs import job_endpoints
from cellchain.web.api.lab import lab_endpoints
from cellchain.web.api.log import log_endpoints
from cellchain.web.api.messages import message_endpoints
from cellchain.web.api.passkeys import passkey_endpoints
from cellchain.web.api.people import people_endpoints
from cellchain.web.api.proofs import proof_endpoints
from cellchain.web.api.reading import reading_endpoints
from cellchain.web.api.telemetry import telemetry_endpoints
from cellchain.web.api.transactions import transaction_endpoints
from cellchain.web.api.webhooks import webhook_endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.ledger.contract import Contract
    from cellchain.web.api.endpoint import Endpoint


def endpoints(contracts: Mapping[str, Contract]) -> list[Endpoint]:
    """Return every endpoint, those of the contracts among them."""
    return [
        *message_endpoints(contracts),
        *transaction_endpoints(),
        *proof_endpoints(),
        *block_endpoints(),
        *log_endpoints(),
        *reading_endpoints(),
        *battery_endpoints(),
        *telemetry_endpoints(),
        *people_endpoints(),
        *passkey_endpoints(),
        *document_endpoints(),
        *job_endpoints(contracts),
        *lab_endpoints(),
        *webhook_endpoints(),
    ]
