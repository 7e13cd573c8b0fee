"""Ciphertexts in a bucket that speaks S3.

    s3://BUCKET/PREFIX?endpoint=http://127.0.0.1:9000&region=eu-central-1

Credentials come from the environment or the machine, as everywhere with S3 (``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, …), never from the URL. What is put is written to a local file first,
for its address is only known at its end, and goes up in parts of 5 MiB.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from cellchain.adapters.vault.folder import PIECE_BYTES, incoming, missing
from cellchain.core.errors import Refused, Unavailable
from cellchain.services.vault.record import Address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_PART_BYTES = 5 << 20
_ADDRESS_DIGITS = 64


class S3Objects:
    """Objects under a prefix of a bucket.

    Args:
        url: As above.
        folder: Of the vault, for what is being written.

    Raises:
        Refused: ``vault.url``: not such a URL; ``vault.no_s3``: the extra is not installed.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._store = _store(url)
        self._incoming = folder / "incoming"

    def put(self, pieces: Iterable[bytes]) -> Address:
        """Keep the bytes of ``pieces``; see the port."""
        import obstore  # noqa: PLC0415  # an extra

        with incoming(self._incoming, pieces) as (aside, address), _told():
            obstore.put(
                self._store, _name(address), aside, chunk_size=_PART_BYTES, max_concurrency=2
            )
        return address

    def read(self, address: Address, start: int, end: int) -> Iterator[bytes]:
        """Yield a part of an object; see the port."""
        import obstore  # noqa: PLC0415

        size = self.size_bytes(address)
        if size is None:
            raise missing(address)
        for at in range(start, min(end, size), PIECE_BYTES):
            stop = min(at + PIECE_BYTES, end, size)
            with _told():
                piece = bytes(obstore.get_range(self._store, _name(address), start=at, end=stop))
            yield piece

    def size_bytes(self, address: Address) -> int | None:
        """Return the size, or ``None`` where there is no such object."""
        import obstore  # noqa: PLC0415

        with _told():
            try:
                return int(obstore.head(self._store, _name(address))["size"])
            except FileNotFoundError:
                return None

    def remove(self, address: Address) -> None:
        """Destroy the object, if it is there."""
        import obstore  # noqa: PLC0415

        with _told():
            try:
                obstore.delete(self._store, _name(address))
            except FileNotFoundError:
                return

    def addresses(self) -> Iterator[tuple[Address, int]]:
        """Yield every address with the time in ms at which its object was put."""
        import obstore  # noqa: PLC0415

        with _told():
            for page in obstore.list(self._store):
                for found in page:
                    address = str(found["path"]).replace("/", "")
                    if len(address) == _ADDRESS_DIGITS:
                        yield Address(address), int(found["last_modified"].timestamp() * 1000)


def _name(address: Address) -> str:
    return f"{address[:2]}/{address[2:]}"


def _store(url: str) -> Any:
    try:
        from obstore.store import S3Store  # noqa: PLC0415
    except ImportError as error:
        raise Refused(
            "vault.no_s3", "S3 needs the extra s3", remedy="pip install 'cellchain[s3]'"
        ) from error
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise _bad_url()
    if not options.keys() <= {"endpoint", "region"}:
        raise _bad_url()
    endpoint = options.get("endpoint")
    more: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        region=options.get("region", "us-east-1"),
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
        **more,
    )


def _bad_url() -> Refused:
    return Refused(
        "vault.url", "this is no place for objects", remedy="s3://BUCKET/PREFIX?endpoint=URL"
    )


@contextmanager
def _told() -> Iterator[None]:
    """Raise what a bucket says as ours; its text may hold names of keys and stays out."""
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        yield
    except BaseError as error:
        raise Unavailable(
            "vault.objects", f"the bucket did not do it: {type(error).__name__}"
        ) from None
