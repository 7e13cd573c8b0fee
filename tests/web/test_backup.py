"""A backup taken while a server runs: the restored home has the same head, people and pages."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from contextlib import closing, contextmanager

import pytest

from cellchain.adapters.keyless import KeylessLedger
from cellchain.app import Cellchain
from cellchain.app.serving import serving
from cellchain.contracts.custody import Register
from cellchain.ledger.replay import audit
from cellchain.services.desk import Desk
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
    shop.backup(home, folder / "b.tar", with_keys=True)
    with restored(folder / "b.tar", folder / "restored", home) as after:
        yield served, after, folder / "b.tar"


@pytest.fixture(scope="module")
def keyless(served, tmp_path_factory):
    """A home that was restored from a backup as it is made unless keys are asked for, served."""
    folder, home = tmp_path_factory.mktemp("keyless"), served.site._home.folder
    Cellchain().backup(home, folder / "b.tar")
    with tarfile.open(folder / "b.tar") as archive:
        keys = {name for name in archive.getnames() if name.startswith("keys/")}
    assert keys == {"keys/lock.json", "keys/opening", "keys/opening/class+public.1"}
    with restored(folder / "b.tar", folder / "restored", home) as after:
        yield after


@contextmanager
def restored(file, folder, home):
    """Serve what a backup of ``home`` becomes."""
    shop = Cellchain()
    shop.restore(file, folder)
    (folder / "keys/passphrase").write_bytes((home / "keys/passphrase").read_bytes())
    opened = serving(
        shop,
        folder,
        passphrase_file=None,
        configuration=None,
        address=ADDRESS,
        log=lambda *_: None,
    )
    with opened as (site, _), running_loop() as loop:
        web = build(site, Settings(per_minute=0))
        with lifespan(web.asgi, loop):
            yield Served(site=site, web=web, loop=loop)


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


def test_without_keys_what_was_decided_is_the_same(served, keyless):
    before, after = (one.site.views.head() for one in (served, keyless))
    assert (after.height, after.app_hash) == (before.height, before.app_hash)
    shop, folder = Cellchain(), keyless.site._home.folder
    with shop.reading(folder) as (home, application), shop.replica(home.genesis) as shadow:
        assert audit(application, shadow) > 0
        assert application.state.head.app_hash.hex() == before.app_hash
        assert shop.audit_telemetry(folder, application, None) > 0


def test_without_keys_public_things_are_served_as_before(served, keyless):
    name = passport(served)
    for path in (
        f"/{name}",
        "/ledger",
        "/parties",
        f"/api/v1/proofs/records/passport.passport/{name}",
    ):
        told = [
            one.client().get(path, params={"format": "json"} if path[1] != "a" else {})
            for one in (served, keyless)
        ]
        assert told[0].status_code == told[1].status_code == 200, path
        assert told[0].json() == told[1].json(), path
    page = keyless.client().get(f"/{name}", params={"format": "json"}).json()
    assert any(value["value"] is not None for value in page["attributes"])


def test_without_keys_values_that_are_not_public_stay_closed(served, keyless):
    path = f"/api/v1/passports/{passport(served)}"
    shown = [one.client(member=ana()).get(path).json()["attributes"] for one in (served, keyless)]
    closed = [v["value"] for v in shown[1] if v["access"] != "public"]
    assert closed
    assert set(closed) == {None}
    assert any(v["value"] is not None for v in shown[0] if v["access"] != "public")


def test_without_keys_nothing_is_written_and_it_says_why(keyless):
    offer = {"kind": "custody.offer/1", "battery": "01/09506000134352/21/X", "receiver": "x"}
    client = keyless.client(member=ana())
    answer = client.post("/api/v1/custody/offer", json=offer)
    assert answer.json()["code"] == "access.own_signer"
    sent = client.post("/api/v1/transactions", content=b"{}")
    assert (sent.status_code, sent.json()["code"]) == (422, "home.no_operator")
    assert "--with-keys" in sent.json()["remedy"]


def test_without_keys_the_doctor_says_what_is_missing(keyless):
    found = {n: (f, s) for n, f, s in Cellchain().diagnose(keyless.site._home.folder)}
    fine, seen = found["key store"]
    assert not fine
    assert "home.no_operator" in seen
    assert "--with-keys" in seen
    assert found["opening keys"] == (
        True, "none of a party: of the vault only public values open here"
    )  # fmt: skip
    assert found["state"][0]


def test_keys_from_elsewhere_make_it_a_home_that_writes(served, keyless, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(keyless.site._home.folder, folder, ignore=shutil.ignore_patterns("views*"))
    with Cellchain().writing(folder) as (_, ledger):
        assert isinstance(ledger, KeylessLedger)
    shutil.copytree(served.site._home.folder / "keys", folder / "keys", dirs_exist_ok=True)
    with Cellchain().writing(folder) as (home, ledger):
        assert not isinstance(ledger, KeylessLedger)
        told = Desk(ledger, home.keys.load(CARS)).send(
            Register(battery="01/09506000134352/21/AGAIN")
        )
    assert not told.code


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
