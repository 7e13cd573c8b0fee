"""Risk of a supply from tables: what comes out, and every row that is refused."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.risk import Drill, drilled, headline, node_risks, stage_risks
from cellchain.services.plan.tiers import tiers_of

SUPPLIERS = """node,stage,material,country,share,country_risk,substitutability,unit,stock,\
capacity_per_day,demand_per_day,recovery_days,output_per_day,licensed_per_day
A,mining,ore,X,0.5,0.4,0,t,10,2,0,30,2,2
B,mining,ore,Y,0.5,0.2,0.5,t,0,2,0,5,1,
P,making,cell,Y,1,0.2,0,kWh,8,4,4,10,4,4
"""
LINKS = "from,to,amount,unit,received_per_day\nA,P,0.5,t,1\nB,P,0.5,t,0.5\n"


def table(text):
    return Table({name: Texts.of(one or None for one in cells)
                  for name, *cells in zip(*csv.reader(text.split()), strict=True)})  # fmt: skip


def graph(suppliers=SUPPLIERS, links=LINKS):
    return tiers_of(table(suppliers), table(links))


def test_nodes():
    found = node_risks(graph())
    assert found.texts("node").cells() == ["A", "B", "P"]
    assert found.numbers("tts_days")[2] == 2
    assert np.isnan(found.numbers("tts_days")[:2]).all()  # each ore alone is enough
    assert found.numbers("impact").tolist() == [0, 0, 32]
    assert found.numbers("impact_share").tolist() == [0, 0, 0.8]
    assert found.texts("reason").cells() == ["met for ever", "met for ever", None]
    assert headline(found, stage_risks(graph()))["worst_node"] == "P"


def test_what_is_put_out_of_less_than_is_taken_in():
    found = node_risks(graph())
    assert found.numbers("over_inputs_per_day")[2] == 1  # 3 kWh of 1.5 t
    assert found.numbers("mixing").tolist()[::2] == [0, 1]
    assert np.isnan(found.numbers("mixing")[1])  # its licence is not told
    untold = graph(links=LINKS.replace("P,0.5,t,0.5", "P,0.5,t,"))
    assert np.isnan(node_risks(untold).numbers("mixing")[2])
    assert node_risks(graph(SUPPLIERS.replace("10,4,4", "10,3,2"))).numbers("mixing")[2] == 1
    assert node_risks(graph(SUPPLIERS.replace("10,4,4", "10,3,3"))).numbers("mixing")[2] == 0


def test_stages():
    found = stage_risks(graph())
    assert found.numbers("hhi").tolist() == [5000, 10_000]
    assert found.numbers("hhi_country_risk").tolist() == [2500 * 0.6, 2000]
    assert found.numbers("score") == pytest.approx([0.5 * 0.3 * 0.75, 0.2])
    one_country = SUPPLIERS.replace("ore,Y,0.5,0.2", "ore,X,0.5,0.4")
    assert stage_risks(graph(one_country)).numbers("hhi_country").tolist() == [10_000, 10_000]


def test_drills():
    closed = drilled(graph(), Drill("closure", country="Y"))
    assert closed.numbers("days").tolist() == [10]
    assert closed.numbers("lost").tolist() == [40]  # its own stock is shut in
    short = drilled(graph(), Drill("shortage", country="Y", days=6, left=0.5))
    assert short.numbers("tts_days").tolist() == [4]
    assert short.numbers("lost").tolist() == [24 - 8 - 12]
    with pytest.raises(Refused, match="no node is in Z"):
        drilled(graph(), Drill("closure", country="Z"))
    with pytest.raises(Refused, match="Q is no node"):
        drilled(graph(), Drill("closure", node="Q"))


@pytest.mark.parametrize(
    "options",
    [{}, {"node": "A", "country": "X"}, {"node": "A", "days": -1.0}, {"node": "A", "left": 0.5},
     {"node": "A", "days": float("nan")}, {"node": "A", "left": float("nan")}],
)  # fmt: skip
def test_drills_that_are_none(options):
    with pytest.raises(Refused) as error:
        Drill("closure", **options)
    assert error.value.code == "risk.drill"


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("ore,X,0.5", "ore,X,0.6", "risk.shares", "ore in mining sum to 1.1"),
        ("ore,X,0.5", "ore,X,-0.5", "risk.amount", "share in row 1 is -0.5"),
        ("ore,X,0.5", "ore,X,", "risk.amount", "share in row 1 is nan"),
        ("ore,X,0.5", "ore,X,half", "table.not_a_number", "'half' in row 1"),
        ("0.5,0.4,0,t", "0.5,inf,0,t", "risk.amount", "country_risk in row 1 is inf"),
        ("0.5,0.4,0,t", "0.5,0.4,1.5,t", "risk.amount", "substitutability in row 1"),
        ("ore,Y,0.5,0.2", "ore,Y,0.5,0.3", "risk.country", "Y is 0.2 and 0.3"),
        ("ore,X", "ore,", "stock.key", "row 1 has no country"),
        ("B,mining", "A,mining", "stock.twice", "rows 1 and 2 are both of A"),
        ("t,10,", "kg,10,", "risk.unit", "link 1 is in t, A in kg"),
        ("t,10,", "t,1e16,", "risk.amount", "stock in row 1"),
        ("2,0,30", "2,0,9999", "risk.amount", "recovery_days in row 1"),
        ("2,0,30", "2,1,30", "risk.unit", "demand is in kWh and t"),
        ("8,4,4,10", "8,4,0,10", "risk.demand", "nobody demands"),
        ("8,4,4,10", "8,3,4,10", "risk.demand", "met for 8 days"),
        ("2,0,30,2,2", "2,0,30,-2,2", "risk.amount", "output_per_day in row 1 is -2"),
        ("10,2,0,30", "10,2,1e-9,30", "risk.scale", "at A is lost in the 2 "),
        ("recovery_days", "recovery", "table.column", "recovery"),
    ],
)
def test_suppliers_that_cannot_be(old, new, code, told):
    assert old in SUPPLIERS
    with pytest.raises(Refused, match=told) as error:
        node_risks(graph(SUPPLIERS.replace(old, new, 1)))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("links", "code", "told"),
    [
        ("A,P,0.5,t\nP,B,1,kWh\nB,P,1,t", "risk.cycle", "circle of 2: (P to B to P|B to P to B)"),
        ("A,A,1,t", "risk.cycle", "circle of 1: A to A"),
        ("A,P,0.5,t\nA,P,0.4,t", "stock.twice", "rows 1 and 2 are both of A, P"),
        ("A,Q,0.5,t", "risk.node", "to names Q"),
        ("Q,P,0.5,t", "risk.node", "from names Q"),
        ("A,P,0,t", "risk.amount", "amount in row 1 is 0"),
        ("A,P,nan,t", "risk.amount", "amount in row 1 is nan"),
        ("A,P,0.5,", "risk.unit", "link 1 is in no unit"),
        (",P,0.5,t", "stock.key", "row 1 has no from"),
    ],
)
def test_links_that_cannot_be(links, code, told):
    with pytest.raises(Refused, match=told) as error:
        graph(links=f"from,to,amount,unit\n{links}\n")
    assert error.value.code == code


def test_demand_in_two_units_needs_its_value():
    head, a, b, p = SUPPLIERS.replace("2,0,30", "2,1,30").split()
    rows = (f"{head},value_per_unit", f"{a},7", f"{b},", f"{p},2")
    found = node_risks(graph("\n".join(rows)))
    assert found.numbers("impact").tolist() == [20 * 7, 0, 64]  # ten of thirty days in stock


def test_too_many():
    rows = "\n".join(f"N{n},s,m,X,0.0005,0,0,t,0,1,1,1" for n in range(2000))
    with pytest.raises(Refused, match="2000 suppliers; at most 300"):
        graph(SUPPLIERS.split(maxsplit=1)[0].rpartition(",output")[0] + "\n" + rows)
    with pytest.raises(Refused, match="there is no supplier"):
        graph(SUPPLIERS.split(maxsplit=1)[0])
