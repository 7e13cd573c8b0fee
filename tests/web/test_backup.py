"""A backup taken while a server runs: the restored home has the same head, people and pages."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing

import pytest

from cellchain.app import Cellchain
from cellchain.app.serving import serving
from cellchain.web.app import Settings, build
from tests.web.site import ADDRESS, CARS, Served, ana, lifespan, running_loop

PAGES = ("/", "/batteries", "/lots", "/ledger", "/organisation")


@pytest.fixture(scope="module")
def both(served, tmp_path_factory):
    """The home that is served, and another that was restored from its backup, served too."""
    folder = tmp_path_factory.mktemp("backup")
    shop, home = Cellchain(), served.site._home.folder
    served.site.access.sign_in_as(ana(), "127.0.0.1")
    served.key()
    shop.backup(home, folder / "b.tar")
    shop.restore(folder / "b.tar", folder / "restored")
    passphrase = folder / "restored/keys/passphrase"
    passphrase.write_bytes((home / "keys/passphrase").read_bytes())
    opened = serving(
        shop,
        folder / "restored",
        passphrase_file=None,
        configuration=None,
        address=ADDRESS,
        log=lambda *_: None,
    )
    with opened as (site, _), running_loop() as loop:
        web = build(site, Settings(per_minute=0))
        with lifespan(web.asgi, loop):
            yield served, Served(site=site, web=web, loop=loop), folder / "b.tar"


def test_the_app_hash_is_the_same(both):
    before, after, _ = both
    assert before.site.views.head().app_hash == after.site.views.head().app_hash


def test_the_pages_are_the_same(both):
    battery = "/01/" + passport(both[0]).partition("/")[2]
    for path in (*PAGES, battery):
        told = [one.client(member=ana()).get(path, params={"format": "json"}) for one in both[:2]]
        assert told[0].status_code == told[1].status_code == 200, path
        assert without_moments(told[0].json()) == without_moments(told[1].json()), path


def test_values_of_the_vault_are_there(both):
    shown = [
        one.client(member=ana()).get(f"/api/v1/passports/{passport(one)}").json()
        for one in both[:2]
    ]
    assert shown[0] == shown[1]
    assert any(attribute["value"] is not None for attribute in shown[0]["attributes"])


def test_people_are_there_and_no_session(both, tmp_path):
    file = both[2]
    members = [sorted(m.member for m in one.site.access.members.of(CARS)) for one in both[:2]]
    assert members[0] == members[1] != []
    with tarfile.open(file) as archive:
        (tmp_path / "accounts.db").write_bytes(archive.extractfile("accounts.db").read())
        assert not [name for name in archive.getnames() if "views" in name]
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as db:
        kinds = {kind for (kind,) in db.execute("SELECT DISTINCT kind FROM kept")}
    assert "Member" in kinds
    assert not kinds & {"Session", "Challenge", "Invitation"}


def test_a_rebuild_shows_the_same_values(both):
    _, after, _ = both
    path = f"/api/v1/passports/{passport(after)}"
    client = after.client(member=ana())
    shown = client.get(path).json()
    Cellchain().rebuild_views(after.site._home.folder, "", lambda *_: None)
    assert client.get(path).json() == shown


def passport(one):
    client = one.client(member=ana())
    return client.get("/api/v1/passports", params={"level": "item"}).json()["rows"][0]["passport"]


MOMENTS = {
    "now_ms",
    "age_ms",
    "projected_ms",
    "seen_ms",
    "last_ms",
    "since_ms",
    "deeds",
    "sessions",
}


def without_moments(data):
    """A page without what tells the time of day."""
    if isinstance(data, dict):
        return {k: without_moments(v) for k, v in data.items() if k not in MOMENTS}
    return [without_moments(item) for item in data] if isinstance(data, list) else data
