"""An xlsx that somebody sent, held against bounds before a reader gets it.

It is a zip of XML. A small one may unfold to very much, and a sheet with two cells far apart makes
a reader lay out everything between them. So its parts are unfolded here, no further than is taken,
every cell is looked at for where it stands, and the reader gets a fresh file of just what was
looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from cellchain.core.errors import Refused

UNFOLDED_BYTES_MAX = 64 << 20
PARTS_MAX = 200
CONTENT_TYPES = "[Content_Types].xml"
_PART = re.compile(r"(?:xl|_rels)/[\w./-]*\.(?:xml|rels)|\[Content_Types\]\.xml")
_PLACE = re.compile(r"([A-Z]{0,3})([0-9]{1,7})")


def bounded_workbook(data: bytes, *, rows_max: int, columns_max: int) -> bytes:
    """Return the sheets in ``data`` as a file that no reader unfolds to very much.

    Raises:
        Refused: ``job.unreadable``, ``job.too_large``, ``job.rows``.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as folded, zipfile.ZipFile(out, "w") as fresh:
            parts = _unfolded(folded)
            for name, part in parts.items():
                if name != CONTENT_TYPES:
                    _Places(rows_max, columns_max).check(part)
                fresh.writestr(name, part)
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError,
        RuntimeError, NotImplementedError,  # closed with a password, folded in a rare way
    ) as error:  # fmt: skip
        raise Refused("job.unreadable", f"this is no xlsx: {error}") from error
    if "xl/workbook.xml" not in parts:
        raise Refused("job.unreadable", "this is no xlsx", remedy="save the sheet as xlsx or CSV")
    return out.getvalue()


def _unfolded(folded: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the parts that a reader of cells needs."""
    names = [name for name in folded.namelist() if _PART.fullmatch(name)]
    parts: dict[str, bytes] = {}
    left = UNFOLDED_BYTES_MAX
    for name in names[: PARTS_MAX + 1]:
        with folded.open(name) as part:
            parts[name] = part.read(left + 1)
        left -= len(parts[name])
        if left < 0 or len(parts) > PARTS_MAX:
            raise Refused("job.too_large", "this sheet unfolds to more than is taken")
    return parts


class _Places:
    """Follows where the cells of a part stand; one that names no place follows the one before."""

    def __init__(self, rows_max: int, columns_max: int) -> None:
        self._rows_max = rows_max
        self._columns_max = columns_max
        self._row = self._column = 0

    def check(self, part: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.StartDoctypeDeclHandler = _no_entities
        parser.Parse(part, True)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._row, self._column = self._row + 1, 0
        elif kind == "c":
            self._column += 1
        else:
            return
        if "r" in attributes:
            self._place(attributes["r"])
        if self._row > self._rows_max or self._column > self._columns_max:
            raise Refused(
                "job.rows", f"at most {self._rows_max} lines of {self._columns_max} columns"
            )

    def _place(self, text: str) -> None:
        found = _PLACE.fullmatch(text)
        if found is None:
            raise Refused("job.unreadable", f"this is no xlsx: a cell at {text[:20]!a}")
        self._row = int(found[2])
        if found[1]:
            self._column = 0
            for letter in found[1]:
                self._column = self._column * 26 + ord(letter) - ord("A") + 1


def _no_entities(*_: object) -> None:
    raise Refused("job.unreadable", "this is no xlsx: its parts define entities")
