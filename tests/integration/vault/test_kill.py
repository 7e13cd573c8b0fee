"""A process that is killed while it keeps and erases leaves a vault that opens, whole."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.integration.vault.given import MAKER, Table, content, new_home, opened

PROGRAM = """
import sys
from pathlib import Path
from cellchain.adapters.home import Home
from cellchain.crypto.envelope import Recipient, opening_public_key
from cellchain.services.vault import ErasureOrder
from tests.integration.vault.given import MAKER, Table, keep, opened
members = Table()
with opened(Home(Path(sys.argv[1])), members) as found:
    key = found.vault.keys.private_key(MAKER, 1)
    members.keys[MAKER] = Recipient(name=MAKER, epoch=1, public_key=opening_public_key(key))
    number = 0
    while True:
        number += 1
        kept = keep(found.vault, str(number).encode() * 5000, record=f"D-{number}")
        print("kept", number, kept.commitment, flush=True)
        if number % 2:
            order = ErasureOrder(commitment=kept.commitment, party=MAKER, erased_ms=number)
            found.eraser.apply_erasures([order])
            print("erased", number, kept.commitment, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 5, 8])
def test_whatever_was_said_to_be_done_is_done(tmp_path, lines):
    home, members = new_home(tmp_path / "h"), Table()
    with opened(home, members, [MAKER]):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        said = [process.stdout.readline().split() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += [line.split() for line in process.stdout.read().splitlines()]
    told = {}
    for word, number, commitment in said:
        told[commitment] = (word, number)
    with opened(home, members) as found:
        there = found.vault.may_open(list(told), MAKER)
        for commitment, (word, number) in told.items():
            if word == "erased":
                assert commitment not in there
            elif int(number) % 2 == 0:
                assert content(found.vault, commitment, MAKER) == number.encode() * 5000
        rows = {record.address for record, _ in found.index.listed([MAKER])}
        objects = {address for address, _ in found.vault.objects.addresses()}
        assert rows <= objects
        assert len(objects - rows) <= 1  # a row that was on its way
        assert found.index.doomed() == []
