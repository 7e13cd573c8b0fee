r"""Bodies closed in chunks: of any size in constant memory, readable from any place.

    header   "cellchain body 1\n" ‖ chunk size (4 bytes, big-endian) ‖ nonce prefix (7 bytes)
    chunk i  AES-256-GCM, nonce = prefix ‖ i (4 bytes, big-endian) ‖ 1 if the last, else 0
             additional data = label and chunk size; every chunk is full but the last

The STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated Encryption
and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015, section 7. A chunk that is altered, moved,
dropped, repeated or taken from another body does not open, nor does a body that ends early. Each
body has a key of its own, so that prefix and counter never meet again under one key.
"""

from __future__ import annotations

# ruff: noqa: PLC0415  # OpenSSL loads where it is used: nothing that only reads should wait for it
import hmac
import os
from typing import TYPE_CHECKING

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from cellchain.crypto.envelope import Label

CHUNK_BYTES = 1 << 20
CHUNK_BYTES_MIN, CHUNK_BYTES_MAX = 1 << 10, 1 << 24
TAG_BYTES = 16
CHUNKS_MAX = 1 << 32
_MAGIC = b"cellchain body 1\n"
_PREFIX_BYTES = 7
HEADER_BYTES = len(_MAGIC) + 4 + _PREFIX_BYTES


def sealed_size(size_bytes: int, *, chunk_bytes: int = CHUNK_BYTES) -> int:
    """Return how many bytes a body of ``size_bytes`` has when it is closed."""
    return HEADER_BYTES + size_bytes + TAG_BYTES * _chunk_count(size_bytes, chunk_bytes)


def seal_stream(
    key: bytes, label: Label, content: Iterable[bytes], *, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[bytes]:
    """Yield the closed body of ``content``: its header, then a chunk at a time.

    Args:
        key: The data key, 32 random bytes that close nothing else.
        label: What the body is about.
        content: In pieces of any size.
        chunk_bytes: Size of a chunk before it is closed.

    Raises:
        Refused: ``stream.too_long``: more than 2³² chunks.
    """
    prefix = os.urandom(_PREFIX_BYTES)
    cipher, bound = _cipher(key), _additional_data(label, chunk_bytes)
    yield _MAGIC + chunk_bytes.to_bytes(4, "big") + prefix
    place, held = 0, bytearray()
    for piece in content:
        held += piece
        while len(held) > chunk_bytes:  # one chunk stays: only the end tells which is the last
            yield cipher.encrypt(_nonce(prefix, place, last=False), held[:chunk_bytes], bound)
            del held[:chunk_bytes]
            place += 1
    yield cipher.encrypt(_nonce(prefix, place, last=True), held, bound)


def open_stream(
    key: bytes,
    label: Label,
    read: Callable[[int, int], Iterable[bytes]],
    *,
    size_bytes: int,
    start: int = 0,
    end: int | None = None,
) -> Iterator[bytes]:
    """Yield the content from byte ``start`` to before ``end``, each piece authenticated.

    Args:
        key: The data key.
        label: What the body is about, as when it was closed.
        read: Gives the closed bytes from one place to before another, in pieces of any size.
        size_bytes: Size of the whole content.
        start: First byte wanted.
        end: First byte not wanted; ``None``: all to the end.

    Raises:
        Refused: ``stream.range``: not a part of the content.
        Corrupt: ``stream.altered``: a byte, the order, the end or the label is not what was closed.
    """
    end = size_bytes if end is None else end
    if not 0 <= start <= end <= size_bytes:
        raise Refused("stream.range", f"bytes {start} to {end} of {size_bytes}")
    chunk_bytes, prefix = _read_header(b"".join(read(0, HEADER_BYTES)), label)
    last = _chunk_count(size_bytes, chunk_bytes) - 1
    first, until = start // chunk_bytes, max(end - 1, start) // chunk_bytes
    first, until = min(first, last), min(until, last)
    stride = chunk_bytes + TAG_BYTES
    closed_end = sealed_size(size_bytes, chunk_bytes=chunk_bytes)
    stop = min(HEADER_BYTES + (until + 1) * stride, closed_end)
    pieces = read(HEADER_BYTES + first * stride, stop)
    cipher, bound = _cipher(key), _additional_data(label, chunk_bytes)
    for place, closed in zip(range(first, until + 1), _cut(pieces, stride), strict=False):
        chunk = _open_chunk(cipher, _nonce(prefix, place, last=place == last), closed, bound, label)
        begins = place * chunk_bytes
        if len(chunk) != min(chunk_bytes, size_bytes - begins):
            raise _altered(label)
        yield chunk[max(start - begins, 0) : end - begins]


def _cut(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield ``pieces`` again in pieces of ``size``; the last may be shorter, and is always there.

    What comes after the last piece that was asked for is never yielded, and an early end shows as
    a short piece, which does not open.
    """
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    while True:
        yield bytes(held)
        held.clear()


def _open_chunk(cipher: AESGCM, nonce: bytes, closed: bytes, bound: bytes, label: Label) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(nonce, closed, bound)
    except (InvalidTag, ValueError) as error:
        raise _altered(label) from error


def _read_header(header: bytes, label: Label) -> tuple[int, bytes]:
    magic, rest = header[: len(_MAGIC)], header[len(_MAGIC) :]
    chunk_bytes = int.from_bytes(rest[:4], "big")
    if (
        magic != _MAGIC
        or len(header) != HEADER_BYTES
        or not CHUNK_BYTES_MIN <= chunk_bytes <= CHUNK_BYTES_MAX
    ):
        raise _altered(label)
    return chunk_bytes, rest[4:]


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher of a body: its key is drawn from the data key, for this purpose only."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(key, b"cellchain/body/1", "sha256"))


def _nonce(prefix: bytes, place: int, *, last: bool) -> bytes:
    if place >= CHUNKS_MAX:
        raise Refused("stream.too_long", f"more than {CHUNKS_MAX} chunks")
    return prefix + place.to_bytes(4, "big") + bytes([last])


def _additional_data(label: Label, chunk_bytes: int) -> bytes:
    return canonical_bytes(
        ["cellchain/body/1", label.record, label.version, label.access_class, chunk_bytes]
    )


def _chunk_count(size_bytes: int, chunk_bytes: int) -> int:
    return max(1, -(-size_bytes // chunk_bytes))


def _altered(label: Label) -> Corrupt:
    return Corrupt("stream.altered", f"the body of {label.record[:80]!a} was altered or cut")
