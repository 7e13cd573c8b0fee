"""Which value is for whom: the matrix of Article 77(2), row by row."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cellchain.services.access.reading import may_read_readings, readable
from cellchain.services.access.viewer import VISITOR, Viewer


@dataclass(frozen=True)
class Value:
    access: str
    dynamic: bool = False
    stated_by: str = "lab"


@dataclass(frozen=True)
class Rights:
    owner: str = "owner"
    holder: str = "holder"
    responsible: str = "maker"


VALUES = {
    1: Value("public"),
    2: Value("legitimate-interest"),
    3: Value("authority"),
    4: Value("legitimate-interest", dynamic=True),
}
"""By point of Annex XIII."""


@pytest.mark.parametrize(
    ("party", "roles", "points"),
    [
        (None, (), {1}),
        ("stranger", (), {1}),
        ("owner", (), {1, 2, 4}),
        ("holder", (), {1, 2, 4}),
        ("maker", (), {1, 2, 3, 4}),
        ("law", ("authority",), {1, 2, 3}),
        ("lab", (), {1, 2, 3, 4}),
        ("owner", ("authority",), {1, 2, 3, 4}),
    ],
)
def test_each_reads_its_points_and_no_others(party, roles, points):
    viewer = Viewer(party=party, roles=frozenset(roles)) if party else VISITOR
    found = readable(viewer, VALUES.values(), Rights(), "drafter")
    assert found == [value for point, value in VALUES.items() if point in points]


@pytest.mark.parametrize(
    ("party", "points"),
    [("drafter", {1, 2, 3, 4}), ("owner", {1}), ("maker", {1})],
)
def test_a_model_is_answered_for_by_who_drafted_it(party, points):
    found = readable(Viewer(party=party), VALUES.values(), None, "drafter")
    assert found == [value for point, value in VALUES.items() if point in points]


@pytest.mark.parametrize(
    ("party", "roles", "may"),
    [
        (None, (), False),
        ("stranger", (), False),
        ("owner", (), True),
        ("holder", (), True),
        ("maker", (), True),
        ("garage", (), False),
        ("law", ("authority",), False),
    ],
)
def test_readings_are_for_the_interested(party, roles, may):
    viewer = Viewer(party=party, roles=frozenset(roles)) if party else VISITOR
    assert may_read_readings(viewer, [Rights()]) is may
