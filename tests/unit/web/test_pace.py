"""What is brief is made at once; what was not, in a thread for a while."""

from __future__ import annotations

import pytest

from cellchain.web.pace import BRIEF_S, REST_S, Pace


class Clock:
    """Stands still but for what is made."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def page(self, took_s: float) -> str:
        self.now_s += took_s
        return "page"


@pytest.mark.parametrize(("took_s", "quick"), [(BRIEF_S / 2, True), (BRIEF_S * 2, False)])
def test_a_sort_of_page_is_quick_until_one_took_long(took_s: float, quick: bool) -> None:
    pace = Pace(clock := Clock())
    assert pace.timed("battery", lambda: clock.page(took_s)) == "page"
    assert pace.quick("battery") is quick
    assert pace.quick("label")


def test_a_slow_sort_of_page_is_tried_again_after_its_rest() -> None:
    pace = Pace(clock := Clock())
    pace.timed("battery", lambda: clock.page(1.0))
    clock.now_s += REST_S - 0.001
    assert not pace.quick("battery")
    clock.now_s += 0.001
    assert pace.quick("battery")


def test_a_page_that_failed_slowly_is_slow() -> None:
    pace = Pace(clock := Clock())

    def failing() -> None:
        clock.page(1.0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        pace.timed("battery", failing)
    assert not pace.quick("battery")
