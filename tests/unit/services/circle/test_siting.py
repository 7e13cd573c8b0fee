"""Which sites to open: by hand, against every choice of sites, and refused."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.optimize import linprog

from cellchain.core.errors import Refused
from cellchain.science.siting.distance import great_circles_km
from cellchain.science.siting.location import Location, Unsited, sited
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.siting import Many, check_answer, sited_for
from cellchain.services.circle.siting_files import sites_of, sources_of, ways_km
from cellchain.services.circle.siting_map import map_of, site_picture, spoken

EMPTY = float("nan")


def table(**columns):
    return Table(
        {
            name: Texts.of(cells) if name in ("source", "site") else np.array(cells, float)
            for name, cells in columns.items()
        }
    )


SOURCES = {"source": ["Lyon", "Graz"], "tonnes_per_year": [100, 50]}
SITES = {
    "site": ["west", "east"], "capacity_t_per_year": [200, 60],
    "fixed_eur_per_year": [10_000, 4_000], "handling_eur_per_t": [100, 90],
}  # fmt: skip
WAYS = {
    "source": ["Lyon", "Lyon", "Graz", "Graz"], "site": ["west", "east"] * 2,
    "km": [10, 1_000, 900, 20],
}  # fmt: skip


def asked(sources=SOURCES, sites=SITES, ways=WAYS, *, many=None, rate=0.2, detour=1.3):
    """Return the answer on three files."""
    known, places = sources_of(table(**sources), rate), sites_of(table(**sites))
    km = ways_km(known, places, None if ways is None else table(**ways), detour)
    return sited_for(known, places, km, many or Many(), seconds=30)


def rows(answer):
    """Return the cells of a table, row by row."""
    return [tuple(one.values()) for one in answer.plain(0, answer.rows)]


def test_both_sites_by_hand():
    found = asked()
    # Lyon in the west: 100 × (10 × 0.2 + 100) = 10,200; Graz in the east: 50 × (20 × 0.2 + 90) =
    # 4,700; with 14,000 fixed 28,900. The west alone: 10,200 + 50 × (180 + 100) + 10,000 = 34,200.
    assert rows(found.flows) == [("Lyon", "west", 100, 10, 10_200), ("Graz", "east", 50, 20, 4_700)]
    assert (found.cost_eur, found.proved) == (28_900, True)
    assert found.bound_eur == pytest.approx(28_900, rel=1e-6)
    assert rows(found.opened)[1] == ("east", 50, 60, 50 / 60, 4_000, 200, 4_500, 8_700)


def test_one_site_costs_more_and_is_what_was_asked():
    for many in (Many(exactly=1), Many(at_most=1)):
        found = asked(many=many)
        assert found.opened.texts("site").cells() == ["west"]
        assert found.cost_eur == pytest.approx(34_200)


PLACES = {"latitude": [45.75, 47.07], "longitude": [4.85, 15.44]}


def test_a_picture_leads_from_each_site_to_whom_it_serves():
    sources, sites = SOURCES | PLACES, SITES | PLACES
    found = asked(sources, sites)
    known, places = sources_of(table(**sources), 0.2), sites_of(table(**sites))
    picture = site_picture(found, known, places)
    assert [way.name for way in picture.ways] == ["1 west: 100 t a year", "2 east: 50 t a year"]
    assert all(way.stops == (False, True, False) for way in picture.ways)
    assert [len(set(way.points)) for way in picture.ways] == [1, 1]  # as each lies at its source
    assert picture.said == f"{spoken(found)}."


def test_there_is_no_picture_without_places():
    known, places = sources_of(table(**SOURCES), 0.2), sites_of(table(**SITES))
    assert site_picture(asked(), known, places) is None


def test_a_full_site_shares_a_source():
    found = asked(SOURCES | {"tonnes_per_year": [100, 80.5]})
    assert [(one[1], one[2]) for one in rows(found.flows)] == [
        ("west", 100), ("west", 20.5), ("east", 60),
    ]  # fmt: skip


def test_a_way_that_costs_the_earth_does_not_blind_the_search():
    """Beta alone: 1,900 and 600 t over 10 km at 0.35."""
    sources = {"source": ["Lyon", "Graz"], "tonnes_per_year": [420, 180]}
    names = ["Alpha", "Beta", "Gamma"]
    sites = {
        "site": names, "capacity_t_per_year": [900] * 3,
        "fixed_eur_per_year": [2_600, 1_900, 2_100], "handling_eur_per_t": [0] * 3,
    }  # fmt: skip
    ways = {
        "source": ["Lyon"] * 3 + ["Graz"] * 3, "site": names * 2, "km": [10] * 5 + [999_999_999],
    }  # fmt: skip
    found = asked(sources, sites, ways, rate=0.35)
    assert found.opened.texts("site").cells() == ["Beta"]
    assert found.cost_eur == pytest.approx(4_000)
    assert found.proved


def test_what_costs_nothing_is_proved_at_once(monkeypatch):
    free = {name: [0, 0] for name in ("fixed_eur_per_year", "handling_eur_per_t")}
    asked_for, milp = [], optimize.milp
    monkeypatch.setattr(optimize, "milp", lambda *a, **b: asked_for.append(a) or milp(*a, **b))
    found = asked(sites=SITES | free, rate=0)
    assert (found.cost_eur, found.proved, len(asked_for)) == (0, True, 1)


def test_where_the_time_ends_before_it_is_looked_at_closely_nothing_is_proved(monkeypatch):
    """The first answer is one beside a cost that is much greater: nobody knows how good it is."""
    far = WAYS | {"km": [10, 1_000, 900_000_000, 20]}
    answers, milp = [], optimize.milp

    def once(*given, **told):
        answers.append(milp(*given, **told))
        return answers[-1] if len(answers) == 1 else optimize.OptimizeResult(x=None, status=1)

    monkeypatch.setattr(optimize, "milp", once)
    found = asked(ways=far)
    assert (len(answers), found.bound_eur, found.proved) == (2, 0, False)


def test_a_site_that_lacks_a_kilogram_is_not_chosen():
    sources = {"source": ["Lyon"], "tonnes_per_year": [3_000.001]}
    sites = {
        "site": ["small", "large"], "capacity_t_per_year": [3_000, 4_000],
        "fixed_eur_per_year": [1, 2], "handling_eur_per_t": [0, 0],
    }  # fmt: skip
    ways = {"source": ["Lyon"] * 2, "site": ["small", "large"], "km": [1, 1]}
    found = asked(sources, sites, ways)
    assert found.opened.texts("site").cells() == ["large"]


def test_ways_are_great_circles_with_a_detour():
    known = sources_of(table(**SOURCES, latitude=[0, 0], longitude=[0, 90]), 0.2)
    places = sites_of(table(**SITES, latitude=[90, 0], longitude=[0, 90]))
    quarter = 6371.0088 * np.pi / 2  # of the equator's length
    assert great_circles_km(known.where, places.where) == pytest.approx(
        np.array([[quarter, quarter], [quarter, 0]])
    )
    assert ways_km(known, places, None, 1.3)[0, 0] == pytest.approx(1.3 * quarter)


@st.composite
def locations(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sources, sites = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    per_kg = rng.uniform(0, 2, (sources, sites))
    per_kg[rng.random(per_kg.shape) < 0.15] = np.nan
    per_kg[np.isnan(per_kg).all(axis=1), 0] = 1.0
    supply = rng.integers(1, 2_000, sources)
    capacity = rng.integers(0, supply.sum() + 1, sites)
    fewest = int(rng.integers(0, sites + 1))
    fixed = rng.uniform(0, supply.sum(), sites)
    return Location(
        supply, capacity, fixed, per_kg, fewest, int(rng.integers(max(fewest, 1), sites + 1))
    )


def cheapest(asked):
    """Return what the cheapest choice costs, by looking at each; infinite where there is none."""
    best = np.inf
    for choice in product((False, True), repeat=len(asked.fixed)):
        if asked.fewest <= sum(choice) <= asked.most:
            best = min(best, asked.fixed[list(choice)].sum() + _moved(asked, np.array(choice)))
    return best


def _moved(asked, is_open):
    able = ~np.isnan(asked.per_kg) & is_open
    if not able.any(axis=1).all():
        return np.inf
    sources, sites = np.nonzero(able)
    found = linprog(
        asked.per_kg[sources, sites],
        A_eq=np.equal.outer(np.arange(len(able)), sources) * 1.0, b_eq=asked.supply_kg,
        A_ub=np.equal.outer(np.arange(able.shape[1]), sites) * 1.0, b_ub=asked.capacity_kg,
    )  # fmt: skip
    return found.fun if found.status == 0 else np.inf


@given(locations())
@settings(max_examples=30, deadline=None)
def test_nothing_is_lost_no_site_too_full_and_no_choice_cheaper(asked):
    found, best = sited(asked, 10.0), cheapest(asked)
    if isinstance(found, Unsited):
        assert (found, best) == (Unsited.INFEASIBLE, np.inf)
        return
    assert np.array_equal(found.kg.sum(axis=1), asked.supply_kg)
    assert (found.kg.sum(axis=0) <= np.where(found.is_open, asked.capacity_kg, 0)).all()
    assert asked.fewest <= found.is_open.sum() <= asked.most
    cost = asked.fixed[found.is_open].sum() + np.nansum(found.kg * asked.per_kg)
    assert cost == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert found.bound <= cost * (1 + 1e-6) + 1e-6


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sources": SOURCES | {"tonnes_per_year": [300, 1]}}, "site.capacity"),
        ({"sources": SOURCES | {"tonnes_per_year": [0, 1]}}, "site.number"),
        ({"sources": SOURCES | {"tonnes_per_year": [-1, 1]}}, "site.number"),
        ({"sources": SOURCES | {"tonnes_per_year": [EMPTY, 1]}}, "site.number"),
        ({"sources": SOURCES | {"source": ["Lyon", "Lyon"]}}, "site.twice"),
        ({"sources": SOURCES | {"source": ["Lyon", None]}}, "site.key"),
        ({"sources": {"source": [], "tonnes_per_year": []}}, "site.nothing"),
        ({"sources": SOURCES | {"latitude": [91, 0], "longitude": [0, 0]}}, "site.place"),
        ({"sites": SITES | {"fixed_eur_per_year": [-1, 0]}}, "site.number"),
        ({"sites": SITES | {"handling_eur_per_t": [np.inf, 0]}}, "site.number"),
        ({"ways": WAYS | {"km": [10, -1, 0, 0]}}, "site.number"),
        ({"ways": WAYS | {"site": ["west", "moon"] * 2}}, "site.unknown"),
        ({"ways": WAYS | {"site": ["west", None] * 2}}, "site.unknown"),
        ({"ways": WAYS | {"site": ["west"] * 4}}, "site.twice"),
        ({"ways": {"source": ["Lyon"], "site": ["west"], "km": [1]}}, "site.unreachable"),
        ({"ways": {"source": ["Lyon", "Graz"], "site": ["east"] * 2, "km": [1, 1]}},
         "site.infeasible"),
        ({"ways": None}, "site.no_place"),
        ({"ways": None, "detour": 0.9}, "site.detour"),
        ({"rate": None}, "site.rate"),
        ({"rate": -1.0}, "site.rate"),
        ({"many": Many(exactly=3)}, "site.many"),
        ({"many": Many(at_most=0)}, "site.many"),
        ({"many": Many(1, 1)}, "site.many"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered(change, code):
    with pytest.raises(Refused) as refused:
        asked(**change)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"tonnes": [99.9, 50]}, "100 kg of Lyon go nowhere"),
        ({"site": ["east", "west"]}, "east takes 40000 kg too much"),
        ({"is_open": [True, False]}, "closed"),
    ],
)
def test_an_answer_that_is_wrong_is_not_told(lie, told):
    found = asked()
    is_open = np.array(lie.pop("is_open", [True, True]))
    flows = Table(dict(found.flows.columns) | dict(table(**lie).columns))
    with pytest.raises(Refused, match=rf"site\.check.*{told}"):
        check_answer(sources_of(table(**SOURCES), 0.2), sites_of(table(**SITES)), flows, is_open)


def test_the_map_says_what_it_shows():
    known = sources_of(table(**SOURCES, latitude=[45.8, 47.1], longitude=[4.8, 15.4]), 0.2)
    places = sites_of(table(**SITES, latitude=[45, 47], longitude=[4, 15]))
    found = asked()
    drawn = map_of(found, known, places)
    assert "2 of 2 sites open (west, east), 28,900.00 EUR a year; nothing costs less" in drawn
    assert drawn.count("<line") == 2
    assert spoken(found) in map_of(found, sources_of(table(**SOURCES), 0.2), places)
