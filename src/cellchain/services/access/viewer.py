"""Who looks: the person or machine behind a request, as far as it has shown who it is."""

from __future__ import annotations

from typing import Literal

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import PartyId

Duty = Literal["administrator", "reader", "signer"]
"""What a member does in its organisation: run it, look, or let the server sign in its name."""
DUTIES: tuple[Duty, ...] = ("administrator", "reader", "signer")


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks; without a party it is a visitor."""

    party: PartyId | None = None
    """The organisation that it speaks for."""
    member: str | None = None
    """The name under which the member signs in; a machine's is that of its API key."""
    name: str = ""
    roles: frozenset[str] = frozenset()
    """What the organisation is, on the ledger."""
    duties: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    """Contracts that an API key may send to, ``read`` and ``telemetry``; ``None``: a person."""
    operates: bool = False
    """Whether it runs this server: an administrator of the party that operates the home."""
    made_by: str = ""
    """Who made the API key; empty for a person."""
    session: str = ""
    """Identifies the session; empty where there is none."""

    @property
    def known(self) -> bool:
        """Whether it has signed in."""
        return self.party is not None

    @property
    def reads(self) -> bool:
        """Whether it may look at what is for members: not an API key that is for other things."""
        return self.known and (self.scopes is None or "read" in self.scopes)

    def may(self, duty: Duty) -> bool:
        """Whether it has ``duty``; administrators look, and do not sign unless they are signers."""
        return duty in self.duties or (duty == "reader" and self.known)


VISITOR = Viewer()
"""Somebody who has not signed in."""


def require_member(viewer: Viewer) -> PartyId:
    """Return the party of ``viewer``; refuse a visitor.

    Raises:
        Refused: ``access.sign_in``.
    """
    if viewer.party is None:
        raise Refused("access.sign_in", "this is for members", remedy="sign in, or send an API key")
    return viewer.party


def require_reader(viewer: Viewer) -> None:
    """Refuse whoever may not look at what is for members.

    Raises:
        Refused: ``access.sign_in``, ``access.scope``.
    """
    require_member(viewer)
    require_scope(viewer, "read")


def require_duty(viewer: Viewer, duty: Duty) -> PartyId:
    """Return the party of ``viewer``, which must have ``duty``.

    Raises:
        Refused: ``access.sign_in``, ``access.duty``.
    """
    party = require_member(viewer)
    if not viewer.may(duty):
        raise Refused(
            "access.duty",
            f"{viewer.member} is no {duty} of {party}",
            remedy="ask an administrator of your organisation",
        )
    return party


def require_scope(viewer: Viewer, contract: str) -> None:
    """Refuse an API key that is not for ``contract``; a person needs none.

    Raises:
        Refused: ``access.scope``.
    """
    if viewer.scopes is not None and contract not in viewer.scopes:
        raise Refused(
            "access.scope",
            f"this API key is for {', '.join(sorted(viewer.scopes))}, not for {contract}",
            remedy="let an administrator make one with that scope",
        )
