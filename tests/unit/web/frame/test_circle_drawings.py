"""Streams, waterfalls and maps: as thick, long and far as what they show; every text escaped."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.services.analysis.shapes import (
    Course,
    Flow,
    Picture,
    Pool,
    Step,
    Stream,
    Way,
    amount_shown,
)
from cellchain.web.frame.picture import picture_svg

HOSTILE = ("<script>alert(1)</script>", "x" * 10_000, "\u202e\u05ea\u05e9", '"]]>&<', "a\nb")
amounts = st.floats(1e-3, 1e9)


def drawn(picture, said="said"):
    return ElementTree.fromstring(f"<both>{picture_svg(picture, said)}</both>")


def split(parts):
    """A pool that parts into others, each of which flows on whole."""
    whole = sum(parts)
    pools = [Pool("in", 0, whole), *(Pool(f"p{n}", 1, one) for n, one in enumerate(parts)),
             Pool("out", 2, whole)]  # fmt: skip
    last = len(pools) - 1
    streams = [Stream(0, n + 1, one) for n, one in enumerate(parts)]
    streams += [Stream(n + 1, last, one) for n, one in enumerate(parts)]
    return Flow(tuple(pools), tuple(streams), "kg")


@given(st.lists(amounts, min_size=1, max_size=6))
def test_a_pool_is_as_high_as_the_streams_that_enter_it_and_that_leave_it(parts):
    flow = split(parts)
    for svg in drawn(Picture("t", "", "", flow=flow, said="s")):
        highs = [float(one.get("height")) for one in svg.iter("rect")]
        thick = [float(re.search(r"v(-?[\d.]+)C", one.get("d"))[1])
                 for one in svg.iter("path") if one.get("class") == "stream"]  # fmt: skip
        enters, leaves = defaultdict(float), defaultdict(float)
        for one, size in zip(flow.streams, thick, strict=True):
            leaves[one.source] += size
            enters[one.target] += size
        for place, high in enumerate(highs):
            for sizes in (enters, leaves):
                if place in sizes:
                    assert sizes[place] == pytest.approx(high, abs=1.0 + 0.01 * len(thick))


@given(st.lists(amounts, min_size=1, max_size=6))
def test_streams_stay_inside_the_drawing(parts):
    for svg in drawn(Picture("t", "", "", flow=split(parts), said="s")):
        width, height = float(svg.get("width")), float(svg.get("height"))
        for one in svg.iter("rect"):
            x, y, w, h = (float(one.get(name)) for name in ("x", "y", "width", "height"))
            assert 0 <= x <= x + w <= width
            assert 0 <= y <= y + h <= height


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_steps_begin_where_the_one_before_ends_and_lead_to_the_total(added):
    at, steps = 0.0, []
    for one in added:
        steps.append(Step("s", at, at + one))
        at += one
    steps.append(Step("total", 0.0, at, total=True, lo=at - 1, hi=at + 1))
    for svg in drawn(Picture("t", "kg", "", steps=tuple(steps), said="s")):
        bars = [(float(one.get("x")), float(one.get("width"))) for one in svg.iter("rect")]
        assert len(bars) == len(steps)
        width = float(svg.get("width"))
        assert all(0 <= x <= x + wide <= width for x, wide in bars)
        joints = [float(one.get("d")[1:].split()[0])
                  for one in svg.iter("path") if one.get("class") == "edge"]  # fmt: skip
        zero = float(next(svg.iter("path")).get("d")[1:].split()[0])
        for place, joint in enumerate(joints):  # the end of a step is an end of the next
            x, wide = bars[place + 1]
            assert min(abs(joint - x), abs(joint - x - wide)) <= 1.0 or place + 2 == len(steps)
        x, wide = bars[-1]
        ends = {round(x, 1), round(x + wide, 1)}
        assert min(abs(zero - one) for one in ends) <= 1.0
        assert min(abs(joints[-1] - one) for one in ends) <= 1.0


places = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))


@given(st.lists(st.lists(places, min_size=1, max_size=6), min_size=1, max_size=30))
def test_a_map_holds_every_place_and_a_number_of_each_way(paths):
    ways = tuple(Way(f"route {n}", tuple(one), (True,) * len(one)) for n, one in enumerate(paths))
    for svg in drawn(Picture("t", "east", "north", ways=ways, said="s")):
        width, height = float(svg.get("width")), float(svg.get("height"))
        for one in svg.iter("circle"):
            assert 0 <= float(one.get("cx")) <= width
            assert 0 <= float(one.get("cy")) <= height
        badges = [one for one in svg.iter("circle") if "badge" in one.get("class")]
        assert len(badges) == (len(ways) if len(ways) <= 24 else 0)


def test_a_map_is_as_far_east_as_north():
    ways = (Way("a", ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0)), (False, True, True)),)
    for svg in drawn(Picture("t", "east", "north", ways=ways, said="s")):
        (line,) = svg.iter("polyline")
        (x0, y0), (x1, y1), (x2, y2) = (map(float, one.split(","))
                                        for one in line.get("points").split())  # fmt: skip
        assert x1 - x0 == pytest.approx(y1 - y2, abs=0.2)
        assert (y0, x1) == (y1, x2)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_strangers_are_texts_and_nothing_else(name):
    for picture in (
        Picture(name, "", "", flow=Flow((Pool(name, 0, 1.0), Pool(name, 1, 1.0)),
                                        (Stream(0, 1, 1.0),), "kg"), said=name),
        Picture(name, "", "", steps=(Step(name, 0.0, 1.0),), said=name),
        Picture(name, "", "", ways=(Way(name, ((0.0, 0.0),), (True,)),), said=name),
    ):  # fmt: skip
        for svg in drawn(picture, name):
            assert not list(svg.iter("script"))
            assert svg.find("title").text.split() == name.split()
            assert all(len(one.text or "") <= 80 for one in svg.iter("text")) or len(name) < 80


def test_what_is_seen_is_heard():
    flow = Flow((Pool("in", 0, 2.0), Pool("out", 1, 2.0)), (Stream(0, 1, 2.0),), "kg")
    for svg in drawn(Picture("Ni", "", "", flow=flow, said="Ni: in 2 kg; out 2 kg."), "ignored"):
        labels = svg.get("aria-labelledby").split()
        by_id = {one.get("id"): one.text for one in svg.iter() if one.get("id")}
        assert [by_id[one] for one in labels] == ["Ni", "Ni: in 2 kg; out 2 kg."]
        assert svg.get("role") == "img"


def test_unlawful_points_have_another_shape_and_not_only_another_hue():
    courses = (Course("a, lawful", (1.0, 2.0), (1.0, 3.0), dots=True, hue=2),
               Course("a, not lawful", (1.5,), (2.0,), dots=True, crosses=True, hue=2))  # fmt: skip
    for svg in drawn(Picture("t", "x", "y", courses=courses)):
        assert len(list(svg.iter("circle"))) == 2
        crosses = [one for one in svg.iter("path") if one.get("class") == "cross d2"]
        assert len(crosses) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (767_328.4, "767,300"), (1.2346, "1.235"), (-5400.0, "-5,400"), (3e13, "3e+13")],
)
def test_amounts_as_people_write_them(value, shown):
    assert amount_shown(value) == shown
