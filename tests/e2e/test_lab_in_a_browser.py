"""A file is dropped into the lab, and the answer appears: a sentence, a chart, a table, a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cellchain.adapters.table_files import read_table, write_table
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.lab import worked
from tests.conformance.shared import shared_data
from tests.e2e.looking import looked_over
from tests.unit.science.allocation.markets import INFEASIBLE, market

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


@pytest.fixture
def page(member: BrowserContext):
    opened = member.new_page()
    yield opened
    opened.close()


def dropped(page: Page, site: str, question: str, file: Path) -> None:
    page.goto(f"{site}/lab")
    page.click(f"a[href='/lab/{question}']")
    page.set_input_files("input[name=in]", file)
    page.click("button:text-is('Ask')")
    page.wait_for_selector("text=Throw it away", timeout=120_000)


def factory(path: Path) -> Path:
    dice = np.random.default_rng(3)
    coaters = dice.integers(4, size=800)
    table = {
        "cell": Texts.of(f"{n:05d}" for n in range(800)),
        "bad": (dice.random(800) < np.where(coaters == 1, 0.3, 0.02)).astype(float),
        "coater": Texts.of("ABCD"[n] for n in coaters),
        "<b>oven</b>": dice.normal(size=800),
    }
    write_table(path, Table(table))
    return path


def test_a_factorys_table_names_its_coater(page, site, tmp_path):
    dropped(page, site, "quality.rootcause", factory(tmp_path / "cells.csv"))
    assert "coater=B" in page.inner_text("#said ~ p")
    assert page.locator("svg.wide circle.dot").count() > 1
    assert page.locator("tbody tr").first.inner_text().startswith("coater=B")
    assert page.locator("table b").count() == 0
    assert looked_over(page) == []
    with page.expect_download() as saved:
        page.click("a[download]")
    saved.value.save_as(tmp_path / "out.csv")
    assert read_table(tmp_path / "out.csv").texts("candidate").cells()[0] == "coater=B"
    page.click("text=Throw it away")
    assert page.url == f"{site}/lab"


def test_used_batteries_are_placed_and_the_proof_is_there(page, site, tmp_path):
    drawn = market(60, 6, seed=4)
    batteries, slots = np.nonzero(drawn.values != INFEASIBLE)
    names = {"battery": batteries, "slot": slots}
    offered = {name: Texts.of(map(str, one.tolist())) for name, one in names.items()}
    cents = drawn.values[batteries, slots].astype(float)
    room = {"slot": Texts.of(map(str, range(6))), "capacity": drawn.room.astype(float)}
    for name, table in (("values", {**offered, "value_cents": cents}), ("capacity", room)):
        write_table(tmp_path / f"{name}.csv", Table(table))
    page.goto(f"{site}/lab")
    page.click("a[href='/lab/circle.allocate']")
    for name in ("values", "capacity"):
        page.set_input_files(f"input[name={name}]", tmp_path / f"{name}.csv")
    page.click("button:text-is('Ask')")
    page.wait_for_selector("text=Throw it away", timeout=120_000)
    assert "no plan is worth more" in page.inner_text("#said ~ p")
    assert page.locator("svg.wide circle.dot").count() > 1
    assert page.locator("tbody tr").count() > 1
    assert page.locator("a[download]").all_inner_texts() == ["certificate.json", "out.csv"]
    assert looked_over(page) == []


def test_a_file_that_is_no_answer_says_why(page, site, tmp_path):
    dropped(page, site, "twin.grade", factory(tmp_path / "cells.csv"))
    assert "no column" in page.inner_text("[role=alert]")
    assert looked_over(page) == []


@pytest.mark.parametrize(
    ("question", "file", "says"),
    [
        ("twin.watch", "ev_field_car2.csv.zip", "V_82"),
        ("twin.grade", "secondlife_pulse_Pouch31.csv", "out of domain"),
        ("twin.life", "matr_qv_train.npz", "41 of 41"),
    ],
)
def test_a_real_file_is_answered(page, site, question, file, says):
    dropped(page, site, question, shared_data("health", file))
    assert says in page.inner_text("#answer")
    assert page.locator("svg.wide").count() == 1
    assert looked_over(page) == []


WORKED = Path(worked.__file__).parent


def test_the_circle_leads_to_a_form_whose_answer_is_drawn(page, site):
    page.goto(f"{site}/lab/circle")
    page.locator("a[href='/lab/plan.stock']").first.click()
    for name in ("in", "lifetimes", "materials", "recovery"):
        file = "inflow" if name == "in" else name
        page.set_input_files(f"input[name='{name}']", WORKED / f"{file}.csv")
    page.click("button:has-text('Ask')")
    page.wait_for_selector("text=Throw it away", timeout=120_000)
    assert page.locator("svg.wide .stream").count() > 1
    assert looked_over(page) == []


def test_the_circle_is_drawn_without_a_script(site, member, chromium):
    context = chromium.new_context(java_script_enabled=False, reduced_motion="reduce")
    context.add_cookies(member.cookies())
    opened = context.new_page()
    opened.goto(f"{site}/lab/circle")
    for one in worked.worked():
        assert opened.get_by_text(one.picture.said, exact=True).first.is_visible()
    assert opened.locator("svg[role=img]:visible").count() == 4
    assert opened.locator("table.trace").is_visible()
    context.close()
