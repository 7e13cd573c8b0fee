"""Members: who belongs to an organisation, with which duties, and how they get in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.core.errors import Refused, Unavailable
from cellchain.core.time import DAY_MS, MINUTE_MS
from cellchain.services.access.records import Invitation, Member, Session
from cellchain.services.access.secrets import hash_password, is_password, new_token, token_hash
from cellchain.services.access.throttle import Throttle
from cellchain.services.access.viewer import DUTIES, require_duty, require_member

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.core.names import PartyId
    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Duty, Viewer

INVITATION_MS = 7 * DAY_MS
NAME_CHARACTERS_MAX = 80
TRIES = 10
"""Wrong present passwords of one member in a quarter of an hour."""
_MEMBER = re.compile(r"[a-z0-9](?:[a-z0-9._+-]{0,62})@[a-z0-9](?:[a-z0-9.-]{0,62})")


class Members:
    """The members of every organisation at home here.

    Args:
        shelf: Where they are kept.
        note: Writes into the audit: who, the deed, about whom.
        changed: Told when somebody's rights have changed.
        now_ms: The time.
    """

    def __init__(
        self,
        shelf: Shelf,
        note: Callable[[Viewer, str, str], None],
        changed: Callable[[], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._shelf = shelf
        self._note = note
        self._changed = changed
        self._now_ms = now_ms
        self._throttle = Throttle(TRIES, 15 * MINUTE_MS)

    def of(self, party: PartyId) -> Sequence[Member]:
        """Return the members of ``party``, those who have left included."""
        return self._shelf.of(Member, party)

    def everybody(self) -> Sequence[Member]:
        """Return every member who has not left, by name."""
        return [member for member in self._shelf.every(Member) if member.ended_ms is None]

    def find(self, member: str) -> Member | None:
        """Return a member."""
        return self._shelf.get(Member, member.lower())

    def signers(self, party: PartyId) -> int:
        """Return how many members may sign for ``party``."""
        found = self._shelf.of(Member, party)
        return sum(m.ended_ms is None and "signer" in m.duties for m in found)

    def invite(self, viewer: Viewer, member: str, name: str, duties: Sequence[str]) -> str:
        """Add a member to the viewer's organisation; return the token that lets it in once.

        Raises:
            Refused: ``access.duty``; ``access.member``, ``access.name``, ``access.duties``:
                misspelt; ``access.member_exists``.
        """
        party = require_duty(viewer, "administrator")
        token = self.enrol(party, member, name, duties)
        self._note(viewer, "member.invited", member.lower())
        return token

    def enrol(self, party: PartyId, member: str, name: str, duties: Sequence[str]) -> str:
        """Add a member without asking who adds it: for the operator's own hand."""
        spelt = member.lower()
        if not _MEMBER.fullmatch(spelt):
            raise Refused("access.member", f"{member[:80]!a} is not like name@company")
        if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
            raise Refused("access.name", f"a name has 1 to {NAME_CHARACTERS_MAX} letters")
        kept = Member(
            member=spelt,
            party=party,
            name=name,
            duties=_known(duties),
            since_ms=self._now_ms(),
        )
        if not self._shelf.add(kept, spelt, of=party):
            raise Refused("access.member_exists", f"there is a member {spelt} already")
        return self._invitation(spelt)

    def accept(self, token: str, password: str) -> Member:
        """Let an invited member choose its password; whoever came in with an older one is out.

        Raises:
            Refused: ``access.invitation``: it was used, or is too old; ``access.password``.
        """
        found = self._shelf.get(Invitation, token_hash(token))
        if found is None or found.until_ms <= self._now_ms():
            raise Refused(
                "access.invitation",
                "this invitation was used already, or is older than a week",
                remedy="ask an administrator of your organisation for another",
            )
        hashed = hash_password(password, found.member)
        if self._shelf.take(Invitation, token_hash(token)) is None:
            raise Refused("access.invitation", "this invitation was used already")
        member = self._shelf.change(
            Member, found.member, lambda m: replace(m, password=hashed, issuer="")
        )
        if member is None:
            raise Refused("access.invitation", "this member is no longer there")
        self._end_sessions(member.member)
        return member

    def set_duties(self, viewer: Viewer, member: str, duties: Sequence[str]) -> None:
        """Give a member of the viewer's organisation other duties, which count at once.

        Raises:
            Refused: ``access.duty``, ``access.duties``, ``access.unknown_member``;
                ``access.last_administrator``: nobody would be left to run the organisation.
        """
        wanted = _known(duties)
        self._change(viewer, member, "member.duties_set", lambda m: replace(m, duties=wanted))

    def end(self, viewer: Viewer, member: str) -> None:
        """Let a member in no more.

        Raises:
            Refused: Like `set_duties`.
        """
        now_ms = self._now_ms()
        self._change(viewer, member, "member.ended", lambda m: replace(m, ended_ms=now_ms))
        self._end_sessions(member.lower())

    def invite_again(self, viewer: Viewer, member: str) -> str:
        """Return a new token for a member who has forgotten the password."""
        party = require_duty(viewer, "administrator")
        found = self._own(party, member)
        self._note(viewer, "member.invited_again", found.member)
        return self._invitation(found.member)

    def change_password(self, viewer: Viewer, present: str, password: str) -> None:
        """Change the viewer's own password, and end its other sessions.

        Args:
            viewer: Whose.
            present: The password up to now; anything where there was none.
            password: The new one.

        Raises:
            Refused: ``access.wrong``: ``present`` is another one; ``access.password``.
            Unavailable: ``access.too_many``: too many wrong tries; later again.
        """
        found = self._own(require_member(viewer), viewer.member or "")
        if found.password:
            self._check_present(found, present)
        hashed = hash_password(password, found.member)
        self._shelf.change(Member, found.member, lambda m: replace(m, password=hashed))
        self._end_sessions(found.member, but=viewer.session)
        self._note(viewer, "member.password_changed", found.member)

    def _check_present(self, found: Member, present: str) -> None:
        now_ms = self._now_ms()
        if not self._throttle.allows(found.member, now_ms):
            raise Unavailable(
                "access.too_many", "too many wrong tries", remedy="wait a quarter of an hour"
            )
        if not is_password(found.password, present):
            self._throttle.count(found.member, now_ms)
            raise Refused("access.wrong", "this is not your password up to now")

    def _end_sessions(self, member: str, *, but: str = "") -> None:
        """End the sessions of a member, but for the one that the viewer is in."""
        self._shelf.take_all(Session, member, but=but)
        self._changed()

    def _change(
        self, viewer: Viewer, member: str, deed: str, change: Callable[[Member], Member]
    ) -> None:
        party = require_duty(viewer, "administrator")
        name = self._own(party, member).member

        def changed(found: Member, everybody: Sequence[Member]) -> Member:
            after = change(found)
            others = [m for m in everybody if m.member != name]
            if not any(_is_administrator(m) for m in (*others, after)):
                raise Refused(
                    "access.last_administrator",
                    f"{name} is the last administrator of {party}",
                    remedy="make somebody else an administrator first",
                )
            return after

        self._shelf.change_among(Member, name, party, changed)
        self._changed()
        self._note(viewer, deed, name)

    def _own(self, party: PartyId, member: str) -> Member:
        found = self._shelf.get(Member, member.lower())
        if found is None or found.party != party:
            raise Refused("access.unknown_member", f"{party} has no member {member[:80]!a}")
        return found

    def _invitation(self, member: str) -> str:
        token, until_ms = new_token(), self._now_ms() + INVITATION_MS
        kept = Invitation(member=member, until_ms=until_ms)
        self._shelf.put(kept, token_hash(token), of=member, until_ms=until_ms)
        return token


def _is_administrator(member: Member) -> bool:
    return member.ended_ms is None and "administrator" in member.duties


def _known(duties: Sequence[str]) -> tuple[Duty, ...]:
    wanted: tuple[Duty, ...] = tuple(duty for duty in DUTIES if duty in duties)
    if not wanted or len(wanted) != len(set(duties)):
        raise Refused("access.duties", f"duties are one or more of {', '.join(DUTIES)}")
    return wanted
