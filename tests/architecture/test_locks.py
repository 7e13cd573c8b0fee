"""The locks agree: what one pins, another pins to the same version."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"(?m)^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)")


def pinned(name):
    return dict(_PINNED.findall((ROOT / name).read_text()))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-twin.lock"])
def test_a_lock_moves_no_version_of_the_development_one(name):
    ours, theirs = pinned(name), pinned("requirements-dev.lock")
    both = ours.keys() & theirs.keys()
    assert len(both) > 20
    assert {one: ours[one] for one in both} == {one: theirs[one] for one in both}


def test_the_extra_of_reverse_design_is_in_no_other_lock():
    assert {"pybamm", "optuna", "casadi"} <= pinned("requirements-twin.lock").keys()
    assert not {"pybamm", "optuna", "casadi"} & pinned("requirements-dev.lock").keys()


@pytest.mark.parametrize("heavy", ["torch", "jax", "tensorflow"])
def test_no_lock_brings_what_nothing_of_ours_uses(heavy):
    for path in ROOT.glob("requirements*.lock"):
        assert heavy not in pinned(path.name)
