"""What of CometBFT's log ends a node, and what only looks like it."""

from __future__ import annotations

import pytest

from cellchain.adapters.cometbft import log_file
from cellchain.adapters.cometbft.log_file import NodeLog

AT = "E[2026-11-29|22:08:22.617] "
BAD = "an invalid block: "
WRONG = "wrong Block.Header.AppHash.  Expected 0432AE97, got 727C7FD7"
STOPPED = f"{AT}CONSENSUS FAILURE!!!                         module=consensus err="
INVALID = (
    f"{AT}Error in validation                          module=blocksync height=3 hash=00BD err="
)
ENDING = {
    f'{STOPPED}"precommit step; +2/3 prevoted for {BAD}{WRONG}" stack="g"': "other_state",
    f'{STOPPED}"+2/3 committed {BAD}{WRONG}" stack="g"': "other_state",
    f'{INVALID}"{WRONG}"': "other_state",
    f"panic: precommit step; +2/3 prevoted for {BAD}{WRONG}": "other_state",
    f'{STOPPED}"failed to write msg to consensus WAL: no space left" stack="g"': "consensus",
}
HARMLESS = (
    f'{AT}prevote step: ProposalBlock is invalid module=consensus err="{WRONG}"',
    f'{AT}Error on broadcast module=mempool err="CONSENSUS FAILURE!!! module=consensus err=x"',
    f'{INVALID}"wrong Block.Header.ChainID.  Expected a, got +2/3 committed {BAD}{WRONG}"',
    f"CONSENSUS FAILURE!!! module=consensus err={WRONG}",
)


@pytest.fixture
def log(tmp_path):
    return NodeLog(tmp_path / "cometbft.log")


@pytest.mark.parametrize("line", ENDING)
def test_it_ends_a_node_once(log, line):
    with log.begin() as out:
        out.write(line.encode()[:30])
        assert log.fault() is None, "half a line says nothing yet"
        out.write(line.encode()[30:] + b"\nmore\n")
        assert log.fault().code == f"node.{ENDING[line]}"
        assert log.fault() is None


@pytest.mark.parametrize("line", HARMLESS)
def test_what_peers_cause_does_not_end_it(log, line):
    with log.begin() as out:
        out.write(line.encode() + b"\n")
    assert log.fault() is None


def test_what_was_said_before_the_last_start_is_past(log, tmp_path):
    with log.begin() as out:
        out.write(next(iter(ENDING)).encode() + b"\n")
    assert NodeLog(tmp_path / "cometbft.log").fault() is not None
    with log.begin():
        assert log.fault() is None
        assert NodeLog(tmp_path / "cometbft.log").fault() is None


def test_a_log_stays_short_while_somebody_writes(log, tmp_path, monkeypatch):
    monkeypatch.setattr(log_file, "LOG_BYTES_MAX", 1000)
    with log.begin() as out:
        for _ in range(200):
            out.write(b"E[] something\n")
            log.keep_short()
        out.write(next(iter(ENDING)).encode() + b"\n")
        assert log.fault() is not None
    assert all(path.stat().st_size < 1500 for path in tmp_path.iterdir())
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["cometbft.log", "cometbft.log.1"]
