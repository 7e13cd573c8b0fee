"""The file with which anybody computes footprints anew and gets the same grams.

It holds every flow and factor as they were read, and the grams that are claimed of a unit of each
product. What makes it is the sparse solver; what checks it is this file alone, in decimals, product
by product: nothing is shared but the format.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.core.json_names import check_names_once
from cellchain.services.analysis.table import Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BYTES_MAX = 1 << 28
DIGITS = 60
AMOUNT_MAX = 10**15
CIRCLE_MAX = 300
"""Products that take each other: the elimination grows with the cube."""
PIVOT_MIN = Decimal("1e-9")
"""A circle that makes so little more than it needs cannot be told from one that makes none."""
HALF_A_GRAM = Decimal("0.5")
ROUNDING = Decimal("1e-9")
"""Of the amount: what the solver's floats may be off."""
_NUMBER = re.compile(r"[0-9]{1,400}(\.[0-9]{1,400})?(e[+-]?[0-9]{1,3})?", re.ASCII)


class Flow(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a unit of a product takes."""

    product: str
    input: str
    amount: str
    unit: str
    evidence: str


class Factor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a unit of an input emits, and who says so."""

    input: str
    unit: str
    kg_co2e_per_unit: str
    source: str
    date: str


class Recomputation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a footprint rests on, and what is claimed."""

    format: Literal["cellchain.footprint/1"]
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
        format="cellchain.footprint/1",
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
        Refused: ``recomputation.malformed``; ``json.malformed``: an object has a name twice.
    """
    try:
        if len(data) > BYTES_MAX:
            raise Refused("recomputation.malformed", f"more than {BYTES_MAX} bytes")
        check_names_once(data)
        found = msgspec.json.decode(data, type=Recomputation)
    except msgspec.DecodeError as error:
        raise Refused("recomputation.malformed", str(error)) from error
    if not found.grams or not found.flows:
        raise Refused("recomputation.malformed", "no product, or no flow")
    return found


def check_recomputed(claimed: Recomputation) -> Table:
    """Return ``product, kg_co2e, claimed_g``; refuse grams that do not follow.

    Raises:
        Refused: ``recomputation.amount``, ``recomputation.unit``, ``recomputation.input``,
            ``recomputation.twice``, ``recomputation.circle``; ``recomputation.product``,
            ``recomputation.grams``: what is claimed, and what follows.
    """
    with localcontext(prec=DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN):
        kg = _emitted(claimed)
        if kg.keys() != claimed.grams.keys():
            other = min(kg.keys() ^ claimed.grams.keys())
            told = f"{shown(other)}: flows without grams, or grams without flows"
            raise Refused("recomputation.product", told)
        for name, grams in claimed.grams.items():
            exact = kg[name] * 1_000
            if abs(exact - grams) > HALF_A_GRAM + ROUNDING * exact:
                raise Refused(
                    "recomputation.grams",
                    f"{shown(name)} emits {exact:.16g} g by its flows; {Decimal(grams):.16g} g are"
                    " claimed",
                )
        return Table(
            {
                "product": Texts.of(claimed.grams),
                "kg_co2e": np.array([float(kg[name]) for name in claimed.grams]),
                "claimed_g": np.array([float(Decimal(one)) for one in claimed.grams.values()]),
            }
        )


def _emitted(claimed: Recomputation) -> dict[str, Decimal]:
    """Return kilograms a unit of each product, those that it takes before it."""
    parts, own = _parts(claimed)
    kg: dict[str, Decimal] = {}
    for group in circles(parts):
        direct = {
            one: own[one] + sum((kg[p] * a for p, a in parts[one].items() if p in kg), Decimal(0))
            for one in group
        }
        if len(group) == 1 and group[0] not in parts[group[0]]:
            kg.update(direct)
        else:
            kg.update(_settled(group, parts, direct))
    return kg


def _settled(
    group: Sequence[str],
    parts: Mapping[str, Mapping[str, Decimal]],
    direct: Mapping[str, Decimal],
) -> dict[str, Decimal]:
    """Return what products of a circle emit, by elimination.

    Every pivot of I − M is above 0 if and only if what is asked for a unit of all can be made
    (Hawkins and Simon, Econometrica 17 (1949) 245).
    """
    if len(group) > CIRCLE_MAX:
        told = f"{len(group)} products take each other in circles; at most {CIRCLE_MAX}"
        raise Refused("recomputation.circle", told)
    rows = [
        [*(Decimal(int(one == other)) - parts[one].get(other, 0) for other in group), direct[one]]
        for one in group
    ]
    for place, row in enumerate(rows):
        if row[place] <= PIVOT_MIN:
            told = ", ".join(map(shown, group[:5]))
            raise Refused("recomputation.circle", f"{told} need more of each other than they make")
        for other in rows[place + 1 :]:
            factor = other[place] / row[place]
            if factor:
                both = zip(other[place:], row[place:], strict=True)
                other[place:] = [mine - factor * its for mine, its in both]
    found: dict[str, Decimal] = {}
    for place in reversed(range(len(group))):
        row = rows[place]
        rest = sum((row[n] * found[group[n]] for n in range(place + 1, len(group))), Decimal(0))
        found[group[place]] = (row[-1] - rest) / row[place]
    return found


def _parts(claimed: Recomputation) -> tuple[dict[str, dict[str, Decimal]], dict[str, Decimal]]:
    """Return of each product the products it takes, and what its other inputs emit, kg."""
    factors = _factors(claimed)
    parts: dict[str, dict[str, Decimal]] = {one.product: {} for one in claimed.flows}
    own = dict.fromkeys(parts, Decimal(0))
    units = {name: one.unit for name, one in factors.items()}
    for flow in claimed.flows:
        amount = _decimal(flow.amount)
        if flow.input in parts and flow.input in factors:
            raise Refused("recomputation.twice", f"{shown(flow.input)} has flows and a factor")
        if flow.input not in parts and flow.input not in factors:
            raise Refused("recomputation.input", f"{shown(flow.input)} has no factor")
        if flow.unit != units.setdefault(flow.input, flow.unit):
            told = f"{shown(flow.input)} in {shown(flow.unit)} and in {shown(units[flow.input])}"
            raise Refused("recomputation.unit", told)
        if flow.input in parts:
            taken = parts[flow.product]
            taken[flow.input] = taken.get(flow.input, Decimal(0)) + amount
        else:
            own[flow.product] += amount * _decimal(factors[flow.input].kg_co2e_per_unit)
    return parts, own


def _factors(claimed: Recomputation) -> dict[str, Factor]:
    factors: dict[str, Factor] = {}
    for one in claimed.factors:
        if factors.setdefault(one.input, one) is not one:
            raise Refused("recomputation.twice", f"{shown(one.input)} has its factor twice")
    return factors


def circles(parts: Mapping[str, Mapping[str, Decimal]]) -> Iterator[list[str]]:
    """Yield products in groups that take each other, every group after those that it takes.

    Source: Tarjan, SIAM J. Comput. 1 (1972) 146, without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    inside: set[str] = set()
    for begin in parts:
        ahead = [] if begin in index else [(begin, iter(parts[begin]))]
        while ahead:
            name, left = ahead[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                waiting.append(name)
                inside.add(name)
            for one in left:
                if one not in index:
                    ahead.append((one, iter(parts[one])))
                    break
                if one in inside:
                    low[name] = min(low[name], index[one])
            else:
                ahead.pop()
                if ahead:
                    low[ahead[-1][0]] = min(low[ahead[-1][0]], low[name])
                if low[name] == index[name]:
                    place = waiting.index(name) if waiting[-1] != name else len(waiting) - 1
                    group, waiting = waiting[place:], waiting[:place]
                    inside.difference_update(group)
                    yield group


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or (found := Decimal(text)) > AMOUNT_MAX:
        told = f"{shown(text)!a} is no amount from 0 to {AMOUNT_MAX}"
        raise Refused("recomputation.amount", told)
    return found
