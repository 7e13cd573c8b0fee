"""``plan risk`` on files, and the page that tells how, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.plan.board import THEMES

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "find-what-your-supply-hangs-on.md"


def block(head):
    (found,) = re.findall(rf"(^    {head}.*?\n)\n", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return dedent(found)


SUPPLIERS, LINKS = block("node,stage"), block("from,to")


def risk(*arguments):
    return run(Cellchain(), ("plan", "risk", *map(str, arguments)))


@pytest.fixture
def given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("suppliers.csv").write_text(SUPPLIERS)
    Path("links.csv").write_text(LINKS)
    return ("--in", "suppliers.csv", "--links", "links.csv", "--out", "nodes.csv")


def test_the_page_does_what_it_says(given):
    lines = re.findall(r"^    cellchain (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0] * 5
    nodes, stages = read_table(Path("nodes.csv")), read_table(Path("stages.csv"))
    # without Quzhou: 1,500 kWh and 350 kg lie there, and Kokkola adds 6 kg a day
    assert nodes.numbers("tts_days")[2] == pytest.approx((1500 + 350 / 0.08) / (400 - 6 / 0.08))
    assert nodes.numbers("tts_days")[4] == pytest.approx(1500 / 400)
    assert nodes.numbers("short").tolist() == [1, 0, 1, 0, 1]
    assert nodes.numbers("mixing")[:2].tolist() == [1, 0]
    assert nodes.texts("reason").cells()[3] == "met for ever"
    assert stages.numbers("hhi").tolist() == [5800, 6800, 10_000]
    assert stages.numbers("score")[0] == pytest.approx(0.58 * 0.59 * 0.7)
    closed = read_table(Path("closure.csv"))
    assert closed.numbers("lost").tolist() == [60 * 400 - 1500 - 50 / 0.08 - 60 * 6 / 0.08]
    assert read_table(Path("half.csv")).numbers("lost").tolist() == [0]
    assert read_table(Path("ranked.csv")).texts("missing").cells() == [", ".join(THEMES)] * 9
    assert "Kolwezi" in Path("days.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--days", 3), "cli.unheard"),
        (("--left", 0.5), "cli.unheard"),
        (("--drill", "closure", "--node", "Plant"), "cli.no_output"),
        (("--drill", "closure", "--drilled", "d.csv"), "risk.drill"),
        (("--drill", "closure", "--country", "XX", "--drilled", "d.csv"), "risk.country"),
        (("--stages", "nodes.csv"), "cli.same_file"),
        (("--stages", "links.csv"), "cli.same_file"),
    ],
)
def test_what_cannot_be_asked(given, capsys, arguments, code):
    assert risk(*given, *arguments) in {1, 2}
    assert code in capsys.readouterr().err
    assert not Path("nodes.csv").exists()


def test_templates_and_links_that_are_not_named(given, capsys):
    assert risk("--template", "--out", "a.csv", "--links", "b.csv") == 0
    assert Path("a.csv").read_text().startswith('"node","stage","material","country","share"')
    assert Path("b.csv").read_text().strip() == '"from","to","amount","unit"'
    assert risk(*given[:2], "--out", "nodes.csv") == 2
    assert "there are no links" in capsys.readouterr().err
