"""The lab in a browser without a script: the circle's page, and answers that are drawn."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cellchain.cli.questions import questions
from cellchain.services.circle.collecting.day_file import TEMPLATE
from cellchain.services.lab import worked
from cellchain.web.page_server import _FORM_FILES_MAX
from cellchain.web.pages.lab.circle import ROOMS, how_to
from tests.web.site import ana

ROOT = Path(__file__).parents[2]
WORKED = Path(worked.__file__).parent
ASKED = {
    "circle.route": ({"in": "returns.vrp"}, {"cpu": "0.8", "seed": "1"}, "polyline", "cost 429"),
    "plan.stock": (
        {name if name != "inflow" else "in": f"{name}.csv"
         for name in ("inflow", "lifetimes", "materials", "recovery")},
        {"second-life-share": "0.3", "second-life-years": "6", "draws": "100", "seed": "1",
         "figure": "share_of_demand", "year": "2035"},
        "stream", "Ni, 2020 to 2035: flows in",
    ),
}  # fmt: skip
"""Question → files, fields, what is drawn, what is said."""


@pytest.fixture
def member(served):
    return served.client(member=ana())


def test_the_page_tells_every_verb_of_its_rooms_and_how_it_is_asked(member):
    page = member.get("/lab/circle")
    assert page.status_code == 200
    told = [one.name for one in questions() if one.name.partition(".")[0] in ROOMS]
    for name in told:
        assert f'href="/lab/{name}"' in page.text
        assert (ROOT / how_to(name)).is_file(), name
        assert how_to(name) in page.text
    assert 'href="/lab/circle"' in member.get("/lab").text


def test_the_page_says_what_it_draws(member):
    text = member.get("/lab/circle").text
    for one in worked.worked():
        assert one.picture.said.replace("&", "&amp;") in text
    assert text.count('role="img"') == 2 * 4  # wide and narrow; the tax is a table
    assert "<script" not in text.replace('<script src="/assets/vendor/htmx', "")


def test_the_page_as_json(member):
    found = member.get("/lab/circle?format=json").json()
    assert [one["name"] for one in found["rooms"]] == list(ROOMS)
    assert len(found["examples"]) == 5


def test_a_form_may_send_every_file_that_a_question_takes():
    for one in questions():
        assert sum(p.sort in {"file", "kept"} for p in one.parameters) <= _FORM_FILES_MAX


class Ids(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, _, attributes):
        self.found += [value for name, value in attributes if name == "id"]


@pytest.mark.parametrize("question", ASKED)
def test_an_answer_of_a_form_is_drawn_and_said(served, member, question):
    files, fields, drawn, said = ASKED[question]
    place = posted(served, member, question, files, fields)
    served.site.lab._pool.submit(lambda: None).result(60)
    text = member.get(place).text
    assert "There is no answer" not in text, re.findall(r'role="alert">.*?</section>', text)
    assert drawn in text
    assert said in text
    ids = Ids()
    ids.feed(text)
    assert len(ids.found) == len(set(ids.found))


def posted(served, member, question, files, fields):
    """Send a form as a browser does, with a part for each file that is not chosen."""
    asked = {p.name: ("", b"") for p in served.site.lab.question(question).parameters
             if p.sort in {"file", "kept"}}  # fmt: skip
    asked |= {name: (file, (WORKED / file).read_bytes()) for name, file in files.items()}
    sent = member.post(f"/lab/{question}", files=asked, data=fields, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


@pytest.mark.parametrize(
    ("files", "made"),
    [
        ({"in": "firms.csv"}, {"out"}),
        ({"in": "firms.csv", "before": "firms.csv"}, {"out", "changes"}),
    ],
)
def test_a_form_makes_only_what_can_be_made(served, member, files, made):
    place = posted(served, member, "tax.effective", files, {"on": ""})
    (run,) = (one for one in served.site.lab.runs(served.viewer(ana()))
              if one.id == place.rpartition("/")[2])  # fmt: skip
    assert {name for name, value in run.options.items() if value} - {"on"} == made
    member.post(f"{place}/cancel")


@pytest.mark.parametrize(("name", "made"), [("day.toml", {"out", "papers"}), ("a.vrp", {"out"})])
def test_papers_are_of_a_day_alone(served, member, name, made):
    sent = member.post("/lab/circle.route", files={"in": (name, b"x")}, follow_redirects=False)
    place = sent.headers["location"]
    (run,) = (one for one in served.site.lab.runs(served.viewer(ana()))
              if one.id == place.rpartition("/")[2])  # fmt: skip
    kinds = {one.name for one in served.site.lab.question("circle.route").parameters
             if one.sort == "made"}  # fmt: skip
    assert {name for name in run.options if name in kinds} == made
    member.post(f"{place}/cancel")


def test_a_search_that_tells_often_how_far_it_is_is_heard_out(served, member):
    day = {"in": ("day.toml", TEMPLATE.encode())}
    place = member.post("/lab/circle.route", files=day, data={"cpu": "4"}, follow_redirects=False)
    served.site.lab._pool.submit(lambda: None).result(60)
    text = member.get(place.headers["location"]).text
    assert "2 trips serve 2 stops" in text
    assert "papers.zip" in text


def test_a_choice_may_be_left_open(member):
    text = member.get("/lab/plan.stock").text
    assert '<option value="">not given</option><option>neutral_growth</option>' in text


def test_an_answer_says_how_it_came_about_where_that_is_asked(served, member):
    place = posted(
        served, member, "tax.effective", {"in": "firms.csv"}, {"on": "", "explain": "yes"}
    )
    served.site.lab._pool.submit(lambda: None).result(60)
    text = member.get(place).text
    assert "How the answer came about" in text
    assert "services.tax.rulebook" in text
    assert "--in in.csv" in text
