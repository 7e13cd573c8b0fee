"""Branches of a certificate, from strangers."""

from __future__ import annotations

import random

import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle import certifying_branches
from cellchain.services.circle.certificate import Branch
from cellchain.services.circle.certifying_branches import _check_whole


def branch(opened=(), closed=()):
    return Branch(opened=tuple(opened), closed=tuple(closed), prices={})


def test_branches_that_share_out_all_plans():
    _check_whole([branch("a"), branch("b", "a"), branch((), "ab")])


@pytest.mark.parametrize("left_out", range(3))
def test_a_branch_left_out_is_named(left_out):
    branches = [branch("a"), branch("b", "a"), branch((), "ab")]
    del branches[left_out]
    with pytest.raises(Refused, match="no branch has plans that"):
        _check_whole(branches)


def test_a_riddle_is_refused_and_not_solved(monkeypatch):
    monkeypatch.setattr(certifying_branches, "LOOKED_AT_MAX", 20_000)
    dice = random.Random(1)
    riddle = []
    for _ in range(400):  # of three slots each, and no two halves of one plan
        opened, closed = [], []
        for slot in dice.sample(range(60), 3):
            dice.choice((opened, closed)).append(f"slot {slot}")
        riddle.append(branch(opened, closed))
    with pytest.raises(Refused, match="no tree of choices"):
        _check_whole(riddle)
