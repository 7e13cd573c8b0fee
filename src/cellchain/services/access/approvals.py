"""Four eyes: what one signer asks for waits until another one of the same party agrees."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.core.errors import Refused
from cellchain.core.time import DAY_MS
from cellchain.ledger.stage import encode
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_duty, require_member

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.services.access.members import Members
    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Viewer

WAITING_MS = 7 * DAY_MS


class Approvals:
    """What waits for a second signer.

    Args:
        shelf: Where it is kept.
        members: Say who may sign.
        note: Writes into the audit.
        now_ms: The time.
    """

    def __init__(
        self,
        shelf: Shelf,
        members: Members,
        note: Callable[[Viewer, str, str], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._shelf = shelf
        self._members = members
        self._note = note
        self._now_ms = now_ms

    def waiting(self, viewer: Viewer) -> Sequence[Approval]:
        """Return what waits in the viewer's organisation, oldest first."""
        found = self._shelf.of(Approval, require_member(viewer))
        now_ms = self._now_ms()
        still = [a for a in found if not a.decided_by and a.until_ms > now_ms]
        return sorted(still, key=lambda approval: approval.asked_ms)

    def find(self, viewer: Viewer, approval: str) -> Approval:
        """Return what is or was waiting in the viewer's organisation.

        Raises:
            Refused: ``access.unknown_approval``.
        """
        party = require_member(viewer)
        found = self._shelf.get(Approval, approval)
        if found is None or found.party != party:
            raise Refused("access.unknown_approval", f"nothing waits as {approval[:40]!a}")
        return found

    def ask(self, viewer: Viewer, messages: Sequence[Message]) -> Approval:
        """Let ``messages`` wait for a second signer.

        Raises:
            Refused: ``access.duty``; ``access.one_signer``: there is no second one.
        """
        party = require_duty(viewer, "signer")
        if self._members.signers(party) < 2 and viewer.scopes is None:  # noqa: PLR2004
            raise Refused(
                "access.one_signer",
                f"this takes two signers, and {party} has one",
                remedy="let an administrator invite a second signer",
            )
        now_ms = self._now_ms()
        approval = Approval(
            id=token_hex(8),
            party=party,
            asked_by=viewer.member or "",
            made_by=viewer.made_by,
            asked_ms=now_ms,
            until_ms=now_ms + WAITING_MS,
            messages=_texts(messages),
        )
        self._shelf.put(approval, approval.id, of=party, until_ms=approval.until_ms + 30 * DAY_MS)
        self._note(viewer, "approval.asked", approval.id)
        return approval

    def agree(
        self, viewer: Viewer, approval: str, send: Callable[[Sequence[str]], Result]
    ) -> Approval:
        """Agree, as a second signer, and let ``send`` send it.

        Raises:
            Refused: ``access.duty``; ``access.same_signer``: who asked does not agree too;
                ``access.decided``: somebody was faster, or it is too late; or what ``send`` says.
            Unavailable: What ``send`` says; it waits on, for whoever agrees again.
        """
        self.agreeable(viewer, approval)
        found = self._claim(viewer, approval)
        self._note(viewer, "approval.agreed", approval)
        try:
            sent = send(found.messages)
        except Refused as error:
            code = error.code
            self._shelf.change(Approval, approval, lambda a: replace(a, refused=code))
            raise
        except BaseException:  # nothing was decided: "try again" must find it waiting
            self._give_back(found)
            raise
        done = self._shelf.change(
            Approval, approval, lambda a: replace(a, transaction=sent.transaction)
        )
        return done or found

    def decline(self, viewer: Viewer, approval: str) -> Approval:
        """Let it not happen; who asked may take it back too."""
        found = self.find(viewer, approval)
        require_duty(viewer, "signer")
        self._check_open(found)
        self._claim(viewer, approval)
        declined = self._shelf.change(
            Approval, approval, lambda a: replace(a, refused="access.declined")
        )
        self._note(viewer, "approval.declined", approval)
        return declined or found

    def settle(self, viewer: Viewer, messages: Sequence[Message], transaction: str) -> None:
        """Close what waits for just ``messages``, which happened: a key elsewhere signed them.

        Args:
            viewer: Who signed; a key that is nobody's here counts under its own name.
            messages: What was signed.
            transaction: What it became.
        """
        texts = _texts(messages)
        for waiting in self.waiting(viewer):
            if waiting.messages != texts:
                continue
            try:
                self._claim(viewer, waiting.id)
            except Refused:
                continue  # declined at the same moment; the book has it all the same
            self._shelf.change(Approval, waiting.id, lambda a: replace(a, transaction=transaction))
            self._note(viewer, "approval.agreed", waiting.id)
            return

    def agreeable(self, viewer: Viewer, approval: str) -> Approval:
        """Return what waits, where ``viewer`` may agree to it as a second signer.

        Raises:
            Refused: ``access.unknown_approval``, ``access.duty``, ``access.person``,
                ``access.same_signer``, ``access.decided``.
        """
        found = self.find(viewer, approval)
        require_duty(viewer, "signer")
        if viewer.scopes is not None:
            raise Refused("access.person", "a second signer is a person, not an API key")
        if viewer.member in {found.asked_by, found.made_by}:
            raise Refused(
                "access.same_signer",
                f"{viewer.member} asked for this, or made the key that did; somebody else agrees",
            )
        self._check_open(found)
        return found

    def _check_open(self, found: Approval) -> None:
        if found.decided_by or found.until_ms <= self._now_ms():
            raise Refused("access.decided", f"{found.id} was decided, or has waited too long")

    def _claim(self, viewer: Viewer, approval: str) -> Approval:
        """Be the one who decides: of two at once the second finds it decided."""
        me = viewer.member or ""

        def claim(found: Approval) -> Approval:
            self._check_open(found)
            return replace(found, decided_by=me)

        claimed = self._shelf.change(Approval, approval, claim)
        if claimed is None:
            raise Refused("access.unknown_approval", f"nothing waits as {approval[:40]!a}")
        return claimed

    def _give_back(self, claimed: Approval) -> None:
        """Let it wait on: what it waited for did not happen, and no rule has refused it."""
        self._shelf.change(
            Approval,
            claimed.id,
            lambda found: replace(found, decided_by="") if found == claimed else found,
        )


def _texts(messages: Sequence[Message]) -> tuple[str, ...]:
    """Return each message as canonical JSON."""
    return tuple(encode(message).decode() for message in messages)
