"""The search for causes: laws, refusals, planted causes, and SciPy as a foreign judge."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cellchain.core.errors import Refused
from cellchain.science.rootcause.columns import Kind
from cellchain.science.rootcause.discovery import false_discovery_rates
from cellchain.science.rootcause.evidence import log_bayes_factor
from cellchain.science.rootcause.finding import risk_ratio
from cellchain.science.rootcause.screening import fisher_p, number_p
from cellchain.science.rootcause.search import FINDINGS_MAX, root_causes
from tests.unit.science.rootcause_plants import KINDS, planted


def plant(kind, seed, *, cells=3000, strength=8, heavy=False):
    rng = np.random.default_rng([77, seed])
    return planted(kind, cells=cells, strength=strength, rng=rng, heavy=heavy)


def causes(factory, **more):
    return root_causes(factory.bad, categories=factory.categories, numbers=factory.numbers, **more)


@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "heavy"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_strong_planted_cause_is_first(kind, heavy):
    runs = [plant(kind, seed, heavy=heavy) for seed in range(8)]
    found = [causes(run)[0] for run in runs]
    right = sum(run.named_by(one.candidate) for run, one in zip(runs, found, strict=True))
    assert right >= 7
    assert sum(one.significant for one in found) >= 7


def test_a_proven_pair_stands_before_its_parts():
    found = [causes(plant("pair", seed))[0] for seed in range(8)]
    assert sum(one.kind is Kind.PAIR and one.significant for one in found) >= 5


def test_a_single_cause_is_no_pair():
    found = [causes(plant("category", seed))[0] for seed in range(8)]
    assert sum(one.kind is Kind.PAIR for one in found) <= 1


def test_without_a_cause_hardly_anything_is_significant_with_noise_added_or_not():
    wrong = wrong_with_noise = 0
    for seed in range(10):
        factory = plant("none", seed, cells=800)
        wrong += any(one.significant for one in causes(factory))
        noise = np.random.default_rng(seed).standard_normal((20, 800))
        factory.numbers.update({f"noise{n}": values for n, values in enumerate(noise)})
        wrong_with_noise += any(one.significant for one in causes(factory))
    # at a rate of 5 % more than 2 of 10 come in 1.2 % of such tests
    assert wrong <= 2
    assert wrong_with_noise <= 2


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([*KINDS, "none"]))
def test_the_order_of_rows_and_of_columns_changes_nothing(seed, kind):
    factory, rng = plant(kind, 3, cells=600), np.random.default_rng(seed)
    rows = rng.permutation(600)
    shuffled = root_causes(
        factory.bad[rows],
        categories={
            name: (factory.categories[name][0][rows], factory.categories[name][1])
            for name in rng.permutation(list(factory.categories)).tolist()
        },
        numbers={
            name: factory.numbers[name][rows]
            for name in rng.permutation(list(factory.numbers)).tolist()
        },
    )
    assert shuffled == causes(factory)


@pytest.mark.parametrize("value", [0.0, np.nan, 1e300])
def test_a_constant_column_is_never_a_cause(value):
    factory = plant("category", 1, cells=600)
    before = causes(factory)
    factory.numbers["still"] = np.full(600, value)
    factory.categories["site"] = (np.zeros(600, dtype=np.int64), ["Here"])
    factory.categories["gone"] = (np.full(600, -1), ["There"])
    assert causes(factory) == before


def test_of_constant_columns_alone_nothing_is_found():
    bad = np.array([1, 0, 0])
    assert root_causes(bad, categories={}, numbers={"still": np.ones(3)}) == ()
    assert root_causes(bad, categories={}, numbers={}) == ()


def test_tied_columns_are_one_group():
    rng = np.random.default_rng(5)
    winder = rng.integers(0, 5, 2000)
    operator = np.where(rng.random(2000) < 0.95, winder, rng.integers(0, 5, 2000))
    bad = rng.random(2000) < np.where(winder == 2, 0.15, 0.02)
    labels = list("ABCDE")
    first, *others = root_causes(
        bad, categories={"winder": (winder, labels), "operator": (operator, labels)}, numbers={}
    )
    group = {first.candidate, *first.confounded_with}
    assert group == {"winder=C", "operator=C"}
    assert first.confounded_with[0] in first.next_check
    assert not any(set(one.candidate.split(" & ")) & group for one in others if one.kind != "pair")


def test_a_drift_in_time_is_named_by_its_turn():
    rng = np.random.default_rng(6)
    times_ms = 1_790_000_000_000 + np.arange(2000) * 60_000
    bad = rng.random(2000) < np.where(np.arange(2000) > 1500, 0.12, 0.02)
    first = root_causes(bad, categories={}, numbers={"x": rng.random(2000)}, times_ms=times_ms)[0]
    assert (first.kind, first.significant) == (Kind.DRIFT, True)
    assert first.candidate.startswith("produced_at>2026-09-2")
    assert first.candidate in first.next_check


@pytest.mark.parametrize("kind", [*KINDS, "none"])
def test_a_finding_says_what_the_cells_say(kind):
    factory = plant(kind, 2)
    found = causes(factory)
    assert len(found) == FINDINGS_MAX
    for one in found:
        assert 0.0 < one.lo < one.effect < one.hi < np.inf
        assert 0.0 <= one.p <= 1.0
        assert one.significant == (one.q < 0.05)
        assert 0 < one.support < 3000
        assert one.next_check.endswith(".")
        if one.kind is Kind.CATEGORY:
            name, label = one.candidate.split("=")
            codes, labels = factory.categories[name]
            holds = codes == labels.index(label)
            table = [[np.sum(holds & factory.bad), np.sum(holds & ~factory.bad)],
                     [np.sum(~holds & factory.bad), np.sum(~holds & ~factory.bad)]]  # fmt: skip
            assert one.support == holds.sum()
            assert one.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


FLAGS = np.array([1, 0, 0, 1])
CODES, VALUES = np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("bad", "categories", "numbers", "code"),
    [
        (np.array([1, 0, 2, 0]), {}, {"x": VALUES}, "rootcause.flag"),
        (np.array([1.0, np.nan, 0, 0]), {}, {"x": VALUES}, "rootcause.flag"),
        (np.array(["1", "0"]), {}, {}, "rootcause.flag"),
        (np.zeros((2, 2)), {}, {}, "rootcause.flag"),
        (np.zeros(0), {}, {}, "rootcause.one_sided"),
        (np.zeros(4), {}, {"x": VALUES}, "rootcause.one_sided"),
        (np.ones(1), {}, {"x": VALUES[:1]}, "rootcause.one_sided"),
        (FLAGS, {"c": (CODES, ["A"])}, {}, "rootcause.code"),
        (FLAGS, {"c": (CODES - 2, ["A", "B"])}, {}, "rootcause.code"),
        (FLAGS, {"c": (VALUES, ["A", "B"])}, {}, "rootcause.code"),
        (FLAGS, {"c": (CODES[:3], ["A", "B"])}, {}, "rootcause.shape"),
        (FLAGS, {}, {"x": VALUES[:3]}, "rootcause.shape"),
        (FLAGS, {}, {"x": np.array([1, 2, np.inf, 4])},
         "rootcause.number"),
        (FLAGS, {}, {"x": np.array(["1", "2", "3", "4"])}, "rootcause.number"),
        (FLAGS, {"x": (CODES, ["A", "B"])}, {"x": VALUES}, "rootcause.name"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(bad, categories, numbers, code):
    with pytest.raises(Refused) as refused:
        root_causes(bad, categories=categories, numbers=numbers)
    assert refused.value.code == code
    assert refused.value.remedy


def test_a_time_outside_the_calendar_is_refused():
    with pytest.raises(Refused, match=r"time\.range"):
        root_causes(FLAGS, categories={}, numbers={}, times_ms=VALUES * 1e20)


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(Refused, match=r"rootcause\.no_scipy") as refused:
        root_causes(FLAGS, categories={}, numbers={"x": VALUES})
    assert "cellchain[science]" in refused.value.remedy


def test_a_category_of_a_level_a_cell_is_answered_and_no_cause():
    bad = np.arange(20_000) % 40 == 0
    serial = (np.arange(20_000), [str(n) for n in range(20_000)])
    coater = (np.where(bad & (np.arange(20_000) % 80 == 0), 0, np.arange(20_000) % 3 + 1), "ABCD")
    first, *others = root_causes(bad, categories={"serial": serial, "coater": coater}, numbers={})
    assert (first.candidate, first.significant) == ("coater=A", True)
    assert not any(one.significant for one in others)


@given(st.integers(2, 60), st.data())
def test_fishers_test_is_that_of_scipy(cells, data):
    bad, inside = data.draw(st.integers(1, cells - 1)), data.draw(st.integers(1, cells - 1))
    k = data.draw(st.integers(max(0, bad + inside - cells), min(bad, inside)))
    table = [[k, inside - k], [bad - k, cells - inside - bad + k]]
    ours = fisher_p(*(np.array([float(x)]) for x in (inside, k, cells, bad)))[0]
    assert ours == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue, rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_equal_shares_are_the_procedure_of_benjamini_and_hochberg(p):
    ours = false_discovery_rates(np.array(p), np.full(len(p), 1.0 / len(p)))
    assert ours == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(41, 200))
def test_the_bayes_factor_has_a_mean_of_at_most_one_under_chance(bad, inside, cells):
    k = np.arange(min(bad, inside) + 1.0)
    factors = np.exp(log_bayes_factor(np.full(k.shape, float(inside)), k, float(cells), float(bad)))
    chance = stats.hypergeom.pmf(k, cells, bad, inside)
    assert np.sum(chance * factors) <= 1.0 + 1e-9


def test_the_significance_of_a_chosen_cut_point_holds_its_rate():
    rng, hits = np.random.default_rng(8), 0
    for _ in range(300):
        bad, values = rng.random(300) < 0.1, rng.random(300)
        if not bad.any():
            continue
        found = root_causes(bad, categories={}, numbers={"x": values})
        hits += found[0].p < 0.05
    # of 300, at most 5 % and three standard errors
    assert hits <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)


def test_a_number_that_was_never_measured_on_a_bad_cell_says_nothing():
    assert number_p(np.array([1.0]), np.array([1.0, 2.0, np.nan]), np.array([0, 0, 1]) == 1) == 1.0


def test_the_risk_ratio_of_a_large_table_is_that_of_scipy():
    ours = risk_ratio(4000, 800, 10_000, 1100)
    theirs = stats.contingency.relative_risk(800, 4000, 300, 6000)
    interval = theirs.confidence_interval(0.95)
    assert ours == pytest.approx((theirs.relative_risk, interval.low, interval.high), rel=5e-3)
