"""The log of a server: a line of JSON for each thing, on standard error; no secret, no query."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.time import format_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

PROBLEM_STATUS = 500


def request_log(
    level: str, now_ms: Callable[[], int], out: TextIO = sys.stderr
) -> Callable[[dict[str, Any]], None]:
    """Return what writes a line for each request.

    Args:
        level: ``requests``, ``problems`` (statuses of 500 and above) or ``nothing``.
        now_ms: The time.
        out: Where to.
    """

    def write(told: dict[str, Any]) -> None:
        if level == "nothing" or (level == "problems" and told["status"] < PROBLEM_STATUS):
            return
        line = {"time": format_time(now_ms()), "event": "request", **told}
        out.write(msgspec.json.encode(line).decode() + "\n")
        out.flush()

    return write


def event_log(
    now_ms: Callable[[], int], out: TextIO = sys.stderr
) -> Callable[[str, dict[str, Any]], None]:
    """Return what writes a line for something that happened to the server."""

    def write(event: str, told: dict[str, Any]) -> None:
        line = {"time": format_time(now_ms()), "event": event, **told}
        out.write(msgspec.json.encode(line).decode() + "\n")
        out.flush()

    return write
