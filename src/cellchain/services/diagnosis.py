"""A look-over of a home and the machine it is on, for people who wonder what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cellchain.core.errors import CellchainError
from cellchain.core.time import format_time
from cellchain.ledger.keeping import first_kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cellchain.ledger.application import Application

Finding = tuple[str, bool, str]


class HomeReader(Protocol):
    """Opens a home for reading."""

    def reading(self, folder: Path) -> AbstractContextManager[tuple[object, Application]]:
        """Open a home as of its last block."""
        ...


def diagnose(
    reader: HomeReader, folder: Path, checks: dict[str, Callable[[], str]]
) -> list[Finding]:
    """Return what each of ``checks`` saw, then what the home says of itself.

    A check returns what it saw, or raises the error that is its finding.
    """

    def state() -> str:
        with reader.reading(folder) as (_, application):
            head, first = application.state.head, first_kept(application.state.store)
            when = f" of {format_time(head.time_ms)}" if head.time_ms else ", from a snapshot"
            kept = f"; blocks are kept from {first} on" if first else ""
            return f"block {head.height}{when}, {head.record_count} records{kept}"

    return [_look(name, check) for name, check in {**checks, "state": state}.items()]


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return name, True, check()
    except CellchainError as error:
        remedy = f" → {error.remedy}" if error.remedy else ""
        return name, False, f"{error}{remedy}"
    except OSError as error:
        return name, False, str(error)
