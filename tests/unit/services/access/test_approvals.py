"""Four eyes: one asks, another agrees, and it happens once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.contracts.passport import Cease, PassportId
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import Digest
from cellchain.ledger.entry import Result
from tests.unit.services.access.conftest import OTHER, Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGE = Cease(passport=PassportId("01/09506000134352/21/P1"))
SENT = Result(transaction=Digest("a" * 64), height=7)


def sent(_: Sequence[str]) -> Result:
    return SENT


def test_what_one_asks_for_happens_when_another_agrees(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])
    assert [a.id for a in desk.approvals.waiting(bo)] == [asked.id]

    done = desk.approvals.agree(bo, asked.id, sent)

    assert (done.decided_by, done.transaction) == ("bo@dynamo.example", "a" * 64)
    assert not desk.approvals.waiting(bo)


def test_who_asked_does_not_agree_too(desk: Desk) -> None:
    ana, _ = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])

    with pytest.raises(Refused, match="somebody else agrees"):
        desk.approvals.agree(ana, asked.id, sent)


def test_who_made_the_key_that_asked_does_not_agree_either(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    machine = desk.api_keys.viewer(desk.api_keys.make(ana, "machine", ["passport"], 1))
    assert machine is not None
    asked = desk.approvals.ask(machine, [MESSAGE])

    with pytest.raises(Refused) as refused:
        desk.approvals.agree(ana, asked.id, sent)

    assert refused.value.code == "access.same_signer"
    assert desk.approvals.agree(bo, asked.id, sent).transaction == "a" * 64


def test_it_is_sent_once_however_many_agree(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    cy = desk.member("cy@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])
    desk.approvals.agree(bo, asked.id, sent)

    with pytest.raises(Refused) as refused:
        desk.approvals.agree(cy, asked.id, lambda _: pytest.fail("sent twice"))

    assert refused.value.code == "access.decided"


def test_one_signer_alone_has_no_four_eyes(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example", "reader")

    with pytest.raises(Refused) as refused:
        desk.approvals.ask(ana, [MESSAGE])

    assert refused.value.code == "access.one_signer"


def test_another_organisation_sees_nothing_of_it(desk: Desk) -> None:
    ana, _ = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])
    eve = desk.member("eve@everwheel.example", party=OTHER)

    assert not desk.approvals.waiting(eve)
    with pytest.raises(Refused) as refused:
        desk.approvals.agree(eve, asked.id, sent)
    assert refused.value.code == "access.unknown_approval"


def test_what_a_rule_refuses_is_told_and_remembered(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])

    def refused(_: Sequence[str]) -> Result:
        raise Refused("passport.battery_lives", "it lives")

    with pytest.raises(Refused, match="it lives"):
        desk.approvals.agree(bo, asked.id, refused)

    assert desk.approvals.find(ana, asked.id).refused == "passport.battery_lives"


@pytest.mark.parametrize("error", [Unavailable("ledger.busy", "later"), RuntimeError("a bug")])
def test_what_could_not_be_sent_waits_on(desk: Desk, error: Exception) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])

    def failing(_: Sequence[str]) -> Result:
        raise error

    with pytest.raises(type(error)):
        desk.approvals.agree(bo, asked.id, failing)

    assert desk.approvals.waiting(ana) == [asked]
    assert desk.approvals.agree(bo, asked.id, sent).transaction == SENT.transaction


def test_declined_is_decided(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])

    assert desk.approvals.decline(bo, asked.id).refused == "access.declined"

    assert not desk.approvals.waiting(ana)


def test_what_was_signed_elsewhere_waits_no_longer(desk: Desk) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    other = Cease(passport=PassportId("01/09506000134352/21/P2"))
    asked, waiting = desk.approvals.ask(ana, [MESSAGE]), desk.approvals.ask(ana, [other])
    assert desk.approvals.agreeable(bo, asked.id) == asked

    desk.approvals.settle(bo, [MESSAGE], "b" * 64)
    desk.approvals.settle(bo, [MESSAGE], "c" * 64)  # nothing waits for it any more

    done = desk.approvals.find(ana, asked.id)
    assert (done.decided_by, done.transaction) == ("bo@dynamo.example", "b" * 64)
    assert [a.id for a in desk.approvals.waiting(ana)] == [waiting.id]


def test_what_another_organisation_signs_settles_nothing(desk: Desk) -> None:
    ana, _ = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])
    eve = desk.member("eve@everwheel.example", party=OTHER)

    desk.approvals.settle(eve, [MESSAGE], "b" * 64)

    assert [a.id for a in desk.approvals.waiting(ana)] == [asked.id]


@pytest.mark.parametrize(
    ("member", "duty", "code"),
    [("ana", "signer", "access.same_signer"), ("rita", "reader", "access.duty")],
)
def test_who_may_not_agree_is_shown_nothing_to_sign(
    desk: Desk, member: str, duty: str, code: str
) -> None:
    ana, _ = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    asked = desk.approvals.ask(ana, [MESSAGE])
    who = ana if member == "ana" else desk.member("rita@dynamo.example", duty)

    with pytest.raises(Refused) as refused:
        desk.approvals.agreeable(who, asked.id)

    assert refused.value.code == code
