"""Whatever grows honestly is cosigned; what was rewritten or has shrunk never is, and is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.names import Digest
from cellchain.crypto.cosignature import cosigned_time_s, witness_key
from cellchain.crypto.note import parse_checkpoint, parse_note, verify_note
from cellchain.ledger.split_view import SplitView, check_split_view
from cellchain.ledger.watched import Watched, two_histories
from cellchain.ledger.witnessing import accept, cosigned, parse_add_checkpoint
from cellchain.services.witnessing import witness_once
from tests.small_log import NAME, OPERATOR, STRANGER, WITNESS, SmallLog

KNOWN = witness_key(NAME, WITNESS.public_key)
sizes = st.lists(st.integers(0, 70), min_size=1, max_size=5).map(sorted)


class Remembering:
    """A witness whose memory is a variable."""

    def __init__(self, log: SmallLog) -> None:
        self.memory = Watched(key=str(log.verifier))
        self.evidence = []

    def watched(self, origin: str) -> Watched:
        assert origin == self.memory.operator.name
        return self.memory

    def rotated(self, watched: Watched) -> None:
        self.memory = watched

    def add_checkpoint(self, asked):
        asked = parse_add_checkpoint(asked.to_bytes())
        accepted = accept(self.memory, asked)
        self.memory, answer = cosigned(self.memory, accepted, NAME, WITNESS, time_s=7)
        return answer

    def keep_evidence(self, evidence):
        self.evidence.append(evidence)
        return two_histories(self.memory, _shown(evidence))


def _shown(evidence):
    return parse_checkpoint(parse_note(evidence.shown.encode()).text)


def grown(*counts: int) -> Remembering:
    """A witness that has seen a log at these sizes."""
    witness = Remembering(SmallLog())
    for count in counts:
        witness_once(SmallLog(*range(count)), witness)
    return witness


@given(counts=sizes)
def test_honest_growth_is_cosigned(counts: list[int]):
    witness = grown(*counts)
    log = SmallLog(*range(counts[-1]))
    assert (witness.memory.size, witness.memory.root) == (counts[-1], log.root().hex())
    lines = verify_note(witness.memory.note.encode(), [log.verifier, KNOWN]).signatures
    assert [line.name for line in lines] == [log.origin, NAME]
    assert cosigned_time_s(lines[1]) == 7
    assert witness.evidence == []


@given(count=st.integers(1, 70), more=st.integers(0, 70), data=st.data())
def test_a_rewritten_log_is_not_cosigned_and_the_evidence_convinces(count, more, data):
    witness = grown(count)
    changed = data.draw(st.integers(0, count - 1))
    other = SmallLog(*("x" if n == changed else n for n in range(count + more)))
    before = witness.memory
    with pytest.raises(Refused, match="split_view"):
        witness_once(other, witness)
    assert witness.memory == before
    (evidence,) = witness.evidence
    assert "signed two histories" in check_split_view(evidence, [other.verifier]).sentences()[0]


@given(count=st.integers(1, 70), more=st.integers(0, 70), data=st.data())
def test_a_rewritten_log_that_pushes_is_not_cosigned_whatever_proof_it_sends(count, more, data):
    memory = grown(count).memory
    changed = data.draw(st.integers(0, count - 1))
    other = SmallLog(*("x" if n == changed else n for n in range(count + more)))
    honest = SmallLog(*range(count + more))
    for proof in (other.asked(count).proof, honest.asked(count).proof):
        asked = other.asked(count)
        with pytest.raises(Refused, match="consistency|split_view"):
            accept(memory, type(asked)(old_size=count, proof=proof, note=asked.note))


@given(count=st.integers(1, 70), fewer=st.integers(1, 70))
def test_a_log_that_has_shrunk_is_not_cosigned(count: int, fewer: int):
    size = max(0, count - fewer)
    witness = grown(count)
    log = SmallLog(*range(size))
    with pytest.raises(Refused, match="behind"):
        witness_once(log, witness)
    for old_size in (0, size):
        with pytest.raises(Refused, match="conflict"):
            accept(witness.memory, log.asked(old_size))
    with pytest.raises(Refused, match="old_size"):
        accept(witness.memory, SmallLog(*range(count)).asked(count, size))


@given(counts=sizes)
def test_honest_logs_are_never_accused(counts: list[int]):
    log, first = SmallLog(*range(counts[-1])), counts[0]
    old_root, proof = log.consistency(first, counts[-1]) if first else (log.root(0), ())
    claimed = SplitView(
        cosigned=log.checkpoint(first).decode(),
        shown=log.checkpoint().decode(),
        old_root=Digest(old_root.hex()),
        proof=tuple(Digest(one.hex()) for one in proof),
    )
    with pytest.raises(Refused, match="no_split_view"):
        check_split_view(claimed, [log.verifier])


@given(
    count=st.integers(1, 40), more=st.integers(1, 40), made_up=st.binary(min_size=32, max_size=32)
)
def test_nobody_but_the_operator_can_make_evidence(count: int, more: int, made_up: bytes):
    """A root that somebody made up is bound by no proof to what the operator signed."""
    log = SmallLog(*range(count + more))
    proof = log.consistency(count, count + more)[1]
    claimed = SplitView(
        cosigned=log.checkpoint(count).decode(),
        shown=log.checkpoint().decode(),
        old_root=Digest(made_up.hex()),
        proof=tuple(Digest(one.hex()) for one in proof),
    )
    with pytest.raises(Refused, match="no_split_view"):
        check_split_view(claimed, [log.verifier])


@pytest.mark.parametrize(
    ("cosigned", "shown", "former"),
    [
        (OPERATOR, OPERATOR, ()),
        (OPERATOR, STRANGER, (STRANGER.key_id,)),
        (STRANGER, OPERATOR, (STRANGER.key_id,)),
        (STRANGER, STRANGER, (STRANGER.key_id,)),
    ],
)
def test_evidence_says_where_a_former_key_signed_which_a_thief_could_have(cosigned, shown, former):
    """Two lone logs of one size, and an ``operator.pub`` that names a stolen key behind its own."""
    one, other = SmallLog("a", key=cosigned), SmallLog("b", key=shown)
    claimed = SplitView(
        cosigned=one.checkpoint().decode(),
        shown=other.checkpoint().decode(),
        old_root=Digest(other.root().hex()),
    )
    keys = [SmallLog(key=key).verifier for key in (OPERATOR, STRANGER)]
    found = check_split_view(claimed, keys)
    told = " ".join(found.sentences())
    assert found.former_keys == former
    assert ("The operator of cars.example signed" in told) == (former == ())
    assert ("anybody who stole it" in told) == (former != ())
