"""One small chain with known keys, in every format that leaves the house.

`python -m tests.golden.made` writes the files anew: a difference is a decision, not an accident.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from cellchain.contracts.custody import Custody, Offer, Register
from cellchain.core.names import PartyId, battery_id
from cellchain.core.readings import Channel, Reading, encode_leaf, make_layout
from cellchain.crypto.cosignature import cosign, witness_key
from cellchain.crypto.note import Checkpoint, Note, sign_note, verifier_key
from cellchain.crypto.signatures import SigningKey
from cellchain.crypto.window import WindowTree, cut_proof, window_leaf_hashes
from cellchain.ledger.engine.solo import read_header
from cellchain.ledger.export import write_ledger
from cellchain.ledger.replay import stored_blocks
from cellchain.services.cosigned import with_cosignatures
from cellchain.services.proofs import event_proof, record_proof
from tests.chain import Chain
from tests.homes import HEADERS

DATA = Path(__file__).parent / "data"
BATTERY = battery_id("09506000134352", "CAR1")
OTHER = battery_id("09506000134352", "CAR2")
SECRET = bytes(range(32))
CONTRACTS = (
    "assembly", "custody", "document", "material", "membership", "passport", "telemetry",
)  # fmt: skip
"""Named here: another contract that is installed changes no byte of this chain."""
WITNESS_KEY = SigningKey(b"w" * 32)
WITNESS = witness_key("witness.example/w1", WITNESS_KEY.public_key)
LAYOUT = make_layout(
    [
        Channel(name="pack_voltage_mv", unit="mV"),
        Channel(name="energy_mwh", unit="mWh", width_bytes=8),
    ]
)
READINGS = [
    Reading(sequence=1, time_ms=1_790_000_000_000, values=(361_200, 54_000_000)),
    Reading(sequence=2, time_ms=1_790_000_001_000, values=(None, 53_999_990)),
]


def chain() -> Chain:
    """A block without transactions, then one with two."""
    made = Chain(contracts=CONTRACTS)
    made.seal()
    made.seal(
        made.signed(0, Register(battery=BATTERY)),
        made.signed(1, Register(battery=OTHER)),
    )
    made.time_ms += 60_000
    made.seal(made.signed(0, Offer(battery=BATTERY, receiver=PartyId("client-1"))))
    return made


def cosigned_record_proof() -> bytes:
    """The proof of a record, completed when the next block was cosigned."""
    made = chain()
    proof = record_proof(made.state, Custody, BATTERY)
    made.seal(made.signed(1, Offer(battery=OTHER, receiver=PartyId("client-0"))))
    log = made.state.history.frontier
    checkpoint = Checkpoint(origin=made.genesis.chain, size=log.size, root=log.root())
    text = str(checkpoint)
    line = cosign(text, WITNESS.name, WITNESS_KEY, time_s=1_790_000_090)
    own = sign_note(text, made.genesis.chain, HEADERS).signatures
    note = str(Note(text=text, signatures=(*own, line)))
    return with_cosignatures(proof, made.state, [note]).to_bytes()


def reading_proof() -> bytes:
    """The proof of a leaf, as it hangs on a window's record."""
    from cellchain.ledger.stage import encode

    leaf = encode_leaf(LAYOUT, READINGS)
    tree = WindowTree(window_leaf_hashes(SECRET, [leaf]))
    return encode(
        cut_proof(
            window="logger/boot-1/1",
            layout=LAYOUT.text,
            secret=SECRET,
            index=0,
            leaf=leaf,
            tree=tree,
        )
    )


def files() -> dict[str, bytes]:
    """Every format by the name of its file."""
    made = chain()
    state, name = made.state, made.genesis.chain
    stream = BytesIO()
    write_ledger(stream, made.genesis.to_bytes(), stored_blocks(made.store, state.head.height))
    log = state.history.frontier
    checkpoint = Checkpoint(origin=name, size=log.size, root=log.root())
    note = sign_note(str(checkpoint), name, HEADERS)
    line = cosign(note.text, WITNESS.name, WITNESS_KEY, time_s=1_790_000_060)
    cosigned = str(Note(text=note.text, signatures=(*note.signatures, line)))
    return {
        "operator.pub": f"{verifier_key(name, HEADERS.public_key)}\n".encode(),
        "genesis.json": made.genesis.to_bytes(),
        "header.json": read_header(made.store, 3).to_bytes(),
        "transaction.json": next(stored_blocks(made.store, 3, first=3)).transactions[0],
        "checkpoint": str(note).encode(),
        "cosigned": cosigned.encode(),
        "witness.pub": f"{WITNESS}\n".encode(),
        "cosigned-proof.json": with_cosignatures(
            event_proof(state, 15), state, [cosigned]
        ).to_bytes(),
        "cosigned-record-proof.json": cosigned_record_proof(),
        "record-proof.json": record_proof(state, Custody, BATTERY).to_bytes(),
        "absence-proof.json": record_proof(state, Custody, "01/00000000000000/21/X").to_bytes(),
        "event-proof.json": event_proof(state, 15).to_bytes(),
        "reading-proof.json": reading_proof(),
        "chain.ledger": stream.getvalue(),
    }


if __name__ == "__main__":
    for file, data in files().items():
        (DATA / file).write_bytes(data)
