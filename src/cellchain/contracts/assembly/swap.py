"""Swap: parts of a whole give way to others, in one act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly.assemble import install
from cellchain.contracts.assembly.disassemble import remove
from cellchain.core.names import BatteryId
from cellchain.ledger.contract import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.contracts.assembly.assemble import Assembled, Installed
    from cellchain.contracts.assembly.disassemble import Disassembled, Removed
    from cellchain.ledger.contract import Book, Call, Context


class Swap(Message, frozen=True, kw_only=True, tag="assembly.swap/1"):
    """The sender asks to take ``removed`` out of ``whole`` and to install ``installed`` instead."""

    whole: BatteryId
    removed: tuple[BatteryId, ...]
    installed: tuple[BatteryId, ...]
    time_ms: int

    def decide(
        self, book: Book, context: Context
    ) -> Iterator[Call | Removed | Disassembled | Installed | Assembled]:
        """Whatever may be taken out and put in; both or neither."""
        yield from remove(book, context, self.whole, self.removed, self.time_ms)
        yield from install(book, context, self.whole, self.installed, self.time_ms)
