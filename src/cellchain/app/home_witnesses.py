"""The witnesses of a home: who they are, what they cosigned, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.configuration import FILE_NAME, read_configuration
from cellchain.adapters.disk import disk_error
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.time import format_time
from cellchain.crypto.cosignature import WitnessKey, cosigned_time_s, parse_witness_key
from cellchain.crypto.note import known_lines, parse_checkpoint, parse_note
from cellchain.ledger.witnessing import AddCheckpoint
from cellchain.services.cosigned import newest_of_each, taken_cosignatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.adapters.configuration import WitnessesSection
    from cellchain.adapters.home import Home
    from cellchain.ledger.state import State


class HomeWitnesses:
    """The witnesses that an operator names.

    Args:
        home: The operator's home.
        settings: Who they are.

    Raises:
        Refused: ``config.value``: a line is no verifier key of a witness.
    """

    def __init__(self, home: Home, settings: WitnessesSection) -> None:
        self._home = home
        self._folder = home.cosigned
        self._settings = settings
        self.keys = _parsed(settings.keys)

    def checkpoint(self) -> bytes:
        """Return the newest checkpoint.

        Raises:
            Refused: ``witness.no_checkpoint``.
        """
        if self._home.is_node:
            raise _no_checkpoint("validators vouch for the blocks of this home")
        try:
            return self._home.checkpoint_path.read_bytes()
        except FileNotFoundError as error:
            raise _no_checkpoint("the next block of this home will be its first") from error
        except OSError as error:
            raise disk_error(error) from error

    def cosigned(self) -> list[str]:
        """Return the checkpoints that they cosigned, the newest of each."""
        found = (self._folder.of(key) for key in self.keys)
        return newest_of_each(note for note in found if note is not None)

    def take(self, data: bytes, state: State) -> None:
        """Keep what they cosigned.

        Raises:
            Refused: ``witness.…``, ``note.…``.
        """
        operator = self._home.verifier_keys()
        for key, note in taken_cosignatures(data, state, operator, self.keys):
            self._folder.keep(key, note)

    def look(self) -> str:
        """Return how far they are.

        Raises:
            Unavailable: ``witness.late``: one has not cosigned what is new for long.
        """
        if not self.keys:
            return "none: nobody outside sees whether two histories are shown"
        size = parse_checkpoint(parse_note(self.checkpoint()).text).size
        told = [self._lag(key, size) for key in self.keys]
        late = [text for text, is_late in told if is_late]
        if late:
            raise Unavailable(
                "witness.late",
                "; ".join(late),
                remedy="ask who runs it; it may also have refused: `cellchain witness status`",
            )
        return "; ".join(text for text, _ in told)

    def _lag(self, key: WitnessKey, size: int) -> tuple[str, bool]:
        """Return what a witness cosigned last, and whether it is late."""
        note = self._folder.of(key)
        if note is None:
            return f"{key.name} has cosigned nothing", True
        (line,) = known_lines(note, [key]).signatures
        time_ms = 1000 * cosigned_time_s(line)
        behind = size - parse_checkpoint(note.text).size
        late_ms = self._settings.late_hours * 3_600_000
        text = f"{key.name} cosigned {format_time(time_ms)}, {behind} entries behind"
        return text, behind > 0 and clock_ms() - time_ms > late_ms


def home_witnesses(home: Home) -> HomeWitnesses:
    """Return the witnesses that the settings in a home name."""
    return HomeWitnesses(home, read_configuration(home.folder / FILE_NAME).witnesses)


def witness_request(state: State, note: bytes, old_size: int) -> bytes:
    """Return the request that asks a witness to cosign a checkpoint.

    Raises:
        Refused: ``witness.ahead``: the witness has cosigned more entries than there are here.
    """
    size = parse_checkpoint(parse_note(note).text).size
    if old_size > size:
        raise Refused(
            "witness.ahead",
            f"the witness cosigned {old_size} entries; this checkpoint has {size}",
            remedy="this home is an old copy, or was restored from one: `cellchain doctor`",
        )
    proof = state.history.consistency(old_size, size) if old_size else []
    return AddCheckpoint(old_size=old_size, proof=tuple(proof), note=note).to_bytes()


def _no_checkpoint(why: str) -> Refused:
    return Refused("witness.no_checkpoint", f"there is no signed checkpoint: {why}")


def _parsed(lines: Sequence[str]) -> tuple[WitnessKey, ...]:
    try:
        return tuple(map(parse_witness_key, lines))
    except Refused as refusal:
        raise Refused(
            "config.value",
            f"witnesses.keys: {refusal.text}",
            remedy="one line of a witness.pub for each witness",
        ) from refusal
