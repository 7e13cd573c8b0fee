"""The verb `twin design`: a specification in, a front out, or what is out of reach."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.cli.twin.design import STOPS, _going_on
from cellchain.core.errors import Refused
from cellchain.science.design.figures import FIGURES
from cellchain.science.design.front import Trial
from cellchain.services.analysis import design
from cellchain.services.analysis.design_found import Designed, front_picture, told
from cellchain.services.analysis.design_spec import (
    LIMITS,
    REQUIRED,
    TEMPLATE,
    check_known,
    parse_spec,
)
from cellchain.services.analysis.table import Table, Texts
from tests.machine import require_twin

PARTS = (
    "positive", "negative", "additives", "electrolyte", "separator", "positive_foil",
    "negative_foil", "case",
)  # fmt: skip


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def changed(*edits):
    """The template, with lines put in place of those of the same name."""
    text = TEMPLATE
    for edit in edits:
        name = edit.partition(" = ")[0]
        text, count = re.subn(rf"(?m)^(# )?{re.escape(name)} = .*$", edit, text)
        assert count == 1, edit
    return text


def priced(table):
    return "".join(
        f'[{table}.{part}]\nvalue = 10\nrange = [8, 15]\nsource = "a test"\n' for part in PARTS
    )


def test_the_template_runs_and_gives_a_front(tmp_path, twin, capsys):
    require_twin()
    assert twin("design", "--template", "--out", "spec.toml") == 0
    assert (tmp_path / "spec.toml").read_text() == TEMPLATE
    text = changed("trials = 5", 'best = ["volume_l", "life_years", "cost_per_kwh"]')
    (tmp_path / "spec.toml").write_text(text + priced("prices") + priced("footprints"))
    capsys.readouterr()
    words = ("--in", "spec.toml", "--out", "front.csv", "--plot", "front.svg", "--json")
    assert twin("design", *words) == 0
    assert b"<svg" in (tmp_path / "front.svg").read_bytes()
    said = json.loads(capsys.readouterr().out)
    assert (said["trials"], said["ended_by"], said["out_of_reach"]) == (5, "trials", {})
    table = read_table(tmp_path / "front.csv")
    assert table.rows == said["designs"] <= said["feasible"] <= 5
    rows = {name: table.numbers(name) for name in table.names if name not in ("binding", "reason")}
    assert set(FIGURES) <= set(rows)
    assert rows["co2_kg_per_kwh"].tolist() == pytest.approx(rows["cost_per_kwh"].tolist())
    assert (rows["feasible"] == 1).all()
    assert (rows["energy_wh"] >= 50_000).all()
    assert (rows["life_years"] >= 8).all()
    assert (rows["plating_v"] >= 0).all()
    assert (rows["cost_per_kwh_lo"] < rows["cost_per_kwh"]).all()
    assert (rows["cost_per_kwh"] < rows["cost_per_kwh_hi"]).all()
    assert rows["volume_l"].tolist() == sorted(rows["volume_l"])
    assert set(" & ".join(filter(None, table.texts("binding").cells())).split(" & ")) <= set(
        FIGURES
    )
    assert all("fitted" in (one or "") for one in table.texts("reason").cells())
    assert twin("design", "--in", "spec.toml", "--out", "again.csv") == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "front.csv").read_bytes()


def test_an_unknown_chemistry_works_by_its_own_file(tmp_path, twin):
    require_twin()
    (tmp_path / "mine.toml").write_text(
        'title = "a slower one"\nbase = "Mohtat2020"\nsource = "a test"\n'
        '[fitted]\ntemperature_c = [20, 30]\nsource = "a test"\n'
        '[parameters."Positive particle diffusivity [m2.s-1]"]\n'
        'value = 2e-15\nrange = [1e-15, 4e-15]\nsource = "a test"\n'
    )
    (tmp_path / "spec.toml").write_text(
        changed('chemistry = "mine.toml"', 'best = ["volume_l"]', "trials = 2", "life_years = 8")
        .replace("life_years = 8\n", "")
        .replace("series = 112", "series = 96")
    )
    assert twin("design", "--in", "spec.toml", "--out", "front.parquet") == 0
    table = read_table(tmp_path / "front.parquet")
    assert "life_years" not in table.names
    assert "mass_kg" not in table.names  # it has no densities


def test_what_is_out_of_reach_is_named_with_how_much_is_lacking(tmp_path, twin, capsys):
    require_twin()
    (tmp_path / "spec.toml").write_text(changed("trials = 2", "life_years = 40"))
    assert twin("design", "--in", "spec.toml", "--out", "front.csv") == 1
    assert re.search(
        r"life_years is out of reach: [\d.]+ at best, 40 required", capsys.readouterr().out
    )
    table = read_table(tmp_path / "front.csv")
    assert (table.rows, table.numbers("feasible")[0]) == (1, 0.0)
    assert "life_years" in table.texts("binding").cells()[0]
    assert table.numbers("margin")[0] < 0


def test_a_search_may_be_stopped_and_tells_what_it_has():
    require_twin()
    done = []
    spec = parse_spec(TEMPLATE.encode())
    found = design.designed(
        spec,
        design.shipped_chemistry("lfp"),
        going_on=lambda: len(done) < 2,
        progress=lambda count, of: done.append((count, of)),
    )
    assert done == [(1, spec.search.trials), (2, spec.search.trials)]
    assert found.trials == 2


def test_a_search_goes_on_until_its_time_is_over_or_ctrl_c_is_pressed():
    before = [signal.getsignal(one) for one in STOPS]
    with _going_on(60.0) as going_on:
        assert going_on()
        signal.raise_signal(signal.SIGINT)
        assert not going_on()
    assert [signal.getsignal(one) for one in STOPS] == before
    with _going_on(0.0) as going_on:
        assert not going_on()


COMPUTES = """
import resource, time
from cellchain.cli.twin.design import STOPS, _going_on
resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1, 60))
with _going_on(60.0) as going_on:
    while going_on():
        pass
told = time.process_time()
while time.process_time() < told + 1.5:
    pass
print("written")
"""


def test_a_search_out_of_computing_time_ends_and_its_process_lives_on():
    done = subprocess.run([sys.executable, "-c", COMPUTES], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"written\n"), done.stderr


def test_in_another_thread_a_search_leaves_signals_alone():
    def asked():
        with _going_on(60.0) as going_on:
            return going_on(), signal.getsignal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asked).result() == (True, before)


def test_a_search_that_is_stopped_writes_what_it_found(tmp_path, twin, capsys, monkeypatch):
    require_twin()
    real = design.designed

    def limited(*words, progress, **more):
        def counted(count, total):
            progress(count, total)
            if count == 2:
                signal.raise_signal(signal.SIGINT)

        return real(*words, progress=counted, **more)

    monkeypatch.setattr(design, "designed", limited)
    (tmp_path / "spec.toml").write_text(TEMPLATE)
    assert twin("design", "--in", "spec.toml", "--out", "front.csv", "--json") in (0, 1)
    said = json.loads(capsys.readouterr().out)
    assert (said["trials"], said["ended_by"]) == (2, "time or Ctrl-C")
    assert read_table(tmp_path / "front.csv").rows >= 1


def test_a_requirement_beyond_all_strings_fails_with_the_reason(tmp_path, twin, capsys):
    require_twin()
    (tmp_path / "spec.toml").write_text(changed("energy_wh = 1e12", "trials = 2"))
    assert twin("design", "--in", "spec.toml", "--out", "front.csv") == 1
    assert "2 × energy_wh wants too many strings side by side" in capsys.readouterr().err
    assert not (tmp_path / "front.csv").exists()


def test_designs_that_cannot_be_built_are_counted_with_the_reason(tmp_path, twin, capsys):
    require_twin()
    (tmp_path / "spec.toml").write_text(changed("thickness_mm = [1.7, 1.95]", "trials = 5"))
    twin("design", "--in", "spec.toml", "--out", "front.csv", "--json")
    said = json.loads(capsys.readouterr().out)
    (tmp_path / "spec.toml").write_text(changed("thickness_mm = 1.7", "trials = 2"))
    assert twin("design", "--in", "spec.toml", "--out", "none.csv") == 1
    assert "2 × there is no room in the cell" in capsys.readouterr().err
    assert not (tmp_path / "none.csv").exists()
    assert said["trials"] == 5
    assert 0 < said["failed"]["there is no room in the cell for one pair of sheets"] < 5


SPEC = parse_spec(TEMPLATE.encode())


def trial(number, **figures):
    whole = dict.fromkeys(FIGURES, 1.0) | {
        "energy_wh": 6e4, "pulse_power_w": 2e5, "life_years": 9.0, "charge_share": 1.0,
        "volume_l": 300.0, "parallel": 1.0,
    }  # fmt: skip
    middle = {name: (one.low + one.high) / 2 for name, one in SPEC.ranges().items()}
    return Trial(number, middle, whole | figures, "doubtful" if number == 0 else "")


def test_what_trials_say():
    failed = [Trial(8, {}, {}, "no balance: from 0.1"), Trial(9, {}, {}, "no balance: from 0.2")]
    found = told(
        SPEC,
        [trial(0), trial(1, volume_l=200.0, life_years=8.1), trial(2, volume_l=310.0), *failed],
    )
    assert found.failures == {"no balance": 2}
    assert (found.trials, found.feasible) == (5, 3)
    assert found.table.numbers("design").tolist() == [1.0, 0.0]
    assert found.table.texts("binding").cells() == ["life_years", "life_years"]
    assert found.table.texts("reason").cells() == [None, "doubtful"]
    assert "2 of them none is better than; what binds: life_years in 2" in list(found.sentences())
    assert "2 failed (2 × no balance)" in next(found.sentences())


def test_the_front_is_drawn_with_what_binds_it():
    trials = [trial(0), trial(1, volume_l=200.0, life_years=8.1)]
    found = told(SPEC, trials)
    (drawn,) = front_picture(found, ("volume_l", "life_years")).courses
    assert (drawn.name, drawn.x, drawn.y, drawn.dots) == (
        "bound by life_years", (200.0, 300.0), (8.1, 9.0), True,
    )  # fmt: skip
    alone = front_picture(found, ("volume_l",))
    assert (alone.y_name, alone.courses[0].y) == ("margin", tuple(found.table.numbers("margin")))


def test_what_binds_seldom_is_drawn_together():
    bound = ["a", "a", "b", "b", "c", "c", "d", None]
    columns = {"x": np.arange(8.0), "y": np.arange(8.0), "binding": Texts.of(bound)}
    drawn = front_picture(Designed(Table(columns), 8, {}, 0, [], {}), ("x", "y"))
    assert drawn.title == "No design meets all: the nearest"
    names = ["bound by a", "bound by b", "bound by c", "bound by others"]
    assert [one.name for one in drawn.courses] == names
    assert drawn.courses[-1].x == (6.0, 7.0)


def test_requirements_that_only_clash_are_said_to():
    found = told(SPEC, [trial(0, life_years=7.0), trial(1, energy_wh=4e4)])
    assert (found.feasible, found.misses) == (0, [])
    assert any("no design meets all of them together" in one for one in found.sentences())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("?", "design.malformed"),
        ("", "design.malformed"),
        (changed('best = "volume_l"'), "design.malformed"),
        (changed('best = ["volume"]'), "design.figure"),
        (changed("best = []"), "design.objectives"),
        (changed('best = ["volume_l", "volume_l"]'), "design.objectives"),
        (changed("energy_wh = nan"), "design.range"),
        (changed("energy_wh = -1"), "design.range"),
        (changed("energy_wh = inf"), "design.range"),
        (changed("life_years = 0"), "design.range"),
        (changed("life_years = 51"), "design.range"),
        (changed("energy_wh = 1e300"), "design.range"),
        (changed("charge_share = 1.1"), "design.range"),
        (changed("plating_v = nan"), "design.range"),
        (changed("plating_v = -2"), "design.range"),
        (changed("temperature_c = 298.15"), "design.range"),
        (changed("positive_foil_um = 0.015"), "design.range"),
        (changed("positive_thickness_um = [120, 50]"), "design.range"),
        (changed("positive_thickness_um = [nan, 50]"), "design.range"),
        (changed("series = 11.5"), "design.range"),
        (changed("soc_low = [0.0, 0.9]"), "design.range"),
        (changed("trials = 0"), "design.range"),
        (changed("seconds = inf"), "design.range"),
        (changed("wall_mm = [0.5, 1]"), "design.malformed"),
        (changed('kind = "bag"'), "design.malformed"),
        (TEMPLATE + "[more]\n", "design.malformed"),
        (changed('best = ["cost_per_kwh"]'), "design.no_prices"),
        (changed('best = ["co2_kg_per_kwh"]') + priced("prices"), "design.no_footprints"),
        (changed() + priced("prices").replace("case", "box"), "design.no_prices"),
        (changed() + priced("prices").replace("a test", " "), "design.malformed"),
        (changed() + priced("prices").replace("value = 10", "value = 100"), "design.malformed"),
        (changed('chemistry = "sodium"'), "design.no_life_law"),
        (
            changed('chemistry = "sodium"', 'best = ["mass_kg"]').replace("life_years = 8\n", ""),
            "design.no_densities",
        ),
        (
            changed('chemistry = "sodium"')
            .replace("life_years = 8\n", "")
            .replace(', "life_years"', "")
            + priced("prices"),
            "design.no_densities",
        ),
        (changed('chemistry = "lmo"'), "design.unknown_chemistry"),
        (changed('chemistry = "../none.toml"'), "design.chemistry_elsewhere"),
        (changed('chemistry = "/etc/none.toml"'), "design.chemistry_elsewhere"),
        (changed('chemistry = "none.toml"'), "cli.file"),
        (changed(r'chemistry = "a\\u0000.toml"'), "design.chemistry_name"),
        (changed('chemistry = "' + 5000 * "a" + '.toml"'), "design.chemistry_name"),
        (changed('chemistry = "' + 90 * "好" + '.toml"'), "design.chemistry_name"),
        (changed('chemistry = "spec.toml"'), "design.chemistry_malformed"),
    ],
)
def test_a_specification_that_cannot_be_answered_is_refused(tmp_path, twin, capsys, text, code):
    (tmp_path / "spec.toml").write_text(text)
    assert twin("design", "--in", "spec.toml", "--out", "front.csv") in (1, 2, 3)
    assert code in capsys.readouterr().err
    assert not (tmp_path / "front.csv").exists()


def test_every_figure_and_number_has_limits():
    assert set(REQUIRED) == set(FIGURES)
    assert {name for name, _ in SPEC.numbers()} <= set(LIMITS)


def test_without_a_specification_there_is_nothing_to_read(twin, capsys):
    assert twin("design", "--out", "front.csv") == 2
    assert "cli.no_input" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "code"), [("front.xls", "table.suffix"), ("none/front.csv", "table.no_folder")]
)
def test_a_file_that_cannot_be_written_is_refused_before_the_search(
    tmp_path, twin, capsys, out, code
):
    (tmp_path / "spec.toml").write_text(TEMPLATE)
    assert twin("design", "--in", "spec.toml", "--out", out) == 1
    assert code in capsys.readouterr().err


@pytest.mark.parametrize("library", ["pybamm", "optuna"])
def test_a_library_that_is_absent_is_named_with_its_extra(
    tmp_path, twin, capsys, monkeypatch, library
):
    if library == "optuna":
        require_twin()
    monkeypatch.setitem(sys.modules, library, None)
    (tmp_path / "spec.toml").write_text(TEMPLATE)
    assert twin("design", "--in", "spec.toml", "--out", "front.csv") == 1
    said = capsys.readouterr().err
    assert f"design.no_{library}: {library} is needed for this" in said
    assert "pip install 'cellchain[twin]'" in said


@pytest.mark.parametrize("name", design.SHIPPED)
def test_every_chemistry_that_ships_has_sources_and_ranges(name):
    chemistry = design.shipped_chemistry(name)
    assert len(chemistry.source) > 40
    assert len(chemistry.fitted.source) > 20
    assert all(len(one.source) > 40 for one in chemistry.densities_kg_m3.values())


def test_prices_must_be_of_parts_that_there_are():
    text = TEMPLATE + priced("prices") + priced("prices").replace("prices.case", "prices.box")
    with pytest.raises(Refused):
        parse_spec(text.encode())
    extra = priced("prices") + '[prices.box]\nvalue = 1\nrange = [1, 1]\nsource = "a test"\n'
    with pytest.raises(Refused, match="box"):
        check_known(parse_spec((TEMPLATE + extra).encode()), design.shipped_chemistry("lfp"))


MINE = """title = "mine"
base = "Chen2020"
source = "a test"
[fitted]
temperature_c = [20, 30]
source = "a test"
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        MINE.replace('source = "a test"', "", 1),
        MINE.replace("[20, 30]", "[30, 20]"),
        MINE.replace("[20, 30]", "[nan, 30]"),
        'life = "forever"\n' + MINE,
        'negative_foil = "gold"\n' + MINE,
        MINE + '[densities_kg_m3.postive]\nvalue = 1\nrange = [1, 1]\nsource = "a test"\n',
        MINE + '[densities_kg_m3.positive]\nvalue = 0\nrange = [0, 1]\nsource = "a test"\n',
        MINE + '[densities_kg_m3.positive]\nvalue = 4700\nsource = "a test"\n',
        MINE + '[curves."Positive electrode OCP [V]"]\nx = [0, 0]\ny = [4, 3]\nsource = "a"\n',
    ],
    ids=["empty", "no source", "turned", "nan", "law", "foil", "part", "none", "range", "curve"],
)
def test_a_chemistry_that_is_none_is_refused(text):
    with pytest.raises(Refused) as caught:
        design.parse_chemistry(text.encode())
    assert caught.value.code == "design.chemistry_malformed"
    assert design.parse_chemistry(MINE.encode()).base == "Chen2020"
