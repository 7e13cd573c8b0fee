"""Webhooks of an organisation: make, list, end, look at deliveries, replay."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from cellchain.services.webhooks import Delivery, Webhook
from cellchain.web.api.endpoint import Answer, Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

_endpoint = partial(Endpoint, access="administrator", scope="organisation", tag="webhooks")
PATH = "/webhooks"
ONE = PATH + "/{id}"


class WebhookWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be told to whom."""

    url: str
    kinds: list[str]
    """Kinds of event, or beginnings of kinds: ``custody.``."""


class WebhookShown(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its secret."""

    id: str
    url: str
    kinds: tuple[str, ...]
    since_ms: int
    failures: int
    paused: bool


class WebhookMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new webhook."""

    webhook: WebhookShown
    secret: str
    """What requests are signed with (Standard Webhooks); this is the only time it is shown."""


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook was told."""

    id: str
    kind: str
    position: int
    state: str
    attempts: int
    created_ms: int
    next_ms: int
    answer: int
    why: str


def webhook_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of webhooks."""
    yield _endpoint(
        method="GET", path=PATH, name="webhooks.list", summary="List webhooks.",
        answer=_list, result=list[WebhookShown],
    )  # fmt: skip
    yield _endpoint(
        method="POST", path=PATH, name="webhooks.make", summary="Make a webhook.",
        answer=_make, body=WebhookWanted, result=WebhookMade, status=201, refusals=(422,),
    )  # fmt: skip
    yield _endpoint(
        method="DELETE", path=ONE, name="webhooks.end", summary="End a webhook.",
        answer=_end, status=204, refusals=(404,),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path=ONE + "/wake", name="webhooks.wake",
        summary="Go on with a webhook that rests after too many failures.",
        answer=_wake, status=204, refusals=(404,),
    )  # fmt: skip
    yield _endpoint(
        method="GET", path=ONE + "/deliveries", name="webhooks.deliveries",
        summary="What it was told in the last month, the newest first.",
        answer=_deliveries, result=list[DeliveryShown], refusals=(404,),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path=ONE + "/deliveries/{delivery}/replay", name="webhooks.replay",
        summary="Tell it again.", answer=_replay, status=204, refusals=(404,),
    )  # fmt: skip


def shown_webhook(webhook: Webhook) -> WebhookShown:
    """Return a webhook as its organisation sees it."""
    return WebhookShown(
        id=webhook.id,
        url=webhook.url,
        kinds=webhook.kinds,
        since_ms=webhook.since_ms,
        failures=webhook.failures,
        paused=webhook.paused,
    )


def shown_delivery(delivery: Delivery) -> DeliveryShown:
    """Return a delivery without its body."""
    return DeliveryShown(
        id=delivery.id,
        kind=delivery.kind,
        position=delivery.position,
        state=delivery.state,
        attempts=delivery.attempts,
        created_ms=delivery.created_ms,
        next_ms=delivery.next_ms,
        answer=delivery.answer,
        why=delivery.why,
    )


def _list(call: Call) -> Answer:
    return Answer(data=[shown_webhook(webhook) for webhook in call.site.webhooks.of(call.viewer)])


def _make(call: Call) -> Answer:
    webhook, secret = call.site.webhooks.make(call.viewer, call.body.url, call.body.kinds)
    made = WebhookMade(webhook=shown_webhook(webhook), secret=secret)
    return Answer(data=made, status=201, headers={"cache-control": "no-store"})


def _end(call: Call) -> Answer:
    call.site.webhooks.end(call.viewer, call.path["id"])
    return Answer(status=204)


def _wake(call: Call) -> Answer:
    call.site.webhooks.wake(call.viewer, call.path["id"])
    return Answer(status=204)


def _deliveries(call: Call) -> Answer:
    found = call.site.webhooks.deliveries(call.viewer, call.path["id"])
    return Answer(data=[shown_delivery(delivery) for delivery in found])


def _replay(call: Call) -> Answer:
    call.site.webhooks.replay(call.viewer, call.path["id"], call.path["delivery"])
    return Answer(status=204)
