"""Signing: what a form has to send where the viewer's party signs for itself.

It has no path of its own: it is the answer to any form whose messages this server cannot sign. A
key in the browser signs them (``assets/signer.js``), or the command line does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.ledger.stage import encode
from cellchain.services.access.viewer import require_duty
from cellchain.web.page import Asked, Shown
from cellchain.web.pages.signing.command import FILE_NAME, command_line

if TYPE_CHECKING:
    from cellchain.services.serving.unsigned import Unsigned


class SigningPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be signed, and where that leads."""

    party: str
    chain: str
    messages: tuple[dict[str, Any], ...]
    leads: str
    """Where the form leads once it has happened."""
    afterwards: str
    """What is left to do then; empty where that is all."""
    command: str
    """The same on the command line of a home that keeps a key of the party."""


def to_sign(asked: Asked, unsigned: Unsigned, leads: str) -> Shown:
    """Show what is to be signed, to a signer of the party.

    Raises:
        Refused: ``access.duty``.
    """
    texts = [encode(message) for message in unsigned.messages]
    data = SigningPage(
        party=require_duty(asked.viewer, "signer"),
        chain=asked.site.chain,
        messages=tuple(msgspec.json.decode(text) for text in texts),
        leads=leads,
        afterwards=unsigned.afterwards,
        command=command_line(unsigned.messages),
    )
    listed = msgspec.json.format(b"[" + b",".join(texts) + b"]", indent=2).decode()
    return Shown(
        template="signing/signing.html",
        data=data,
        title="Sign it yourself",
        also={"listed": listed, "file_name": FILE_NAME},
    )
