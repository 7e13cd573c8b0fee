"""Errors, sorted by who must act.

    CellchainError
    ├── Refused       the sender: a rule said no; the same answer on every node, kept in the receipt
    ├── Unavailable   nobody yet: the outside world failed; trying again may help
    └── Corrupt       the operator: what we hold cannot be true; stop and call a human

Every error carries a stable ``code`` (``room.snake_reason``, part of the public interface), one
sentence that names the values that clashed, and where there is one the ``remedy``.
Secrets and personal data never enter an error text.
"""

from __future__ import annotations


class CellchainError(Exception):
    """Root of everything this package raises on purpose.

    Args:
        code: Stable dotted name.
        text: One sentence for a human, naming the values that clashed.
        remedy: What the one who must act can do about it; empty where the text says it all.
    """

    def __init__(self, code: str, text: str, *, remedy: str = "") -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class Refused(CellchainError):
    """A rule of the book, or the form of a request, does not allow it."""


class Unavailable(CellchainError):
    """Something outside did not answer, or did not do what was asked."""


class Corrupt(CellchainError):
    """Stored bytes contradict their own proof."""


def refuse_unless(allowed: bool, code: str, text: str, *, remedy: str = "") -> None:
    """Raise `Refused` when a rule is not met.

    The text is built even when nothing is refused; in a hot path write ``if not …: raise``.
    """
    if not allowed:
        raise Refused(code, text, remedy=remedy)
