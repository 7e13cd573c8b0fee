"""Who wants to hear of what, what is on its way, and when it is tried again."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from cellchain.core.errors import CellchainError, Refused
from cellchain.core.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from cellchain.services.access.viewer import require_duty, require_member
from cellchain.services.webhooks.records import Delivery, Due, Told, Webhook
from cellchain.services.webhooks.signing import new_secret, signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cellchain.ledger.view import EventRow
    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Viewer

WEBHOOKS_MAX = 20
KINDS_MAX = 50
KIND_CHARACTERS_MAX = 80
URL_CHARACTERS_MAX = 500
KEPT_MS = 30 * DAY_MS
AGAIN_MS = (
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
)
"""After each attempt that did not arrive (Standard Webhooks, section on retries)."""
PAUSED_AFTER = 100
"""Deliveries in a row that did not arrive; then the webhook rests until somebody wakes it."""
HEIGHT = "height"
DUE_MAX = 100


class Poster(Protocol):
    """Sends a request to an address of a member's."""

    def check(self, url: str) -> None:
        """Refuse an address that leads inside this network.

        Raises:
            Refused: ``webhook.url``.
        """
        ...

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status of the answer.

        Raises:
            Unavailable: ``webhook.no_answer``; Refused: ``webhook.url``.
        """
        ...


class Secrets(Protocol):
    """Closes what must not lie in clear."""

    def seal(self, text: str) -> str:
        """Return ``text`` closed, in hexadecimal."""
        ...

    def open(self, sealed: str) -> str:
        """Return what was closed."""
        ...


class Webhooks:
    """The webhooks of every organisation at home here.

    Args:
        shelf: Where they are kept.
        secrets: Closes what they sign with.
        poster: Sends requests.
        note: Writes into the audit.
        now_ms: The time.
    """

    def __init__(
        self,
        shelf: Shelf,
        secrets: Secrets,
        poster: Poster,
        note: Callable[[Viewer, str, str], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._shelf = shelf
        self._secrets = secrets
        self._poster = poster
        self._note = note
        self._now_ms = now_ms

    # -- what members do ------------------------------------------------------------------------

    def of(self, viewer: Viewer) -> Sequence[Webhook]:
        """Return the webhooks of the viewer's organisation."""
        return self._shelf.of(Webhook, require_member(viewer))

    def make(self, viewer: Viewer, url: str, kinds: Sequence[str]) -> tuple[Webhook, str]:
        """Return a new webhook, and the secret its requests are signed with, shown once.

        Raises:
            Refused: ``access.duty``, ``webhook.url``, ``webhook.kinds``, ``webhook.too_many``.
        """
        party = require_duty(viewer, "administrator")
        if len(url) > URL_CHARACTERS_MAX:
            raise Refused("webhook.url", f"an address has at most {URL_CHARACTERS_MAX} characters")
        self._poster.check(url)
        if not 0 < len(kinds) <= KINDS_MAX or not all(map(_is_kind, kinds)):
            raise Refused(
                "webhook.kinds", "name kinds of event, or beginnings of them such as custody."
            )
        if len(self.of(viewer)) >= WEBHOOKS_MAX:
            raise Refused("webhook.too_many", f"{party} has {WEBHOOKS_MAX} webhooks already")
        secret = new_secret()
        webhook = Webhook(
            id=token_hex(8),
            party=party,
            url=url,
            kinds=tuple(sorted(set(kinds))),
            sealed_secret=self._secrets.seal(secret),
            since_ms=self._now_ms(),
            made_by=viewer.member or "",
        )
        self._shelf.put(webhook, webhook.id, of=party)
        self._note(viewer, "webhook.made", webhook.id)
        return webhook, secret

    def end(self, viewer: Viewer, webhook: str) -> None:
        """Tell this webhook nothing any more."""
        require_duty(viewer, "administrator")
        self._own(viewer, webhook)
        self._shelf.take(Webhook, webhook)
        self._note(viewer, "webhook.ended", webhook)

    def wake(self, viewer: Viewer, webhook: str) -> None:
        """Go on with a webhook that rests."""
        require_duty(viewer, "administrator")
        self._own(viewer, webhook)
        self._shelf.change(Webhook, webhook, lambda w: replace(w, paused=False, failures=0))

    def deliveries(self, viewer: Viewer, webhook: str) -> list[Delivery]:
        """Return what a webhook was told in the last month, the newest first."""
        self._own(viewer, webhook)
        found = self._shelf.of(Delivery, webhook)
        return sorted(found, key=lambda delivery: -delivery.position)

    def replay(self, viewer: Viewer, webhook: str, delivery: str) -> None:
        """Tell a webhook again what it was told, or was not.

        Raises:
            Refused: ``webhook.unknown``.
        """
        require_duty(viewer, "administrator")
        self._own(viewer, webhook)
        found = self._shelf.get(Delivery, delivery)
        if found is None or found.webhook != webhook:
            raise Refused("webhook.unknown", f"there is no delivery {delivery[:40]!a}")
        now_ms = self._now_ms()
        again = replace(found, state="waiting", attempts=0, next_ms=now_ms)
        self._shelf.put(again, again.id, of=webhook, until_ms=now_ms + KEPT_MS)
        self._put_due(again)
        self._note(viewer, "webhook.replayed", delivery)

    # -- what the server does -------------------------------------------------------------------

    def told_height(self, head: int) -> int:
        """Return the height up to which webhooks were told; the first time that is ``head``."""
        found = self._shelf.get(Told, HEIGHT)
        if found is None:
            self._shelf.put(Told(height=head), HEIGHT)
        return head if found is None else found.height

    def wanted(self) -> bool:
        """Whether there is a webhook that wants to be told of anything."""
        return any(not webhook.paused for webhook in self._shelf.every(Webhook))

    def collect(self, events: Iterable[EventRow], height: int) -> int:
        """Put events on their way to whoever wants them, up to ``height``; return how many."""
        webhooks = [w for w in self._shelf.every(Webhook) if not w.paused]
        count = 0
        for event in events if webhooks else ():
            for webhook in webhooks:
                if event.kind.startswith(webhook.kinds):
                    self._put(webhook, event)
                    count += 1
        self._shelf.put(Told(height=height), HEIGHT)
        return count

    def due(self, limit: int = DUE_MAX) -> list[Delivery]:
        """Return what is to be tried now, the oldest first."""
        now_ms = self._now_ms()
        due = [one for one in self._shelf.every(Due) if one.next_ms <= now_ms]
        due.sort(key=lambda one: (one.next_ms, one.position))
        found = []
        for one in due[:limit]:
            delivery = self._shelf.get(Delivery, one.delivery)
            if delivery is not None and delivery.state == "waiting":
                found.append(delivery)
            else:  # it is done with, and a crash came before this was taken away
                self._shelf.take(Due, one.delivery)
        return found

    def attempt(self, delivery: Delivery) -> bool:
        """Try a delivery; return whether it arrived."""
        webhook = self._shelf.get(Webhook, delivery.webhook)
        if webhook is None or webhook.paused:
            why = "nobody wants it any more" if webhook is None else "the webhook rests"
            self._after(delivery, 0, why, final=True)
            return False
        body, now_ms = delivery.body.encode(), self._now_ms()
        secret = self._secrets.open(webhook.sealed_secret)
        headers = signed_headers(secret, delivery.id, now_ms // SECOND_MS, body)
        try:
            answer, why = self._poster.post(webhook.url, headers, body), ""
        except CellchainError as error:
            answer, why = 0, error.text
        arrived = 200 <= answer < 300  # noqa: PLR2004
        self._after(delivery, answer, why, arrived=arrived, final=answer == 410)  # noqa: PLR2004
        self._count(webhook, arrived=arrived)
        return arrived

    def _put(self, webhook: Webhook, event: EventRow) -> None:
        now_ms = self._now_ms()
        told = {
            "type": event.kind,
            "timestamp_ms": event.time_ms,
            "position": event.position,
            "height": event.height,
            "subject": event.subject,
            "event": msgspec.Raw(event.entry.encode()),
        }
        delivery = Delivery(
            id=f"msg_{webhook.id}_{event.position}",
            webhook=webhook.id,
            party=webhook.party,
            kind=event.kind,
            position=event.position,
            body=msgspec.json.encode(told).decode(),
            created_ms=now_ms,
            next_ms=now_ms,
        )
        self._shelf.add(delivery, delivery.id, of=webhook.id, until_ms=now_ms + KEPT_MS)
        kept = self._shelf.get(Delivery, delivery.id)
        if kept is not None and kept.state == "waiting":  # kept now, or just before a crash
            self._put_due(kept)

    def _put_due(self, delivery: Delivery) -> None:
        due = Due(delivery=delivery.id, position=delivery.position, next_ms=delivery.next_ms)
        self._shelf.put(due, due.delivery, until_ms=self._now_ms() + KEPT_MS)

    def _after(
        self,
        delivery: Delivery,
        answer: int,
        why: str,
        *,
        arrived: bool = False,
        final: bool = False,
    ) -> None:
        attempts = delivery.attempts + 1
        again = not arrived and not final and attempts <= len(AGAIN_MS)
        wait_ms = AGAIN_MS[attempts - 1] if again else 0
        state = "delivered" if arrived else "waiting" if again else "failed"

        def tried(found: Delivery) -> Delivery:
            if found != delivery:  # it was replayed meanwhile
                return found
            next_ms = self._now_ms() + wait_ms
            return replace(
                found, state=state, attempts=attempts, answer=answer, why=why[:200], next_ms=next_ms
            )

        after = self._shelf.change(Delivery, delivery.id, tried)
        if after is not None and after.state == "waiting":
            self._put_due(after)
        else:
            self._shelf.take(Due, delivery.id)
            now = self._shelf.get(Delivery, delivery.id)
            if now is not None and now.state == "waiting":  # replayed between the two
                self._put_due(now)

    def _count(self, webhook: Webhook, *, arrived: bool) -> None:
        def counted(found: Webhook) -> Webhook:
            failures = 0 if arrived else found.failures + 1
            return replace(found, failures=failures, paused=failures >= PAUSED_AFTER)

        self._shelf.change(Webhook, webhook.id, counted)

    def _own(self, viewer: Viewer, webhook: str) -> Webhook:
        found = self._shelf.get(Webhook, webhook)
        if found is None or found.party != require_member(viewer):
            raise Refused("webhook.unknown", f"there is no webhook {webhook[:40]!a}")
        return found


def _is_kind(kind: str) -> bool:
    return "." in kind and len(kind) <= KIND_CHARACTERS_MAX
