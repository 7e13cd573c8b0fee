"""Files in TOML that no reader should have to read."""

from __future__ import annotations

import time

import msgspec
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.toml_file import BYTES_MAX, decoded
from cellchain.services.circle.grading_rules import parse_rules, shipped_rules
from cellchain.services.circle.grading_split import parse_figures
from cellchain.services.circle.swapping_station import example, parse_station
from cellchain.services.circle.value_market import parse_market

HOSTILE = {
    "brackets": b"a = " + b"[" * 90_000,
    "braces": b"a = " + b"{a=" * 40_000,
    "a long key": b"a" + b".a" * 90_000 + b" = 1",
    "a long key of texts": b'"a"' + b'."a"' * 40_000 + b" = 1",
    "a long heading": b"[a" + b" . a" * 40_000 + b"]",
    "digits": b"a = " + b"9" * 5_000,
    "some digits": b"a = " + b"9_" * 200 + b"9",
    "letters": b"a" * 150_000,
    "quotes": b'"' * 150_000,
    "texts that do not end": b'a = """' + b"\\" * 150_000,
    "no text": b"\xff\xfe",
    "a half of a letter": b'a = "\\ud800"',
    "a day that is none": b"a = 2026-02-30",
    "no end": b"a = [1,",
    "too much": b"#" * (BYTES_MAX + 1),
    "nothing": b"",
}
PARSERS = {
    "value.market": parse_market,
    "grade.rules": parse_rules,
    "swap.station": parse_station,
    "grade.figures": lambda data: parse_figures(data, shipped_rules()),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("code", PARSERS)
def test_a_hostile_file_is_refused_soon(code, what):
    since = time.process_time()
    with pytest.raises(Refused) as caught:
        PARSERS[code](HOSTILE[what])
    assert caught.value.code == code
    assert time.process_time() - since < 2


def test_what_stands_in_texts_and_remarks_is_no_bracket():
    kind = dict[str, str | float | list[float]]
    text = 'a = "[[[[[[[[[[[[[[[[[[[[" # {{{{{{{{{{{{{{{{{{{{\nb = 1.5\nc = [0.1, 0.2, 0.3]\n' + (
        "d = '''[[[[[[[[[[[[[[[[[[\n[[[[[[[[[[['''\n"
    )
    assert decoded(text.encode(), kind) == msgspec.toml.decode(text, type=kind)
    many = "c = [" + ", ".join("0.25" for _ in range(500)) + "]"
    assert len(decoded(many.encode(), dict[str, list[float]])["c"]) == 500


def test_no_count_is_too_great_for_a_float():
    text = example().decode().replace("days = 2", f"days = {'9' * 400}")
    with pytest.raises(Refused, match="more than 18 digits"):
        parse_station(text.encode())
