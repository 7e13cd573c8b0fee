"""The story from mine to recycler, chapter by chapter, over an engine and a store of windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cellchain.core.time import format_time, parse_time
from cellchain.services.demo.cast import OPERATOR
from cellchain.services.demo.chapters import CHAPTERS
from cellchain.services.demo.consortium import Consortium
from cellchain.services.demo.disclosure import Disclosures
from cellchain.services.demo.fleet import Fleet
from cellchain.services.demo.play import Chapter, Play
from cellchain.services.founding import found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cellchain.ledger.engine.solo import Solo
    from cellchain.ledger.parameters import Genesis
    from cellchain.services.demo.dice import Dice
    from cellchain.services.gateway.ports import WindowStore
    from cellchain.services.vault import Statement as Said

BEGINS = "2024-01-08T06:00:00Z"
HEADER_KEY = "headers"
"""Name of the key that signs the headers."""
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the whole story came to."""

    first_app_hash: str
    app_hash: str
    height: int
    transactions: int
    refused: int
    """Transactions that the rules refused, on purpose."""
    records: int
    example: str
    """Subject of the window whose reading makes a good proof."""
    faults: list[dict[str, Any]]
    """What was planted where: the truth of the demo, not on the ledger."""
    said: list[Said]
    """Every value and document that was committed to, with its salt, for the vault."""


def demo_genesis(dice: Dice, *, seed: int, batteries: int, contracts: Iterable[str]) -> Genesis:
    """Return the genesis of the demo chain: its name begins with ``demo``."""
    return found(
        chain=f"demo-{seed}-{batteries}",
        time_ms=_begins_ms(dice),
        header_key=dice.key(HEADER_KEY).key_id,
        operator=OPERATOR,
        operator_key=dice.key(OPERATOR).key_id,
        contracts=contracts,
    )


def tell(
    solo: Solo,
    windows: WindowStore,
    dice: Dice,
    batteries: int,
    listener: Callable[[Chapter], None],
) -> Told:
    """Play the story; every chapter goes to ``listener`` as soon as its blocks are sealed.

    Args:
        solo: Over the empty state of `demo_genesis`.
        windows: Where readings and the secrets of their windows are kept.
        dice: The same as those of the genesis.
        batteries: How many, at least 1.
        listener: Told of each chapter.
    """
    consortium = Consortium(solo, dice, time_ms=_begins_ms(dice))
    consortium.begin()
    first_app_hash = consortium.app_hash
    play = Play(
        dice=dice,
        fleet=Fleet(dice, batteries),
        consortium=consortium,
        disclosures=Disclosures(dice),
        windows=windows,
    )
    for chapter in CHAPTERS:
        before = consortium.height
        told = chapter(play)
        blocks = (before + 1, consortium.height)
        day = format_time(consortium.time_ms)[:10]
        listener(replace(told, blocks=blocks, day=day, app_hash=consortium.app_hash))
    return Told(
        first_app_hash=first_app_hash,
        app_hash=consortium.app_hash,
        height=consortium.height,
        transactions=consortium.transactions,
        refused=consortium.refusals,
        records=consortium.records,
        example=_example(play),
        faults=_faults(play.fleet),
        said=play.disclosures.said,
    )


def _begins_ms(dice: Dice) -> int:
    return parse_time(BEGINS) + dice.below(_HOUR_S, "beginning") * 1000


def _example(play: Play) -> str:
    """A drive of a recorded battery, with a fault in it where there is one."""
    recorded = play.fleet.recorded
    battery = next((b for b in recorded if b.fault), recorded[0])
    return f"{battery.device}/simulated-drive-2/1"


def _faults(fleet: Fleet) -> list[dict[str, Any]]:
    return [
        {
            "battery": battery.pack,
            "device": battery.device,
            "kind": battery.fault.kind,
            "place": battery.fault.place,
            "size": battery.fault.size,
            "counts": battery.fault.counts,
            "from_drive": battery.fault.from_drive,
            "until_drive": battery.fault.until_drive,
        }
        for battery in fleet.batteries
        if battery.fault
    ]
