"""``circle value``: what each battery is worth, and what may be promised on it.

In: `cellchain.services.circle.value_packs`, and a market, `value_market`. Out, a row a pack, money
in the currency of the market: the worth today and at the horizon of a lock by three quantiles,
premium and reserve of the lock, break-even fee of a lease, buy-back price and loan; a row a pack
and channel: what each would give; a row a pack and covenant, see `value_covenants`.

What is known of a price today is certain, so today's quantiles are those of health alone; those of
later are of health and of the index of the chemistry, whose paths all its packs share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.value.channels import Battery, Way, worth
from cellchain.science.value.lease import break_even_fee
from cellchain.science.value.lock import lock, reserve, worst_mean, worths
from cellchain.science.value.paths import MONTHS_PER_YEAR, Health, bands
from cellchain.services.analysis.table import shown
from cellchain.services.circle.value_covenants import covenants_of, margin_bps
from cellchain.services.circle.value_draws import Draws
from cellchain.services.circle.value_market import RECYCLING
from cellchain.services.circle.value_rows import (
    BANDS,
    Row,
    channels_table,
    covenants_table,
    packs_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.science.value.lock import Worths
    from cellchain.services.analysis.table import Floats, Table
    from cellchain.services.circle.value_draws import Asked
    from cellchain.services.circle.value_market import Market
    from cellchain.services.circle.value_packs import Pack


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Tables, and what holds for all packs together."""

    packs: Table
    channels: Table
    covenants: Table
    told: Mapping[str, object]


def valued(
    packs: Sequence[Pack], asked: Asked, progress: Callable[[int], None] = lambda _: None
) -> Answer:
    """Return what every pack is worth; one that lacks something says what.

    The same pack, market, seed and number of paths give the same figures, whatever packs are
    beside it.
    """
    draws = Draws(asked)
    rows = []
    for place, pack in enumerate(packs):
        row = Row(pack)
        why = _unanswered(pack, asked.market)
        if why:
            row.reasons.append(why)
        else:
            _value(row, asked, draws)
        rows.append(row)
        progress(place + 1)
    promised = [row for row in rows if "premium" in row.figures]
    told: dict[str, object] = {
        "packs": len(rows),
        "valued": sum("value_p50" in row.figures for row in rows),
        "locked": len(promised),
        "premium": round(sum(row.figures["premium"] for row in promised), 2),
        "reserve_cvar95_of_all": round(worst_mean(draws.owed), 2) if promised else None,
        "measure": {one: asked.market.measure(one) for one in asked.market.chemistries},
    }
    return Answer(packs_table(rows), channels_table(rows), covenants_table(rows), told)


def _unanswered(pack: Pack, market: Market) -> str:
    lacking = pack.lacks()
    if lacking:
        return lacking
    if pack.chemistry not in market.chemistries:
        known = ", ".join(market.chemistries)
        return f"the market tells no index of {shown(pack.chemistry)}, but of {known}"
    return ""


def _value(row: Row, asked: Asked, draws: Draws) -> None:
    pack, market = row.pack, asked.market
    assert pack.soh is not None
    assert pack.rul_years is not None
    assert pack.recycling_value is not None
    health = Health(pack.soh, pack.rul_years, market.end_of_life_soh)
    ways, floor = _ways(pack, market), pack.recycling_value
    battery = Battery(health, tuple(ways.values()), floor)
    soh = np.maximum([pack.soh.p10, pack.soh.p50, pack.soh.p90], 0)
    today = worth(soh, np.full(len(soh), pack.rul_years.p10), 1.0, battery.ways, floor)
    row.figures["recycling_value"] = floor
    row.put("value", today)
    row.channel = _best(ways, pack.rul_years.p10, float(soh[1]), floor)
    row.reasons.append(f"floor: {pack.recycling_source}")
    _tell_channels(row, market, ways, soh)
    if row.channel in ways:
        way = ways[row.channel]
        row.figures["warranty_reserve"] = _reserve(way, pack.rul_years.p10, float(soh[1]))
        row.figures["refund_chance"] = pack.rul_years.below(way.warranty_years)
    later = draws.worths(pack, battery)
    payments = _lock(row, market, later)
    if payments is not None:
        draws.owe(pack, payments)
    _lease(row, market, health, later)
    if market.buy_back is not None:
        row.put("buy_back", np.maximum(today, 0) * (1 - market.buy_back.margin_share))
    if market.collateral is not None:
        row.figures["loan"] = max(float(today[0]), 0.0) * market.collateral.advance_rate
        row.covenants = covenants_of(market.collateral, pack, float(today[0]), asked.day)
        row.figures["margin_bps"] = margin_bps(market.collateral, row.covenants)


def _lock(row: Row, market: Market, later: Mapping[int, Floats]) -> Floats | None:
    """Put what a lock costs; return what is paid of each draw."""
    terms, pack = market.lock, row.pack
    if terms is None:
        return None
    years, strike = terms.months / MONTHS_PER_YEAR, pack.locked_value
    draws = later[terms.months]
    if strike is None:
        row.put("residual", _bands(worths(draws)))
        row.reasons.append("no lock: locked_value is not told")
        return None
    found = lock(draws, strike, years, market.discount_rate)
    spread = worths(draws)
    row.put("residual", _bands(spread))
    row.figures |= {
        "locked_value": strike, "premium": found.premium, "premium_error": found.error,
        "reserve_cvar95": reserve(spread, strike, years, market.discount_rate),
    }  # fmt: skip
    if pack.car_price is None:
        row.reasons.append("no premium is charged: car_price is not told, which caps it")
        return found.payments
    cap = terms.premium_cap_share * pack.car_price
    row.figures["premium_charged"] = min(found.premium, cap)
    if found.premium > cap:
        row.reasons.append(
            f"the premium is capped at {terms.premium_cap_share:.0%} of the car's price,"
            f" {found.premium - cap:.2f} below the fair one"
        )
    return found.payments


def _lease(row: Row, market: Market, health: Health, later: Mapping[int, Floats]) -> None:
    terms, pack = market.lease, row.pack
    if terms is None:
        return
    if pack.new_price is None:
        row.reasons.append("no lease: new_price is not told")
        return
    residual = np.array(_bands(worths(later[terms.months])))
    fees = break_even_fee(
        pack.new_price, residual[::-1], terms.running_cost_per_month, terms.months,
        market.discount_rate,
    )  # fmt: skip
    row.put("lease_soh", bands(health, terms.months / MONTHS_PER_YEAR))
    row.put("lease_residual", residual)
    row.put("lease_fee", fees)


def _bands(values: Worths) -> tuple[float, float, float]:
    return values.p10, values.p50, values.p90


def _ways(pack: Pack, market: Market) -> dict[str, Way]:
    """Return the channels that have a price of the pack."""
    assert pack.kwh is not None
    return {
        name: Way(
            price=one.price_per_kwh[pack.chemistry] * pack.kwh,
            cost=one.test + one.repack_per_kwh * pack.kwh
            + one.freight_per_kg * (pack.mass_kg or 0.0),
            least_soh=one.least_soh,
            warranty_years=one.warranty_years,
            refund_share=one.refund_share,
        )
        for name, one in market.channels.items()
        if pack.chemistry in one.price_per_kwh and (pack.mass_kg or not one.freight_per_kg)
    }  # fmt: skip


def _reserve(way: Way, left_years: float, soh: float) -> float:
    """Return what a warranty takes of the price today."""
    return way.price * soh * (1 - float(way.kept(np.array(left_years))))


def _given(way: Way, left_years: float, soh: float) -> float:
    """Return what a channel gives today."""
    return way.price * soh - way.cost - _reserve(way, left_years, soh)


def _best(ways: Mapping[str, Way], left_years: float, soh: float, floor: float) -> str:
    """Return the channel of the greatest worth, recycling where none gives more."""
    given = {
        name: _given(way, left_years, soh) for name, way in ways.items() if soh >= way.least_soh
    }
    name = max(given, key=lambda one: given[one], default=RECYCLING)
    return name if given.get(name, floor) > floor else RECYCLING


def _tell_channels(row: Row, market: Market, ways: Mapping[str, Way], soh: Floats) -> None:
    pack = row.pack
    assert pack.kwh is not None
    assert pack.rul_years is not None
    left = pack.rul_years.p10
    for name, one in market.channels.items():
        if name not in ways:
            why = (
                f"no price of {pack.chemistry} in {shown(name)}"
                if pack.chemistry not in one.price_per_kwh
                else f"pack_mass_kg is not told, by which freight to {shown(name)} is paid"
            )
            row.channels.append((name, {}, why))
            row.reasons.append(why)
            continue
        way = ways[name]
        figures = {
            "least_soh": one.least_soh, "price_per_kwh": one.price_per_kwh[pack.chemistry],
            "test": one.test, "repack": one.repack_per_kwh * pack.kwh,
            "freight": one.freight_per_kg * (pack.mass_kg or 0.0),
            "warranty_reserve": _reserve(way, left, float(soh[1])),
        }  # fmt: skip
        for band, health in zip(BANDS, soh.tolist(), strict=True):
            if health >= way.least_soh:
                figures[f"value_{band}"] = _given(way, left, health)
        row.channels.append((name, figures, _why(row, name, way, soh)))
    found = dict.fromkeys((f"value_{one}" for one in BANDS), row.figures["recycling_value"])
    row.channels.append((RECYCLING, found, pack.recycling_source))


def _why(row: Row, name: str, way: Way, soh: Floats) -> str:
    assert row.pack.rul_years is not None
    low, mid, _ = soh.tolist()
    if mid < way.least_soh:
        return f"health p50 {mid:.3f} is below {way.least_soh:g}"
    if name == row.channel:
        short = f"; health p10 {low:.3f} is below {way.least_soh:g}"
        return "worth most" + (short if low < way.least_soh else "")
    missing = row.figures["value_p50"] - _given(way, row.pack.rul_years.p10, mid)
    return f"{missing:.2f} below {row.channel}"
