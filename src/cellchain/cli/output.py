"""What a verb says: lines for people, one JSON object for programs, an exit code for both.

0  done, or true        1  false, or refused        2  unreadable, or misused
3  unavailable          4  corrupt
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping  # msgspec reads it
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import msgspec
import typer

from cellchain.core.errors import CellchainError, Corrupt, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cellchain.services.analysis.shapes import Picture

DONE, FALSE, UNREADABLE, UNAVAILABLE, CORRUPT = range(5)

_UNREADABLE_ROOMS = frozenset(
    ("canonical", "cli", "format", "genesis", "name", "note", "page", "quantity", "time", "trust")
)
_UNREADABLE_REASONS = frozenset(("hex", "malformed", "missing", "truncated", "unreadable"))

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Listener(Protocol):
    """Hears what a verb says, in place of a terminal."""

    def said(self, lines: Iterable[str], value: Mapping[str, Any]) -> None:
        """Hear an answer: for people, and for programs."""
        ...

    def noted(self, text: str) -> None:
        """Hear what stands beside the answer."""
        ...

    def moved(self, title: str, done: int, total: int | None) -> None:
        """Hear how far long work is."""
        ...

    def drew(self, picture: Picture) -> None:
        """Hear what an answer looks like, beside what its table does."""
        ...


LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)
"""Who listens, where a program runs the verb in its own process."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer came about."""

    method: Mapping[str, str]
    """Part of the program → its page."""
    options: Mapping[str, Any]
    """In force, by name."""

    def lines(self) -> list[str]:
        """Return it for people."""
        options = ", ".join(f"{name} {value}" for name, value in self.options.items())
        return ["", f"with {options}", *(f"\n{page}" for page in self.method.values())]


EXPLANATION: ContextVar[Explanation | None] = ContextVar("explanation", default=None)
"""What is said beside the answer, where whoever asked wants to know how it came about."""


def say(lines: Iterable[str], value: Mapping[str, Any], *, as_json: bool) -> None:
    """Print ``lines``, or ``value`` as one line of JSON."""
    explanation = EXPLANATION.get()
    if explanation is not None:
        value = {**value, "explained": msgspec.to_builtins(explanation)}
    listener = LISTENER.get()
    if listener is not None:
        listener.said(lines, value)
    elif as_json:
        print_json(value)
    else:
        for line in (*lines, *(explanation.lines() if explanation is not None else ())):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@contextmanager
def aside() -> Iterator[None]:
    """Send what a library prints by itself, in whatever language, to standard error."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # nobody hears
        yield
        return
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def note(text: str, *, as_json: bool) -> None:
    """Say beside the answer, on standard error, what whoever asked should know."""
    listener = LISTENER.get()
    if listener is not None:
        listener.noted(text)
    elif as_json:
        sys.stderr.buffer.write(msgspec.json.encode({"note": text}) + b"\n")
    else:
        sys.stderr.write(f"{text}\n")


def show(make: Callable[[], Iterable[Picture | None]]) -> None:
    """Hand on what else an answer looks like, where somebody listens: it is made for them alone."""
    listener = LISTENER.get()
    if listener is not None:
        for picture in make():
            if picture is not None:
                listener.drew(picture)


def print_json(value: object) -> None:
    """Print ``value`` as one line of JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(value, order="sorted") + b"\n")
    sys.stdout.flush()


def exit_code(error: CellchainError) -> int:
    """Return the exit code of an error: by who must act, and whether it could be read at all."""
    if isinstance(error, Corrupt):
        return CORRUPT
    if isinstance(error, Unavailable):
        return UNAVAILABLE
    room, _, reason = error.code.partition(".")
    return UNREADABLE if room in _UNREADABLE_ROOMS or reason in _UNREADABLE_REASONS else FALSE


def complain(error: CellchainError, *, as_json: bool) -> None:
    """Print an error: its code, the values that clash, the remedy."""
    if as_json:
        parts = {"code": error.code, "text": error.text, "remedy": error.remedy}
        sys.stderr.buffer.write(msgspec.json.encode({"error": parts}) + b"\n")
        return
    sys.stderr.write(f"{error.code}: {error.text}\n")
    if error.remedy:
        sys.stderr.write(f"  → {error.remedy}\n")
