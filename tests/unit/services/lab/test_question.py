"""A question becomes a command line: names that we give, values that it takes, nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.cli.questions import questions
from cellchain.core.errors import Refused
from cellchain.services.lab.question import Given, Parameter, Question, command_line, suffix_of

FILE = Given(id="f1", suffix=".csv")
ASKED = Question(
    name="twin.soh",
    help="How much?",
    parameters=(
        Parameter(name="which", sort="text", help="", positional=True, choices=("a", "b")),
        Parameter(name="in", sort="file", help="", required=True, many=True),
        Parameter(name="out", sort="made", help="", required=True, default=".csv"),
        Parameter(name="report", sort="made", help="", default=".html"),
        Parameter(name="state", sort="kept", help="", default=".parquet"),
        Parameter(name="level", sort="number", help="", default="0.9"),
        Parameter(name="rows", sort="integer", help=""),
        Parameter(name="strict", sort="flag", help=""),
        Parameter(name="category", sort="text", help="", many=True),
    ),
)


def asked(files=(("in", [FILE]),), **options):
    return command_line(ASKED, dict(files), options)


def test_files_stand_under_names_that_we_give():
    found = asked((("in", [FILE, Given(id="f2", suffix=".npz")]),), out=".parquet")
    assert found.given == {"in.csv": "f1", "in1.npz": "f2"}
    assert found.arguments == (
        "twin", "soh", "--in=in.csv", "--in=in1.npz", "--out=out.parquet", "--",
    )  # fmt: skip


def test_values_are_spelled_as_on_a_command_line():
    options = {"level": "0.8", "rows": 3.0, "strict": True, "category": ["x", "--y"], "which": "b"}
    found = asked(**options)
    assert found.arguments[3:] == (
        "--out=out.csv", "--level=0.8", "--rows=3", "--strict", "--category=x", "--category=--y",
        "--", "b",
    )  # fmt: skip


def test_what_is_kept_is_read_where_it_is_given_and_made_anew():
    read = asked((("in", [FILE]), ("state", [Given(id="f3", suffix=".parquet")])))
    assert read.given["state.parquet"] == "f3"
    assert "--state=state.parquet" in asked(state=True).arguments
    assert not [one for one in asked().arguments if "state" in one]


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        ((), {}, "lab.missing"),
        ((("in", [FILE] * 21),), {}, "lab.value"),
        ((("in", [FILE]), ("level", [FILE])), {}, "lab.value"),
        ((("in", [FILE]), ("home", [FILE])), {}, "lab.parameter"),
        ((("in", [FILE]),), {"in": "/etc/passwd"}, "lab.value"),
        ((("in", [FILE]),), {"out": "/x.csv"}, "lab.value"),
        ((("in", [FILE]),), {"out": ".exe"}, "lab.value"),
        ((("in", [FILE]),), {"out": False}, "lab.value"),
        ((("in", [FILE]),), {"level": "much"}, "lab.value"),
        ((("in", [FILE]),), {"rows": 1e400}, "lab.value"),
        ((("in", [FILE]),), {"strict": "no"}, "lab.value"),
        ((("in", [FILE]),), {"category": ["x"] * 21}, "lab.value"),
        ((("in", [FILE]),), {"category": ["x\n"]}, "lab.value"),
        ((("in", [FILE]),), {"which": "c"}, "lab.value"),
        ((("in", [FILE]),), {"which": ["a"]}, "lab.value"),
    ],
)
def test_what_it_does_not_take_is_refused(files, options, code):
    with pytest.raises(Refused) as refused:
        asked(files, **options)
    assert refused.value.code == code


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_becomes_another_option_or_a_path(level, category):
    try:
        found = asked(level=level, category=[category])
    except Refused:
        return
    for one in found.arguments[2 : found.arguments.index("--")]:
        assert one.partition("=")[0] in {"--in", "--out", "--level", "--category"}


def test_every_verb_on_files_is_a_question():
    found = {one.name: one for one in questions()}
    assert {"twin.soh", "twin.watch", "twin.train", "quality.control", "circle.allocate"} <= set(
        found
    )
    assert found["twin.train"].parameter("question").choices == ("life", "grade")
    assert found["twin.train"].parameter("out").default == ".json"
    for question in found.values():
        names = [one.name for one in question.parameters]
        assert "json" not in names
        made = any(one.sort == "made" for one in question.parameters)
        assert made != (question.name in {"circle.certify", "circle.verify"})  # answered in words


@pytest.mark.parametrize("name", ["a.exe", "csv", "a.csv/", "", "a.parquet.bak"])
def test_a_file_that_nothing_is_known_of_is_refused(name):
    with pytest.raises(Refused, match="nothing is known"):
        suffix_of(name)
