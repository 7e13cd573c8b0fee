from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core import names
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id, gtin_check_digit, parse_battery_id

GTIN = "09506000134352"
GS1 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
serials = st.text(GS1, min_size=1, max_size=20).filter(lambda text: text not in {".", ".."})
gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda d: d + gtin_check_digit(d))
almost = st.from_regex(r"01/[0-9]{14}/21/([A-Za-z0-9.!]|%[0-9A-Fa-f]{2}|%){1,22}", fullmatch=True)


def code(parse: object, text: str) -> str:
    with pytest.raises(Refused) as refusal:
        parse(text)  # type: ignore[operator]
    return refusal.value.code


@given(gtins, serials)
def test_a_name_holds_its_gtin_and_serial(gtin: str, serial: str):
    _, read_gtin, _, encoded = battery_id(gtin, serial).split("/")
    assert (read_gtin, unquote(encoded)) == (gtin, serial)


@given(gtins, serials)
def test_one_battery_has_one_spelling(gtin: str, serial: str):
    name = battery_id(gtin, serial)
    assert parse_battery_id(name) == name
    everything = f"01/{gtin}/21/" + "".join(f"%{ord(c):02X}" for c in serial)
    for other in (everything, name.lower(), quote(name), f"{name}/", f"/{name}", f"{name} "):
        if other != name:
            try:
                accepted = parse_battery_id(other)
            except Refused:
                continue
            assert unquote(accepted) != unquote(name)


@given(almost, gtins)
def test_whatever_is_accepted_is_the_one_form(text: str, gtin: str):
    text = text.replace(text[3:17], gtin, 1)
    try:
        accepted = parse_battery_id(text)
    except Refused:
        return
    assert battery_id(gtin, unquote(accepted.split("/")[3])) == accepted == text


@pytest.mark.parametrize(
    "gtin", ["09506000134352", "04012345123456", "00012345678905", "09521321100008"]
)
def test_published_gtins_have_the_right_check_digit(gtin: str):
    assert gtin_check_digit(gtin[:-1]) == gtin[-1]


@given(gtins, st.integers(0, 13), st.integers(1, 9))
def test_any_wrong_digit_is_found(gtin: str, place: int, shift: int):
    digit = str((int(gtin[place]) + shift) % 10)
    wrong = gtin[:place] + digit + gtin[place + 1 :]
    assert code(parse_battery_id, f"01/{wrong}/21/A") == "name.check_digit"


BATTERIES = {
    "empty": "",
    "no serial": f"01/{GTIN}/21/",
    "no parts": GTIN,
    "another identifier": f"00/{GTIN}/21/A",
    "a batch": f"01/{GTIN}/10/A",
    "a part too many": f"01/{GTIN}/21/A/B",
    "thirteen digits": "01/9506000134352/21/A",
    "other digits": "01/" + "\u0660" * 14 + "/21/A",
    "superscript digits": "01/" + "²" * 14 + "/21/A",
    "a bare slash": f"01/{GTIN}/21//",
    "lower-case encoding": f"01/{GTIN}/21/A%2fB",
    "needless encoding": f"01/{GTIN}/21/%41",
    "a bare percent": f"01/{GTIN}/21/A%",
    "an accent": f"01/{GTIN}/21/%C3%A9",
    "broken UTF-8": f"01/{GTIN}/21/%FF",
    "a space": f"01/{GTIN}/21/A%20B",
    "a null": f"01/{GTIN}/21/A%00",
    "a newline": f"01/{GTIN}/21/A\n",
    "21 characters": f"01/{GTIN}/21/" + "A" * 21,
    "a dot that vanishes from a link": f"01/{GTIN}/21/.",
    "two dots that climb out of a link": f"01/{GTIN}/21/..",
    "a host before": f"https://id.gs1.org/01/{GTIN}/21/A",
}


@pytest.mark.parametrize("name", BATTERIES)
def test_another_spelling_is_refused(name: str):
    assert code(parse_battery_id, BATTERIES[name]) == "name.battery"


GOOD = {
    "parse_party_id": ["volta", "volta-motors", "a1", "x" * 64],
    "parse_device_id": ["GW-7", "bms.0042", "a_b"],
    "parse_lot_id": ["LOT-2027.01", "x"],
    "parse_document_id": ["doc-1"],
    "parse_key_id": ["0f" * 32],
    "parse_digest": ["0f" * 32],
    "parse_gb_t_34014": ["01PABCD123456789A2345678", "0" * 18],
}
BAD = {
    "parse_party_id": [
        *["", "Volta", "volta motors", "-a", "a-", "a--b", "contract:custody", "é", "x" * 65],
        *["a\n", "\u0430"],  # the last one is Cyrillic
    ],
    "parse_device_id": ["", "-a", "a-", "a..b", "a b", "x" * 65, "a\n", "²"],
    "parse_lot_id": ["", "a/b", "a:b", "é"],
    "parse_document_id": ["", "../a", "a\x00"],
    "parse_key_id": ["", "0F" * 32, "0f" * 31, "0f" * 33, "0x" + "0f" * 31, "\u0660" * 64],
    "parse_digest": ["", "zz" * 32, "0f" * 32 + "\n"],
    "parse_gb_t_34014": ["", "O" * 24, "I" * 18, "0" * 20, "a" * 24],
}


@pytest.mark.parametrize(("parse", "text"), [(p, t) for p, texts in GOOD.items() for t in texts])
def test_a_good_name_is_its_own_spelling(parse: str, text: str):
    assert getattr(names, parse)(text) == text


@pytest.mark.parametrize(("parse", "text"), [(p, t) for p, texts in BAD.items() for t in texts])
def test_a_bad_name_is_refused_by_its_kind(parse: str, text: str):
    kind = re.sub(r"^parse_|_id$", "", parse)
    assert code(getattr(names, parse), text) == f"name.{kind}"


def test_the_refusal_does_not_repeat_a_long_name():
    with pytest.raises(Refused) as refusal:
        parse_battery_id("x" * 10_000)
    assert len(str(refusal.value)) < 200
