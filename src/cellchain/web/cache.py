"""Pages that are kept until a block touches what they are about.

A page says which subjects it depends on; the views say which subjects each block has touched. A
page without subjects falls with every block. Bounded by bytes; the one used longest ago goes first.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BYTES_MAX = 16 << 20
ANYTHING = ""
"""The subject of pages that depend on every block."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page, rendered."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    etag: str
    status: int
    about: frozenset[str]


class PageCache:
    """Rendered pages by what was asked.

    Args:
        bytes_max: Of all bodies together; 0 keeps nothing.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._pages: OrderedDict[tuple[str, ...], KeptPage] = OrderedDict()
        self._by_subject: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._size = 0
        self._turn = 0
        self._lock = Lock()

    @property
    def turn(self) -> int:
        """Counts how often something was touched: a page begun in an older turn is not kept."""
        return self._turn

    def get(self, asked: tuple[str, ...]) -> KeptPage | None:
        """Return the page for what is asked, if it is there."""
        page = self._pages.get(asked)
        if page is not None:
            with self._lock:
                if asked in self._pages:
                    self._pages.move_to_end(asked)
        return page

    def put(self, asked: tuple[str, ...], page: KeptPage, turn: int) -> None:
        """Keep a page that was begun in ``turn``."""
        with self._lock:
            if turn != self._turn or len(page.body) > self._bytes_max // 4:
                return
            self._drop(asked)
            self._pages[asked] = page
            self._size += len(page.body)
            for subject in page.about or (ANYTHING,):
                self._by_subject[subject].add(asked)
            while self._size > self._bytes_max:
                self._drop(next(iter(self._pages)))

    def touch(self, subjects: Iterable[str]) -> None:
        """Drop the pages about ``subjects``, and those that depend on every block."""
        with self._lock:
            self._turn += 1
            for subject in (ANYTHING, *subjects):
                for asked in tuple(self._by_subject.get(subject, ())):
                    self._drop(asked)

    def clear(self) -> None:
        """Drop everything: something was erased."""
        with self._lock:
            self._turn += 1
            self._pages.clear()
            self._by_subject.clear()
            self._size = 0

    def _drop(self, asked: tuple[str, ...]) -> None:
        page = self._pages.pop(asked, None)
        if page is None:
            return
        self._size -= len(page.body)
        for subject in page.about or (ANYTHING,):
            there = self._by_subject[subject]
            there.discard(asked)
            if not there:
                del self._by_subject[subject]
