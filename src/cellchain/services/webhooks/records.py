"""What is kept of webhooks and of what they were told."""

from __future__ import annotations

from typing import Literal

from cellchain.core.names import PartyId
from cellchain.services.access.records import Kept

DeliveryState = Literal["delivered", "failed", "waiting"]


class Webhook(Kept, frozen=True, kw_only=True):
    """An address of an organisation that wants to hear of events. Key: its id."""

    id: str
    party: PartyId
    url: str
    kinds: tuple[str, ...]
    """Kinds of event, or beginnings of kinds: ``custody.``."""
    sealed_secret: str
    """What requests are signed with, closed with a key of the home; hexadecimal."""
    since_ms: int
    made_by: str
    failures: int = 0
    """Deliveries in a row that did not arrive."""
    paused: bool = False


class Delivery(Kept, frozen=True, kw_only=True):
    """An event on its way to a webhook. Key: its id."""

    id: str
    webhook: str
    party: PartyId
    kind: str
    position: int
    """Of the event in the log."""
    body: str
    state: DeliveryState = "waiting"
    created_ms: int
    attempts: int = 0
    next_ms: int
    """When it is tried (again)."""
    answer: int = 0
    """Status of the last answer; 0: there was none."""
    why: str = ""


class Due(Kept, frozen=True, kw_only=True):
    """A delivery that is not done with. Key: that of the delivery.

    They are few, and looked through again and again; deliveries are many.
    """

    delivery: str
    position: int
    next_ms: int


class Told(Kept, frozen=True, kw_only=True):
    """How far webhooks have been told. Key: ``height``."""

    height: int
