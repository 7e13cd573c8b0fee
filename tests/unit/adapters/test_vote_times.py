"""How far a clock is off is read from the times of votes."""

from __future__ import annotations

import pytest

from cellchain.adapters.cometbft.vote_times import off_ms, vote_times_ms

REST, NOW = 1_000_000, 1_060_000
"""Votes of a block before a rest, and of one just now."""
SEEN = {
    "right": ([{"me": NOW, "a": NOW + 90, "b": NOW - 90, "c": NOW}], NOW + 500, 0),
    "ahead": ([{"me": NOW + 10_000, "a": NOW, "b": NOW, "c": NOW}], NOW + 10_500, 10_000),
    "behind, after a rest": ([{"me": NOW - 10_000, "a": NOW, "b": NOW}], NOW + 30_000, -10_000),
    "behind, in a hurry": ([{"me": NOW, "a": NOW, "b": NOW}], NOW - 9_500, -9_500),
    "seen a block earlier": (
        [{"me": REST - 10_000, "a": REST, "b": REST}, {"me": NOW, "a": NOW, "b": NOW}],
        NOW + 20_000,
        -10_000,
    ),
    "one other is mad": ([{"me": NOW, "a": NOW, "b": NOW + 10**9, "c": NOW}], NOW, 0),
    "no vote of its own": ([{"a": NOW, "b": NOW}], NOW - 7_000, -7_000),
    "alone": ([{"me": NOW}], NOW + 10**6, None),
    "no block yet": ([], NOW, None),
}


@pytest.mark.parametrize("case", SEEN)
def test_a_clock_is_compared_with_most_others(case):
    votes, now_ms, off = SEEN[case]
    assert off_ms(votes, "me", now_ms=now_ms) == off


def test_who_did_not_vote_has_no_time():
    def vote(flag, who, when):
        return {"block_id_flag": flag, "validator_address": who, "timestamp": when}

    votes = [
        vote(2, "AA", "1970-01-01T00:00:01.123456789Z"),
        vote(1, "", "0001-01-01T00:00:00Z"),
        vote(3, "CC", "1970-01-01T00:00:02Z"),
        vote(2, "BB", "1970-01-01T00:00:03Z"),
    ]
    commit = {"signed_header": {"commit": {"signatures": votes}}}
    assert vote_times_ms(commit) == {"AA": 1123, "BB": 3000}
