"""The drawing of an answer: nothing outside it, nothing across what is missing, texts escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.services.analysis.shapes import Bar, Bubble, Course, Picture
from cellchain.web.frame.picture import picture_svg

NAN = float("nan")
values = st.floats(-1e9, 1e9) | st.floats()


def drawn(picture):
    svg = picture_svg(picture, "said <here>")
    return ElementTree.fromstring(f"<both>{svg}</both>")


@given(
    st.lists(st.tuples(values, values, values), min_size=1, max_size=20),
    st.text("<&a", max_size=60),
)
def test_bars_stay_inside_and_names_are_escaped(rows, name):
    bars = tuple(Bar(name, value, lo, hi) for value, lo, hi in rows)
    for svg in drawn(Picture("t", "x", "", bars=bars)):
        width = float(svg.get("width"))
        for dot in svg.iter("circle"):
            assert 0 <= float(dot.get("cx")) <= width


@given(st.lists(st.tuples(values, values), min_size=1, max_size=20))
def test_courses_stay_inside(rows):
    course = Course("c", tuple(x for x, _ in rows if x == x) or (0.0,), ())  # noqa: PLR0124
    y = tuple(v for _, v in rows)[: len(course.x)]
    course = Course("c", course.x[: len(y)], y)
    for svg in drawn(Picture("t", "x", "y", courses=(course,))):
        width, height = float(svg.get("width")), float(svg.get("height"))
        for path in svg.iter("path"):
            for x, up in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d")):
                assert 0 <= float(x) <= width
                assert 0 <= float(up) <= height


@pytest.mark.parametrize(
    ("y", "drawings"),
    [((1e17, 1e17), 2), ((0.0, 5e-324), 2), ((-1e308, 1e308), 0), ((1.7e308, 1.7e308), 2)],
)
def test_spans_at_the_ends_of_floats(y, drawings):
    found = drawn(Picture("t", "x", "y", courses=(Course("c", (1.0, 2.0), y),)))
    assert len(found) == drawings
    for svg in found:
        (line,) = [one for one in svg.iter("path") if "line" in one.get("class")]
        assert "nan" not in line.get("d")
    bars = drawn(Picture("t", "x", "", bars=tuple(Bar("b", one, one, one) for one in y)))
    assert len(bars) == drawings


def test_a_point_that_is_nowhere_is_not_drawn():
    course = Course("c", (1.0, NAN, 3.0), (1.0, 2.0, 3.0), (0.0, 1.0, 2.0), (2.0, 3.0, 4.0))
    for svg in drawn(Picture("t", "x", "y", courses=(course,))):
        assert not any("nan" in one.get("d") for one in svg.iter("path"))


def test_a_line_is_not_drawn_across_nothing():
    course = Course("c", (1.0, 2.0, 3.0, 4.0), (1.0, NAN, 2.0, 3.0))
    wide = drawn(Picture("t", "x", "y", courses=(course,)))[0]
    assert len([one for one in wide.iter("path") if "line" in one.get("class")]) == 2


def test_dots_are_joined_by_no_line():
    course = Course("c", (1.0, 2.0, 3.0), (1.0, NAN, 2.0), dots=True)
    for svg in drawn(Picture("t", "x", "y", courses=(course,))):
        assert len(list(svg.iter("circle"))) == 2
        assert not [one for one in svg.iter("path") if "line" in one.get("class")]


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1)), min_size=1,
             max_size=9),
    st.text("<&a", max_size=60),
)  # fmt: skip
def test_bubbles_stay_inside_and_names_are_escaped(rows, name):
    bubbles = tuple(Bubble(name, *row) for row in rows)
    for svg in drawn(Picture("t", "x", "y", bubbles=bubbles)):
        circles = list(svg.iter("circle"))
        assert len(circles) == len(rows)
        for one in circles:
            x, y, r = (float(one.get(name)) for name in ("cx", "cy", "r"))
            assert 0 <= x - r <= x + r <= float(svg.get("width"))
            assert 0 <= y - r <= y + r <= float(svg.get("height"))


@pytest.mark.parametrize(
    ("most", "told"),
    [(4.0, "4"), (40_000.0, "40,000"), (4_000_000.0, "4 M"), (4e12, "4e+12")],
)
def test_great_numbers_have_room_beside_their_axis(most, told):
    course = Course("c", (1.0, 2.0), (0.0, most))
    for svg in drawn(Picture("t", "x", "y", courses=(course,))):
        left = [one.text for one in svg.iter("text") if one.get("text-anchor") == "end"]
        assert told in left
        assert max(map(len, left)) <= 9


def test_years_are_no_thousands():
    course = Course("c", (2020.0, 2040.0), (0.0, 1.0))
    for svg in drawn(Picture("t", "year", "y", courses=(course,))):
        assert "2020" in {one.text for one in svg.iter("text")}
        assert not any("2,0" in one.text for one in svg.iter("text"))
