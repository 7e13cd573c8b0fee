"""Tables that cannot be read are no loss: they make room for new ones."""

from __future__ import annotations

import pytest

from cellchain.adapters.views import discover_views, open_views
from cellchain.adapters.views.damage import set_aside_damaged
from cellchain.app import Cellchain
from cellchain.contracts.passport.view import BatterySearch, search_batteries
from cellchain.core.errors import Corrupt


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "demo"
    Cellchain().demo(folder, batteries=1, seed=1, listener=lambda _: None)
    Cellchain().rebuild_views(folder, "", lambda *_: None)
    return folder


def damaged_head(path):
    path.write_bytes(b"no database " * 1000)


def damaged_middle(path):
    data = bytearray(path.read_bytes())
    for place in range(4096 * 20, len(data), 4096):
        data[place : place + 512] = b"\xff" * 512
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [damaged_head, damaged_middle])
def test_a_rebuild_puts_them_aside_and_makes_new_ones(home, damage):
    path = home / "views.db"
    before = Cellchain().rebuild_views(home, "", lambda *_: None)
    damage(path)
    assert Cellchain().rebuild_views(home, "", lambda *_: None) == before
    assert (home / "views.db.damaged").exists()
    assert not set_aside_damaged(path, thorough=True)


def test_who_reads_them_is_told_what_to_do(home):
    damaged_middle(home / "views.db")
    contracts = tuple(Cellchain().contracts().values())
    views = open_views(home / "views.db", contracts, discover_views(contracts))
    with pytest.raises(Corrupt) as error, views.read() as db:
        search_batteries(db, BatterySearch())
    assert error.value.code == "views.damaged"
    assert "cellchain rebuild" in (error.value.remedy or "")
    views.close()
