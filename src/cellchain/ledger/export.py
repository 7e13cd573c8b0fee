r"""The ``.ledger`` file: everything that went in, so that anyone can compute what came out.

    "cellchain ledger 1\n"
    frame   genesis, canonical JSON
    frame   per block: [height, time in ms, misbehaviour, transactions, app hash], MessagePack
    frame   empty: the end

A frame is its length in four bytes, big-endian, and that many bytes. Nothing in it depends on an
engine: a file from one replays on any other to the same app hash at every height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cellchain.ledger.state import StoredBlock

MAGIC = b"cellchain ledger 1\n"
FRAME_BYTES_MAX = 128 << 20


class ExportedBlock(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One block as exported."""

    height: int
    time_ms: int
    misbehaviour: tuple[bytes, ...]
    transactions: tuple[bytes, ...]
    app_hash: bytes


def write_ledger(file: BinaryIO, genesis: bytes, blocks: Iterable[StoredBlock]) -> int:
    """Write a chain to ``file``; return the number of blocks."""
    file.write(MAGIC)
    _write_frame(file, genesis)
    count = 0
    for block in blocks:
        exported = ExportedBlock(
            block.height, block.time_ms, block.misbehaviour, block.transactions, block.app_hash
        )
        _write_frame(file, msgspec.msgpack.encode(exported))
        count += 1
    _write_frame(file, b"")
    return count


def read_genesis(file: BinaryIO) -> bytes:
    """Return the genesis at the head of ``file``.

    Raises:
        Refused: ``export.unreadable``, ``export.truncated``.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise Refused("export.unreadable", "this is not a ledger file of version 1")
    return _read_frame(file)


def read_blocks(file: BinaryIO) -> Iterator[ExportedBlock]:
    """Yield the blocks after the genesis.

    Raises:
        Refused: ``export.unreadable``, ``export.truncated``: damaged, or cut off before the end.
    """
    while frame := _read_frame(file):
        try:
            yield msgspec.msgpack.decode(frame, type=ExportedBlock)
        except msgspec.MsgspecError as error:
            raise Refused("export.unreadable", f"a block is unreadable: {error}") from error
    if file.read(1):
        raise Refused("export.unreadable", "there are bytes after the end of the ledger")


def _write_frame(file: BinaryIO, data: bytes) -> None:
    file.write(len(data).to_bytes(4, "big") + data)


def _read_frame(file: BinaryIO) -> bytes:
    prefix = file.read(4)
    size = int.from_bytes(prefix, "big")
    if size > FRAME_BYTES_MAX:
        raise Refused("export.unreadable", f"a frame of {size} bytes")
    data = file.read(size)
    if len(prefix) < 4 or len(data) < size:  # noqa: PLR2004
        raise Refused("export.truncated", "the ledger file ends in the middle of a frame")
    return data
