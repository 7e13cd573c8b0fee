"""The book in a notebook: a folder and a URL give the same object with the same results."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import pytest

import cellchain
from cellchain.contracts.custody import Register
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import BatteryId
from cellchain.notebook import Project, Rows, ServedSource
from cellchain.notebook.card import fact_card, table_card
from tests.web.site import ADDRESS, CARS, PACKS


@pytest.fixture(scope="module")
def two(served):
    """The same chain for the same party, from its folder and from its URL."""
    folder = served.site._home.folder
    with cellchain.open(folder, party=CARS) as kept:
        yield kept, over_http(served, CARS)


def over_http(served, party):
    return Project(ServedSource(ADDRESS, served.key(party=party), served.client()))


@pytest.fixture(scope="module")
def measured(two):
    """A battery with readings, and who knows it."""
    for row in two[0].batteries():
        try:
            two[0].battery(row.battery).readings(points=1)
        except Refused:
            continue
        return row.battery
    pytest.fail("no battery of the demo has readings")


@pytest.mark.parametrize(
    "asked",
    [
        lambda p: p.head,
        lambda p: p.batteries(),
        lambda p: p.batteries(text="P0000", limit=2),
        lambda p: p.batteries(sort=("pack", "vehicle"), phase="issued"),
        lambda p: p.lots(),
        lambda p: p.lots(left=True, text="li"),
        lambda p: p.lot(p.lots()[0].lot),
        lambda p: p.parties(),
        lambda p: p.parties(role="recycler"),
        lambda p: p.passports(),
        lambda p: p.passports(level="item"),
        lambda p: p.transactions(limit=7),
        lambda p: p.transactions(party=CARS),
        lambda p: p.proof("membership.party", CARS).data,
    ],
)
def test_a_folder_and_a_url_answer_the_same(two, asked):
    kept, served = two
    assert asked(kept) == asked(served)


@pytest.mark.parametrize(
    "asked",
    [
        lambda b: (b.id, b.facts, b.custody, b.item),
        lambda b: b.passport,
        lambda b: b.hand_overs,
        lambda b: b.life,
        lambda b: b.events(),
        lambda b: b.graph(up=3, down=1),
        lambda b: (dict(b.genealogy().nodes), list(b.genealogy().edges(data=True))),
        lambda b: b.proof().data,
        lambda b: b.verify().sentences(),
        lambda b: b._repr_html_(),
    ],
)
def test_so_does_every_battery(two, asked):
    for row in two[0].passports(level="item")[:3]:
        kept, served = (p.battery(row.passport) for p in two)
        assert asked(kept) == asked(served)


def test_and_so_do_its_readings(two, measured):
    kept, served = (p.battery(measured).readings(points=50) for p in two)
    assert kept == served
    assert kept.series == served.series
    assert 0 < len(kept) <= 50
    first, last = kept[0]["time_ms"], kept[-1]["time_ms"]
    part = two[1].battery(measured).readings(from_=first, until=last, points=50)
    assert part.series.readings < kept.series.readings
    assert list(kept.df().columns) == list(kept[0])
    assert len(kept.plot().axes) == len(kept.series.channels)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (lambda p: p.battery("01/09506000134352/21/nobody"), "web.not_found"),
        (lambda p: p.lot("no-such-lot"), "web.not_found"),
        (lambda p: p.proof("no.kind", "x"), "query.unknown_kind"),
        (lambda p: p.batteries(sort="spaceship"), ""),
    ],
)
def test_they_refuse_the_same(two, asked, code):
    told = [refused(asked, p) for p in two]
    assert told[0] == told[1]
    assert told[0][0] == code


def refused(asked, project):
    try:
        asked(project)
    except Refused as refusal:
        return refusal.code, refusal.text, refusal.remedy
    return "", "", ""


def test_what_somebody_may_not_read_is_left_out_in_a_folder_too(served, two):
    folder = served.site._home.folder
    with cellchain.open(folder, party=PACKS) as packs:
        for row in two[0].passports(level="item"):
            over = over_http(served, PACKS).battery(row.passport)
            assert packs.battery(row.passport).passport == over.passport


def test_readings_are_for_who_has_to_do_with_the_battery_in_a_folder_too(served, two, measured):
    with cellchain.open(served.site._home.folder, party=PACKS) as packs:
        for project in (packs, over_http(served, PACKS)):
            with pytest.raises(Refused, match="no readings"):
                project.battery(measured).readings(points=1)
    assert two[0].battery(measured).readings(points=1)


def test_each_sends_for_its_party(served, two):
    licence = next(b.battery for b in two[0].batteries(maker=CARS)).rpartition("/")[0]
    for number, project in enumerate(two):
        new = BatteryId(f"{licence}/NOTE-{number}")
        sent = project.send(Register(battery=new))
        assert sent.height > 1
        assert two[0]._source.proof("custody.custody", new)
        with pytest.raises(Refused, match="custody"):
            project.send(Register(battery=new))


def test_frames_have_a_column_per_field(two):
    rows = two[0].parties()
    names = list(rows[0].__struct_fields__)
    assert list(rows.df().columns) == rows.pl().columns == rows.arrow().schema.names == names
    assert len(rows.df()) == len(rows.pl()) == rows.arrow().num_rows == len(rows)
    assert rows[:2] == Rows(tuple(rows)[:2])


def test_a_missing_library_names_the_extra(two, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(Refused) as told:
        two[0].parties().df()
    assert told.value.code == "notebook.library"
    assert "cellchain[notebook]" in told.value.remedy


def test_cards_are_escaped_and_without_style(two):
    nasty = '<script>alert("1")</script>'
    cards = [
        fact_card(nasty, {nasty: nasty}),
        table_card([{nasty: nasty}], 1),
        two[0]._repr_html_(),
        two[0].parties()._repr_html_(),
        two[0].proof("membership.party", CARS)._repr_html_(),
    ]
    for card in cards:
        seen = Seen()
        seen.feed(card)
        assert seen.tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
        assert seen.attributes <= {"scope"}


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nobody_at_the_url_is_unavailable():
    with pytest.raises(Unavailable) as told, cellchain.open("http://127.0.0.1:1") as project:
        _ = project.head
    assert told.value.code == "notebook.server"


def test_a_wrong_key_opens_nothing(served):
    project = Project(ServedSource(ADDRESS, "cc_no_such", served.client()))
    with pytest.raises(Refused) as told:
        project.parties()
    assert told.value.code == "access.sign_in"


def test_importing_it_costs_nothing():
    program = (
        "import sys, cellchain; print(len([m for m in sys.modules if m[:10] == 'cellchain.']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"0"
