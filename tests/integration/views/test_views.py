"""Catching up, rebuilding, forgetting: on SQLite and on a PostgreSQL server alike."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from cellchain.adapters.views import discover_views
from cellchain.contracts.passport.view import (
    ATTRIBUTE,
    BATTERY,
    FACETS,
    BatterySearch,
    passport,
    search_batteries,
)
from cellchain.core.errors import Refused, Unavailable
from cellchain.ledger import view as explorer
from tests.integration.views.conftest import CONTRACTS
from tests.integration.views.given import Until, Vault, contents, demo
from tests.unit.services.demo.given import story

STATE, GENESIS = demo()


def test_block_by_block_is_the_same_as_all_at_once(opened):
    views = opened()
    for height in range(1, STATE.head.height + 1):
        views.catch_up(Until(STATE, height), GENESIS)
        assert views.head().height == height
    grown = contents(views)
    views.rebuild(STATE, GENESIS)
    assert contents(views) == grown
    empty = {name for name, rows in grown.items() if not rows}
    assert empty <= {
        "telemetry_gap", "document_opening", "membership_delegation", "custody_code",
        "governance_proposal", "governance_agreed", "governance_alarm",
    }  # fmt: skip


def test_a_rebuild_with_the_vault_gives_the_same_values(opened):
    vault = Vault(story(3, 1).told)
    views = opened(opener=vault)
    views.catch_up(STATE, GENESIS)
    before = contents(views)
    views.rebuild(STATE, GENESIS)
    assert contents(views) == before
    with views.read() as db:
        empty = select(func.count()).where(ATTRIBUTE.c.value.is_(None))
        assert db.execute(empty).scalar_one() == 0


class Crash(Exception):
    pass


def test_a_crash_between_rows_and_height_leaves_neither(opened):
    views = opened()
    views.catch_up(Until(STATE, 20), GENESIS)
    ours = discover_views(CONTRACTS)

    def crashing(batch):
        yield from ours[-1].project(batch)
        raise Crash

    broken = opened(views=(*ours[:-1], replace(ours[-1], project=crashing)))
    with pytest.raises(Crash):
        broken.catch_up(STATE, GENESIS)
    assert views.head().height == 20
    again = opened()
    again.catch_up(STATE, GENESIS)
    after = contents(again)
    again.rebuild(STATE, GENESIS)
    assert contents(again) == after


def test_facets_count_what_is_there(opened):
    views = opened()
    views.catch_up(STATE, GENESIS)
    with views.read() as db:
        found = search_batteries(db, BatterySearch())
        for facet in FACETS:
            column = BATTERY.c[facet]
            counted = db.execute(select(column, func.count()).group_by(column)).all()
            assert dict(found.facets[facet]) == dict(map(tuple, counted))
        assert found.total == len(all_batteries(db, BatterySearch(limit=7)))


def all_batteries(db, search):
    rows, after = [], None
    while True:
        page = search_batteries(db, replace_after(search, after))
        rows += page.rows
        if page.after is None:
            assert len({row.battery for row in rows}) == len(rows)
            return rows
        after = page.after


def replace_after(search, after):
    import msgspec

    return msgspec.structs.replace(search, after=after)


CHOICES = [
    BatterySearch(sort=("pack",)),
    BatterySearch(sort=("pack", "module"), maker=("dynamo-packs",), limit=4),
    BatterySearch(holder=("everwheel-cars",)),
    BatterySearch(text="p00001", limit=9),
    BatterySearch(text="09506000134628 P00002", sort=("pack", "cell")),
    BatterySearch(text="nobody"),
    BatterySearch(phase=("issued",), status=("retired",)),
]


@pytest.mark.parametrize("search", CHOICES, ids=repr)
def test_a_search_finds_what_a_look_at_every_row_finds(opened, search):
    views = opened()
    views.catch_up(STATE, GENESIS)
    with views.read() as db:
        wanted = explorer.words(search.text)

        def fits(row):
            names = explorer.words(row.battery)
            chosen = all(
                getattr(row, f) in getattr(search, f) for f in FACETS if getattr(search, f)
            )
            return chosen and all(any(n.startswith(w) for n in names) for w in wanted)

        everything = all_batteries(db, BatterySearch(limit=1000))
        found = all_batteries(db, search)
        assert [r for r in everything if fits(r)] == found
        assert search_batteries(db, search).total == len(found)


ODD = [
    "", " ", '"', "'; DROP TABLE x; --", "a" * 10_000, "NEAR(a b)", "*", "a*", "\x00", "\ud800",
    "🔋", "\ufb01", "\u202e01/", "%", "_", "\\", "1" * 200, "-1", "01//21/", "ÀÉ", "\U0010ffff",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_any_text_may_be_searched_for(opened, text):
    views = opened()
    views.catch_up(Until(STATE, 16), GENESIS)
    with views.read() as db:
        explorer.find(db, text)
        search_batteries(db, BatterySearch(text=text))


@pytest.mark.parametrize("after", ["", "!", "W10", "WzFd", "WyJhIiwiYiJd", "é", "W" * 5000])
def test_a_wrong_cursor_is_refused(opened, after):
    views = opened()
    views.catch_up(Until(STATE, 2), GENESIS)
    with views.read() as db, pytest.raises(Refused) as refusal:
        search_batteries(db, BatterySearch(after=after))
    assert refusal.value.code == "views.cursor"


def test_what_is_forgotten_is_in_no_table_any_more(opened):
    vault = Vault(story(3, 1).told)
    views = opened(opener=vault)
    views.catch_up(STATE, GENESIS)
    named = {c: s for c, s in vault.subjects.items() if s.endswith("#model_and_serial")}
    commitments = list(named)
    views.forget(STATE, commitments)
    for commitment in commitments:
        del vault.values[commitment]
    after = contents(views)
    with views.read() as db:
        shown = passport(db, named[commitments[0]].partition("#")[0])
    (one,) = [a for a in shown.attributes if a.name == "model_and_serial"]
    assert one.value is None
    assert not any("model_and_serial" in row and '"0' in row for row in after["passport_attribute"])
    views.rebuild(STATE, GENESIS)
    assert contents(views) == after


def test_another_set_of_tables_is_projected_anew(opened, url):
    views = opened()
    views.catch_up(STATE, GENESIS)
    before = contents(views)
    ours = discover_views(CONTRACTS)
    newer = opened(views=(*ours[:-1], replace(ours[-1], version=2)))
    if not url.startswith("sqlite"):
        with pytest.raises(Unavailable) as problem:
            newer.catch_up(STATE, GENESIS)
        assert problem.value.code == "views.outdated"
        newer.rebuild(STATE, GENESIS)
    newer.catch_up(STATE, GENESIS)
    assert contents(newer) == before


def test_a_reader_sees_one_height(opened):
    views = opened()
    views.catch_up(Until(STATE, 20), GENESIS)
    with views.read() as db:
        before = explorer.counts(db)
        views.catch_up(STATE, GENESIS)
        assert explorer.counts(db) == before
    with views.read() as db:
        assert explorer.counts(db).blocks == STATE.head.height


def test_listeners_are_told_what_changed(opened):
    views = opened()
    views.catch_up(Until(STATE, 20), GENESIS)
    told = []
    end = views.subscribe(told.append)
    views.catch_up(Until(STATE, 21), GENESIS)
    end()
    views.catch_up(STATE, GENESIS)
    assert [changed.height for changed in told] == [21]
    assert told[0].subjects
