"""A device of a party, and windows of it."""

from cellchain.contracts.custody import Register
from cellchain.contracts.membership import RegisterDevice, RegisterParty
from cellchain.contracts.telemetry import Anchor, RecordGap, Stream, Supplement
from tests.given import NOON_MS, Ledger

BATTERY = "01/09506000134352/21/CAR1"
OTHER_BATTERY = "01/09506000134352/21/CAR2"
HASH = "ab" * 32


def ledger(battery=None):
    """The maker of two batteries with device gw, the stranger with device spy."""
    book = Ledger()
    for i, (party, device) in enumerate((("maker", "gw"), ("stranger", "spy"))):
        book.must(
            "contract:genesis",
            RegisterParty(party=party, name=party, roles=("pack-maker",), key=f"{i}a" * 32),
        )
        book.must(party, RegisterDevice(device=device, key=f"{i}b" * 32, battery=battery))
    book.must("maker", Register(battery=BATTERY), Register(battery=OTHER_BATTERY))
    return book


def window(kind=Anchor, **fields):
    stated = {
        "device": "gw", "battery": BATTERY, "boot": "b1", "first": 1, "last": 10,
        "start_ms": NOON_MS - 10_000, "end_ms": NOON_MS, "layout": HASH, "root": HASH,
        "extremes": HASH, **fields,
    }  # fmt: skip
    missing = sum(b - a + 1 for a, b in stated.get("missing", ()))
    stated.setdefault("count", stated["last"] - stated["first"] + 1 - missing)
    return kind(**stated)


def supplement(**fields):
    return window(Supplement, **fields)


def gap(*ranges, **fields):
    stated = {"device": "gw", "battery": BATTERY, "boot": "b1", "reason": "destroyed", **fields}
    return RecordGap(ranges=ranges, **stated)


def stream(book, boot="b1"):
    return book.get(Stream, f"gw/{boot}")
