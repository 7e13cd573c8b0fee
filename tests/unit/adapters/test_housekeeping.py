"""Housekeeping, in a direct call."""

from __future__ import annotations

from threading import Event

from cellchain.adapters.housekeeping import Housekeeping
from cellchain.core.errors import Unavailable


def test_every_chore_is_done_and_one_that_fails_holds_up_no_other():
    told, done, begun = [], [], Event()

    def failing():
        raise Unavailable("disk.full", "no room")

    def last():
        begun.set()
        return 0

    def broken():
        raise ZeroDivisionError("a bug")

    chores = {"late": failing, "broken": broken, "many": lambda: done.append(1) or 3, "none": last}
    keeping = Housekeeping(chores, lambda event, about: told.append((event, about)))
    assert begun.wait(10)
    keeping.close()
    assert done == [1]
    assert set(keeping.problems) == {"late", "broken"}
    assert told == [
        ("housekeeping", {"chore": "late", "error": "Unavailable: disk.full: no room"}),
        ("housekeeping", {"chore": "broken", "error": "ZeroDivisionError: a bug"}),
        ("housekeeping", {"chore": "many", "thrown_away": 3}),
    ]
    keeping.tidy()
    assert done == [1]  # it was closed
