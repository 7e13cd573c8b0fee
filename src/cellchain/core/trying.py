"""Several deeds of which one that fails holds up no other; the first error is raised at the end.

with trying() as trial:
    for deed in deeds:
        with trial:
            deed()
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.core.errors import CellchainError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Trial:
    """Keeps the errors of ours that come up inside it; everything else passes."""

    def __init__(self) -> None:
        self.failed: list[CellchainError] = []

    def __enter__(self) -> None:
        """Try one deed."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        """Keep an error for later."""
        if isinstance(error, CellchainError):
            self.failed.append(error)
            return True
        return False


@contextmanager
def trying() -> Iterator[Trial]:
    """Yield what each deed is tried in.

    Raises:
        CellchainError: The first that failed, after all were tried.
    """
    trial = Trial()
    yield trial
    if trial.failed:
        raise trial.failed[0]
