"""The members' desk: everything about who is who, behind one door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.access.api_keys import ApiKeys
from cellchain.services.access.approvals import Approvals
from cellchain.services.access.members import Members
from cellchain.services.access.passkeys import Passkeys
from cellchain.services.access.records import Deed
from cellchain.services.access.sessions import Sessions
from cellchain.services.access.viewer import Viewer, require_member

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cellchain.core.names import PartyId
    from cellchain.services.access.records import Member
    from cellchain.services.access.shelf import Shelf


class AccessDesk:
    """Members, sessions, API keys, passkeys, approvals and the audit of one server.

    Args:
        shelf: Where all of it is kept.
        contracts: Names of the contracts, each a scope of API keys.
        roles_of: Gives the roles of a party on the ledger; none where it is suspended.
        address: Where browsers find the server: passkeys are bound to it.
        now_ms: The time.
        operator: The party that operates the home.
        demo: Whether everybody may come in as anybody: in a demonstration only.
    """

    def __init__(
        self,
        shelf: Shelf,
        *,
        contracts: Collection[str],
        roles_of: Callable[[PartyId], frozenset[str]],
        address: str,
        now_ms: Callable[[], int],
        operator: PartyId | None = None,
        demo: bool = False,
    ) -> None:
        self.shelf = shelf
        self.demo = demo
        self._operator = operator
        self._roles_of = roles_of
        self._now_ms = now_ms
        self.sessions = Sessions(shelf, self._viewer_of, now_ms)
        self.members = Members(shelf, self.note, self.sessions.forget, now_ms)
        self.api_keys = ApiKeys(shelf, contracts, roles_of, self.note, now_ms)
        self.passkeys = Passkeys(shelf, self.note, address, now_ms)
        self.approvals = Approvals(shelf, self.members, self.note, now_ms)

    def sign_in_as(self, member: str, address: str) -> str:
        """Return the token of a session of any member, without a password: in a demo only.

        Raises:
            Refused: ``access.wrong``.
        """
        found = self.members.find(member)
        if not self.demo or found is None or found.ended_ms is not None:
            raise Refused("access.wrong", "only a demonstration lets anybody in")
        return self.sessions.open(found, address)

    def again(self, viewer: Viewer) -> Viewer:
        """Return who ``viewer`` is by now, with the duties and scopes of today.

        Raises:
            Refused: ``access.sign_in``: the member has left, or the API key has ended.
        """
        name = viewer.member or ""
        if viewer.scopes is not None:
            found = self.api_keys.again(name)
        else:
            member = self.members.find(name)
            left = member is None or member.ended_ms is not None
            found = None if member is None or left else self._viewer_of(member, viewer.session)
        if found is None or found.party != viewer.party:
            raise Refused("access.sign_in", f"{name} is not let in any more")
        return found

    def note(self, viewer: Viewer, deed: str, about: str) -> None:
        """Write into the audit what ``viewer`` did."""
        self.shelf.note(
            Deed(
                time_ms=self._now_ms(),
                party=viewer.party or "",
                member=viewer.member or "",
                deed=deed,
                about=about,
            )
        )

    def deeds(
        self, viewer: Viewer, *, before: int | None = None, limit: int = 100
    ) -> Sequence[tuple[int, Deed]]:
        """Return what members of the viewer's organisation did, newest first, with numbers."""
        return self.shelf.deeds(require_member(viewer), before=before, limit=limit)

    def _viewer_of(self, member: Member, session: str) -> Viewer:
        return Viewer(
            party=member.party,
            member=member.member,
            name=member.name,
            roles=self._roles_of(member.party),
            duties=frozenset(member.duties),
            operates=member.party == self._operator and "administrator" in member.duties,
            session=session,
        )
