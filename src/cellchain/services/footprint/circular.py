"""``footprint cff``: the circular footprint formula of each material, term by term.

In, a row a material of a product: ``product, material, mass_kg, a, b, r1, r2, r3, qs_in_per_qp,
qs_out_per_qp, e_v, e_recycled, e_recycling_eol, e_v_avoided, e_er, lhv_mj, x_er_heat, x_er_elec,
e_se_heat_per_mj, e_se_elec_per_mj, e_d, source``. Nothing has a default. Out: ``product, material,
part, term, formula, working, kg_co2e_per_kg, mass_kg, kg_co2e, source, clause``, a row a term, and
of each product ``end_of_life`` and ``total``. Amounts are decimal strings, each rounded once to
nine decimals, half to even, from exact fractions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.footprint.circular import TERMS
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.footprint.columns import named
from cellchain.services.footprint.exact import exact_numbers, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRODUCT, MATERIAL, MASS, SOURCE = "product", "material", "mass_kg", "source"
SHARES = ("a", "b", "r1", "r2", "r3", "qs_in_per_qp", "qs_out_per_qp", "x_er_heat", "x_er_elec")
"""From 0 to 1."""
EMISSIONS = ("e_v", "e_recycled", "e_recycling_eol", "e_v_avoided", "e_er", "e_se_heat_per_mj",
             "e_se_elec_per_mj", "e_d")  # fmt: skip
"""kg CO₂e per kg of material, or per MJ of the energy that is saved."""
HEATING = "lhv_mj"
COLUMNS_IN = (
    PRODUCT, MATERIAL, MASS, "a", "b", "r1", "r2", "r3", "qs_in_per_qp", "qs_out_per_qp", "e_v",
    "e_recycled", "e_recycling_eol", "e_v_avoided", "e_er", HEATING, "x_er_heat", "x_er_elec",
    "e_se_heat_per_mj", "e_se_elec_per_mj", "e_d", SOURCE,
)  # fmt: skip
"""All read as text: numbers count as they are written."""
COLUMNS = (
    PRODUCT, MATERIAL, "part", "term", "formula", "working", "kg_co2e_per_kg", MASS, "kg_co2e",
    SOURCE, "clause",
)  # fmt: skip
END_OF_LIFE, TOTAL = "end_of_life", "total"
CLAUSE = "Recommendation (EU) 2021/2279, Annex I, 4.4.8"
DECIMALS = 9
ROWS_MAX = 20_000


def ends(table: Table) -> Table:
    """Return the answer, products in the order in which they come.

    Raises:
        Refused: ``table.column``; ``footprint.key``, ``footprint.amount``, ``footprint.twice``,
            ``footprint.shares``, ``footprint.size``: what clashes.
    """
    if not 1 <= table.rows <= ROWS_MAX:
        raise Refused(
            "footprint.size", f"{table.rows} rows of materials", remedy=f"give one to {ROWS_MAX}"
        )
    for name in (PRODUCT, MATERIAL, SOURCE):
        if "" in map(str.strip, named(table, name).labels):
            raise Refused("footprint.key", f"a {name} is blank", remedy="name it")
    given = _given(table)
    _check_rows(table, given)
    rows = list(_rows(table, given))
    cells = zip(*rows, strict=True)
    return Table({name: Texts.of(column) for name, column in zip(COLUMNS, cells, strict=True)})


def _given(table: Table) -> dict[str, list[Fraction]]:
    return {
        MASS: exact_numbers(table, MASS, "0", "1000000000"),
        HEATING: exact_numbers(table, HEATING, "0", "1000"),
        **{name: exact_numbers(table, name, "0", "1") for name in SHARES},
        **{name: exact_numbers(table, name, "0", "1000000") for name in EMISSIONS},
    }


def _check_rows(table: Table, given: Mapping[str, list[Fraction]]) -> None:
    seen: dict[tuple[str | None, str | None], int] = {}
    keys = zip(table.texts(PRODUCT).cells(), table.texts(MATERIAL).cells(), strict=True)
    for row, key in enumerate(keys):
        told = f"{shown(key[1] or '')} of {shown(key[0] or '')}"
        if seen.setdefault(key, row) != row:
            raise Refused(
                "footprint.twice", f"rows {seen[key] + 1} and {row + 1} are both of {told}",
                remedy="keep one of them, or name them apart",
            )  # fmt: skip
        for names in (("r2", "r3"), ("x_er_heat", "x_er_elec")):
            whole = sum(given[name][row] for name in names)
            if whole > 1:
                raise Refused(
                    "footprint.shares",
                    f"{told}: {' and '.join(names)} are {rounded(Fraction(whole), 6)} together",
                    remedy="let them be at most 1 together",
                )


def _rows(table: Table, given: Mapping[str, list[Fraction]]) -> Iterator[tuple[str | None, ...]]:
    texts = {name: table.texts(name).cells() for name in COLUMNS_IN}
    of_product: dict[str | None, list[int]] = {}
    for row, product in enumerate(texts[PRODUCT]):
        of_product.setdefault(product, []).append(row)
    for product, rows in of_product.items():
        sums = {END_OF_LIFE: Fraction(0), TOTAL: Fraction(0)}
        for row in rows:
            told = {name: texts[name][row] or "" for name in given}
            numbers = {name: column[row] for name, column in given.items()}
            for term in TERMS:
                each = term.value(numbers)
                whole = each * numbers[MASS]
                sums[TOTAL] += whole
                sums[END_OF_LIFE] += whole if term.at_end else 0
                yield (
                    product, texts[MATERIAL][row], term.part, term.name, term.formula,
                    term.working(told), rounded(each, DECIMALS), told[MASS],
                    rounded(whole, DECIMALS), texts[SOURCE][row], CLAUSE,
                )  # fmt: skip
        for name, whole in sums.items():
            told_sum = rounded(whole, DECIMALS)
            yield (product, None, "sum", name, None, None, None, None, told_sum, None, CLAUSE)
