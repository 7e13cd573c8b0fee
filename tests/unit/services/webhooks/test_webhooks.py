"""Webhooks: signed, tried again, resting, told again; by a clock that the test turns."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from cellchain.adapters.accounts import AccountDatabase
from cellchain.adapters.sealed_text import SealedText
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import PartyId
from cellchain.core.time import HOUR_MS, MINUTE_MS, SECOND_MS
from cellchain.services.access.viewer import Viewer
from cellchain.services.webhooks import Webhooks
from cellchain.services.webhooks.sending import AGAIN_MS, KINDS_MAX, PAUSED_AFTER, WEBHOOKS_MAX

PARTY, OTHER = PartyId("dynamo-packs"), PartyId("everwheel-cars")
URL = "https://receiver.example/hook"


class Event(NamedTuple):
    position: int
    kind: str = "custody.offered/1"
    height: int = 7
    time_ms: int = 1_700_000_000_000
    subject: str = "s"
    entry: str = '{"kind":"custody.offered/1"}'


class Post:
    """A poster that answers as it is told to."""

    def __init__(self):
        self.answer, self.sent = 200, []

    def check(self, url):
        if "inside" in url:
            raise Refused("webhook.url", "inside")

    def post(self, url, headers, body):
        self.sent.append((url, dict(headers), body))
        if not self.answer:
            raise Unavailable("webhook.no_answer", "nobody there")
        return self.answer


class Clock:
    ms = 1_700_000_000_000

    def __call__(self):
        return self.ms


def person(party=PARTY, *duties):
    return Viewer(
        party=party, member=f"ana@{party}", duties=frozenset(duties or ("administrator",))
    )


@pytest.fixture
def shelf(tmp_path):
    shelf = AccountDatabase(f"sqlite:///{tmp_path / 'accounts.db'}")
    yield shelf
    shelf.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def webhooks(shelf, post, clock):
    return Webhooks(shelf, SealedText(b"k" * 32), post, lambda *_: None, clock)


def tried(webhooks):
    return [webhooks.attempt(delivery) for delivery in webhooks.due()]


def test_what_arrives_is_signed_as_receivers_check_it(webhooks, post, clock, monkeypatch):
    _, secret = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    assert tried(webhooks) == [True]
    ((url, headers, body),) = post.sent
    assert url == URL
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", turned(clock.ms))
    told = Receiver(secret).verify(body, headers)
    assert told["type"] == "custody.offered/1"
    assert told["event"] == {"kind": "custody.offered/1"}
    with pytest.raises(WebhookVerificationError):
        Receiver(secret).verify(body.replace(b"offered", b"retired"), headers)


def turned(ms):
    """The clock of the receiver's library."""
    import datetime as real

    class Datetime(real.datetime):
        @classmethod
        def now(cls, tz=None):
            return real.datetime.fromtimestamp(ms / 1000, tz)

    return Datetime


def test_only_wanted_kinds_are_told(webhooks, post):
    webhooks.make(person(), URL, ["custody.offered", "passport."])
    told = [Event(1), Event(2, "custody.accepted/1"), Event(3, "passport.issued/1")]
    assert webhooks.collect(told, 7) == 2
    assert tried(webhooks) == [True, True]


def test_a_crash_between_two_steps_neither_loses_nor_repeats_a_delivery(
    webhooks, post, shelf, monkeypatch
):
    webhooks.make(person(), URL, ["custody."])

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(webhooks, "_put_due", crash)
        with pytest.raises(KeyboardInterrupt):
            webhooks.collect([Event(1)], 7)
    webhooks.collect([Event(1)], 7)
    (delivery,) = webhooks.due()
    with monkeypatch.context() as broken:
        broken.setattr(shelf, "take", crash)
        with pytest.raises(KeyboardInterrupt):
            webhooks.attempt(delivery)
    assert tried(webhooks) == []
    assert len(post.sent) == 1


def test_a_block_that_is_collected_again_is_told_once(webhooks, post):
    webhooks.make(person(), URL, ["custody."])
    for _ in range(2):
        webhooks.collect([Event(1)], 7)
    assert tried(webhooks) == [True]
    webhooks.collect([Event(1)], 7)
    assert tried(webhooks) == []


def test_it_begins_at_the_head_and_goes_on_from_there(webhooks):
    assert webhooks.told_height(5) == 5
    assert webhooks.told_height(9) == 5
    webhooks.collect([], 6)
    assert webhooks.told_height(9) == 6


@pytest.mark.parametrize("answer", [0, 301, 404, 500])
def test_it_is_tried_again_later_and_later_and_then_no_more(webhooks, post, clock, answer):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    post.answer = answer
    for wait_ms in AGAIN_MS:
        assert tried(webhooks) == [False]
        clock.ms += wait_ms - 1
        assert webhooks.due() == []
        clock.ms += 1
    assert tried(webhooks) == [False]
    clock.ms += 100 * HOUR_MS
    assert webhooks.due() == []
    (found,) = webhooks.deliveries(person(), hook.id)
    assert (found.state, found.attempts, found.answer) == ("failed", len(AGAIN_MS) + 1, answer)
    assert AGAIN_MS[:2] == (5 * SECOND_MS, 5 * MINUTE_MS)


def test_gone_is_gone(webhooks, post):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    post.answer = 410
    tried(webhooks)
    assert webhooks.deliveries(person(), hook.id)[0].state == "failed"


def test_it_is_told_again_on_request_even_to_a_webhook_that_rested(webhooks, post, clock):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    post.answer = 0
    webhooks.collect([Event(n) for n in range(PAUSED_AFTER + 1)], 7)
    tried(webhooks)
    tried(webhooks)
    assert webhooks.of(person())[0].paused
    assert webhooks.collect([Event(500)], 8) == 0
    last = next(d for d in webhooks.deliveries(person(), hook.id) if d.state == "failed")
    assert last.why == "the webhook rests"
    post.answer = 200
    webhooks.wake(person(), hook.id)
    webhooks.replay(person(), hook.id, last.id)
    assert last.id in [delivery.id for delivery in webhooks.due()]
    assert all(tried(webhooks))
    assert webhooks.of(person())[0].failures == 0


def test_a_replay_during_an_attempt_is_not_lost(webhooks, post, clock, monkeypatch):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    (delivery,) = webhooks.due()

    def meanwhile(url, headers, body):
        clock.ms += 5
        webhooks.replay(person(), hook.id, delivery.id)
        return 204

    with monkeypatch.context() as patched:
        patched.setattr(post, "post", meanwhile)
        assert webhooks.attempt(delivery)
    assert tried(webhooks) == [True]
    assert tried(webhooks) == []


def test_a_replay_right_after_it_arrived_is_not_lost(webhooks, shelf, clock, monkeypatch):
    """It comes after the outcome was written down, and before it is off the list of what is due."""
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    (delivery,) = webhooks.due()
    take = shelf.take

    def meanwhile(sort, name):
        clock.ms += 5
        webhooks.replay(person(), hook.id, delivery.id)
        return take(sort, name)

    with monkeypatch.context() as patched:
        patched.setattr(shelf, "take", meanwhile)
        assert webhooks.attempt(delivery)
    assert tried(webhooks) == [True]
    assert tried(webhooks) == []


def test_what_was_ended_is_told_nothing(webhooks, post):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    webhooks.end(person(), hook.id)
    assert tried(webhooks) == [False]
    assert post.sent == []
    assert webhooks.due() == []


def test_the_secret_lies_closed(webhooks, tmp_path, shelf):
    hook, secret = webhooks.make(person(), URL, ["custody."])
    assert secret.removeprefix("whsec_") not in hook.sealed_secret
    assert secret.encode() not in b"".join(f.read_bytes() for f in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "kinds", "code"),
    [
        ("http://inside.example", ["custody."], "webhook.url"),
        ("https://x.example/" + "a" * 500, ["custody."], "webhook.url"),
        (URL, [], "webhook.kinds"),
        (URL, ["custody"], "webhook.kinds"),
        (URL, ["custody." + "x" * 100], "webhook.kinds"),
        (URL, ["custody."] * (KINDS_MAX + 1), "webhook.kinds"),
    ],
)
def test_a_webhook_that_is_refused(webhooks, url, kinds, code):
    with pytest.raises(Refused) as refused:
        webhooks.make(person(), url, kinds)
    assert refused.value.code == code


def test_there_are_not_too_many(webhooks):
    for _ in range(WEBHOOKS_MAX):
        webhooks.make(person(), URL, ["custody."])
    with pytest.raises(Refused, match="webhook.too_many"):
        webhooks.make(person(), URL, ["custody."])


def test_those_of_another_organisation_look_as_if_they_were_none(webhooks, post):
    hook, _ = webhooks.make(person(), URL, ["custody."])
    webhooks.collect([Event(1)], 7)
    (delivery,) = webhooks.due()
    stranger = person(OTHER)
    mine, _ = webhooks.make(stranger, URL, ["custody."])
    for act in (
        lambda: webhooks.end(stranger, hook.id),
        lambda: webhooks.wake(stranger, hook.id),
        lambda: webhooks.deliveries(stranger, hook.id),
        lambda: webhooks.replay(stranger, hook.id, delivery.id),
        lambda: webhooks.replay(stranger, mine.id, delivery.id),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "webhook.unknown"
    with pytest.raises(Refused, match="access.duty"):
        webhooks.make(person(PARTY, "reader", "signer"), URL, ["custody."])
