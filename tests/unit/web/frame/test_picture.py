"""The drawing of an answer: nothing outside it, nothing across what is missing, texts escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from cellchain.services.analysis.picture import Bar, Course, Picture
from cellchain.web.frame.picture import picture_svg

NAN = float("nan")
values = st.floats(-1e9, 1e9) | st.just(NAN)


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


def test_a_line_is_not_drawn_across_nothing():
    course = Course("c", (1.0, 2.0, 3.0, 4.0), (1.0, NAN, 2.0, 3.0))
    wide = drawn(Picture("t", "x", "y", courses=(course,)))[0]
    assert len([one for one in wide.iter("path") if "line" in one.get("class")]) == 2
