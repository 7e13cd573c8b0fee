"""Packs and markets as they are told, and what is refused of them."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.value import valued
from cellchain.services.circle.value_draws import Asked
from cellchain.services.circle.value_market import parse_market, shipped_market
from cellchain.services.circle.value_packs import packs_of

DAY = date(2026, 11, 30)
SHIPPED = shipped_market("anchors_2024").decode()
MARKET = parse_market(SHIPPED.encode())
ROWS = {
    "pack": ("a", "b", "c"),
    "chemistry": ("NCM 622", "lfp", "LFP"),
    "capacity_kwh": (40, 52, 60),
    "soh_p10": (0.78, 0.60, 0.9), "soh_p50": (0.82, 0.66, 0.93), "soh_p90": (0.85, 0.7, 0.95),
    "rul_p10_years": (3, 1, 8), "rul_p50_years": (6, 2, 10), "rul_p90_years": (9, 4, 12),
    "pack_mass_kg": (300, 330, 350),
    "recycling_value": (0, 150, 100),
    "locked_value": (900, 1_200, 1_500),
    "car_price": (30_000, 8_000, 40_000),
    "new_price": (6_000, 5_000, 7_000),
    "evidence_date": ("2026-06-01", None, "2025-01-01"),
}  # fmt: skip


def table(**columns):
    found = {**ROWS, **columns}
    return Table(
        {
            name: Texts.of(cells)
            if any(isinstance(one, str) for one in cells)
            else np.array(cells, np.float64)
            for name, cells in found.items()
            if cells
        }
    )


def answer(given=None, market=MARKET, **asked):
    whole = {"paths": 4_000, **asked}
    return valued(packs_of(given or table(), market), Asked(market=market, day=DAY, **whole))


def changed(old, new):
    assert old in SHIPPED
    return parse_market(SHIPPED.replace(old, new).encode())


def test_three_quantiles_of_everything():
    found = answer().packs
    for name in ("value", "residual", "lease_soh", "lease_residual", "lease_fee", "buy_back"):
        low, mid, high = (found.numbers(f"{name}_{one}") for one in ("p10", "p50", "p90"))
        assert (low <= mid).all()
        assert (mid <= high).all()
    assert found.texts("channel").cells() == ["ev_replacement", "back_up_power", "ev_replacement"]
    assert (found.numbers("reserve_cvar95") >= found.numbers("premium")).all()
    assert (found.numbers("loan") <= found.numbers("value_p10")).all()


def test_worth_by_hand():
    found = answer()
    channels = found.channels
    first = slice(0, 4)
    names, worth = channels.texts("channel").cells()[first], channels.numbers("value_p50")[first]
    by_name = dict(zip(names, worth, strict=True))
    assert by_name["ev_replacement"] == 0.82 * 40 * 75 - 120 - 4 * 40 - 0.55 * 300
    # 33 a kWh; a warranty of 3 years that the tenth percentile just lives
    assert by_name["large_storage"] == pytest.approx(0.82 * 40 * 33 - 80 - 3 * 40 - 0.55 * 300)
    assert found.packs.numbers("value_p50")[0] == by_name["ev_replacement"]
    assert found.packs.numbers("warranty_reserve").tolist() == [0, 0, 0]
    second = channels.numbers("warranty_reserve")[5]
    assert second == pytest.approx(0.66 * 52 * 38 * (1 - 1 / 3), abs=0.01)


def test_a_health_that_just_reaches_a_channel_is_taken():
    given = table(soh_p10=(0.8, 0.65, 0.6), soh_p50=(0.83, 0.71, 0.6), soh_p90=(0.9, 0.8, 0.65))
    channels = answer(given).channels
    for band in ("value_p10", "value_p90"):
        assert np.isfinite(channels.numbers(band)).tolist() == [
            True, True, True, True,
            band == "value_p90", True, True, True,
            False, band == "value_p90", True, True,
        ]  # fmt: skip


def test_the_same_seed_gives_the_same_bits_and_no_neighbour_moves_them():
    whole = answer().packs
    again = answer().packs
    alone = answer(table().taken(np.array([1]))).packs
    other = answer(seed=2).packs
    for name in ("premium", "residual_p50", "reserve_cvar95"):
        assert (whole.numbers(name) == again.numbers(name)).all()
        assert whole.numbers(name)[1] == alone.numbers(name)[0]
    assert (whole.numbers("premium") != other.numbers("premium")).any()


def test_a_premium_is_capped_by_the_car_and_says_so():
    found = answer(market=changed("premium_cap_share = 0.10", "premium_cap_share = 0.01")).packs
    assert found.numbers("premium_charged")[1] == 80
    assert found.numbers("premium")[1] > 80
    assert "the premium is capped at 1% of the car's price" in found.texts("reason").cells()[1]


def test_a_risk_neutral_drift_is_told():
    market = changed("drift = -0.10", "drift = 0.08")
    told = answer(market=market).told["measure"]
    assert told["LFP"].startswith("risk neutral")
    assert told["NMC811"].startswith("the drift as stated")


def test_reserves_of_many_are_less_than_the_sum_of_theirs():
    found = answer(market=changed("index_correlation = 0.8", "index_correlation = 0.0"))
    alone = found.packs.numbers("reserve_cvar95").sum()
    assert found.packs.numbers("premium").sum() <= found.told["reserve_cvar95_of_all"] <= alone


def test_covenants_fire_with_their_reason():
    found = answer().covenants
    told = {
        (pack, name): (outcome, reason)
        for pack, name, outcome, reason in zip(
            *(found.texts(one).cells() for one in ("pack", "covenant", "outcome", "reason")),
            strict=True,
        )
    }
    assert told["a", "soh_p10"][0] == "kept"
    assert told["b", "soh_p10"] == ("fired", "0.6, at least 0.65 is asked")
    assert told["b", "evidence_days"][0] == "unknown"
    assert told["c", "evidence_days"][0] == "fired"
    assert told["a", "ratchet_recycled_share"][0] == "unknown"
    earned = answer(table(recycled_share=(0.1, 0.01, 0.2), co2e_kg_per_kwh=(60, 60, 90)))
    assert earned.packs.numbers("margin_bps").tolist() == [320, 335, 335]


def test_evidence_of_tomorrow_is_none():
    found = answer(table(evidence_date=("2027-01-01",) * 3)).covenants
    assert found.texts("covenant").cells()[2] == "evidence_days"
    assert found.texts("outcome").cells()[2] == "unknown"


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"chemistry": ("XYZ", "LFP", "LFP")}, "the market tells no index of XYZ"),
        ({"chemistry": (None, "LFP", "LFP")}, "chemistry is not told"),
        ({"capacity_kwh": (np.nan, 1, 1)}, "capacity_kwh is not told"),
        ({"soh_p10": (np.nan, 0.6, 0.6)}, "soh_p10, soh_p50, soh_p90 is not told"),
        ({"recycling_value": (np.nan, 1, 1)}, "recycling_value or cell_mass_kg is not told"),
        (
            {
                "recycling_value": (np.nan, 1, 1),
                "cell_mass_kg": (9, 9, 9),
                "chemistry": ("LTO", "LFP", "LFP"),
            },
            "the tables price no LTO",
        ),
    ],
)
def test_what_is_missing_is_said(columns, why):
    found = answer(table(**columns)).packs
    assert why in found.texts("reason").cells()[0]
    assert np.isnan(found.numbers("value_p50")[0])
    assert np.isfinite(found.numbers("value_p50")[1])


def test_a_missing_price_is_named_and_the_channel_left_out():
    market = changed("LFP = 60, ", "")
    found = answer(market=market)
    assert "no price of LFP in ev_replacement" in found.packs.texts("reason").cells()[2]
    assert found.packs.texts("channel").cells()[2] == "large_storage"
    unweighed = answer(table(pack_mass_kg=(np.nan, 1, 1))).packs
    assert unweighed.texts("channel").cells()[0] == "recycling"
    assert "pack_mass_kg is not told" in unweighed.texts("reason").cells()[0]


def test_recycling_by_its_tables_in_the_currency_of_the_market():
    given = table(recycling_value=None, cell_mass_kg=(180, 200, 210))
    found = answer(given).packs.numbers("recycling_value")
    assert found.tolist() == pytest.approx([0, -2 * 200 * 0.92, -2 * 210 * 0.92])


def test_health_by_its_interval():
    given = table(
        soh_p10=None, soh_p50=None, soh_p90=None, soh=(0.82, 0.66, 0.93),
        soh_lo=(0.78, 0.6, 0.9), soh_hi=(0.85, 0.7, 0.95), soh_level=(0.8, 0.8, 0.8),
    )  # fmt: skip
    assert answer(given).packs.numbers("value_p10") == pytest.approx(
        answer().packs.numbers("value_p10"), abs=0.01
    )


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"pack": ("a", "a", "c")}, "value.twice"),
        ({"pack": ("a", None, "c")}, "value.key"),
        ({"soh_p50": (82, 66, 93)}, "value.number"),
        ({"soh_p50": (0.5, 0.66, 0.93)}, "value.quantiles"),
        ({"rul_p90_years": (np.inf, 4, 12)}, "value.number"),
        ({"capacity_kwh": (-40, 1, 1)}, "value.number"),
        ({"capacity_kwh": ("forty", "1", "1")}, "table.not_a_number"),
        ({"locked_value": (-1, 1, 1)}, "value.number"),
        ({"evidence_date": ("1.6.2026", None, None)}, "value.date"),
        ({"evidence_date": ("20260601", None, None)}, "value.date"),
        ({"chemistry": None}, "table.column"),
        ({"soh": (1, 1, 1)}, "value.quantiles"),
    ],
)
def test_packs_that_cannot_be(columns, code):
    with pytest.raises(Refused) as caught:
        answer(table(**columns))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "Anchors of 2024"', ""),
        ("volatility = 0.30", "volatility = nan"),
        ("volatility = 0.30", "volatility = -0.1"),
        ("discount_rate = 0.08", "discount_rate = 8"),
        ("LFP = 60", "LFP = 0"),
        ("LFP = 60", "LFP = 60, lfp = 61"),
        ("least_soh = 0.80", "least_soh = 80"),
        ("months = 36", "months = 0"),
        ("months = 36", "months = 36\nother = 1"),
        ("currency_per_usd = 0.92", "currency_per_usd = inf"),
        ("advance_rate = 0.6", "advance_rate = 1.6"),
        ("ratchet_bps = 15\n", ""),
        ('source = "assumption"', 'source = " "'),
        ("date = 2024-12-31", "date = 2024-13-31"),
        ("[lock]", "[lock"),
        ("channels.back_up_power", "channels.recycling"),
    ],
)
def test_markets_that_cannot_be(old, new):
    with pytest.raises(Refused) as caught:
        changed(old, new)
    assert caught.value.code == "value.market"


def test_a_market_has_no_default_but_what_may_be_left_out():
    needed, terms = SHIPPED[: SHIPPED.index("[recycling]")], SHIPPED[SHIPPED.index("[recycling]") :]
    bare = parse_market(needed.encode())
    found = answer(market=bare).packs
    assert np.isnan(found.numbers("premium")).all()
    assert np.isfinite(found.numbers("value_p50")).all()
    lines = re.findall(r"^\w+ = (?!\"\"\").*\n", needed, flags=re.MULTILINE)
    assert len(lines) > 20
    for line in lines:
        with pytest.raises(Refused, match="value.market"):
            parse_market((needed.replace(line, "", 1) + terms).encode())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"paths": 999}, "value.paths"),
        ({"paths": 10**7}, "value.paths"),
        ({"seed": -1}, "value.seed"),
    ],
)
def test_questions_that_cannot_be(asked, code):
    with pytest.raises(Refused) as caught:
        answer(**asked)
    assert caught.value.code == code
    with pytest.raises(Refused):
        shipped_market("none")


def test_more_packs_than_a_process_values_are_refused():
    many = 100_001
    names = Texts(np.arange(many, dtype=np.int32), tuple(map(str, range(many))))
    nothing = np.full(many, np.nan)
    given = Table({"pack": names, "chemistry": names, "capacity_kwh": nothing})
    with pytest.raises(Refused) as caught:
        packs_of(given, MARKET)
    assert caught.value.code == "value.size"
