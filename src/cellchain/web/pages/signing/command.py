"""The command that sends messages from a home which keeps a key of their sender."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.ledger.contract import kind_of
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.contract import Message

FILE_NAME = "messages.json"
"""What the messages are to be saved as where one command cannot hold them."""


def command_line(messages: Sequence[Message]) -> str:
    """Return the command: field by field for one message, from a file for several."""
    if len(messages) != 1:
        return f"cellchain send {FILE_NAME} --as KEY"
    (message,) = messages
    fields: dict[str, Any] = msgspec.json.decode(encode(message))
    del fields["kind"]
    name = kind_of(type(message)).partition("/")[0]
    return " ".join([f"cellchain send {name}", *_options(fields), "--as KEY"])


def _options(fields: dict[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        yield f"--{name} {shlex.quote(text)}"
