"""Sessions: a browser signs in, and is known by its cookie until it signs out or time is up."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.core.errors import Refused, Unavailable
from cellchain.core.time import HOUR_MS, MINUTE_MS
from cellchain.services.access.records import Deed, Member, Session
from cellchain.services.access.secrets import is_password, new_token, token_hash
from cellchain.services.access.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Viewer

SESSION_MS = 12 * HOUR_MS
"""A working day; then the member signs in again."""
REMEMBERED_MS = 5_000
"""How long a viewer is remembered without looking again: a session that was ended elsewhere, by
another process, may still be used for that long."""
REMEMBERED_MAX = 10_000
TRIES = 10
"""Wrong passwords in a quarter of an hour, for one member or from one address."""


class Sessions:
    """Opens and ends sessions.

    Args:
        shelf: Where they are kept.
        viewer_of: Says who a member is.
        now_ms: The time.
    """

    def __init__(
        self, shelf: Shelf, viewer_of: Callable[[Member, str], Viewer], now_ms: Callable[[], int]
    ) -> None:
        self._shelf = shelf
        self._viewer_of = viewer_of
        self._now_ms = now_ms
        self._throttle = Throttle(TRIES, 15 * MINUTE_MS)
        self._known: dict[str, tuple[int, Viewer]] = {}
        self._lock = Lock()

    def sign_in(self, member: str, password: str, address: str) -> str:
        """Return the token of a new session.

        Raises:
            Refused: ``access.wrong``: no such member or another password, which look the same.
            Unavailable: ``access.too_many``: too many wrong tries; later again.
        """
        now_ms = self._now_ms()
        for tried in (f"member {member[:128].lower()}", f"address {address}"):
            if not self._throttle.allows(tried, now_ms):
                raise Unavailable(
                    "access.too_many", "too many wrong tries", remedy="wait a quarter of an hour"
                )
        found = self._shelf.get(Member, member[:128].lower())
        right = is_password("" if found is None else found.password, password)
        if found is None or not right or found.ended_ms is not None:
            self._throttle.count(f"member {member[:128].lower()}", now_ms)
            self._throttle.count(f"address {address}", now_ms)
            self._note("session.refused", found, address)
            raise Refused("access.wrong", "no member has this name and this password")
        return self.open(found, address)

    def open(self, member: Member, address: str) -> str:
        """Return the token of a new session of ``member``, who has shown who it is."""
        now_ms, token = self._now_ms(), new_token()
        session = Session(
            member=member.member,
            since_ms=now_ms,
            until_ms=now_ms + SESSION_MS,
            seen_ms=now_ms,
            address=address,
        )
        key = token_hash(token)
        self._shelf.put(session, key, of=member.member, until_ms=session.until_ms)
        self._shelf.change(Member, member.member, lambda m: replace(m, seen_ms=now_ms))
        self._note("session.opened", member, address)
        return token

    def viewer(self, token: str) -> Viewer | None:
        """Return who is behind a token, or ``None`` where it opens nothing (any more)."""
        key, now_ms = token_hash(token), self._now_ms()
        remembered = self._known.get(key)
        if remembered is not None and now_ms < remembered[0]:
            return remembered[1]
        session = self._shelf.get(Session, key)
        if session is None or session.until_ms <= now_ms:
            return None
        member = self._shelf.get(Member, session.member)
        if member is None or member.ended_ms is not None:
            return None
        viewer = self._viewer_of(member, key[:16])
        with self._lock:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = (min(now_ms + REMEMBERED_MS, session.until_ms), viewer)
        return viewer

    def sign_out(self, token: str) -> None:
        """End the session of a token."""
        key = token_hash(token)
        session = self._shelf.take(Session, key)
        self.forget()
        if session is not None:
            self._note("session.ended", self._shelf.get(Member, session.member), session.address)

    def forget(self) -> None:
        """Look everybody up again: somebody's rights have changed."""
        with self._lock:
            self._known.clear()

    def _note(self, deed: str, member: Member | None, address: str) -> None:
        self._shelf.note(
            Deed(
                time_ms=self._now_ms(),
                party="" if member is None else member.party,
                member="" if member is None else member.member,
                deed=deed,
                address=address,
            )
        )
