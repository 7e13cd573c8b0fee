"""The file with which anybody computes footprints anew and gets the same grams.

It holds every flow and factor as they were read, and the grams that are claimed of a unit of each
product. What makes it is the sparse solver; what checks it is this file alone, in decimals, product
by product: nothing is shared but the format.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BYTES_MAX = 1 << 30
DIGITS = 40
AMOUNT_MAX = 10**15
SWEEPS_MAX = 10_000
ENDLESS_KG = 10**40
SETTLED = Decimal("1e-20")
"""Of a kilogram, and of the amount: a circle has settled."""
HALF_A_GRAM = Decimal("0.5")
ROUNDING = Decimal("1e-9")
"""Of the amount: what the solver's floats may be off."""


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """What a unit of a product takes."""

    product: str
    input: str
    amount: str
    unit: str
    evidence: str


class Factor(msgspec.Struct, frozen=True, array_like=True):
    """What a unit of an input emits, and who says so."""

    input: str
    unit: str
    kg_co2e_per_unit: str
    source: str
    date: str


class Recomputation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a footprint rests on, and what is claimed."""

    format: Literal["cellchain.footprint/1"] = "cellchain.footprint/1"
    flows: list[Flow]
    factors: list[Factor]
    grams: dict[str, int]
    """CO2 equivalent of a unit of each product."""

    def to_bytes(self) -> bytes:
        """Return the file."""
        return msgspec.json.encode(self) + b"\n"


def recomputation(flows: Table, factors: Table, answer: Table) -> Recomputation:
    """Return the file of an answer of `cellchain.services.footprint.product.footprints`."""
    names, kg = answer.texts("product").cells(), answer.numbers("kg_co2e").tolist()
    return Recomputation(
        flows=[Flow(*row) for row in _rows(flows, Flow.__struct_fields__)],
        factors=[Factor(*row) for row in _rows(factors, Factor.__struct_fields__)],
        grams={str(name): round(one * 1_000) for name, one in zip(names, kg, strict=True)},
    )


def _rows(table: Table, names: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [[one or "" for one in table.texts(name).cells()] for name in names]
    return list(zip(*columns, strict=True))


def parse_recomputation(data: bytes) -> Recomputation:
    """Return what is in a file.

    Raises:
        Refused: ``recomputation.malformed``.
    """
    try:
        if len(data) > BYTES_MAX:
            raise Refused("recomputation.malformed", f"more than {BYTES_MAX} bytes")
        return msgspec.json.decode(data, type=Recomputation)
    except msgspec.DecodeError as error:
        raise Refused("recomputation.malformed", str(error)) from error


def check_recomputed(claimed: Recomputation) -> Table:
    """Return ``product, kg_co2e, claimed_g``; refuse grams that do not follow.

    Raises:
        Refused: ``recomputation.amount``, ``recomputation.unit``, ``recomputation.input``,
            ``recomputation.circle``; ``recomputation.product``, ``recomputation.grams``: what is
            claimed, and what follows.
    """
    with localcontext(prec=DIGITS):
        kg = _emitted(claimed)
        if kg.keys() != claimed.grams.keys():
            other = min(kg.keys() ^ claimed.grams.keys())
            raise Refused(
                "recomputation.product",
                f"{shown(other)}: flows without grams, or grams without flows",
            )
        for name, grams in claimed.grams.items():
            exact = kg[name] * 1_000
            if abs(exact - grams) > HALF_A_GRAM + ROUNDING * exact:
                raise Refused(
                    "recomputation.grams",
                    f"{shown(name)} emits {exact:.3f} g by its flows; {grams} g are claimed",
                )
    return Table(
        {
            "product": Texts.of(claimed.grams),
            "kg_co2e": np.array([float(kg[name]) for name in claimed.grams]),
            "claimed_g": np.array(list(claimed.grams.values()), np.float64),
        }
    )


def _emitted(claimed: Recomputation) -> dict[str, Decimal]:
    """Return kilograms a unit of each product: at once where nothing is taken in a circle."""
    parts, own = _parts(claimed)
    kg = dict.fromkeys(parts, Decimal(0))
    order = _parts_first(parts)
    for _ in range(SWEEPS_MAX):
        moved = Decimal(0)
        for name in order:
            found = own[name] + sum((kg[one] * amount for one, amount in parts[name]), Decimal(0))
            moved = max(moved, abs(found - kg[name]) / max(found, Decimal(1)))
            kg[name] = found
        if moved <= SETTLED:
            return kg
        if max(kg.values()) > ENDLESS_KG:
            break
    raise Refused("recomputation.circle", "products take each other without end")


def _parts(
    claimed: Recomputation,
) -> tuple[dict[str, list[tuple[str, Decimal]]], dict[str, Decimal]]:
    """Return of each product the products it takes, and what its other inputs emit, kg."""
    factors = {one.input: one for one in claimed.factors}
    parts: dict[str, list[tuple[str, Decimal]]] = {one.product: [] for one in claimed.flows}
    own = dict.fromkeys(parts, Decimal(0))
    for flow in claimed.flows:
        amount = _decimal(flow.amount)
        if flow.input in parts:
            parts[flow.product].append((flow.input, amount))
            continue
        factor = factors.get(flow.input)
        if factor is None:
            raise Refused("recomputation.input", f"{shown(flow.input)} has no factor")
        if factor.unit != flow.unit:
            told = f"{shown(flow.input)} in {shown(flow.unit)}, its factor in {shown(factor.unit)}"
            raise Refused("recomputation.unit", told)
        own[flow.product] += amount * _decimal(factor.kg_co2e_per_unit)
    return parts, own


def _parts_first(parts: Mapping[str, Sequence[tuple[str, Decimal]]]) -> list[str]:
    """Return the products, each after those that it takes, as far as they take no circle."""
    order: list[str] = []
    seen: set[str] = set()
    for begin in parts:
        ahead = [] if begin in seen else [(begin, iter(parts[begin]))]
        seen.add(begin)
        while ahead:
            name, left = ahead[-1]
            part = next((one for one, _ in left if one not in seen), None)
            if part is None:
                order.append(name)
                ahead.pop()
            else:
                seen.add(part)
                ahead.append((part, iter(parts[part])))
    return order


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("nan")
    if not (found.is_finite() and 0 <= found <= AMOUNT_MAX):
        raise Refused(
            "recomputation.amount", f"{shown(text)!a} is no amount from 0 to {AMOUNT_MAX}"
        )
    return found
