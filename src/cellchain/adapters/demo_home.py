"""The home of a demo: made anew each time, with keys that everybody may know.

planted_faults.json      which battery has which fault: the truth of the demo, not on the ledger
vault/                   every value and document that was committed to, with its salt
proof.html               a reading, proved
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.adapters.disk import disk_error, write_file
from cellchain.adapters.home import OWN_KEY, Home, create_home
from cellchain.adapters.vault import journal_path, open_vault
from cellchain.core.errors import Refused
from cellchain.services.demo import HEADER_KEY, Dice, Told
from cellchain.services.demo.cast import OPERATOR, PLAYERS

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.ledger.parameters import Genesis
    from cellchain.services.vault.ports import Members

FAULTS_FILE = "planted_faults.json"


def new_demo_home(folder: Path, genesis: Genesis, dice: Dice) -> Home:
    """Make a demo home with the keys of all parties; an older demo home there gives way.

    Raises:
        Refused: ``demo.occupied``: there is something that is no demo home.
        Unavailable: ``store.locked``: somebody writes to the older one; ``disk.…``.
    """
    _make_room(folder)
    home = create_home(folder, genesis, demo=True)
    headers = dice.key(HEADER_KEY)
    home.keys.add(HEADER_KEY, headers, demo=True)
    home.keys.add(OWN_KEY, dice.key(OPERATOR), party=OPERATOR, demo=True)
    for player in PLAYERS:
        home.keys.add(player.party, dice.key(player.party), party=player.party, demo=True)
    home.put_operator_first(headers)
    return home


def write_truth(home: Home, told: Told) -> None:
    """Write down what was planted."""
    _write(home.folder / FAULTS_FILE, "planted by the demo, not on the ledger", told.faults)


def keep_said(home: Home, told: Told, dice: Dice, members: Members) -> None:
    """Put every value and document into the vault, closed for who may open it.

    Args:
        home: With the opening keys of all parties from now on.
        told: What was said.
        dice: Give the opening keys.
        members: Public halves, from the ledger of the demo.
    """
    opened = open_vault(home, members, draw=lambda party, _epoch: dice.opening_key(party))
    try:
        for party in (OPERATOR, *(player.party for player in PLAYERS)):
            opened.vault.keys.make(party, 1)
        opened.vault.keep_values(told.said)
    finally:
        opened.close()


def _make_room(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        older = Home(folder)
    except Refused:
        older = None
    if older is None or not older.demo:
        raise Refused(
            "demo.occupied",
            f"{folder} is no demo home, and a demo replaces nothing else",
            remedy="name another folder with --home",
        )
    older.open_store(read_only=False).close()  # refuses while somebody writes to it
    try:
        shutil.rmtree(folder)
        journal_path(folder).unlink(missing_ok=True)  # the same seed says the same again
    except OSError as error:
        raise disk_error(error) from error


def _write(path: Path, what: str, rows: list[dict[str, Any]]) -> None:
    data = msgspec.json.encode({"demo": True, "simulated": True, "what": what, "rows": rows})
    write_file(path, msgspec.json.format(data, indent=1) + b"\n", sync=False)
