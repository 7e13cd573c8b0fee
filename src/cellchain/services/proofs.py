"""The proof file: what is proved about the state, who vouches for the state, and the whole check.

    {"finality":{…},"state":{…}}                        a record, its absence, an event, a receipt
    … "transaction":"…"                                 beside a receipt: the envelope it is about
    … "reading":{…}                                     beside a window's record: a reading in it
    … "witnessed":[…]                                   beside any: what witnesses cosigned of it

`verify_proof` needs nothing but the file and what the verifier trusts.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.telemetry import Window
from cellchain.core import canonical
from cellchain.core.errors import Refused
from cellchain.core.readings import parse_layout
from cellchain.core.time import format_time
from cellchain.crypto.window import AnchoredWindow, ReadingProof, verify_reading
from cellchain.ledger.finality import Finality, finality_at
from cellchain.ledger.keeping import check_kept, first_kept
from cellchain.ledger.light import ConsortiumFinality
from cellchain.ledger.proof import (
    LogPart,
    MapPart,
    StatePart,
    find_receipt,
    prove_entry,
    prove_record,
    proved_app_hash,
)
from cellchain.ledger.records import record_name
from cellchain.ledger.stage import encode
from cellchain.ledger.witnessed import (
    NO_WITNESSES,
    Cosigned,
    Witnessed,
    Witnesses,
    check_witnessed,
    witnessed_leaf,
)
from cellchain.services.vouched import Signed, vouched

if TYPE_CHECKING:
    from cellchain.ledger.contract import Record
    from cellchain.ledger.finality import AnyTrust
    from cellchain.ledger.state import State, StoredBlock
    from cellchain.services.vouched import Vouched

PROOF_BYTES_MAX = 4_000_000


class Proof(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A state part and a finality part, and what hangs on them."""

    finality: Finality | ConsortiumFinality
    state: MapPart | LogPart
    reading: ReadingProof | None = None
    """Readings in the window whose record is proved."""
    transaction: str | None = None
    """The envelope whose receipt is proved."""
    witnessed: tuple[Witnessed, ...] = ()
    """Cosigned checkpoints that cover what is proved."""

    @property
    def height(self) -> int:
        """Of the block after which the state was so, as the proof says."""
        if isinstance(self.finality, ConsortiumFinality):
            return self.finality.height
        return self.finality.header.header.height

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: the file."""
        return encode(self)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a good proof shows, in plain words."""

    claim: str
    """``record``, ``absence``, ``event``, ``receipt`` or ``reading``."""
    subject: str
    content: object
    """The record, event or receipt; ``None`` for an absence."""
    chain: str
    height: int | None
    """``None`` where what is trusted does not bind it; the network's own is in `signed`."""
    time_ms: int
    operator: str
    """The key that vouches for it; empty where validators do."""
    cosigned: tuple[Cosigned, ...] = ()
    """The witnesses that the verifier knows, and what they cosigned."""
    signed: Signed | None = None
    """What validators signed."""

    def sentences(self) -> list[str]:
        """Return the verdict as sentences."""
        # A later header vouches for the same state, where the blocks between were empty.
        happened = "had happened by" if self.signed else "happened in"
        by = "by" if self.signed else "in"
        when = f"{self._block()}, {format_time(self.time_ms)}"
        told = {
            "record": f"After {when}, the record of {self.subject} was as shown.",
            "absence": f"After {when}, there was no record {self.subject}.",
            "event": f"This {happened} {when}.",
            "reading": f"These readings were anchored before {when}, in window {self.subject}.",
            "receipt": f"This is what became of transaction {self.subject} {by} {when}.",
        }
        operator = f"The operator's key {self.operator} vouches for it."
        word = self.signed.sentence() if self.signed else operator
        return [told[self.claim], word, *map(_cosigned_sentence, self.cosigned)]

    def _block(self) -> str:
        if self.height is not None or self.signed is None:
            return f"block {self.height} of {self.chain}"
        # A header carries the state after the block before it.
        return f"block {self.signed.header - 1} of {self.chain} by the network's own count"


def _cosigned_sentence(cosigned: Cosigned) -> str:
    when = format_time(cosigned.time_s * 1000)
    log = f"a log of {cosigned.size} entries"
    return f"The witness {cosigned.witness} cosigned {log} with it, {when}."


def record_proof(state: State, kind: type[Record], subject: str) -> Proof:
    """Return the proof of a record as of the last block, or of its absence."""
    return Proof(
        state=prove_record(state, kind, subject), finality=finality_at(state, state.head.height)
    )


def event_proof(state: State, position: int) -> Proof:
    """Return the proof of log entry ``position``, as of the block that wrote it.

    Raises:
        Refused: ``proof.no_entry``: the log has no such entry, or it is older than block 1.
    """
    block = block_of_entry(state, position)
    return Proof(
        state=prove_entry(state, block, position - block.log_start),
        finality=finality_at(state, block.height),
    )


def receipt_proof(state: State, transaction: bytes, place: tuple[int, int] | None = None) -> Proof:
    """Return the proof of what became of the transaction with this id.

    Args:
        state: The state.
        transaction: Its id.
        place: Height and log position of its receipt, where an index knows them; else the whole
            log is looked through.

    Raises:
        Refused: ``proof.no_receipt``.
    """
    found = place or find_receipt(state, transaction)
    if found is None:
        check_kept(state.store)  # it may be in a block that this home has forgotten
        raise Refused("proof.no_receipt", f"no transaction {transaction.hex()} is in the log")
    height, position = found
    block = state.block(height)
    envelope = next(t for t in block.transactions if sha256(t).digest() == transaction)
    return Proof(
        state=prove_entry(state, block, position - block.log_start),
        finality=finality_at(state, height),
        transaction=envelope.decode(),
    )


def block_of_entry(state: State, position: int) -> StoredBlock:
    """Return the block that wrote log entry ``position``: a binary search over the blocks."""
    low, high = max(1, first_kept(state.store)), state.head.height
    if low > high or position < state.block(low).log_start:
        check_kept(state.store)
    if not state.block(low).log_start <= position < state.head.log_size:
        raise Refused("proof.no_entry", f"the log has no provable entry {position}")
    while low < high:
        middle = (low + high + 1) // 2
        if state.block(middle).log_start <= position:
            low = middle
        else:
            high = middle - 1
    return state.block(low)


def parse_proof(data: bytes) -> Proof:
    """Return the proof that ``data`` is the canonical encoding of.

    Raises:
        Refused: ``proof.malformed``, or a code of `cellchain.core.canonical`.
    """
    canonical.decode(data, size_max=PROOF_BYTES_MAX)
    try:
        proof = msgspec.json.decode(data, type=Proof)
    except msgspec.MsgspecError as error:
        raise Refused("proof.malformed", str(error)) from error
    if proof.to_bytes() != data:
        raise Refused("proof.malformed", "a field that may be left out is written out")
    return proof


def verify_proof(
    proof: Proof,
    trust: AnyTrust,
    witnesses: Witnesses = NO_WITNESSES,
    *,
    now_ms: int | None = None,
) -> Verdict:
    """Return what ``proof`` shows to somebody with this ``trust``.

    Args:
        proof: The file.
        trust: What the verifier believes.
        witnesses: Who must have cosigned.
        now_ms: The verifier's time, or when it received the proof: the word of validators ends. An
            operator's does not.

    Raises:
        Refused: ``proof.…``, ``header.…``, ``light.…`` or ``note.…``: the first step that does not
            hold.
    """
    word = vouched(proof.finality, proof.state, trust, now_ms)
    leaf = witnessed_leaf(proof.state, proved_app_hash(proof.state))
    cosigned = check_witnessed(proof.witnessed, leaf, word.chain, witnesses)
    return msgspec.structs.replace(_claim_told(proof, word), cosigned=cosigned)


def _claim_told(proof: Proof, header: Vouched) -> Verdict:
    if proof.reading is not None:
        return _told(proof, header, *_readings_told(proof.reading, proof.state))
    if isinstance(proof.state, MapPart):
        return _told(proof, header, *_record_told(proof.state))
    return _told(proof, header, *_entry_told(proof, proof.state))


def _record_told(part: MapPart) -> tuple[str, str, object]:
    if part.value is None:
        return "absence", part.name, None
    return "record", part.name, canonical.decode(part.value.encode(), size_max=PROOF_BYTES_MAX)


def anchored_window(subject: str, window: Window) -> AnchoredWindow:
    """Return what the record of a window says about its readings."""
    return AnchoredWindow(
        window=subject,
        root=bytes.fromhex(window.root),
        layout_digest=window.layout,
        first=int(subject.rpartition("/")[2]),
        last=window.last,
        count=window.count,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
    )


def reading_proof(state: State, reading: ReadingProof) -> Proof:
    """Return the proof of readings in an anchored window."""
    found = record_proof(state, Window, reading.window)
    return msgspec.structs.replace(found, reading=reading)


def _readings_told(reading: ReadingProof, part: StatePart) -> tuple[str, str, object]:
    name = record_name(Window, reading.window)
    if not isinstance(part, MapPart) or part.value is None or part.name != name:
        raise Refused("proof.reading", f"the state part is not the record of {reading.window}")
    window = msgspec.json.decode(part.value, type=Window)
    readings = verify_reading(reading, anchored_window(reading.window, window))
    names = [channel.name for channel in parse_layout(reading.layout.encode()).channels]
    shown = [
        {
            "sequence": r.sequence,
            "time": format_time(r.time_ms),
            **{n: v for n, v in zip(names, r.values, strict=True) if v is not None},
        }
        for r in readings
    ]
    return "reading", reading.window, {"battery": window.battery, "readings": shown}


def _entry_told(proof: Proof, part: LogPart) -> tuple[str, str, object]:
    content = canonical.decode(part.entry.encode(), size_max=PROOF_BYTES_MAX)
    if not isinstance(content, dict) or content.get("kind") != "ledger.receipt/1":
        return "event", f"log entry {part.index}", content
    identity = str(content["transaction"])
    if proof.transaction is not None and identity != sha256(proof.transaction.encode()).hexdigest():
        raise Refused("proof.transaction", "the transaction is not the one in the receipt")
    return "receipt", identity, content


def _told(proof: Proof, header: Vouched, claim: str, subject: str, content: object) -> Verdict:
    if proof.transaction is not None and claim != "receipt":
        raise Refused("proof.malformed", "a transaction beside something that is no receipt")
    return Verdict(
        claim=claim,
        subject=subject,
        content=content,
        chain=header.chain,
        height=header.height,
        time_ms=header.time_ms,
        operator=header.operator,
        signed=header.signed,
    )
