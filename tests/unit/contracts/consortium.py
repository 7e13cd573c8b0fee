"""A small consortium: one party in every role, lots, cells and a pack, for tests of contracts."""

from __future__ import annotations

from cellchain.contracts import assembly, custody, material, membership
from cellchain.core.names import battery_id
from cellchain.ledger.contract import GENESIS
from tests.given import NOON_MS, Ledger

ROLES = {
    "op": ("operator",),
    "law": ("authority",),
    "mine": ("mine",),
    "refiner": ("refiner",),
    "cells": ("cell-maker",),
    "packs": ("pack-maker",),
    "cars": ("vehicle-maker",),
    "carrier": ("carrier",),
    "workshop": ("workshop",),
    "second": ("integrator",),
    "recycler": ("recycler",),
    "lab": ("laboratory",),
    "stranger": (),
}
HOUR_MS = 3_600_000
YEAR_MS = 365 * 24 * HOUR_MS
GTIN = "09506000134352"


def key(name: str) -> str:
    return name.encode().hex().rjust(64, "0")


def unit(serial: str) -> str:
    return battery_id(GTIN, serial)


def consortium() -> Ledger:
    ledger = Ledger()
    for name, roles in ROLES.items():
        register = membership.RegisterParty(party=name, name=name, roles=roles, key=key(name))
        ledger.must(GENESIS, register)
    ledger.must(
        "law",
        membership.GrantLicence(
            licence="L-9",
            holder="mine",
            activity="mining",
            site="pit",
            capacity_mg=10**12,
            valid_from_ms=NOON_MS - YEAR_MS,
            valid_until_ms=NOON_MS + YEAR_MS,
        ),
    )
    return ledger


def bought(lot: str, mass_mg: int = 1_000_000, time_ms: int = NOON_MS, **assay_ppm: int):
    return material.Create(
        lot=lot, material=lot, mass_mg=mass_mg, assay_ppm=assay_ppm, site="store", time_ms=time_ms
    )


def made(sort: str, *serials: str, lots, time_ms: int = NOON_MS, loss_mg: int = 0):
    return assembly.Make(
        sort=sort,
        items=tuple(unit(serial) for serial in serials),
        lots=lots,
        loss_mg=loss_mg,
        time_ms=time_ms,
    )


def hand_over(ledger: Ledger, battery: str, giver: str, receiver: str, *changes: str) -> None:
    changes = changes or custody.HOLDER
    ledger.must(giver, custody.Offer(battery=battery, receiver=receiver, changes=changes))
    ledger.must(receiver, custody.Accept(battery=battery, changes=changes))


def workshop_floor() -> Ledger:
    """Cells C1 to C4 and packs P1 (with C1, C2) and P2 of one maker, vehicle V1 of another."""
    ledger = consortium()
    ledger.must("cells", bought("powder", Co=200_000, Ni=300_000))
    ledger.must("cells", made("cell", "C1", "C2", "C3", "C4", lots=(("powder", 1000),)))
    ledger.must("packs", bought("case", Al=900_000))
    ledger.must("packs", made("pack", "P1", "P2", lots=(("case", 5000),)))
    ledger.must("cars", bought("steel", Fe=980_000))
    ledger.must("cars", made("vehicle", "V1", lots=(("steel", 9000),)))
    for serial in ("C1", "C2", "C3"):
        hand_over(ledger, unit(serial), "cells", "packs", *custody.EVERYTHING)
    join = assembly.Assemble(whole=unit("P1"), parts=(unit("C1"), unit("C2")), time_ms=NOON_MS)
    ledger.must("packs", join)
    return ledger
