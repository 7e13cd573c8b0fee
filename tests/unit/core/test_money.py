from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.canonical import INTEGER_MAX
from cellchain.core.errors import Refused
from cellchain.core.money import MINOR_DIGITS, Money, parse_money

amounts = st.integers(-INTEGER_MAX, INTEGER_MAX)
currencies = st.sampled_from(sorted(MINOR_DIGITS))


@given(amounts, currencies)
def test_what_is_shown_is_read_back(amount_minor: int, currency: str):
    money = Money(currency, amount_minor)
    number, _, shown = str(money).partition(" ")
    assert (parse_money(number, currency), shown) == (money, currency)


@given(amounts, amounts)
def test_one_currency_adds(left: int, right: int):
    assert Money("EUR", left) + Money("EUR", right) == Money("EUR", left + right)


def test_two_currencies_do_not():
    with pytest.raises(Refused, match=r"money\.currency: USD and EUR"):
        Money("USD", 1) + Money("EUR", 1)


@pytest.mark.parametrize(
    ("number", "currency", "amount_minor"),
    [("12.50", "EUR", 1250), ("-0.01", "USD", -1), ("7", "CNY", 700), ("500", "JPY", 500)],
)
def test_known_amounts(number: str, currency: str, amount_minor: int):
    assert parse_money(number, currency) == Money(currency, amount_minor)


@pytest.mark.parametrize(
    ("number", "currency", "code"),
    [
        ("1", "XXX", "money.currency"),
        ("1", "eur", "money.currency"),
        ("1,50", "EUR", "money.malformed"),
        ("1e2", "EUR", "money.malformed"),
        ("٣", "EUR", "money.malformed"),
        ("", "EUR", "money.malformed"),
        ("1.005", "EUR", "money.inexact"),
        ("0.5", "JPY", "money.inexact"),
        ("999999999999999", "EUR", "money.range"),
    ],
)
def test_what_is_no_amount_is_refused(number: str, currency: str, code: str):
    with pytest.raises(Refused) as refusal:
        parse_money(number, currency)
    assert refusal.value.code == code
