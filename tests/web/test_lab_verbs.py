"""Every verb, of a server and of the command line: the same files, byte for byte."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from examples.simulated_fleet import LIMITS, raw_table

from cellchain.adapters.table_files import write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run as run_verb
from cellchain.science.warning.fleet import Make
from cellchain.services.analysis import circuit_fit
from cellchain.services.analysis.design_spec import TEMPLATE
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.collecting.day_file import TEMPLATE as DAY
from cellchain.services.circle.replanning import TEMPLATE as EVENTS
from cellchain.services.circle.routes import TEMPLATE as TEMPLATE_OF_ROUTES
from cellchain.services.footprint.product import footprints
from cellchain.services.footprint.recomputation import recomputation
from cellchain.services.plan.scenarios import shipped
from cellchain.services.tax.effective import effective
from tests.conformance.shared import shared_data
from tests.integration.analysis.aged_cells import aged
from tests.integration.analysis.test_quality import process
from tests.integration.analysis.test_quality_chart import samples
from tests.integration.analysis.test_twin_grade import pulses
from tests.integration.analysis.test_twin_watch import car
from tests.integration.circle.test_content import ROWS as CONTENT
from tests.integration.circle.test_grade import PACKS as USED
from tests.integration.circle.test_swap import STATION
from tests.integration.circle.test_value import PACKS as VALUED
from tests.integration.footprint.test_cff import MATERIALS
from tests.integration.footprint.test_hourly import GRID, METERED
from tests.integration.footprint.test_hourly import MADE as MADE_ON
from tests.integration.footprint.test_legs import LEGS, MODES
from tests.integration.footprint.test_life import BATTERIES, METHOD
from tests.integration.footprint.test_product import FACTORS, FLOWS
from tests.integration.plan.test_board import BOARD
from tests.integration.plan.test_risk import LINKS, SUPPLIERS
from tests.integration.plan.test_stock import FILES as STOCK
from tests.integration.tax.test_effective import FIRMS
from tests.integration.tax.test_how_to import history
from tests.machine import require_twin
from tests.simulated_cells import discharge_curves
from tests.unit.science.capacity.charges import asked, charges
from tests.unit.science.estimation.plants import CAPACITY_AH, current, driven, open_circuit
from tests.web.asking import API, answered

VOLTS = {"from-v": LIMITS.from_v, "to-v": LIMITS.to_v, "hold-v": LIMITS.hold_v,
         "empty-v": LIMITS.empty_v}  # fmt: skip
SHORT = {"slow": 60.0, "fast": 40.0}
LIVES = np.geomspace(300.0, 2000.0, 10)


def arrays(**named):
    sink = BytesIO()
    np.savez(sink, **named)
    return sink.getvalue()


@cache
def drive():
    return driven(current(0.4, 7), battery="b")[0]


def circuit():
    return circuit_fit.to_json(circuit_fit.fitted(drive(), open_circuit(), CAPACITY_AH))


def proof():
    flows, factors = (
        Table(
            {name: Texts.of(cells) for name, *cells in zip(*csv.reader(one.split()), strict=True)}
        )
        for one in (FLOWS, FACTORS)
    )
    return recomputation(flows, factors, footprints(flows, factors, 0.9)[0]).to_bytes()


def learnt_lives():
    return arrays(Q=discharge_curves(LIVES), cycle_life=LIVES)


def taxed():
    columns = zip(*csv.reader(FIRMS.splitlines()), strict=True)
    return effective(Table({name: Texts.of(cells) for name, *cells in columns}), date(2025, 1, 1))


GIVEN = {
    "raw.parquet": lambda: raw_table(5, cells=2, cycles=3, step_s=30.0),
    "charges.parquet": lambda: charges(1, cells=5, rows=15),
    "charged.csv": lambda: asked(charges(2, cells=2, rows=15)),
    "lives.csv.zip": lambda: aged(1, cells=3, groups=SHORT),
    "life.csv": lambda: aged(2, cells=1, groups=SHORT),
    "drive.parquet": drive,
    "ocv.csv": open_circuit,
    "circuit.json": circuit,
    "pulses.csv": lambda: Table(pulses(answers=True, cells=4, stages=2, charges=(10, 50))),
    "curves.npz": learnt_lives,
    "young.npz": lambda: arrays(Q=discharge_curves(LIVES[:3], seed=5)),
    "car.csv.zip": lambda: Table(car(MAKE)),
    "usual.csv": lambda: Table(process(1)),
    "later.csv": lambda: Table(process(2)),
    "one.csv": lambda: samples(10 + np.random.default_rng(1).normal(size=300)),
    "values.csv": lambda: OFFERED,
    "asked.csv": lambda: b"slot,capacity,lot_min,alike,soh_spread_ppm\nstore,2,,2,5\nmelt,3,1,,\n",
    "alike.csv": lambda: b"battery,chemistry,soh_ppm\nA,LFP,800008\nB,LFP,800007\n",
    "sources.csv": lambda: b"source,tonnes_per_year\nlyon,5\ngraz,3\n",
    "sites.csv": lambda: (
        b"site,capacity_t_per_year,fixed_eur_per_year,handling_eur_per_t\neast,8,50,1\nwest,5,9,2\n"
    ),
    "ways.csv": lambda: b"source,site,km\nlyon,east,9\nlyon,west,2\ngraz,east,4\n",
    "room.csv": lambda: b"slot,capacity\nstore,1\nmelt,3\n",
    "packs.csv": lambda: b"pack,chemistry,cell_mass_kg\nA,NMC811,300\nB,LFP,250\n",
    "content.csv": CONTENT.encode,
    "aged.csv": VALUED.encode,
    "used.csv": USED.encode,
    "station.toml": STATION.encode,
    "prices.csv": lambda: b"product,usd_per_kg\nCo,20\n",
    "small.vrp": TEMPLATE_OF_ROUTES.encode,
    "plan.json": lambda: PLAN,
    "events.toml": EVENTS.encode,
    "day.toml": DAY.encode,
    "roads.csv": lambda: (
        b"from,to,km,minutes\nyard,north,9,9\nnorth,yard,9,9\nyard,south,8,8\nsouth,yard,8,8\n"
    ),
    "flows.csv": FLOWS.encode,
    "factors.csv": FACTORS.encode,
    "proof.json": proof,
    "made.csv": MADE_ON.encode,
    "metered.csv": METERED.encode,
    "grid.csv": GRID.encode,
    "batteries.toml": lambda: BATTERIES,
    "method.toml": lambda: METHOD,
    "materials_at_end.csv": lambda: MATERIALS,
    "legs.csv": lambda: LEGS,
    "modes.csv": lambda: MODES,
    "inflow.csv": STOCK["in"].encode,
    "open.csv": lambda: b"slot,capacity,opens,closes\nstore,1,0,1\nmelt,9,0,3\n",
    "batteries.csv": lambda: b"battery,arrives\nA,0\nB,1\n",
    "lifetimes.csv": STOCK["lifetimes"].encode,
    "materials.csv": STOCK["materials"].encode,
    "recovery.csv": STOCK["recovery"].encode,
    "firms.csv": FIRMS.encode,
    "taxed.csv": taxed,
    "history.csv": lambda: "\n".join([FIRMS.split()[0], *history()]).encode(),
    "board.csv": BOARD.encode,
    "first.toml": lambda: shipped("neutral_growth"),
    "second.toml": lambda: shipped("neutral_growth").replace(b"mode = 0.8\n", b"mode = 0.7\n", 1),
    "suppliers.csv": SUPPLIERS.encode,
    "links.csv": LINKS.encode,
    "spec.toml": lambda: TEMPLATE.replace("trials = 150", "trials = 2").encode(),
}
"""Name → a table, or bytes."""
PLAN = (
    b'{"cost": 20, "feasible": true, "routes": [{"vehicle_type": 1, "start_depot": 1,'
    b' "end_depot": 1, "trips": [[2, 3]]}]}'
)
OFFERED = b"battery,slot,value_cents\nA,store,900\nA,melt,100\nB,store,700\nB,melt,200\n"
MAKE = Make(cells=4, days=5, period_s=120.0)
MADE, KEPT = {"plot": ".svg"}, {"state": ".parquet"}
ASKED = {
    "features": ("twin.features", {"in": "raw.parquet"}, VOLTS | MADE),
    "soh": ("twin.soh", {"in": "charged.csv", "train": "charges.parquet"}, MADE | KEPT),
    "rul": ("twin.rul", {"in": "life.csv", "train": "lives.csv.zip"}, MADE | KEPT),
    "life": ("twin.life", {"in": "young.npz"}, MADE),
    "grade": ("twin.grade", {"in": "pulses.csv"}, {"out": ".parquet"} | MADE),
    "watch": ("twin.watch", {"in": "car.csv.zip"}, {"capacity-ah": 150, "state": ".json"}),
    "fit": (
        "twin.fit", {"in": "drive.parquet", "ocv": "ocv.csv"}, {"capacity-ah": CAPACITY_AH} | MADE,
    ),
    "run": ("twin.run", {"in": "drive.parquet", "params": "circuit.json"}, {"soc0": 0.6} | MADE),
    "design": ("twin.design", {"in": "spec.toml"}, MADE),
    "train life": ("twin.train", {"data": "curves.npz"}, {"question": "life"}),
    "train grade": ("twin.train", {"data": "pulses.csv"}, {"question": "grade"}),
    "evaluate": ("twin.evaluate", {"data": "pulses.csv"}, {"question": "grade"} | MADE),
    "control": (
        "quality.control", {"in": "later.csv", "fit": "usual.csv"}, {"limits": ".json"} | MADE,
    ),
    "allocate": (
        "circle.allocate", {"values": "values.csv", "capacity": "room.csv"},
        {"certificate": ".json"} | MADE,
    ),
    "allocate sets": (
        "circle.allocate", {"values": "values.csv", "capacity": "asked.csv", "packs": "alike.csv"},
        {"certificate": ".json"} | MADE,
    ),
    "roll": (
        "circle.roll",
        {"in": "batteries.csv", "values": "values.csv", "capacity": "open.csv"}, MADE,
    ),
    "site": (
        "circle.site", {"sources": "sources.csv", "sites": "sites.csv", "distances": "ways.csv"},
        {"tkm-eur": 0.2, "opened": ".csv", "at-most": 2} | MADE,
    ),
    "recycle": (
        "circle.recycle", {"in": "packs.csv", "prices": "prices.csv"}, {"on": "2026-11-30"},
    ),
    "content": ("circle.content", {"in": "content.csv"}, {"on": "2036-12-01"} | MADE),
    "grade of used ones": (
        "circle.grade", {"in": "used.csv"}, {"on": "2026-11-30", "trace": ".parquet"} | MADE,
    ),
    "swap": ("circle.swap", {"in": "station.toml"}, {"hours": ".csv", "designs": ".csv"} | MADE),
    "value": (
        "circle.value", {"in": "aged.csv"},
        {"named": "anchors_2024", "paths": 2000, "on": "2026-11-30", "channels": ".csv",
         "covenants": ".csv"} | MADE,
    ),
    "replan": (
        "circle.replan", {"in": "plan.json", "events": "events.toml", "instance": "small.vrp"},
        {"cpu": 0.8} | MADE,
    ),
    "route": ("circle.route", {"in": "small.vrp"}, {"cpu": 0.8} | MADE),
    "route of a day": (
        "circle.route", {"in": "day.toml", "distances": "roads.csv"},
        {"cpu": 0.8, "papers": ".zip"} | MADE,
    ),
    "product": (
        "footprint.product", {"in": "flows.csv", "factors": "factors.csv"},
        {"tree": ".csv", "proof": ".json"} | MADE,
    ),
    "check": ("footprint.check", {"in": "proof.json"}, {"out": ".csv"}),
    "hourly": (
        "footprint.hourly", {"in": "made.csv", "meters": "metered.csv", "grid": "grid.csv"}, MADE,
    ),
    "life of batteries": (
        "footprint.life", {"in": "batteries.toml", "method": "method.toml"}, MADE,
    ),
    "end of life": ("footprint.cff", {"in": "materials_at_end.csv"}, MADE),
    "legs": (
        "footprint.legs", {"in": "legs.csv", "factors": "modes.csv"}, {"rates": ".csv"} | MADE,
    ),
    "stock": (
        "plan.stock",
        {"in": "inflow.csv", "lifetimes": "lifetimes.csv", "materials": "materials.csv",
         "recovery": "recovery.csv"},
        {"flows": ".parquet"} | MADE,
    ),
    "stock of a scenario": (
        "plan.stock", {},
        {"named": "neutral_growth", "draws": 50, "flows": ".csv", "tornado": ".csv",
         "report": ".md"} | MADE,
    ),
    "effective": (
        "tax.effective", {"in": "firms.csv", "before": "taxed.csv"},
        {"on": "2026-11-30", "changes": ".csv"} | MADE,
    ),
    "explain": ("tax.explain", {"in": "firms.csv"}, {"on": "2026-11-30", "firm": "A"}),
    "regime": ("tax.regime", {"in": "history.csv"}, {"on": "2026-01-31", "draws": 20} | MADE),
    "scenario": (
        "plan.scenario", {"in": "first.toml", "against": "second.toml"}, {"tornado": ".csv"},
    ),
    "board": ("plan.board", {"in": "board.csv"}, {"impact": 2} | MADE),
    "risk": (
        "plan.risk", {"in": "suppliers.csv", "links": "links.csv"},
        {"stages": ".csv", "drill": "closure", "country": "CN", "drilled": ".csv"} | MADE,
    ),
    "chart": ("quality.chart", {"in": "one.csv", "fit": "one.csv"}, {"lower": 4, "upper": 16}),
}  # fmt: skip
"""Name → question, files, options."""
REAL = {
    "grade": ("twin.grade", {"in": "secondlife_pulse_Pouch31.csv"}, {"out": ".parquet"}),
    "life": ("twin.life", {"in": "matr_qv_train.npz"}, {"level": 0.8}),
    "watch": ("twin.watch", {"in": "ev_field_car2.csv.zip"}, {"capacity-ah": 150}),
}
"""The same, of files of others."""


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")

    @cache
    def made(name):
        path, content = folder / name, GIVEN[name]()
        path.write_bytes(content) if isinstance(content, bytes) else write_table(path, content)
        return path

    return made


def same(served, folder, monkeypatch, question, files, options):
    """Ask both in the same words, and hold each file that the server made to that of the line."""
    client = served.client(key=served.key("lab"))
    run = answered(served, client, question, files, **options)
    assert run["state"] == "done", run["ending"]
    monkeypatch.chdir(folder)
    words, last = [], []
    for one in served.site.lab.questions[question].parameters:
        if one.name in files:
            named = one.name + "".join(files[one.name].suffixes)  # a report names its files
            (folder / named).write_bytes(files[one.name].read_bytes())
            words.append(f"--{one.name}={named}")
        elif one.positional:
            last.append(str(options[one.name]))
        elif one.sort in {"made", "kept"} and (one.required or one.name in options):
            words.append(f"--{one.name}={one.name}{options.get(one.name, one.default)}")
        elif one.name in options:
            words.append(f"--{one.name}={options[one.name]}")
    before = {one.name for one in folder.iterdir()}
    assert run_verb(Cellchain(), [*question.split("."), *words, *last]) in {0, 1}
    made = {one.name: one.read_bytes() for one in folder.iterdir() if one.name not in before}
    assert made
    found = {one["name"]: f"{API}/runs/{run['id']}/files/{one['name']}" for one in run["made"]}
    assert {name: client.get(path).content for name, path in found.items()} == made


@pytest.mark.parametrize("name", ASKED)
def test_a_verb_answers_as_on_the_command_line(served, given, tmp_path, monkeypatch, name):
    if name == "design":
        require_twin()
    question, files, options = ASKED[name]
    paths = {parameter: given(file) for parameter, file in files.items()}
    same(served, tmp_path, monkeypatch, question, paths, options)


def test_every_question_is_asked(served):
    others = {"quality.rootcause", "circle.certify", "circle.verify"}  # of `test_lab`, and below
    assert {one for one, _, _ in ASKED.values()} | others == set(served.site.lab.questions)


def test_a_certificate_is_checked_in_words(served, given):
    client = served.client(key=served.key("lab"))
    files = {one: given(f"{one}.csv") for one in ("values", "room")}
    asked = {"values": files["values"], "capacity": files["room"]}
    made = answered(served, client, "circle.allocate", asked, certificate=".json")
    for name in ("out.csv", "certificate.json"):
        content = client.get(f"{API}/runs/{made['id']}/files/{name}").content
        given("values.csv").with_name(name).write_bytes(content)
    whole = {"plan": files["values"].with_name("out.csv"), **asked}
    whole["proof"] = whole["plan"].with_name("certificate.json")
    run = answered(served, client, "circle.certify", whole)
    assert (run["state"], run["made"]) == ("done", [])
    assert "no plan is worth more" in run["ending"]["lines"][0]


def test_a_plan_of_routes_is_checked_in_words(served, given):
    client = served.client(key=served.key("lab"))
    asked = {"in": given("small.vrp")}
    made = answered(served, client, "circle.route", asked, cpu=0.8)
    plan = client.get(f"{API}/runs/{made['id']}/files/out.json").content
    asked["plan"] = given("small.vrp").with_name("plan.json")
    asked["plan"].write_bytes(plan)
    run = answered(served, client, "circle.verify", asked)
    assert (run["state"], run["made"]) == ("done", [])
    assert "holds; cost 20" in run["ending"]["lines"][0]


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_answered_as_on_the_command_line(served, tmp_path, monkeypatch, name):
    question, files, options = REAL[name]
    paths = {parameter: shared_data("health", file) for parameter, file in files.items()}
    same(served, tmp_path, monkeypatch, question, paths, options)
