"""The follower over views of the test's own: whatever fails, it goes on."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Event

import pytest

from cellchain.adapters.views import Follower, follower
from cellchain.core.errors import Corrupt, Unavailable


class Failing:
    """Views that fail so often before they catch up."""

    def __init__(self, error, times):
        self.error, self.left, self.failed, self.arrived = error, times, Event(), Event()

    def catch_up(self, _state, _genesis):
        if self.left:
            self.left -= 1
            self.failed.set()
            raise self.error
        self.arrived.set()


@pytest.mark.parametrize(
    "error",
    [Unavailable("views.unreachable", "x"), Corrupt("views.x", "x"), ZeroDivisionError("a bug")],
)
def test_what_fails_is_told_once_and_tried_again(monkeypatch, error):
    monkeypatch.setattr(follower, "PAUSE_S", 0.01)
    told, views = [], Failing(error, 3)
    one = Follower(
        views, "", lambda: nullcontext(None), every_s=0.01, told=lambda *given: told.append(given)
    )
    assert views.arrived.wait(10)
    one.close()
    assert told == [("views", {"error": f"{type(error).__name__}: {error}"})]
    assert one.problem is None


def test_what_it_looks_at_may_be_gone_for_a_moment(monkeypatch):
    monkeypatch.setattr(follower, "PAUSE_S", 0.01)
    views, looks = Failing(None, 0), []

    def seen():
        looks.append(1)
        if len(looks) == 1:
            raise FileNotFoundError("checkpoint")
        return 1

    one = Follower(views, "", lambda: nullcontext(None), seen=seen, every_s=0.01)
    assert views.arrived.wait(10)
    one.close()
    assert one.problem is None


def test_a_problem_is_remembered_while_it_lasts():
    views = Failing(ZeroDivisionError("a bug"), 10**9)
    one = Follower(views, "", lambda: nullcontext(None))
    assert views.failed.wait(10)
    one.close()
    assert isinstance(one.problem, ZeroDivisionError)
