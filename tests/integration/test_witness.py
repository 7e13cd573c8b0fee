"""A witness in its folder and over HTTP: every status, every step of its memory, every bound."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.adapters.witness_folder import EVIDENCE_MAX, WitnessFolder, make_witness
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.crypto.cosignature import cosigned_time_s
from cellchain.crypto.note import parse_note, verify_note
from cellchain.ledger.split_view import check_split_view
from cellchain.ledger.witnessing import REQUEST_BYTES_MAX, AddCheckpoint, parse_add_checkpoint
from cellchain.services.witnessing import witness_once
from cellchain.web.witness import answered, witness_application
from tests.small_log import NAME, OPERATOR, STRANGER, WITNESS, SmallLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW_MS = 1_790_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def watching(folder: Path, clock: Clock) -> Iterator[WitnessFolder]:
    """A witness that watches the log of 5 entries, and has cosigned them."""
    make_witness(folder, NAME, WITNESS)
    opened = WitnessFolder(folder, clock=clock)
    opened.open()
    opened.trust([SmallLog().verifier])
    opened.add_checkpoint(LOG.asked(0, 5))
    yield opened
    opened.close()


@pytest.fixture
def witness(tmp_path: Path, clock: Clock) -> Iterator[WitnessFolder]:
    with watching(tmp_path / "w", clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessFolder]:
    """One that is asked for nothing that it would cosign."""
    with watching(tmp_path_factory.mktemp("steady") / "w", Clock()) as opened:
        yield opened


LOG = SmallLog(*range(12))
FORKED = SmallLog(*range(4), "x", *range(5, 12))


def ask(witness: WitnessFolder, body: bytes, **how: int) -> httpx.Response:
    import asyncio

    async def asked() -> httpx.Response:
        application = witness_application(witness, lambda _: None, **how)
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://w") as client:
            return await client.post("/add-checkpoint", content=body)

    return asyncio.run(asked())


def body(old: object, proof: tuple[bytes, ...] = (), note: bytes = b"") -> bytes:
    from base64 import b64encode

    lines = "".join(f"{b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n".encode() + note


GROWN = LOG.asked(5)
REFUSALS = {
    "another origin": (SmallLog(1, origin="vans.example").asked(0).to_bytes(), 404),
    "another key": (SmallLog(*range(12), key=STRANGER).asked(5).to_bytes(), 403),
    "a signature that fails": (
        GROWN.to_bytes().replace(b"cars.example\n12", b"cars.example\n13"),
        403,
    ),
    "old size above the new": (LOG.asked(5, 5).to_bytes().replace(b"old 5", b"old 6"), 400),
    "another old size": (LOG.asked(4).to_bytes(), 409),
    "nothing known of the witness": (LOG.asked(0).to_bytes(), 409),
    "same size, another root": (FORKED.asked(5, 5).to_bytes(), 409),
    "a proof of another history": (FORKED.asked(5).to_bytes(), 422),
    "no proof": (body(5, (), GROWN.note), 422),
    "a proof too long": (body(5, (*GROWN.proof, bytes(32)), GROWN.note), 422),
    "a proof of the same size": (body(5, GROWN.proof, LOG.checkpoint(5)), 422),
    "64 lines": (body(5, (bytes(32),) * 64, GROWN.note), 400),
    "a short hash": (body(5, (bytes(31),), GROWN.note), 400),
    "a leading zero": (body("05", GROWN.proof, GROWN.note), 400),
    "a negative size": (body("-5", GROWN.proof, GROWN.note), 400),
    "a size without end": (body("9" * 40, GROWN.proof, GROWN.note), 400),
    "no old size": (GROWN.note, 400),
    "no note": (b"old 5\n\n", 400),
    "an empty body": (b"", 400),
    "not UTF-8": (b"old 5\n\n\xff\xfe\n", 400),
    "no checkpoint": (body(5, (), b"words\n\n" + GROWN.note.split(b"\n\n")[1]), 400),
    "a body without end": (b"old 5\n" + b"A" * REQUEST_BYTES_MAX, 413),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_every_refusal_has_its_status_and_changes_nothing(steady: WitnessFolder, why: str):
    sent, status = REFUSALS[why]
    before = steady.logs()
    answer = ask(steady, sent)
    assert answer.status_code == status, answer.text
    assert steady.logs() == before
    assert "\u2014" not in answer.text


FORGED = ("another origin", "another key", "a proof of another history", "same size, another root")


@given(
    why=st.sampled_from(FORGED),
    cuts=st.tuples(*[st.integers(0, 600)] * 2),
    put=st.binary(max_size=9),
)
def test_whatever_is_sent_is_answered_and_nothing_is_cosigned(steady, why, cuts, put):
    (sent, _), (first, last) = REFUSALS[why], sorted(cuts)
    before = steady.logs()
    answer = answered(steady, sent[:first] + put + sent[last:])
    assert answer.status_code in {400, 403, 404, 409, 413, 422}
    assert steady.logs() == before


def test_an_honest_log_gets_the_line_and_nothing_else(witness: WitnessFolder):
    answer = ask(witness, GROWN.to_bytes())
    assert (answer.status_code, answer.text.count("\n")) == (200, 1)
    note = verify_note(GROWN.note + answer.content, [LOG.verifier, witness.key])
    assert [line.name for line in note.signatures] == [LOG.origin, NAME]
    assert cosigned_time_s(note.signatures[1]) == NOW_MS // 1000


def test_a_conflict_tells_the_size_to_start_from(witness: WitnessFolder):
    answer = ask(witness, LOG.asked(0).to_bytes())
    assert answer.headers["content-type"].partition(";")[0] == "text/x.tlog.size"
    assert answer.content == b"5\n"
    assert ask(witness, LOG.asked(int(answer.text)).to_bytes()).status_code == 200


def test_the_same_checkpoint_is_cosigned_again(witness: WitnessFolder, clock: Clock):
    clock.now_ms += 60_000
    again = witness.add_checkpoint(LOG.asked(5, 5))
    clock.now_ms -= 120_000
    earlier = witness.add_checkpoint(LOG.asked(5, 5))
    times = [cosigned_time_s(note.signatures[0]) for note in (again, earlier)]
    assert times == [NOW_MS // 1000 + 60] * 2, "a clock that was set back is not followed"


def test_one_address_has_so_many_a_minute(witness: WitnessFolder):
    import asyncio

    async def asked() -> list[int]:
        application = witness_application(witness, lambda _: None, per_minute=3)
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://w") as client:
            return [(await client.get("/witness.json")).status_code for _ in range(5)]

    assert asyncio.run(asked()) == [200, 200, 200, 429, 429]


def test_two_histories_of_one_size_are_kept_once(witness: WitnessFolder, tmp_path: Path):
    for _ in range(2):
        with pytest.raises(Refused, match="split_view"):
            witness.add_checkpoint(FORKED.asked(5, 5))
    (evidence,) = witness.evidence()
    assert check_split_view(evidence, [LOG.verifier]).former_keys == ()
    for n in range(EVIDENCE_MAX + 5):
        with pytest.raises(Refused, match="split_view"):
            witness.add_checkpoint(SmallLog(n, "x", 2, 3, 4).asked(5, 5))
    assert len(witness.evidence()) == EVIDENCE_MAX


def test_a_second_process_is_refused(witness: WitnessFolder, tmp_path: Path, clock: Clock):
    with pytest.raises(Unavailable, match=r"witness\.busy"):
        WitnessFolder(tmp_path / "w", clock=clock).open()
    assert WitnessFolder(tmp_path / "w", clock=clock).logs() == witness.logs()


def test_what_is_damaged_is_not_begun_anew(witness: WitnessFolder, tmp_path: Path):
    (file,) = (tmp_path / "w" / "logs").iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Corrupt, match=r"witness\.damaged"):
        witness.add_checkpoint(LOG.asked(0))


def test_a_folder_that_is_no_witness(tmp_path: Path, clock: Clock):
    with pytest.raises(Refused, match=r"witness\.missing"):
        WitnessFolder(tmp_path, clock=clock)
    make_witness(tmp_path, NAME, WITNESS)
    with pytest.raises(Refused, match=r"witness\.exists"):
        make_witness(tmp_path, NAME, WITNESS)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from cellchain.adapters.clock import clock_ms
    from cellchain.adapters.witness_folder import WitnessFolder
    from tests.small_log import SmallLog

    step, wanted = sys.argv[2], int(sys.argv[3])
    opened = WitnessFolder(Path(sys.argv[1]), clock=clock_ms)
    opened.open()

    def killing(original):
        left = [wanted]

        def call(*arguments, **how):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **how)

        return call

    owner = Path if step == "replace" else os
    setattr(owner, step, killing(getattr(owner, step)))
    answer = opened.add_checkpoint(SmallLog(*range(12)).asked(5))
    sys.stdout.write(str(answer))
"""


@pytest.mark.parametrize(
    ("step", "which", "remembered"),
    [
        ("open", 1, 5),
        ("write", 1, 5),
        ("fsync", 1, 5),
        ("replace", 1, 5),
        ("fsync", 2, 12),
        ("close", 2, 12),
    ],
)
def test_killed_at_a_step_it_has_told_nobody_what_it_forgets(
    witness: WitnessFolder, tmp_path: Path, clock: Clock, step: str, which: int, remembered: int
):
    witness.close()
    command = [sys.executable, "-c", textwrap.dedent(KILLED), tmp_path / "w", step, str(which)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (-9, b""), done.stderr
    again = WitnessFolder(tmp_path / "w", clock=clock)
    again.open()
    try:
        assert again.watched(LOG.origin).size == remembered
        assert again.add_checkpoint(LOG.asked(remembered)).signatures
        with pytest.raises(Refused, match=r"conflict|split_view"):
            again.add_checkpoint(FORKED.asked(5))
    finally:
        again.close()


def test_a_rotated_key_is_followed_and_the_former_one_no_longer(witness: WitnessFolder):
    from cellchain.core.names import Digest
    from cellchain.ledger.header import NO_HEADER, Header, sign_header

    def rotation(key, following, height):
        zeros = Digest("00" * 32)
        header = Header(
            app_hash=zeros, chain=LOG.origin, height=height, operator=key.key_id,
            parameter_hash=zeros, previous=NO_HEADER, time_ms=1, transactions=NO_HEADER,
            next_operator=following.key_id,
        )  # fmt: skip
        return sign_header(header, key)

    rotated = SmallLog(*range(12), key=STRANGER)
    with pytest.raises(Refused, match=r"witness\.unsigned"):
        witness_once(rotated, witness)
    rotated.signed_rotations = [rotation(STRANGER, STRANGER, 4)]
    with pytest.raises(Refused, match=r"witness\.unsigned"):
        witness_once(rotated, witness)
    rotated.signed_rotations = [rotation(OPERATOR, STRANGER, 9)]
    assert witness_once(rotated, witness).size == 12
    with pytest.raises(Refused, match=r"witness\.unsigned"):
        witness_once(LOG, witness)
    back = SmallLog(*range(12))
    back.signed_rotations = [rotation(OPERATOR, STRANGER, 9), rotation(OPERATOR, OPERATOR, 10)]
    with pytest.raises(Refused, match=r"witness\.unsigned"):
        witness_once(back, witness)


def test_an_older_operator_pub_changes_nothing_and_a_newer_one_does(witness: WitnessFolder):
    old, new = LOG.verifier, SmallLog(key=STRANGER).verifier
    witness.trust([old])
    with pytest.raises(Refused, match=r"witness\.other_key"):
        witness.trust([new])
    witness.trust([new, old])
    assert witness.watched(LOG.origin).operator == new
    witness.trust([old])
    assert witness.watched(LOG.origin).operator == new
    assert witness.watched(LOG.origin).size == 5


def test_a_request_reads_as_it_was_written():
    assert parse_add_checkpoint(GROWN.to_bytes()) == GROWN
    first = AddCheckpoint(old_size=0, proof=(), note=GROWN.note)
    assert first.to_bytes() == b"old 0\n\n" + GROWN.note
    assert parse_add_checkpoint(first.to_bytes()) == first
    assert parse_note(GROWN.note).text.startswith("cars.example\n12\n")
