"""The checkpoints of a home that witnesses cosigned: the newest of each, beside ``checkpoint``.

    cosigned/KEY      a signed note: the operator's line and that of one witness

What is missing or unreadable comes back with the next cosignature.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error, write_file
from cellchain.core.errors import Refused
from cellchain.crypto.note import known_lines, parse_checkpoint, parse_note

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.crypto.note import Note


class CosignedFolder:
    """What the witnesses of a home have cosigned.

    Args:
        folder: ``cosigned`` in the home; made at the first cosignature.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one_at_a_time = Lock()

    def keep(self, witness: WitnessKey, note: Note) -> None:
        """Keep what a witness cosigned, unless a larger log of its is kept already."""
        with self._one_at_a_time:
            before = self.of(witness)
            if before is None or _size(before) <= _size(note):
                try:
                    self._folder.mkdir(mode=0o700, exist_ok=True)
                except OSError as error:
                    raise disk_error(error) from error
                write_file(self._path(witness), str(note).encode(), sync=False)

    def of(self, witness: WitnessKey) -> Note | None:
        """Return what a witness cosigned last; ``None`` where that is nothing, or unreadable."""
        try:
            note = parse_note(self._path(witness).read_bytes())
            return note if known_lines(note, [witness]).signatures else None
        except (FileNotFoundError, Refused):
            return None
        except OSError as error:
            raise disk_error(error) from error

    def _path(self, witness: WitnessKey) -> Path:
        return self._folder / witness.public_key.hex()


def _size(note: Note) -> int:
    return parse_checkpoint(note.text).size
