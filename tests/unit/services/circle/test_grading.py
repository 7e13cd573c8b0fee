"""Grades: laws that hold of any battery, single cases, and what is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.grading import graded
from cellchain.services.circle.grading_answer import answered
from cellchain.services.circle.grading_packs import Fact, Graded, graded_of
from cellchain.services.circle.grading_rules import (
    parse_rules,
    rules_file,
    rules_with,
    shipped_rules,
)
from cellchain.services.circle.grading_split import parse_figures

DAY = date(2026, 11, 30)
RULES = shipped_rules().on(DAY)
GATES = {
    "safety_event_open": 0.0, "insulation_ohm_per_v": 800.0, "recall_open": 0.0,
    "calendar_expiration_date": float(date(2035, 1, 1).toordinal()), "identity_known": 1.0,
    "history_known": 1.0, "ownership_clear": 1.0, "examined": 1.0,
}  # fmt: skip
FAILING = {
    "safety_event_open": 1.0, "insulation_ohm_per_v": 99.0, "recall_open": 1.0,
    "calendar_expiration_date": float(date(2026, 11, 29).toordinal()), "identity_known": 0.0,
    "history_known": 0.0, "ownership_clear": 0.0, "examined": 0.0,
}  # fmt: skip
GOOD = {
    "soh_p10": 0.82, "soh_p50": 0.86, "resistance_growth": 1.2, "cell_spread_mv": 20.0,
    "self_discharge_percent_per_month": 2.0, "rul_p10_years": 6.0,
}  # fmt: skip
RANKS = {one.id: one.rank for one in RULES.channels}
METRICS = {one.column: one for one in RULES.metrics}
FRESH = DAY - timedelta(10)


def pack(day=FRESH, chemistry="LFP", rules=RULES, **changes):
    values = {**GATES, **GOOD, **changes}
    facts = {one.column: Fact(values.get(one.column), "lab 7", day) for one in rules.looked}
    return Graded("p", chemistry, "", "pack", 40.0, facts)


def grade(**changes):
    return graded(pack(**changes), RULES, DAY)


def rank(found):
    return RANKS.get(found.channel, 0)


def highest(found):
    return max(RANKS.get(one, 0) for one in (found.channel, *found.possible))


def some(metric):
    low, high = sorted((metric.worst, metric.best))
    return st.floats(low * 0.5, high * 1.5) | st.sampled_from([low, high, 0.5, 0.6, 0.65, 0.8, 3.0])


ENDS = {name: (one.worst, one.best) for name, one in METRICS.items()} | {
    name: (FAILING[name], good) for name, good in GATES.items()
}
"""Of each figure, what is worst and what is best."""
values = st.fixed_dictionaries(
    {name: st.none() | some(one) for name, one in METRICS.items()}
    | {name: st.sampled_from([None, good, good, good]) for name, good in GATES.items()}
)


@settings(max_examples=300)
@given(values, st.sampled_from(sorted(METRICS)), st.floats(0, 5))
def test_a_worse_figure_never_gives_a_better_channel(known, name, by):
    if known[name] is None:
        return
    metric = METRICS[name]
    worse = known[name] - by if metric.rises else known[name] + by
    before, after = grade(**known), grade(**{**known, name: worse})
    assert highest(after) <= highest(before)  # of a battery that waits: the best that is possible
    assert after.score_lo <= before.score_lo


@settings(max_examples=200)
@given(values, st.sampled_from(sorted(GATES)))
def test_a_gate_that_fails_is_never_outweighed(known, name):
    found = grade(**{**known, name: FAILING[name]})
    assert rank(found) == 0
    assert found.score is None
    (gate,) = (one for one in RULES.gates if one.column == name)
    assert (found.channel, found.decided_by) == (gate.fails_to, gate.id)


@settings(max_examples=300)
@given(values, st.sampled_from(sorted((*METRICS, *GATES))))
def test_what_is_unknown_never_grades_better_than_what_is_known(known, name):
    assert rank(grade(**{**known, name: None})) <= rank(grade(**known))


@settings(max_examples=200)
@given(values, values)
def test_what_is_granted_stands_however_the_unknown_turns_out(known, turned_out):
    found = grade(**known)
    whole = {name: turned_out[name] if one is None else one for name, one in known.items()}
    later = grade(**{name: one if one is not None else (GATES | GOOD)[name]
                     for name, one in whole.items()})  # fmt: skip
    assert later.channel in found.possible
    if found.channel != "test queue":
        assert later.channel == found.channel


@given(values)
def test_a_battery_waits_only_for_a_test_that_narrows_what_is_possible(known):
    found = grade(**known)
    assert (found.channel == "test queue") == bool(found.next_test) == (len(found.possible) > 1)
    if found.next_test:
        left = [one.split(" or ") for one in found.decides.split(" | ")]
        assert set().union(*map(set, left)) <= set(found.possible)
        if min(map(len, left)) == len(found.possible):  # it takes two tests: no figure narrows it
            assert not [
                name
                for name, told in known.items()
                if told is None
                for one in ENDS[name]
                if len(grade(**{**known, name: one}).possible) < len(found.possible)
            ]


@pytest.mark.parametrize(
    ("changes", "channel", "decided_by"),
    [
        ({}, "ev_replacement", "ev_replacement"),
        ({"soh_p50": 0.8}, "ev_replacement", "ev_replacement"),
        ({"soh_p50": 0.7999}, "large_storage", "ev_replacement"),
        ({"soh_p10": 0.55, "soh_p50": 0.62}, "back_up_power", "large_storage"),
        ({"soh_p10": 0.4}, "recycling", "back_up_power"),
        ({"resistance_growth": 2.0}, "large_storage", "ev_replacement"),
        ({"safety_event_open": 1.0, "calendar_expiration_date": 1.0}, "inspection", "safety_event"),
        ({"calendar_expiration_date": 1.0}, "recycling", "calendar_expiry"),
        ({"calendar_expiration_date": float(DAY.toordinal())}, "ev_replacement", "ev_replacement"),
        ({"examined": 0.0}, "test queue", "examined"),
        ({"recall_open": None}, "test queue", "recall"),
    ],
)
def test_single_cases(changes, channel, decided_by):
    found = grade(**changes)
    assert (found.channel, found.decided_by) == (channel, decided_by)


def test_the_capacity_test_tells_both_healths_and_decides():
    found = grade(soh_p10=None, soh_p50=None)
    assert found.next_test == "test of the residual capacity"
    assert found.decides == "ev_replacement | large_storage | back_up_power | recycling"
    assert (found.score, found.score_lo < found.score_hi) == (None, True)


def test_evidence_expires_and_with_it_the_grade():
    found = grade()
    assert found.expires == FRESH + timedelta(30)  # of a recall, the shortest
    assert grade(recall_open=0.0).findings[3].told.evidence == "lab 7"
    old = graded(pack(day=DAY - timedelta(31)), RULES, DAY)
    assert old.channel == "test queue"
    assert "recall: the evidence of 2026-10-30 expired on 2026-11-29" in old.reason
    undated = graded(pack(day=None), RULES, DAY)
    assert "recall: the evidence has no day, and lasts 30 days" in undated.reason
    assert "later than" in graded(pack(day=DAY + timedelta(1)), RULES, DAY).reason


def test_a_failure_stands_until_newer_evidence():
    found = graded(pack(day=DAY - timedelta(3_000), recall_open=1.0), RULES, DAY)
    assert (found.channel, found.decided_by) == ("hold", "recall")


def test_rules_are_those_of_the_day():
    before = shipped_rules().on(date(2023, 11, 9))
    assert "calendar_expiry" not in before.ids
    expired = pack(rules=before, day=date(2023, 11, 1), calendar_expiration_date=1.0)
    assert graded(expired, before, date(2023, 11, 9)).channel == "ev_replacement"
    with pytest.raises(Refused) as caught:
        shipped_rules().on(date(2010, 1, 1))
    assert caught.value.code == "grade.no_rule"


OWN = """
title = "Ours"
as_of = 2026-11-30
[[gates]]
id = "insulation"
column = "insulation_ohm_per_v"
kind = "least"
threshold = 500
unit = "ohm/V"
fails_to = "recycling"
test = "measurement"
source = "house rule"
clause = "4"
status = "assumption"
valid_from = 2020-01-01
valid_to = 2027-01-01
[[metrics]]
id = "swelling"
column = "swelling_mm"
unit = "mm"
worst = 5
best = 0
weight = 1
chemistries = ["NCM-811"]
test = "a look with a gauge"
source = "house rule"
clause = "5"
status = "assumption"
valid_from = 2020-01-01
"""


def test_own_rules_replace_and_join_by_id():
    whole, replaced, added = rules_with(parse_rules(OWN.encode()))
    rules = whole.on(DAY)
    assert (replaced, added) == (("insulation",), ("swelling",))
    assert rules.ids.count("insulation") == 1
    weak = pack(rules=rules, insulation_ohm_per_v=400.0)
    assert graded(weak, rules, DAY).channel == "recycling"
    assert graded(pack(rules=rules), rules, DAY).channel == "ev_replacement"  # no NMC811
    assert graded(pack(rules=rules, chemistry="NMC811"), rules, DAY).score_lo < 80
    unknown = graded(pack(rules=rules, chemistry="", swelling_mm=1.0), rules, DAY)
    assert {one.rule.id: one.outcome for one in unknown.findings}["swelling"] == "unknown"
    assert graded(pack(rules=rules), rules, date(2026, 12, 5)).expires < date(2027, 1, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("threshold = 500", "threshold = nan"),
        ("threshold = 500\n", ""),
        ('kind = "least"', 'kind = "about"'),
        ('kind = "least"', 'kind = "flag"'),
        ('kind = "least"', 'kind = "day"'),
        ('fails_to = "recycling"', 'fails_to = "ev_replacement"'),
        ('id = "swelling"', 'id = " "'),
        ('status = "assumption"', 'status = "sure"'),
        ("valid_to = 2027-01-01", "valid_to = 2019-01-01"),
        ("valid_from = 2020-01-01", "valid_from = 2020-02-30"),
        ("best = 0", "best = 5"),
        ("weight = 1", "weight = -1"),
        ("worst = 5", "worst = inf"),
        ("worst = 5", "worst = 5\nlifetime_days = 0"),
        ("worst = 5", "worst = 5\nlimits = [5, 1]"),
        ("worst = 5", "worst = 5\nhurry = true"),
        ('title = "Ours"', "title = 1"),
    ],
)
def test_rules_that_cannot_be(old, new):
    assert old in OWN
    with pytest.raises(Refused) as caught:
        parse_rules(OWN.replace(old, new).encode())
    assert caught.value.code == "grade.rules"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("least = { soh_p10 = 0.75,", "least = { soh_p11 = 0.75,"),
        ("least = { soh_p10 = 0.75,", "least = { cell_spread = 0.75,"),
        ("rank = 3", "rank = 2"),
        ('column = "soh_p50"', 'column = "examined"'),
        ('id = "recall"', 'id = "history"'),
        ("least_score = 60", "least_score = 101"),
        ('id = "back_up_power"', 'id = "hold"'),
    ],
)
def test_tables_of_rules_that_clash(old, new):
    text = rules_file().decode()
    assert old in text
    with pytest.raises(Refused) as caught:
        parse_rules(text.replace(old, new).encode()).on(DAY)
    assert caught.value.code == "grade.rules"


def test_every_rule_that_ships_says_who_says_so():
    for one in (*shipped_rules().looked, *shipped_rules().channels):
        assert one.source
        assert one.clause
    assert not re.search(r"/tmp|/work", rules_file().decode())


FIGURES = """
currency = "EUR"
source = "assumption"
value_per_kwh = { ev_replacement = 60, large_storage = 35, back_up_power = 27, recycling = 4 }
dismantling = { pack = 150, module = 30 }
test = { module = 20, cell = 2 }
"""
TEXTS = {
    "pack": ("P", "m1", "m2"),
    "chemistry": ("LFP",) * 3,
    "parent": (None, "P", "P"),
    "level": ("pack", "module", "module"),
    "evidence_date": ("2026-11-20",) * 3,
    "calendar_expiration_date": ("2035-01-01",) * 3,
}
NUMBERS = {
    **{name: (one,) * 3 for name, one in {**GATES, **GOOD}.items() if name not in TEXTS},
    "soh_p10": (0.4, 0.8, 0.4), "soh_p50": (0.45, 0.85, 0.45), "capacity_kwh": (40, 20, 20),
}  # fmt: skip


def table(**changes):
    every = {**TEXTS, **NUMBERS, **changes}
    return Table(
        {
            name: Texts.of(cells)
            if any(isinstance(one, str) for one in cells)
            else np.array(cells, np.float64)
            for name, cells in every.items()
        }
    )


def parts(figures=FIGURES, **changes):
    told = None if figures is None else parse_figures(figures.encode(), RULES)
    return answered(graded_of(table(**changes), RULES), RULES, DAY, told)


def test_a_pack_is_taken_apart_where_that_pays():
    found = parts().packs
    assert found.texts("channel").cells() == ["recycling", "ev_replacement", "recycling"]
    assert found.numbers("value_whole").tolist() == [160, 60 * 20 * 0.85, 80]
    assert found.numbers("value_apart")[0] == 1_020 + 80 - 2 * 20 - 150
    assert found.numbers("split")[0] == 1
    dear = parts(FIGURES.replace("pack = 150", "pack = 900")).packs
    assert dear.numbers("split")[0] == 0


def test_without_figures_nothing_is_taken_apart_and_that_is_said():
    found = parts(None).packs
    assert found.texts("split_reason").cells()[0] == "taking it apart is not considered: no figures"
    assert np.isnan(found.numbers("split")[0])
    partly = parts(FIGURES.replace("test = { module = 20, ", "test = { ")).packs
    assert "no figure of dismantling" in partly.texts("split_reason").cells()[0]
    unknown = parts(recall_open=(0, 0, np.nan)).packs
    assert "m2: no value of test queue" in unknown.texts("split_reason").cells()[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pack": ("P", "P", "m2")}, "grade.twice"),
        ({"pack": ("P", None, "m2")}, "grade.key"),
        ({"soh_p10": (82, 80, 40)}, "grade.number"),
        ({"soh_p10": (np.inf, 0.8, 0.4)}, "grade.number"),
        ({"soh_p10": ("0.8", "high", "0.4")}, "table.not_a_number"),
        ({"recall_open": ("no", "maybe", "no")}, "grade.flag"),
        ({"examined": (1, 2, 1)}, "grade.flag"),
        ({"calendar_expiration_date": ("2035", "2035-01-01", None)}, "grade.date"),
        ({"evidence_date": ("2026-02-30", None, None)}, "grade.date"),
        ({"evidence_date": ("2026-W07-1", None, None)}, "grade.date"),
        ({"level": ("pack", "stack", "module")}, "grade.level"),
        ({"parent": (None, "Q", "P")}, "grade.parent"),
        ({"parent": ("m1", "P", "P")}, "grade.parent"),
        ({"level": ("pack", "cell", "module")}, "grade.parent"),
    ],
)
def test_batteries_that_cannot_be(changes, code):
    with pytest.raises(Refused) as caught:
        parts(**changes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pack = 150", "cell = 150"),
        ("ev_replacement = 60", "gold = 60"),
        ("ev_replacement = 60", "ev_replacement = -1"),
        ("module = 20", "module = nan"),
        ('source = "assumption"', 'source = ""'),
        ("currency", "money"),
    ],
)
def test_figures_that_cannot_be(old, new):
    with pytest.raises(Refused) as caught:
        parse_figures(FIGURES.replace(old, new).encode(), RULES)
    assert caught.value.code == "grade.figures"


def test_quantiles_that_cross_are_refused():
    crossed = {"pack": Texts.of("ab"), "soh_p10": np.array([0.8, 0.92]),
               "soh_p50": np.array([0.8, 0.82])}  # fmt: skip
    with pytest.raises(Refused, match="row 2: soh_p10 0.92 is above soh_p50 0.82") as caught:
        graded_of(Table(crossed), RULES)
    assert caught.value.code == "grade.quantiles"


def test_more_than_a_process_holds_is_refused():
    many = 2_000_001 // len(RULES.looked) + 1
    names = Texts(np.arange(many, dtype=np.int32), tuple(map(str, range(many))))
    with pytest.raises(Refused) as caught:
        graded_of(Table({"pack": names}), RULES)
    assert caught.value.code == "grade.size"
