"""What the pages ask, answered from the demo's ledger and compared with its records."""

from contextlib import nullcontext
from threading import Event

import pytest
from sqlalchemy import select

from cellchain.adapters.views import Follower
from cellchain.contracts.assembly import Item
from cellchain.contracts.assembly.view import genealogy, item, life, outermost, parts
from cellchain.contracts.custody import Custody
from cellchain.contracts.custody.view import custody, hand_overs
from cellchain.contracts.material import Lot
from cellchain.contracts.material.view import lot_facets, lots, uses
from cellchain.contracts.membership.view import names, parties
from cellchain.contracts.passport.view import battery, fleet, passport, waiting_for
from cellchain.contracts.telemetry.view import streams, windows
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.proof import find_receipt
from cellchain.ledger.view import MENTION
from tests.integration.views.given import Until, demo

STATE, GENESIS = demo(8)
ITEMS = dict(STATE.records.scan(Item))
PACKS = sorted(name for name, found in ITEMS.items() if found.sort == "pack")


@pytest.fixture
def db(opened):
    views = opened()
    views.catch_up(STATE, GENESIS)
    with views.read() as connection:
        yield connection


def test_rows_say_what_records_say(db):
    for name, record in ITEMS.items():
        row = item(db, name)
        assert (row.sort, row.whole, row.parts) == (record.sort, record.whole, record.parts)
        assert custody(db, name).holder == STATE.records.peek((Custody, name)).holder
    assert [p.battery for p in parts(db, PACKS[0])] == list(ITEMS[PACKS[0]].parts)


def test_a_part_is_in_the_hands_of_its_whole(db):
    for pack in PACKS:
        whole = outermost(db, pack)
        assert battery(db, pack).holder == STATE.records.peek((Custody, whole)).holder


def test_a_genealogy_leads_from_a_pack_to_its_mines_and_back(db):
    graph = genealogy(db, PACKS[0])
    subjects = {node.subject for node in graph.nodes}
    assert {edge.source for edge in graph.edges} | {e.target for e in graph.edges} <= subjects
    ores = [node.subject for node in graph.nodes if "ore" in node.label.split()]
    assert ores
    onwards = genealogy(db, ores[0], up_max=0, down_max=30, nodes_max=1000)
    assert PACKS[0] in {node.subject for node in onwards.nodes}
    assert genealogy(db, PACKS[0], nodes_max=5).truncated
    assert genealogy(db, "nothing").nodes == ()


def test_a_life_line_has_nine_stages_in_order(db):
    for pack in PACKS:
        stages = life(db, pack)
        assert [stage.name for stage in stages] == [
            "mined", "refined", "made", "assembled", "in_service", "handed_on", "repaired",
            "second_life", "ended",
        ]  # fmt: skip
        times = [s.time_ms for s in stages[:5]]
        assert None not in times, stages
        assert times == sorted(times)
    reused = [pack for pack in PACKS if "/H0" in outermost(db, pack)]
    assert all(life(db, pack)[7].time_ms for pack in reused)


def test_a_receipt_is_a_look_at_an_index(db):
    sent = explorer.transactions(db, limit=1000).rows
    for row in sent[::7]:
        found = explorer.transaction(db, row.id)
        assert (found.height, found.position) == find_receipt(STATE, bytes.fromhex(row.id))
    assert explorer.transaction(db, "0" * 64) is None


def test_every_event_is_listed_once(db):
    seen, after = [], None
    while True:
        page = explorer.events(db, after=after, limit=300)
        seen += [row.position for row in page.rows]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == explorer.counts(db).events
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    "chosen",
    [{"kind": "custody."}, {"kind": "custody.accepted/1"}, {"party": "acme-mine"}, {"height": 12}],
    ids=repr,
)
def test_chosen_events_are_those_of_all(db, chosen):
    everything = []
    after = None
    while True:
        page = explorer.events(db, after=after, limit=1000)
        everything += page.rows
        after = page.after
        if after is None:
            break
    ((name, value),) = chosen.items()
    fits = {
        "kind": lambda row: row.kind.startswith(value),
        "party": lambda row: row.sender == value,
        "height": lambda row: row.height == value,
    }[name]
    found, after = [], None
    while True:
        page = explorer.events(db, after=after, limit=100, **chosen)
        found += page.rows
        after = page.after
        if after is None:
            break
    assert found == [row for row in everything if fits(row)]
    assert found


def test_a_timeline_holds_what_mentions_a_subject(db):
    rows = explorer.timeline(db, PACKS[0], limit=1000).rows
    assert all(PACKS[0] in row.entry for row in rows)
    assert len(rows) > len(hand_overs(db, PACKS[0])) > 1


@pytest.mark.parametrize(
    ("text", "sort", "subject"),
    [
        ("Everwheel", "party", "everwheel-cars"),
        ("recycler ind", "party", "indigo-recycler"),
        ("nickel sulphide", "lot", "NI-ORE-1"),
        ("7", "block", "7"),
        (f"https://id.example.com/{PACKS[0]}", "battery", PACKS[0]),
        (PACKS[0].rpartition("/")[2].lower(), "battery", PACKS[0]),
    ],
)
def test_one_search_box_finds_everything(db, text, sort, subject):
    assert (sort, subject) in [(hit.sort, hit.subject) for hit in explorer.find(db, text)]


def test_small_questions(db):
    assert names(db, ["acme-mine", "nobody"]) == {"acme-mine": "Acme Mine"}
    assert [p.party for p in parties(db, role="mine").rows] == ["acme-mine"]
    assert lot_facets(db).total == len(list(STATE.records.scan(Lot)))
    assert (
        len(lots(db, holder="cellulon-cells", limit=1000).rows)
        == dict(lot_facets(db).holder)["cellulon-cells"]
    )
    assert uses(db, "NI-ORE-1")[0].run
    found = streams(db)
    assert found
    assert windows(db, found[0].battery).rows
    assert fleet(db).total == len(ITEMS)
    assert waiting_for(db, "everwheel-cars").lacking
    assert len(passport(db, PACKS[0]).attributes) > 10
    assert passport(db, "01/0") is None
    for position in (0, 5, explorer.counts(db).events):
        assert explorer.entry(db, position).position == position
    assert explorer.entry(db, 10**9) is None


def test_a_follower_catches_up_when_it_is_woken(opened):
    views = opened()
    chain = Until(STATE, 10)
    arrived = Event()
    heights = []

    def told(changed):
        heights.append(changed.height)
        arrived.set()

    views.catch_up(chain, GENESIS)
    views.subscribe(told)
    follower = Follower(views, GENESIS, lambda: nullcontext(chain))
    try:
        chain.height = 12
        follower.wake()
        assert arrived.wait(30)
    finally:
        follower.close()
    assert heights[-1] == 12
    assert follower.problem is None


def test_a_value_that_no_column_can_hold_is_refused(opened):
    views = opened()
    views.catch_up(Until(STATE, 2), GENESIS)
    for height in (2**63, 10**30):
        with pytest.raises(Refused, match=r"views\.value"), views.read() as db:
            db.execute(select(MENTION).where(MENTION.c.position == height)).all()


def test_text_with_nul_finds_nothing_or_is_refused(opened):
    views = opened()
    views.catch_up(Until(STATE, 2), GENESIS)
    try:
        with views.read() as db:
            assert not db.execute(select(MENTION).where(MENTION.c.subject == "a\0b")).all()
    except Refused as refused:
        assert refused.code == "views.value"
