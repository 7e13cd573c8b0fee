"""Members see who decides, vote on the page, and visitors see what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.web.api.serve import PREFIX
from tests.web.site import CARS, PACKS, ana, bo

if TYPE_CHECKING:
    from tests.web.site import Served

OPERATOR = "operator"
ID = "everwheel-cars:more-quota"
HOUR_MS = 3_600_000


def post(served: Served, member: str, *messages: dict[str, object]) -> dict[str, object]:
    answer = served.client(member=member).post(
        f"{PREFIX}/messages", json={"messages": list(messages)}
    )
    assert answer.status_code in (201, 202), answer.text
    found: dict[str, object] = answer.json()
    return found


def vote(served: Served, party: str, verdict: str) -> str:
    """Two people of a party agree; where the first is led to."""
    answer = served.client(member=ana(party)).post(
        f"/governance/{ID}/vote", data={"verdict": verdict}
    )
    for waiting in served.site.access.approvals.waiting(served.viewer(bo(party))):
        served.site.agree(served.viewer(bo(party)), waiting.id)
    return f"{answer.status_code} {answer.headers.get('location', '')}"


@pytest.fixture(scope="module")
def governed(served: Served) -> Served:
    """Car maker and pack maker vote; the car maker has proposed something."""
    assert "Nothing is put to the vote" in served.client().get("/governance").text
    seats = [{"party": party, "weight": 1} for party in (PACKS, CARS)]
    found = {"kind": "governance.found/1", "seats": seats, "rules": {"suspending_seats": 1}}
    post(served, ana(OPERATOR), found)
    waiting = served.site.access.approvals.waiting(served.viewer(bo(OPERATOR)))
    served.site.agree(served.viewer(bo(OPERATOR)), waiting[0].id)
    action = {"kind": "governance.set_parameters/1", "quota_gas": 10**9}
    proposal = {
        "kind": "governance.propose/1",
        "name": "more-quota",
        "summary": "A smaller quota",
        "actions": [action],
        "expires_ms": served.site.ledger.now_ms() + HOUR_MS,
    }
    post(served, ana(CARS), proposal)
    return served


def test_members_vote_on_the_page_and_it_happens(governed: Served):
    page = governed.client(member=ana(CARS)).get("/governance").text
    assert "2 members decide" in page
    assert "Vote for it" in page
    assert "Vote for it" not in governed.client().get("/governance").text
    assert vote(governed, CARS, "for") == "303 /approvals"
    assert vote(governed, PACKS, "for") == "303 /approvals"
    accepted = governed.client().get(f"{PREFIX}/proposals/{ID}").json()
    assert accepted["state"] == "accepted"
    assert accepted["votes"] == [[PACKS, True], [CARS, True]]
    post(governed, ana(CARS), {"kind": "custody.register/1", "battery": "01/09506000134352/21/G1"})
    page = governed.client().get("/governance").text
    assert "Parameters that were voted for" in page
    assert "1,000,000,000 gas" in page.replace("\u202f", ",").replace("\u00a0", ",")
    rows = governed.client().get(f"{PREFIX}/proposals?state=executed").json()["rows"]
    assert [row["proposal"] for row in rows] == [ID]


def test_a_vote_is_for_it_or_against_it(governed: Served):
    answer = governed.client(member=ana(CARS)).post(
        f"/governance/{ID}/vote", data={"verdict": "perhaps"}
    )
    assert "web.form" in answer.text
