"""Charts and bars: what is drawn, what is said, and that texts stay texts."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from cellchain.services.gateway.series import Series
from cellchain.web.frame.bars import bars_svg
from cellchain.web.frame.chart import chart_svg, sentence

XML_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]))


def series(*values: float | None, gaps: tuple[tuple[int, int], ...] = ()) -> Series:
    return Series(
        channels=("pack_voltage_mv",),
        units=("mV",),
        times_ms=tuple(1000 * n for n in range(len(values))),
        values=(values,),
        low=(values,),
        high=(values,),
        gaps_ms=gaps,
        readings=len(values),
    )


def drawn(found: Series) -> ElementTree.Element:
    return ElementTree.fromstring(f"<both>{chart_svg(found, 0)}</both>")


def lines(found: Series) -> int:
    return len(drawn(found).findall("svg[1]/path[@class='line d1']"))


def test_a_chart_is_drawn_wide_and_narrow_with_a_spoken_summary() -> None:
    both = drawn(series(350_000, 360_000))
    assert [one.attrib["class"] for one in both] == ["wide", "narrow"]
    assert all("between 350 and 360 V" in one.attrib["aria-label"] for one in both)


def test_a_band_is_always_drawn() -> None:
    assert drawn(series(1, 2, 3)).findall("svg[1]/path[@class='band d1']")


def test_no_line_crosses_a_gap() -> None:
    assert lines(series(1, 2, 3, 4)) == 1
    assert lines(series(1, 2, None, 4, 5)) == 2
    assert lines(series(1, 2, 3, 4, gaps=((1000, 2000),))) == 2


def test_one_value_all_along_is_drawn_too() -> None:
    assert lines(series(5, 5, 5)) == 1


def test_nothing_measured_is_said() -> None:
    assert "nothing was measured" in sentence(series(None, None), 0)


@given(st.dictionaries(XML_TEXT, st.integers(0, 10**9), min_size=1, max_size=8))
def test_bars_are_well_formed_and_end_inside(counts: dict[str, int]) -> None:
    for drawing in ElementTree.fromstring(f"<both>{bars_svg(counts)}</both>"):
        tracks = drawing.findall("rect[@class='track']")
        fills = drawing.findall("rect[@class='fill']")
        assert len(fills) == len(counts)
        assert all(
            float(fill.attrib["width"]) <= float(track.attrib["width"])
            for fill, track in zip(fills, tracks, strict=True)
        )


def test_without_counts_there_are_no_bars() -> None:
    assert bars_svg({}) == ""
