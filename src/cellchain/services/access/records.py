"""What is kept about members, machines and what they did. Nothing of it is on the ledger."""

from __future__ import annotations

import msgspec

from cellchain.core.names import PartyId
from cellchain.services.access.viewer import Duty


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that is kept; its kind is the name of its class."""


class Member(Kept, frozen=True, kw_only=True):
    """A person in an organisation. Key: its sign-in name."""

    member: str
    party: PartyId
    name: str
    duties: tuple[Duty, ...]
    password: str = ""
    """Argon2id hash; empty: no password opens it."""
    since_ms: int
    seen_ms: int = 0
    """Last sign-in."""
    ended_ms: int | None = None
    issuer: str = ""
    """The OpenID Connect provider that vouched for it first, and alone may do so from then on;
    empty: none has yet."""


class Invitation(Kept, frozen=True, kw_only=True):
    """A way in, once, to choose a password. Key: SHA-256 of the token."""

    member: str
    until_ms: int


class Session(Kept, frozen=True, kw_only=True):
    """A browser that has signed in. Key: SHA-256 of the token in its cookie."""

    member: str
    since_ms: int
    until_ms: int
    seen_ms: int
    address: str = ""
    """Where it signed in from."""


class ApiKey(Kept, frozen=True, kw_only=True):
    """A machine of an organisation. Key: its id."""

    id: str
    party: PartyId
    name: str
    secret: str
    """SHA-256 of the secret, which is random: slow hashing would add nothing."""
    scopes: tuple[str, ...]
    """``read``, ``telemetry``, or the contracts to which the server may sign for it."""
    since_ms: int
    until_ms: int
    made_by: str


class Passkey(Kept, frozen=True, kw_only=True):
    """A WebAuthn credential. Key: its id, base64url."""

    id: str
    member: str
    public_key: str
    """COSE key, base64url."""
    count: int
    """Signature counter; a step back means a clone."""
    name: str
    since_ms: int


class Challenge(Kept, frozen=True, kw_only=True):
    """What a browser was asked to sign, once. Key: its id."""

    purpose: str
    challenge: str
    member: str = ""
    until_ms: int


class Approval(Kept, frozen=True, kw_only=True):
    """Messages that wait for a second signer. Key: its id."""

    id: str
    party: PartyId
    asked_by: str
    made_by: str = ""
    """Who made the API key that asked; empty where a person did."""
    asked_ms: int
    until_ms: int
    messages: tuple[str, ...]
    """Canonical JSON of each."""
    decided_by: str = ""
    transaction: str = ""
    """What it became."""
    refused: str = ""
    """Why it did not become anything: declined, or the code of a rule."""


class Deed(Kept, frozen=True, kw_only=True):
    """An entry of the audit: who did what, when."""

    time_ms: int
    party: str
    member: str
    deed: str
    """``room.verb``, for example ``session.opened``."""
    about: str = ""
    address: str = ""
