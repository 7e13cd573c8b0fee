"""What people see: the overview, a battery, its public page and label, and handing it over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.contracts.passport.view import BatterySearch, search_batteries
from cellchain.web.frame.languages import LANGUAGES
from tests.web.site import CARS, ana, bo

if TYPE_CHECKING:
    from cellchain.contracts.passport.view import BatteryRow
    from tests.web.site import Served

KILOBYTES_MAX = 300
PUBLIC_KILOBYTES_MAX = 200


def battery(served: Served, sort: str = "vehicle", status: str = "in_service") -> BatteryRow:
    with served.site.views.read() as db:
        search = BatterySearch(sort=(sort,), status=(status,), holder=(CARS,))
        return search_batteries(db, search).rows[0]


@pytest.mark.parametrize("member", ["", ana(), bo()])
def test_the_overview_is_for_everybody(served: Served, member: str) -> None:
    answer = served.client(member=member).get("/")
    assert answer.status_code == 200
    assert ("need" in answer.text) == bool(member)


def test_a_visitor_is_asked_to_sign_in(served: Served) -> None:
    answer = served.client().get("/batteries", headers={"accept": "text/html"})
    assert "sign-in" in str(answer.url) + answer.headers.get("location", "")


def test_a_battery_is_a_page_and_data(served: Served) -> None:
    client, name = served.client(member=bo()), battery(served).battery
    page = client.get(f"/batteries/{name}")
    assert page.status_code == 200
    assert len(page.content) < KILOBYTES_MAX * 1000
    assert client.get(f"/batteries/{name}?format=json").json()["battery"]["battery"] == name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_page_speaks(served: Served, language: str) -> None:
    name = battery(served, "pack", "installed").battery
    page = served.client(accept_language=language).get(f"/{name}")
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    assert "<script" not in page.text
    assert len(page.content) < PUBLIC_KILOBYTES_MAX * 1000


def test_the_public_page_says_nothing_that_is_not_public(served: Served) -> None:
    name = battery(served, "pack", "installed").battery
    shown = served.client(member=ana()).get(f"/{name}?format=json").json()
    assert {one["access"] for one in shown["attributes"]} == {"public"}


def test_the_label_leads_to_the_public_page(served: Served) -> None:
    name = battery(served).battery
    page = served.client(member=bo()).get(f"/labels/{name}")
    assert f"{served.site.address}/{name}" in page.text


@pytest.mark.parametrize(
    "path", ["/batteries/01/09506000134628/21/NONE", "/01/09506000134628/21/NONE", "/nothing"]
)
def test_what_is_not_there_is_a_page_with_a_way_on(served: Served, path: str) -> None:
    answer = served.client(member=bo()).get(path)
    assert answer.status_code == 404
    assert 'href="/search"' in answer.text


def test_at_most_four_are_compared(served: Served) -> None:
    answer = served.client(member=bo()).get(
        "/batteries/compare?" + "&".join(f"b={n}" for n in range(5))
    )
    assert answer.status_code == 422


def test_only_the_results_are_sent_while_typing(served: Served) -> None:
    part = served.client(member=bo()).get("/batteries?part=results&text=zzz").text
    assert "<html" not in part
    assert "Nothing fits" in part


def test_a_refused_offer_shows_the_form_again_with_what_was_typed(served: Served) -> None:
    name = battery(served).battery
    sent = {"receiver": "nobody-known", "holder": "yes", "days": "3"}
    answer = served.client(member=bo()).post(f"/batteries/{name}/offer", data=sent)
    assert answer.status_code in {404, 422}
    assert 'value="nobody-known"' in answer.text
    assert 'role="alert"' in answer.text


def test_light_or_dark_is_remembered(served: Served) -> None:
    client = served.client(sec_fetch_site="same-origin")
    answer = client.post("/scheme", data={"scheme": "dark"})
    assert answer.status_code == 303
    assert "scheme=dark" in answer.headers["set-cookie"]
    assert 'data-scheme="dark"' in served.client(cookie="scheme=dark").get("/").text


@pytest.mark.parametrize(
    ("referer", "location"),
    [
        ("http://testserver/parties?after=b", "/parties?after=b"),
        ("http://testserver//evil.example/x", "/"),
        ("http://testserver/\\evil.example/x", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_to_no_other_site(served: Served, referer: str, location: str) -> None:
    client = served.client(sec_fetch_site="same-origin", referer=referer)
    answer = client.post("/scheme", data={"scheme": "dark"})
    assert answer.headers["location"] == location
