"""A small true ledger, and proofs of each kind about it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cellchain.core.canonical import canonical_bytes
from cellchain.core.names import Digest
from cellchain.core.readings import Channel, Reading, encode_leaf, make_layout
from cellchain.crypto.log import inclusion_path, leaf_hashes, tree_root
from cellchain.crypto.map import EMPTY_ROOT, RadixMap
from cellchain.crypto.note import verifier_key
from cellchain.crypto.signatures import SigningKey
from cellchain.crypto.window import AnchoredWindow, WindowTree, cut_proof, window_leaf_hashes
from cellchain.ledger.finality import Finality
from cellchain.ledger.header import NO_HEADER, Header, SignedHeader, sign_header
from cellchain.ledger.proof import LogPart, MapPart, StatePart
from cellchain.ledger.stage import encode
from cellchain.ledger.state import app_hash

if TYPE_CHECKING:
    from collections.abc import Callable

CHAIN = "cars"
OPERATOR = SigningKey(b"operator".ljust(32, b"."))
NEXT_OPERATOR = SigningKey(b"next operator".ljust(32, b"."))
STRANGER = SigningKey(b"stranger".ljust(32, b"."))
TRUST = str(verifier_key(CHAIN, OPERATOR.public_key))
NEXT_TRUST = str(verifier_key(CHAIN, NEXT_OPERATOR.public_key))
PARAMETER_HASH = bytes(range(32))
NOON_MS = 1_800_000_000_000
TRANSACTION = '{"chain":"cars"}'
TRANSACTION_ID = sha256(TRANSACTION.encode()).hexdigest()
BATTERY = "01/09506000134352/21/CAR1"
NAME = f"custody.custody/1 {BATTERY}"
VALUE = canonical_bytes(
    {
        "energy_mwh": 54_000_000,
        "holder": "volta-motors",
        "kind": "custody.custody/1",
        "offer_ends_ms": NOON_MS + 86_400_000,
        "offered_to": "rundlauf-<recycling>",
        "owner": "volta-motors",
        "responsible": "nordpack",
        "soh_ppm": 912_500,
        "temperature_mk": 298_150,
    }
).decode()
EVENT = canonical_bytes(
    {"battery": BATTERY, "kind": "custody.offered/1", "receiver": "volta"}
).decode()
RECEIPT = canonical_bytes(
    {"gas": 900, "kind": "ledger.receipt/1", "transaction": TRANSACTION_ID}
).decode()
ENTRIES = [
    *(f'{{"kind":"ledger.mark/1","n":{n}}}'.encode() for n in range(9)),
    EVENT.encode(),
    RECEIPT.encode(),
]
LEAVES = leaf_hashes(ENTRIES)


class Nothing:
    """Below the map there is nothing: all of it is in memory."""

    def branch(self, prefix: str) -> bytes | None:  # noqa: ARG002
        return None

    def bucket(self, prefix: str) -> bytes:  # noqa: ARG002
        return b""


def small_map(records: int, first: str = NAME, value: str = VALUE) -> RadixMap:
    filled = RadixMap(Nothing(), EMPTY_ROOT, 0)
    names = [first, *(f"custody.custody/1 other {n}" for n in range(records - 1))]
    pairs = [(sha256(name.encode()).digest(), sha256(value.encode()).digest()) for name in names]
    filled.adopt(filled.update(pairs[:records]))
    return filled


def map_part(
    name: str = NAME, value: str | None = VALUE, records: int = 700
) -> tuple[MapPart, bytes]:
    filled = small_map(records, NAME if value is None else name, value or VALUE)
    way = filled.prove(sha256(name.encode()).digest())
    part = MapPart(
        name=name,
        value=value,
        branches=tuple(branch.hex() for branch in way.branches),
        bucket=way.bucket.hex(),
        log_size=len(LEAVES),
        log_root=Digest(tree_root(LEAVES).hex()),
        parameter_hash=Digest(PARAMETER_HASH.hex()),
    )
    return part, app_hash(len(LEAVES), tree_root(LEAVES), filled.root, PARAMETER_HASH)


def log_part(entry: str) -> tuple[LogPart, bytes]:
    index, root = ENTRIES.index(entry.encode()), small_map(700).root
    part = LogPart(
        entry=entry,
        index=index,
        path=tuple(Digest(h.hex()) for h in inclusion_path(index, LEAVES)),
        log_size=len(LEAVES),
        map_root=Digest(root.hex()),
        parameter_hash=Digest(PARAMETER_HASH.hex()),
    )
    return part, app_hash(len(LEAVES), tree_root(LEAVES), root, PARAMETER_HASH)


def header(
    whole: bytes, key: SigningKey = OPERATOR, next_key: SigningKey | None = None, height: int = 5213
) -> SignedHeader:
    return sign_header(
        Header(
            app_hash=Digest(whole.hex()),
            chain=CHAIN,
            height=height,
            operator=key.key_id,
            parameter_hash=Digest(PARAMETER_HASH.hex()),
            previous=NO_HEADER,
            time_ms=NOON_MS,
            transactions=NO_HEADER,
            next_operator=None if next_key is None else next_key.key_id,
        ),
        key,
    )


def proof(proved: tuple[StatePart, bytes], *, rotated: bool = False) -> bytes:
    part, whole = proved
    if rotated:
        rotation = header(bytes(32), OPERATOR, NEXT_OPERATOR, height=7)
        finality = Finality(header=header(whole, NEXT_OPERATOR), rotations=(rotation,))
    else:
        finality = Finality(header=header(whole))
    return encode({"finality": finality, "state": part})


def proofs() -> dict[str, bytes]:
    return {
        "record": proof(map_part()),
        "record in a small ledger": proof(map_part(records=1)),
        "record after a rotation": proof(map_part(), rotated=True),
        "absence": proof(map_part(f"custody.custody/1 {BATTERY}X", None)),
        "absence from an empty ledger": proof(map_part(records=0, value=None)),
        "event": proof(log_part(EVENT)),
        "receipt": proof(log_part(RECEIPT)),
    }


PROOFS = proofs()

LAYOUT = make_layout(
    [
        Channel(name="pack_voltage_mv", unit="mV"),
        Channel(name="pack_current_ma", unit="mA"),
        Channel(name="temperature_mk", unit="mK"),
        Channel(name="soc_ppm", unit="ppm"),
        Channel(name="charge_mah", unit="mAh", width_bytes=8),
        Channel(name="state_code", unit="1"),
        *(Channel(name=f"cell_voltage_{n}_mv", unit="mV") for n in range(1, 61)),
    ]
)
READINGS = tuple(
    Reading(
        sequence=7 + n,
        time_ms=NOON_MS - 60_000 + 1000 * n,
        values=(351_200 + n, -40_500, 298_150, 912_500, -(2**40), None, *range(3600, 3660)),
    )
    for n in range(29)
)
SECRET = b"s" * 32


def reading_proof(change: Callable[[bytes], bytes] = bytes) -> bytes:
    """The last leaf of a small window, after ``change``, anchored as it then is."""
    per_leaf = LAYOUT.readings_per_leaf
    groups = [READINGS[at : at + per_leaf] for at in range(0, len(READINGS), per_leaf)]
    leaves = [encode_leaf(LAYOUT, group) for group in groups]
    last = len(leaves) - 1
    leaves[last] = change(leaves[last])
    tree = WindowTree(window_leaf_hashes(SECRET, leaves))
    record = {
        "battery": BATTERY,
        "count": len(READINGS),
        "end_ms": NOON_MS,
        "extremes": "00" * 32,
        "kind": "telemetry.window/1",
        "last": READINGS[-1].sequence,
        "layout": LAYOUT.digest,
        "root": tree.root.hex(),
        "start_ms": NOON_MS - 60_000,
    }
    cut = cut_proof(
        window="GW-7/boot-1/7",
        layout=LAYOUT.text,
        secret=SECRET,
        index=last,
        leaf=leaves[last],
        tree=tree,
    )
    value = canonical_bytes(record).decode()
    part, whole = map_part("telemetry.window/1 GW-7/boot-1/7", value, records=1)
    return encode({"finality": Finality(header=header(whole)), "reading": cut, "state": part})


def anchored(window: str, record: dict[str, Any]) -> AnchoredWindow:
    return AnchoredWindow(
        window=window,
        root=bytes.fromhex(record["root"]),
        layout_digest=record["layout"],
        first=int(window.split("/")[2]),
        last=record["last"],
        count=record["count"],
        start_ms=record["start_ms"],
        end_ms=record["end_ms"],
    )


READING_PROOF = reading_proof()
