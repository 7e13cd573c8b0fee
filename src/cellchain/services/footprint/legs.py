"""``footprint legs``: transport by leg, as flows and factors that ``footprint product`` reads.

In: legs, ``product, leg, mode, tonnes, load_tonnes, km, from_lat, from_lon, to_lat, to_lon,
evidence``, of a unit of the product; factors, ``mode, unit, g_co2e_per_unit, source, date,
quality``, where a unit is a ``tkm`` or a ``vehicle_km``. Out: ``product, input, amount, unit,
evidence, leg, km, km_by, g_co2e``, a row a leg; the rates, which are the factors in kilograms.
Numbers are decimal strings, worked out in fractions and each rounded once to nine decimals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.footprint.legs import tonne_km, vehicle_km, way_km
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.footprint.columns import named
from cellchain.services.footprint.exact import (
    DIGITS_MAX,
    exact_numbers,
    rounded,
    some_exact_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

PRODUCT, LEG, MODE, TONNES, LOAD, KM, EVIDENCE = (
    "product", "leg", "mode", "tonnes", "load_tonnes", "km", "evidence",
)  # fmt: skip
PLACES = ("from_lat", "from_lon", "to_lat", "to_lon")
LEG_COLUMNS = (PRODUCT, LEG, MODE, TONNES, LOAD, KM, *PLACES, EVIDENCE)
UNIT, GRAMS, SOURCE, DATE, QUALITY = "unit", "g_co2e_per_unit", "source", "date", "quality"
FACTOR_COLUMNS = (MODE, UNIT, GRAMS, SOURCE, DATE, QUALITY)
COLUMNS = (PRODUCT, "input", "amount", UNIT, EVIDENCE, LEG, KM, "km_by", "g_co2e")
TONNE_KM, VEHICLE_KM = UNITS = ("tkm", "vehicle_km")
GIVEN, WORKED_OUT = "given", "great circle × 1.3"
DECIMALS = 9
EXACT = DIGITS_MAX + 3
"""Decimals of a thousandth of a number that was read."""
ROWS_MAX = 100_000
LEAST = "0.000000001"


def flows(legs: Table, factors: Table) -> tuple[Table, Table]:
    """Return the flows, a row a leg in the order of the file, and the rates.

    Raises:
        Refused: ``table.column``; ``footprint.key``, ``footprint.amount``, ``footprint.twice``,
            ``footprint.unit``, ``footprint.no_factor``, ``footprint.way``, ``footprint.load``,
            ``footprint.size``: what clashes.
    """
    for what, table in (("legs", legs), ("factors", factors)):
        if not 1 <= table.rows <= ROWS_MAX:
            told = f"{table.rows} rows of {what}"
            raise Refused("footprint.size", told, remedy=f"give one to {ROWS_MAX}")
    known = _known(factors)
    products, modes = _names(legs, PRODUCT), _names(legs, MODE)
    steps, evidence = _names(legs, LEG), legs.texts(EVIDENCE).cells()
    _check_once(list(zip(products, steps, strict=True)), "leg")
    tonnes = exact_numbers(legs, TONNES, "0", "1000000")
    loads = some_exact_numbers(legs, LOAD, LEAST, "1000000")
    ways = _ways(legs)
    rows = []
    for row, mode in enumerate(modes):
        if mode not in known:
            raise Refused(
                "footprint.no_factor", f"row {row + 1}: there is no factor of {shown(mode)}",
                remedy="add one with its source, or name the mode as the factors do",
            )  # fmt: skip
        unit, grams = known[mode]
        km, by = ways[row]
        amount = _amount(row, unit, (tonnes[row], km, loads[row]))
        rows.append(
            (
                products[row], mode, rounded(amount, DECIMALS), unit, evidence[row], steps[row],
                rounded(km, DECIMALS), by, rounded(amount * grams, DECIMALS),
            )
        )  # fmt: skip
    cells = zip(*rows, strict=True)
    found = {name: Texts.of(column) for name, column in zip(COLUMNS, cells, strict=True)}
    return Table(found), _rates(factors)


def _amount(row: int, unit: str, leg: tuple[Fraction, Fraction, Fraction | None]) -> Fraction:
    tonnes, km, load = leg
    if (unit == VEHICLE_KM) != (load is not None):
        told = "misses load_tonnes" if load is None else "has load_tonnes"
        raise Refused(
            "footprint.load",
            f"row {row + 1} {told}, and its factor is of a {unit}",
            remedy="give what the vehicle carries where a factor is of a vehicle_km, else nothing",
        )
    return tonne_km(tonnes, km) if load is None else vehicle_km(tonnes, km, load)


def _ways(legs: Table) -> list[tuple[Fraction, str]]:
    """Return how long each leg is, and by what."""
    given = some_exact_numbers(legs, KM, "0", "100000")
    limits = {"from_lat": "90", "from_lon": "180", "to_lat": "90", "to_lon": "180"}
    places = [some_exact_numbers(legs, name, f"-{most}", most) for name, most in limits.items()]
    found = []
    for row, (km, *ends) in enumerate(zip(given, *places, strict=True)):
        degrees = [float(one) for one in ends if one is not None]
        if km is not None and not degrees:
            found.append((km, GIVEN))
        elif km is None and len(degrees) == len(PLACES):
            start, stop = (degrees[0], degrees[1]), (degrees[2], degrees[3])
            found.append((way_km(start, stop), WORKED_OUT))
        else:
            has = "no km" if km is None else f"{float(km):g} km"
            raise Refused(
                "footprint.way",
                f"row {row + 1} has {has} and {len(degrees)} of 4 coordinates",
                remedy="give km, or from_lat, from_lon, to_lat and to_lon; not both",
            )
    return found


def _known(factors: Table) -> dict[str, tuple[str, Fraction]]:
    modes, units = _names(factors, MODE), factors.texts(UNIT).cells()
    _check_once([(one,) for one in modes], "factor")
    for name in (SOURCE, DATE, QUALITY):
        _names(factors, name)
    grams = exact_numbers(factors, GRAMS, "0", "1000000000")
    found = {}
    for mode, unit, each in zip(modes, units, grams, strict=True):
        if unit not in UNITS:
            raise Refused(
                "footprint.unit", f"the factor of {shown(mode)} is of {shown(unit or 'no unit')}",
                remedy="convert it to one of a tkm or of a vehicle_km",
            )  # fmt: skip
        found[mode] = (unit, each)
    return found


def _rates(factors: Table) -> Table:
    """Return the factors as ``footprint product`` reads them: exact, in kilograms."""
    grams = exact_numbers(factors, GRAMS, "0", "1000000000")
    return Table(
        {
            "input": factors.texts(MODE),
            UNIT: factors.texts(UNIT),
            "kg_co2e_per_unit": Texts.of(
                rounded(one / 1000, EXACT).rstrip("0").rstrip(".") for one in grams
            ),
            **{name: factors.texts(name) for name in (SOURCE, DATE, QUALITY)},
        }
    )


def _names(table: Table, name: str) -> list[str]:
    found = [one or "" for one in named(table, name).cells()]
    for row, one in enumerate(found):
        if not one.strip():
            raise Refused("footprint.key", f"row {row + 1} has a blank {name}", remedy="name it")
    return found


def _check_once(keys: Sequence[tuple[str, ...]], what: str) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(keys):
        if seen.setdefault(key, row) != row:
            raise Refused(
                "footprint.twice",
                f"rows {seen[key] + 1} and {row + 1} are the same {what}:"
                f" {', '.join(map(shown, key))}",
                remedy="keep one of them, or name them apart",
            )
