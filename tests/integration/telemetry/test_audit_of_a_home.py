"""The audit of a home finds what is on the ledger and no longer kept."""

import sqlite3

import pytest

from cellchain.app import Cellchain
from cellchain.core.errors import Corrupt
from cellchain.core.names import parse_battery_id
from cellchain.services.gateway.request import TelemetryImport

BATTERY = parse_battery_id("01/09506000134352/21/B1")


@pytest.fixture
def home(tmp_path):
    shop = Cellchain()
    shop.create(tmp_path / "h", chain="cars", party="operator", passphrase_file=None)
    rows = [f"2026-03-0{day}T08:00:0{n}Z,{3600 + n}" for day in (1, 2, 3) for n in range(5)]
    table = tmp_path / "drive.csv"
    table.write_text("time,cell_voltage_1_mv\n" + "\n".join(rows) + "\n")
    asked = TelemetryImport(
        file=table,
        battery=BATTERY,
        mapping="cellchain",
        device=None,
        zone="",
        dry_run=False,
        sender="operator",
    )
    done = shop.import_telemetry(tmp_path / "h", None, asked, lambda *_: None)
    assert (done.rows, done.windows) == (15, 3)
    return tmp_path / "h"


def audited(home):
    shop = Cellchain()
    with shop.reading(home) as (_, application):
        return shop.audit_telemetry(home, application, None)


def test_a_whole_home_passes(home):
    assert audited(home) == 3


def test_a_window_dropped_from_the_index_is_missed(home):
    db = sqlite3.connect(home / "telemetry/secrets.db")
    (table,) = db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'window%'").fetchone()
    db.execute(f"DELETE FROM {table} WHERE subject LIKE '%/6'")
    db.commit()
    db.close()
    with pytest.raises(Corrupt) as error:
        audited(home)
    assert error.value.code == "audit.telemetry"
