"""The demo's ledger carried on by four of its companies, each with a node of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.adapters.cometbft.program import required
from cellchain.adapters.disk import write_file
from cellchain.adapters.home import OWN_KEY
from cellchain.app.node import PORTS_APART, begin, constitution, join, keys, new_home
from cellchain.app.node_running import PROGRAM, status
from cellchain.contracts.custody import HOLDER, Accept, Offer, Register
from cellchain.core.errors import Unavailable
from cellchain.core.names import battery_id
from cellchain.ledger.export import write_ledger
from cellchain.ledger.replay import stored_blocks
from cellchain.services.demo.cast import CAR_MAKER, CELL_MAKER, OPERATOR, PACK_MAKER
from cellchain.services.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.app.workshop import Cellchain

MEMBERS = (OPERATOR, CELL_MAKER, PACK_MAKER, CAR_MAKER)
FIRST_PORT = 26_656
START_S = 60.0
BATTERY = battery_id("09506000134352", "CARRIED-ON-1")


def found_network(shop: Cellchain, folder: Path, first_port: int = FIRST_PORT) -> Path:
    """Let four companies carry on the ledger that was told in ``folder/operator``.

    They are found as equals first: votes decide from then on. Each has a home in ``folder``.

    Returns:
        Where the network's genesis is.
    """
    required()
    first, *others = homes = [folder / party for party in MEMBERS]
    demo = shop.home(first)
    for home, party in zip(others, MEMBERS[1:], strict=True):
        made = new_home(home, demo.genesis, demo=True)
        made.keys.add(OWN_KEY, demo.keys.load(party), party=party, demo=True)
    told = [
        keys(shop, home, party, listen=f"127.0.0.1:{first_port + PORTS_APART * n}", local=True)
        for n, (home, party) in enumerate(zip(homes, MEMBERS, strict=True))
    ]
    with shop.writing(first) as (_, ledger):
        found = constitution({one.name: one.key for one in told})
        Desk(ledger, demo.keys.load(OWN_KEY)).send(found)
    story = folder / "story.ledger"
    with shop.reading(first) as (_, application), story.open("wb") as file:
        state = application.state
        write_ledger(file, demo.genesis.to_bytes(), stored_blocks(state.store, state.head.height))
    network = begin(shop, first, OPERATOR, told[1:], local=True).read_bytes()
    for home, party in zip(others, MEMBERS[1:], strict=True):
        join(shop, home, network, story, party, told)
    file_of_all = folder / "network.json"
    write_file(file_of_all, network)
    return file_of_all


@contextmanager
def kept_running(shop: Cellchain, folder: Path) -> Iterator[None]:
    """Keep the nodes of all homes in a folder running meanwhile.

    Raises:
        Unavailable: ``node.not_started``.
    """
    homes = [home.parent for home in folder.glob("*/home.json")]
    with (folder / "network.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-c", PROGRAM, "node", "network", str(folder)],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us, and we end it in order
        )
    try:
        ends = time.monotonic() + START_S
        while not all(_runs(shop, home) for home in homes):
            if time.monotonic() > ends or process.poll() is not None:
                raise Unavailable(
                    "node.not_started",
                    f"the nodes did not start within {START_S:.0f} s",
                    remedy=f"see {folder / 'network.log'} and node/cometbft.log of each home",
                )
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def hand_over(shop: Cellchain, folder: Path) -> list[tuple[int, str]]:
    """Let a battery change hands, each company speaking to its own node; return what was done."""
    steps = (
        (PACK_MAKER, "registers a battery", Register(battery=BATTERY)),
        (PACK_MAKER, "offers it", Offer(battery=BATTERY, receiver=CAR_MAKER, changes=HOLDER)),
        (CAR_MAKER, "accepts it", Accept(battery=BATTERY, changes=HOLDER)),
    )
    done = []
    for party, what, message in steps:
        with shop.writing(folder / party) as (home, ledger):
            result = Desk(ledger, home.keys.load(OWN_KEY)).send(message)
            done.append((result.height, f"{party} {what}"))
    return done


def _runs(shop: Cellchain, home: Path) -> bool:
    if not NodeFolder(home / "node").rpc_path.exists():
        return False
    stands = status(shop, home)
    return bool(stands["running"]) and not stands["catching_up"]
