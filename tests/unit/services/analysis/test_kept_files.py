"""Limits and states of strangers: what no run has written is refused by name, or answers."""

import io
import json
import warnings
from copy import deepcopy

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.process_control import controlled, fitted, parse_limits
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.analysis.watch import Battery, begun, carried_on, watched

DICE = np.random.default_rng(1)
STATE = DICE.normal(size=200)
SAMPLES = Table(
    {"sample": np.arange(200.0)}
    | {f"x{n}": 3.0 + STATE * n + 0.3 * DICE.normal(size=200) for n in (1, 2, 3)}
)
LIMITS = json.loads(fitted(SAMPLES, 0.05).to_json())
NUMBERS = (0, -1, 1e300, -1e300, 1e-300, 10**400, 10**4200, "x", None, True, [], [[1.0]], {}, 1e9)


def asked(plain):
    return controlled(SAMPLES, parse_limits(json.dumps(plain).encode()))


HOSTILE = {
    "a rate below 0": {"rate": -1},
    "a rate beyond": {"rate": 1e300},
    "a confidence that is none": {"confidence": 7},
    "a whole number of 400 digits": {"mean": [10**400, 0, 0]},
    "a name four times": {"variables": ["x1", "x1", "x1"]},
    "hardly a deviation": {"deviation": [1e-300, 1, 1]},
    "no charts": {"charts": {}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_limits_that_cannot_be_are_refused(name):
    with pytest.raises(Refused) as refused:
        asked(LIMITS | HOSTILE[name])
    assert refused.value.code == "control.limits_form"
    assert len(refused.value.text) < 500


def somewhere(plain, dice):
    """A place in limits, as what holds it and its key there."""
    inside, key = plain, dice.choice([*plain])
    while isinstance(inside[key], list | dict) and dice.random() < 0.75:
        inside = inside[key]
        key = dice.choice([*inside]) if isinstance(inside, dict) else dice.integers(len(inside))
    return inside, key


def test_changed_limits_are_refused_by_name_or_answer():
    dice, refused = np.random.default_rng(5), 0
    for _ in range(400):
        plain = deepcopy(LIMITS)
        inside, key = somewhere(plain, dice)
        if dice.random() < 0.2:
            del inside[key]
        else:
            inside[key] = NUMBERS[dice.integers(len(NUMBERS))]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                told = asked(plain)
        except Refused as error:
            assert error.code.startswith(("control.", "table."))
            refused += 1
        else:
            assert np.isfinite(told.numbers("score")).all()
            assert np.isfinite(told.numbers("limit")).all()
    assert refused > 100


def pack(day, rows=240):
    """Two days of four cells at rest, then charged, and of three probes, from a day on."""
    dice = np.random.default_rng(day)
    times = [f"2026-01-{day + n // 120:02d} 00:{n % 120 // 2:02d}:{n % 2 * 30:02d}"
             for n in range(rows)]  # fmt: skip
    cells = {f"V_{n}": 3.7 + 1e-3 * n + 1e-4 * dice.normal(size=rows) for n in range(1, 5)}
    probes = {f"T_{n}": 20.0 + n + np.zeros(rows) for n in range(1, 4)}
    charges_a = np.where(np.arange(rows) % 120 >= 90, -20.0, 0.0)
    return Table({"tboxTime": Texts.of(times), "BMSBatteryCurrent": charges_a, **cells, **probes})


def kept():
    """What a run over ten days leaves."""
    vehicle = begun(pack(1))
    for day in range(1, 11, 2):
        watched(pack(day), vehicle, battery=Battery())
    return vehicle.to_bytes()


KEPT = kept()


def arrays():
    with np.load(io.BytesIO(KEPT)) as file:
        return {name: file[name] for name in file.files}


def packed(plain):
    sink = io.BytesIO()
    np.savez(sink, **plain)
    return sink.getvalue()


def resumed(data):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=RuntimeWarning)
        return watched(pack(12), carried_on(data), battery=Battery(capacity_ah=100.0))


def test_a_state_that_was_not_changed_carries_on():
    assert resumed(packed(arrays())).rows == 0


CHANGES = {
    "text": lambda one: one.astype(str),
    "whole": lambda one: one.astype("S") if one.dtype.kind == "U" else np.zeros(one.shape, np.int8),
    "an axis more": lambda one: one[None],
    "no axis": lambda one: np.array(one.ravel()[0] if one.size else 0.0),
    "cut": lambda one: one[..., :-1],
    "nothing": lambda one: one[:0],
    "doubled": lambda one: np.concatenate([one, one]),
    "structured": lambda one: np.zeros(one.shape, dtype=[("a", "f8")]),
    **{
        f"{value}": lambda one, value=value: np.full(one.shape, value)
        for value in (np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0, -1.0, 0.5, 1e18)
    },
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", arrays())
def test_a_state_with_one_array_changed_is_refused_by_name_or_carries_on(name, change):
    plain = arrays()
    plain[name] = CHANGES[change](plain[name])
    try:
        resumed(packed(plain))
    except Refused as error:
        assert error.code.startswith("watch.")
        assert error.remedy


@pytest.mark.parametrize("name", arrays())
def test_a_state_with_one_value_changed_is_refused_by_name_or_carries_on(name):
    dice = np.random.default_rng(3)
    for value in (np.nan, np.inf, -np.inf, 1e300, -1e300, -1.0, 0.3):
        plain = arrays()
        if plain[name].dtype.kind == "f" and plain[name].size:
            plain[name].ravel()[dice.integers(plain[name].size)] = value
            try:
                resumed(packed(plain))
            except Refused as error:
                assert error.code.startswith("watch.")


def test_a_damaged_state_is_refused_by_name():
    dice, refused = np.random.default_rng(9), 0
    for _ in range(200):
        data = np.frombuffer(KEPT, np.uint8).copy()
        data[dice.integers(len(data), size=2)] = dice.integers(256, size=2)
        try:
            resumed(data.tobytes())
        except Refused as error:
            assert error.code.startswith("watch.")
            refused += 1
    assert refused > 50
