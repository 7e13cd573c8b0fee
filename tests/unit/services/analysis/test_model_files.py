"""Models in files of strangers: one that nobody trained is refused by name, or answers."""

import json
import warnings
from copy import deepcopy

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis import grade, life
from cellchain.services.analysis.curves import curves_of_arrays
from cellchain.services.analysis.table import Table, Texts
from tests.simulated_cells import discharge_curves, pulse_tests

CURVES = curves_of_arrays({"Q": discharge_curves(np.array([500.0, 900.0]))})
NAMES, VOLTAGES, _, _ = pulse_tests(cells=1, seed=9)
PULSES = Table(
    {"Idx": Texts.of(NAMES), "Qn": np.full(len(NAMES), 2.1)}
    | dict(zip(grade.CORNERS, VOLTAGES.T, strict=True))
)
ODD = (
    0, -1, -3.5, 1e300, -1e300, 1e-300, 10**400, "x", "", None, True, [], [[]], [[1.0], [2.0]], {},
    [1.0], 1, 2, 1e9, -1e-9,
)  # fmt: skip


def a_life():
    """The model that ships, of its first twelve cells."""
    plain = json.loads(life.to_json(life.shipped()))
    model = plain["model"]
    model["kernels"] = [row[:13] for row in model["kernels"]]
    for name in ("features", "log_life", "scores"):
        model[name] = model[name][:12]
    return plain


MODELS = {
    "life": (a_life(), life.parse, lambda model: life.estimated(CURVES, model, "m", 0.8)),
    "grade": (
        json.loads(grade.to_json(grade.shipped())),
        grade.parse,
        lambda model: grade.estimated(PULSES, model, "m", 0.8),
    ),
}


def places(plain, path=()):
    """Return every place in a model; of a list of numbers the first, the middle and the last."""
    yield path
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from places(value, (*path, name))
    elif isinstance(plain, list):
        for number in sorted({0, len(plain) // 2, len(plain) - 1} & set(range(len(plain)))):
            yield from places(plain[number], (*path, number))


def changed(plain, path, dice):
    """Return a copy with one value gone, doubled, or another."""
    copy = deepcopy(plain)
    *above, last = path
    inside = copy
    for step in above:
        inside = inside[step]
    how = dice.integers(8)
    if how == 0:
        del inside[last]
    elif how == 1 and isinstance(inside, list):
        inside.append(inside[last])
    elif how == 2 and isinstance(inside[last], int | float):
        inside[last] *= -1e12
    else:
        inside[last] = ODD[dice.integers(len(ODD))]
    return copy


@pytest.mark.parametrize("name", MODELS)
def test_a_changed_model_is_refused_by_name_or_answers(name):
    plain, parse, ask = MODELS[name]
    dice, refused = np.random.default_rng(11), 0
    for path in [one for one in places(plain) if one] * 2:
        data = json.dumps(changed(plain, path, dice)).encode()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                answer = ask(parse(data))
        except Refused as error:
            assert error.code == "model.malformed"
            assert error.remedy
            refused += 1
        else:
            estimate, low = answer.numbers("estimate"), answer.numbers("lo")
            assert np.isfinite(estimate).all()
            assert (low <= estimate).all()
            assert (estimate <= answer.numbers("hi")).all()
    assert refused > 30


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_was_not_changed_answers(name):
    plain, parse, ask = MODELS[name]
    assert np.isfinite(ask(parse(json.dumps(plain).encode())).numbers("estimate")).all()


def test_a_scatter_that_is_no_covariance_is_a_malformed_model():
    plain, parse, ask = MODELS["grade"]
    broken = deepcopy(plain)
    broken["model"]["model"]["surface"]["scatter"][0] = np.zeros((21, 21)).tolist()
    with pytest.raises(Refused, match="cannot be used") as refused:
        ask(parse(json.dumps(broken).encode()))
    assert refused.value.code == "model.malformed"
