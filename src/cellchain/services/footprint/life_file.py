"""A method and batteries in TOML, and what in them cannot be; see ``methods``.

Numbers are read as they are written, in decimals: no binary float is between.
"""

from __future__ import annotations

from datetime import date  # msgspec reads it
from decimal import Decimal  # likewise
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded_exactly

if TYPE_CHECKING:
    from collections.abc import Iterable

STAGES_MAX = 20
CATEGORIES_MAX = 50
BATTERIES_MAX = 1_000
DECIMALS_MAX = 12
DIGITS_MAX = 18
KG_MAX = Decimal(10) ** 9
KWH_MAX = Decimal(10) ** 6
CYCLES_MAX = Decimal(10_000)
YEARS_MAX = Decimal(100)
KM_MAX = Decimal(10) ** 8
LEAST = Decimal("0.000001")
"""What is above zero is at least so much."""
NAME_MAX = 200


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a file; what it does not name is wrong in it."""


class Method(_Part, frozen=True, kw_only=True):
    """How a life is counted, who says so, and whether it is law."""

    name: str
    version: str
    source: str
    date: date
    draft: bool
    stages: tuple[str, ...]
    credits: tuple[str, ...]
    default_years: Decimal
    decimals: int
    cycles_per_year: dict[str, Decimal]


class Warranty(_Part, frozen=True, kw_only=True):
    """The commercial warranty, or that there is none."""

    none: bool = False
    years: Decimal | None = None
    km: Decimal | None = None
    km_per_year: Decimal | None = None
    km_source: str = ""


class Battery(_Part, frozen=True, kw_only=True):
    """A model as a plant makes it, and what each stage of one emits."""

    model: str
    plant: str
    category: str
    usable_kwh: Decimal
    source: str
    warranty: Warranty
    kg_co2e: dict[str, Decimal]

    @property
    def told(self) -> str:
        """How an error names it."""
        return f"{shown(self.model)} of {shown(self.plant)}"


class Batteries(_Part, frozen=True, kw_only=True):
    """The file."""

    title: str
    batteries: tuple[Battery, ...]


def example() -> bytes:
    """Return batteries to begin with."""
    return files(f"{__package__}.methods").joinpath("example.toml").read_bytes()


def shipped() -> Method:
    """Return the method that ships."""
    return parse_method(files(f"{__package__}.methods").joinpath("cfb_ev.toml").read_bytes())


def parse_method(data: bytes) -> Method:
    """Return the method in a file.

    Raises:
        Refused: ``life.method``: it is none, or says what cannot be.
    """
    try:
        found = decoded_exactly(data, Method)
    except ValueError as error:
        raise _wrong_method(
            f"no method: {error}", "begin from the one in docs/reference/files.md"
        ) from error
    for name in ("name", "version", "source"):
        _check_name(name, getattr(found, name), "life.method")
    if not 1 <= len(set(found.stages)) == len(found.stages) <= STAGES_MAX:
        raise _wrong_method(
            f"{len(found.stages)} stages, {len(set(found.stages))} of them different",
            f"name one to {STAGES_MAX}, each once",
        )
    if not 1 <= len(found.cycles_per_year) <= CATEGORIES_MAX:
        raise _wrong_method(
            f"{len(found.cycles_per_year)} categories", f"name one to {CATEGORIES_MAX}"
        )
    for name in (*found.stages, *found.cycles_per_year):
        _check_name("a stage or category", name, "life.method")
    if "total" in found.stages:
        raise _wrong_method("a stage is named total", "name it otherwise; the sum is named so")
    if odd := sorted(set(found.credits) - set(found.stages)):
        raise _wrong_method(f"{shown(odd[0])} may be a credit, but is no stage", "name a stage")
    for name, cycles in found.cycles_per_year.items():
        _check_number(f"cycles of {shown(name)}", cycles, (LEAST, CYCLES_MAX), "life.method")
    _check_number("default_years", found.default_years, (LEAST, YEARS_MAX), "life.method")
    if not 0 <= found.decimals <= DECIMALS_MAX:
        raise _wrong_method(f"{found.decimals} decimals", f"give 0 to {DECIMALS_MAX}")
    return found


def parse_batteries(data: bytes, method: Method) -> Batteries:
    """Return the batteries in a file.

    Raises:
        Refused: ``life.batteries``: it holds none, or says what cannot be; ``life.category``,
            ``life.stages``: the method has another one.
    """
    try:
        found = decoded_exactly(data, Batteries)
    except ValueError as error:
        raise _wrong(f"no batteries: {error}", "begin with --template and an --out in .toml") from (
            error
        )
    if not 1 <= len(found.batteries) <= BATTERIES_MAX:
        raise _wrong(f"{len(found.batteries)} batteries", f"give one to {BATTERIES_MAX}")
    seen = set()
    for one in found.batteries:
        _check_battery(one, method)
        if (one.model, one.plant) in seen:
            raise _wrong(f"{one.told} is there twice", "keep one of them")
        seen.add((one.model, one.plant))
    return found


def _check_battery(one: Battery, method: Method) -> None:
    for name in ("model", "plant", "source"):
        _check_name(f"{name} of {one.told}", getattr(one, name), "life.batteries")
    if one.category not in method.cycles_per_year:
        raise Refused(
            "life.category",
            f"{one.told} is for {shown(one.category)!a}, {method.name} {method.version} knows"
            f" {', '.join(map(shown, method.cycles_per_year))}",
            remedy="name one of these, or a --method with its cycles",
        )
    if odd := sorted(set(one.kg_co2e) ^ set(method.stages)):
        which = "is counted" if odd[0] in one.kg_co2e else "is missing"
        raise Refused(
            "life.stages",
            f"{one.told}: {shown(odd[0])} {which}, {method.name} {method.version} has"
            f" {', '.join(map(shown, method.stages))}",
            remedy="give kg_co2e of each stage and of no other; the use phase is not counted",
        )
    _check_number(f"usable_kwh of {one.told}", one.usable_kwh, (LEAST, KWH_MAX), "life.batteries")
    for stage, kg in one.kg_co2e.items():
        least = -KG_MAX if stage in method.credits else Decimal(0)
        _check_number(
            f"kg_co2e.{shown(stage)} of {one.told}", kg, (least, KG_MAX), "life.batteries"
        )
    _check_warranty(one)


def _check_warranty(battery: Battery) -> None:
    one, told = battery.warranty, battery.told
    if one.none == (one.years is not None or one.km is not None):
        raise _wrong(
            f"the warranty of {told} says neither years nor km, or both them and none",
            "give years, km, or both; none = true where there is no commercial warranty",
        )
    if (one.km is None) != (one.km_per_year is None):
        raise _wrong(
            f"the warranty of {told} has km or km_per_year alone",
            "give both: kilometres become years by kilometres a year",
        )
    if one.km is not None:
        _check_name(f"km_source of {told}", one.km_source, "life.batteries")
    for name, value, most in (("years", one.years, YEARS_MAX), ("km", one.km, KM_MAX),
                              ("km_per_year", one.km_per_year, KM_MAX)):  # fmt: skip
        if value is not None:
            _check_number(f"{name} of {told}", value, (LEAST, most), "life.batteries")


def _check_number(what: str, value: Decimal, limits: Iterable[Decimal], code: str) -> None:
    low, high = limits
    _, digits, exponent = value.as_tuple()
    short = len(digits) <= DIGITS_MAX and isinstance(exponent, int) and exponent >= -DIGITS_MAX
    if short and low <= value <= high:  # not a number and infinity have no exponent
        return
    raise _refused(
        code, f"{what} is {shown(str(value))}",
        f"give a number from {low:f} to {high:f}, of at most {DIGITS_MAX} digits and decimals",
    )  # fmt: skip


def _check_name(what: str, name: str, code: str) -> None:
    if not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        raise _refused(
            code, f"{what} is {shown(name)!a}",
            f'name it, in at most {NAME_MAX} characters; "assumption" where nobody says so',
        )  # fmt: skip


def _wrong_method(what: str, remedy: str) -> Refused:
    return Refused("life.method", what, remedy=remedy)


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("life.batteries", what, remedy=remedy)


def _refused(code: str, what: str, remedy: str) -> Refused:
    return (_wrong_method if code == "life.method" else _wrong)(what, remedy)
