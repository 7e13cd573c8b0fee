"""What the verbs about files answer in a notebook, from frames and paths."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import cellchain
from cellchain.core.errors import Refused
from cellchain.services.circle.routes import TEMPLATE
from tests.integration.tax.test_effective import FIRMS

VALUES = pd.DataFrame(
    {"battery": ["a", "a", "b"], "slot": ["x", "y", "x"], "value_cents": [100, 50, 80]}
)
CAPACITY = pd.DataFrame({"slot": ["x", "y"], "capacity": [1, 1]})


def test_a_frame_is_the_first_file_that_a_verb_needs_and_its_answer_a_frame():
    plan = cellchain.ask("circle allocate", VALUES, capacity=CAPACITY).df()
    assert dict(zip(plan["battery"], plan["slot"], strict=True)) == {"a": "y", "b": "x"}


def test_a_plan_is_judged_where_it_was_made(tmp_path):
    proof = tmp_path / "proof.json"
    plan = cellchain.ask("circle allocate", VALUES, capacity=CAPACITY, certificate=proof)
    told = cellchain.ask("circle certify", plan.df(), proof=proof, values=VALUES, capacity=CAPACITY)
    assert told.value["holds"]
    assert (len(told), told.document) == (0, None)
    assert "cellchain-" not in repr(told)


def test_an_answer_that_is_no_table_is_a_document(tmp_path):
    instance, plan = tmp_path / "two.vrp", tmp_path / "plan.json"
    instance.write_text(TEMPLATE)
    found = cellchain.ask("circle route", instance, cpu=0.5)
    plan.write_text(json.dumps(found.document))
    assert found.document["cost"] == found.value["cost"] == 20
    assert cellchain.ask("circle verify", plan, in_=instance).value["cost"] == 20


def test_a_tax_is_asked_of_a_file(tmp_path):
    firms = tmp_path / "firms.csv"
    firms.write_text(FIRMS)
    found = cellchain.ask("tax effective", firms, on="2026-11-01")
    assert {"firm", "tax", "law"} <= set(found.df().columns)


@pytest.mark.parametrize(
    ("question", "options", "code"),
    [
        ("circle teleport", {}, "lab.unknown_question"),
        ("circle allocate", {"colour": "red"}, "lab.parameter"),
        ("circle allocate", {}, "cli.no_input"),
        ("circle allocate", {"table": 7}, "notebook.table"),
    ],
)
def test_refused(question, options, code):
    with pytest.raises(Refused) as refused:
        cellchain.ask(question, **options)
    assert refused.value.code == code
