"""The market of ``circle value``, in TOML: prices, costs and terms, each group with its source.

    title, currency, date, source, discount_rate, end_of_life_soh, index_correlation
    [chemistries.LFP]        volatility, drift, source
    [channels.storage]       least_soh, test, repack_per_kwh, freight_per_kg, warranty_years,
                             refund_share, source
    [channels.storage.price_per_kwh]   LFP = …
    [recycling]              currency_per_usd: what the tables of recycling are converted with
    [lock]                   months, premium_cap_share
    [lease]                  months, running_cost_per_month
    [buy_back]               margin_share
    [collateral]             advance_rate, margin_bps and its covenants

The last five may be left out; what needs them is then not answered. Nothing else has a default.
"""

from __future__ import annotations

from datetime import date  # msgspec reads it
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.circle.recycling_packs import chemistry_name

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
SHIPPED = ("anchors_2024",)
RECYCLING = "recycling"
NAMES_MAX = 50
MONTHS_MAX = 360
MONEY_MAX = 1e9
YEARS_MAX = 100.0
SOH_MAX = 1.5
VOLATILITY_MAX = 3.0
RATE_MAX = 1.0
BPS_MAX = 10_000.0
DAYS_MAX = 36_500.0


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; what it does not name is wrong in it."""


class Index(_Part, frozen=True, kw_only=True):
    """How the prices of a chemistry move together."""

    volatility: float
    drift: float
    """Logarithm of the expected growth a year."""
    source: str


class Channel(_Part, frozen=True, kw_only=True):
    """Whom a battery may be sold to, and what that costs."""

    least_soh: float
    price_per_kwh: dict[str, float]
    """By chemistry, of a kilowatt-hour at full health."""
    test: float
    repack_per_kwh: float
    freight_per_kg: float
    """As dangerous goods, of the pack's mass."""
    warranty_years: float
    refund_share: float
    """Share of the price that is refunded, in proportion to the years that are missing."""
    source: str


class Recycling(_Part, frozen=True, kw_only=True):
    """What one dollar of the tables of recycling is in the currency."""

    currency_per_usd: float
    source: str


class LockTerms(_Part, frozen=True, kw_only=True):
    """A value that is promised for later."""

    months: int
    premium_cap_share: float
    """Of the car's price."""


class LeaseTerms(_Part, frozen=True, kw_only=True):
    """A battery that is lent."""

    months: int
    running_cost_per_month: float


class BuyBack(_Part, frozen=True, kw_only=True):
    """What is kept of the worth when a battery is bought back today."""

    margin_share: float


class Collateral(_Part, frozen=True, kw_only=True):
    """What is lent on a battery, and what must hold as long as it is; covenants may be left out."""

    advance_rate: float
    margin_bps: float
    least_soh_p10: float | None = None
    least_value_p10: float | None = None
    evidence_days_max: float | None = None
    ratchet_bps: float | None = None
    """By which the margin falls for each of the next two that holds."""
    ratchet_recycled_share: float | None = None
    ratchet_co2e_kg_per_kwh: float | None = None


class Market(_Part, frozen=True, kw_only=True):
    """The whole of it."""

    title: str
    currency: str
    date: date
    source: str
    discount_rate: float
    """Continuous, a year."""
    end_of_life_soh: float
    """Where the remaining years of a battery end."""
    index_correlation: float
    """Between the indices of two chemistries."""
    chemistries: dict[str, Index]
    channels: dict[str, Channel]
    recycling: Recycling | None = None
    lock: LockTerms | None = None
    lease: LeaseTerms | None = None
    buy_back: BuyBack | None = None
    collateral: Collateral | None = None

    def measure(self, chemistry: str) -> str:
        """Return under which measure the expectations of a chemistry are."""
        if self.chemistries[chemistry].drift == self.discount_rate:
            return "risk neutral: the drift is the discount rate"
        return "the drift as stated, not risk neutral"


def parse_market(data: bytes) -> Market:
    """Return the market in a file, its chemistries named as the tables of recycling name them.

    Raises:
        Refused: ``value.market``: it is none, or says what cannot be.
    """
    try:
        found = decoded(data, Market)
    except ValueError as error:
        raise _wrong(
            f"no market: {error}", "begin with --template and an --out in .toml"
        ) from error
    _check_names(found)
    for name, value, low, high in _numbers(found):
        if not (isfinite(value) and low <= value <= high):
            raise _wrong(f"{shown(name)} is {value:g}", f"give a number from {low:g} to {high:g}")
    for name, source in _sources(found):
        if not source.strip():
            raise _wrong(f"{shown(name)} has no source", 'write "assumption" where nobody says so')
    return msgspec.structs.replace(
        found,
        chemistries=_named("chemistries", found.chemistries),
        channels={
            name: msgspec.structs.replace(
                one, price_per_kwh=_named(f"{name}.price_per_kwh", one.price_per_kwh)
            )
            for name, one in found.channels.items()
        },
    )


def shipped_market(name: str) -> bytes:
    """Return the file of a market that ships.

    Raises:
        Refused: ``value.no_market``: none is called so.
    """
    if name not in SHIPPED:
        raise Refused(
            "value.no_market",
            f"no market that ships is called {shown(name)!a}",
            remedy=f"name one of {', '.join(SHIPPED)}, or a file of your own with --market",
        )
    return files(f"{__package__}.markets").joinpath(f"{name}.toml").read_bytes()


def _named(what: str, given: dict[str, T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name, one in given.items():
        plain = chemistry_name(name)
        if not plain or plain in found:
            raise _wrong(f"{shown(what)} names {shown(name)!a} twice or not", "name each once")
        found[plain] = one
    return found


def _check_names(one: Market) -> None:
    if not one.currency.strip() or not one.title.strip():
        raise _wrong("there is no title or no currency", "name both")
    for what, names in (("chemistries", one.chemistries), ("channels", one.channels)):
        if not 1 <= len(names) <= NAMES_MAX:
            raise _wrong(f"{len(names)} {what}", f"give one to {NAMES_MAX}")
    if RECYCLING in one.channels:
        raise _wrong(f"{RECYCLING} is no channel", "tell recycling_value of each pack")
    for name, channel in one.channels.items():
        if not name.strip() or not 1 <= len(channel.price_per_kwh) <= NAMES_MAX:
            raise _wrong(f"channel {shown(name)!a} has no name or no price", "give it both")
    if one.collateral is not None:
        ratchets = one.collateral.ratchet_recycled_share, one.collateral.ratchet_co2e_kg_per_kwh
        if (one.collateral.ratchet_bps is None) != (ratchets == (None, None)):
            raise _wrong("a ratchet without what fires it, or the reverse", "give both or neither")


def _numbers(one: Market) -> Iterator[tuple[str, float, float, float]]:
    """Yield each number with its name and limits."""
    yield "discount_rate", one.discount_rate, -0.1, RATE_MAX
    yield "end_of_life_soh", one.end_of_life_soh, 0, SOH_MAX
    yield "index_correlation", one.index_correlation, 0, 1
    for name, index in one.chemistries.items():
        yield f"{name}.volatility", index.volatility, 0, VOLATILITY_MAX
        yield f"{name}.drift", index.drift, -RATE_MAX, RATE_MAX
    for name, channel in one.channels.items():
        yield f"{name}.least_soh", channel.least_soh, 0, SOH_MAX
        for chemistry, price in channel.price_per_kwh.items():
            yield f"{name}.price_per_kwh.{chemistry}", price, 1e-6, MONEY_MAX
        for field in ("test", "repack_per_kwh", "freight_per_kg"):
            yield f"{name}.{field}", getattr(channel, field), 0, MONEY_MAX
        yield f"{name}.warranty_years", channel.warranty_years, 0, YEARS_MAX
        yield f"{name}.refund_share", channel.refund_share, 0, 1
    if one.recycling is not None:
        yield "recycling.currency_per_usd", one.recycling.currency_per_usd, 1e-6, MONEY_MAX
    for part in ("lock", "lease", "buy_back", "collateral"):
        terms = getattr(one, part)
        if terms is not None:
            for field in terms.__struct_fields__:
                value = getattr(terms, field)
                if value is not None:
                    yield f"{part}.{field}", value, *LIMITS[field]


def _sources(one: Market) -> Iterator[tuple[str, str]]:
    yield "the market", one.source
    for name, index in one.chemistries.items():
        yield name, index.source
    for name, channel in one.channels.items():
        yield name, channel.source
    if one.recycling is not None:
        yield "recycling", one.recycling.source


LIMITS: dict[str, tuple[float, float]] = {
    "months": (1, MONTHS_MAX),
    "premium_cap_share": (0, 1),
    "running_cost_per_month": (0, MONEY_MAX),
    "margin_share": (0, 1),
    "advance_rate": (0, 1),
    "margin_bps": (0, BPS_MAX),
    "least_soh_p10": (0, SOH_MAX),
    "least_value_p10": (-MONEY_MAX, MONEY_MAX),
    "evidence_days_max": (0, DAYS_MAX),
    "ratchet_bps": (0, BPS_MAX),
    "ratchet_recycled_share": (0, 1),
    "ratchet_co2e_kg_per_kwh": (0, 10_000),
}
"""Of the terms, by their names."""


def _wrong(what: str, remedy: str) -> Refused:
    return Refused("value.market", what, remedy=remedy)
