"""A mapping that contradicts itself, or does not fit its table, is refused before a row is read."""

import pytest

from cellchain.core.errors import Refused
from cellchain.services.gateway.format import parse_format, shipped_format, shipped_formats
from cellchain.services.gateway.plan import make_plan

TIME = '[time]\ncolumn = "time"\nformat = "unix_ms"\n'
HEAD = 'description = "x"\n'


def channel(**fields):
    stated = {"column": "v", "name": "voltage_mv", "unit": "V", "smallest": "mV", **fields}
    return "[[channel]]\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in stated.items())


def _toml(value):
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def mapping(*channels, time=TIME, head=HEAD):
    return parse_format(head + time + "".join(channels or [channel()]))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("= nonsense", "format.malformed", id="no-toml"),
        pytest.param(HEAD + TIME, "format.malformed", id="no-channel"),
        pytest.param(HEAD + channel(), "format.malformed", id="no-time"),
        pytest.param(HEAD + TIME + channel(colour=1), "format.malformed", id="unknown-field"),
        pytest.param(HEAD + TIME + channel(sign=2), "format.malformed", id="sign"),
        pytest.param(HEAD + TIME + channel(width_bytes=2), "format.malformed", id="width"),
        pytest.param(HEAD + TIME + channel(unit="kg"), "format.unit", id="volt-from-kilogram"),
        pytest.param(HEAD + TIME + channel(smallest="nV"), "format.unit", id="unknown-smallest"),
        pytest.param(HEAD + TIME + channel(offset="0.0001"), "format.unit", id="inexact-offset"),
        pytest.param(HEAD + TIME + channel(offset="x"), "format.unit", id="offset"),
        pytest.param(HEAD + TIME + channel(column="V_{n}"), "format.pattern", id="place-lost"),
        pytest.param(
            HEAD + TIME + channel(column="{n}_{n}", name="v_{n}_{n}"), "format.pattern", id="places"
        ),
        pytest.param(HEAD + TIME.replace("unix_ms", "moon") + channel(), "format.time", id="moon"),
        pytest.param(HEAD + TIME + 'zone = "UTC"\n' + channel(), "format.time", id="needless-zone"),
    ],
)
def test_bad_mappings_are_refused(text, code):
    with pytest.raises(Refused) as refusal:
        parse_format(text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("found", "header", "code"),
    [
        pytest.param(mapping(), ["time"], "format.column_missing", id="no-channel"),
        pytest.param(mapping(), ["v"], "format.column_missing", id="no-time"),
        pytest.param(mapping(), ["time", "v", "v"], "format.header", id="twice"),
        pytest.param(
            mapping(channel(), channel(name="other_mv")), ["time", "v"], "format.twice", id="two"
        ),
        pytest.param(
            mapping(channel(column="V_{n}", name="v_{n}_mv"), channel(column="w", name="v_1_mv")),
            ["time", "V_1", "w"],
            "reading.layout",
            id="one-name-for-two",
        ),
        pytest.param(
            mapping(channel(optional=True)), ["time"], "reading.layout", id="nothing-left"
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(found, header, code):
    with pytest.raises(Refused) as refusal:
        make_plan(found, header)
    assert refusal.value.code == code


def test_a_pattern_takes_its_number_over_and_the_header_gives_the_order():
    plan = make_plan(
        mapping(channel(column="V_{n}", name="cell_voltage_{n}_mv")),
        ["V_10", "time", "V_2", "V_x", "note"],
    )
    names = [channel.name for channel in plan.layout.channels]
    assert names == ["cell_voltage_10_mv", "cell_voltage_2_mv"]
    assert plan.unmapped == ("V_x", "note")


def test_a_rule_may_depend_on_another_column():
    found = mapping(
        channel(name="shifted_mv", with_column="flag"), channel(without_column="flag"),
        channel(column="flag", name="flag_code", unit="1", smallest="1", optional=True),
    )  # fmt: skip
    assert make_plan(found, ["time", "v"]).layout.channels[0].name == "voltage_mv"
    assert make_plan(found, ["time", "v", "flag"]).layout.channels[0].name == "shifted_mv"


@pytest.mark.parametrize("name", shipped_formats())
def test_what_ships_is_sound(name):
    assert shipped_format(name).description


@pytest.mark.parametrize("name", ["nothing", "../format", "ev-field/", ""])
def test_unknown_formats_are_refused(name):
    with pytest.raises(Refused, match=r"format\.unknown"):
        shipped_format(name)
