"""The life line: in the order of time, without what was left out, and with what may come."""

from __future__ import annotations

from cellchain.contracts.assembly.view import Stage
from cellchain.web.frame.life import steps


def stage(name: str, time_ms: int | None = None) -> Stage:
    count = 0 if time_ms is None else 1
    return Stage(name=name, time_ms=time_ms, count=count)


def test_what_happened_stands_in_the_order_of_time() -> None:
    life = [stage("made", 1), stage("in_service", 3), stage("handed_on", 2)]
    assert [(one.stage.name, one.state) for one in steps(life)] == [
        ("made", "done"),
        ("handed_on", "done"),
        ("in_service", "now"),
    ]


def test_what_was_left_out_is_not_missing() -> None:
    life = [stage("made", 1), stage("repaired"), stage("second_life", 2), stage("ended")]
    assert [one.stage.name for one in steps(life)] == ["made", "second_life", "ended"]


def test_what_a_life_can_do_without_may_come() -> None:
    life = [stage("made", 1), stage("in_service"), stage("repaired"), stage("ended")]
    assert [one.state for one in steps(life)] == ["now", "next", "may", "next"]


def test_nothing_has_happened_yet() -> None:
    assert steps([]) == []
    assert [one.state for one in steps([stage("made")])] == ["next"]
