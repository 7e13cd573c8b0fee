"""What the parties say, and what of it goes on the ledger: a salted commitment each.

Values and documents themselves go into the vault of the demo home. Who may open which:

    public                its owner, and everybody
    legitimate-interest   whoever spoke in that passport: it went from hand to hand with the battery
    authority             the same, and the authorities
    whole versions        the same as legitimate interest; they hold everything
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.document import Register
from cellchain.contracts.passport import PassportId, Statement
from cellchain.contracts.passport.attributes import rule_of
from cellchain.core.canonical import canonical_bytes
from cellchain.core.names import Digest, DocumentId, PartyId
from cellchain.crypto.commitment import commit
from cellchain.crypto.envelope import Label
from cellchain.services.vault import Statement as Said

if TYPE_CHECKING:
    from cellchain.contracts.document.record import Access
    from cellchain.core.canonical import Json
    from cellchain.services.demo.dice import Dice
    from cellchain.services.demo.papers import Paper


class Disclosures:
    """Commits to values and remembers how to open each commitment.

    Args:
        dice: Give the salts.
    """

    def __init__(self, dice: Dice) -> None:
        self._said: list[Said] = []
        self._dice = dice
        self._current: dict[str, dict[str, Json]] = {}
        self._speakers: dict[str, dict[PartyId, None]] = {}
        self._versions: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How much was committed to."""
        return len(self._said)

    @property
    def said(self) -> list[Said]:
        """Everything that was said, with its salt, for whoever may read it now."""
        return [replace(one, recipients=self._readers(one)) for one in self._said]

    def statements(
        self, by: PartyId, passport: PassportId, values: dict[str, Json], *evidence: DocumentId
    ) -> tuple[Statement, ...]:
        """Return the statements of ``values``, attribute by attribute."""
        self._current.setdefault(passport, {}).update(values)
        return tuple(
            Statement(
                attribute=attribute,
                value=self._committed(
                    by, f"{passport}#{attribute}", rule_of(attribute).access, canonical_bytes(value)
                ),
                evidence=evidence,
            )
            for attribute, value in values.items()
        )

    def version(self, by: PartyId, passport: PassportId) -> Digest:
        """Return the commitment to everything that a passport states now."""
        value = canonical_bytes(self._current.get(passport, {}))
        return self._committed(by, f"{passport}#*", "private", value)

    def document(
        self, by: PartyId, document: str, paper: Paper, access: Access, *readers: PartyId
    ) -> Register:
        """Return the registration of a document that ``readers`` may open by name."""
        name = DocumentId(document)
        commitment = self._committed(by, name, access, paper.content)
        self._said[-1] = replace(
            self._said[-1], media_type=paper.media_type, file_name=paper.file_name
        )
        self._speakers[name] |= dict.fromkeys(readers)
        return Register(document=name, commitment=commitment, access=access)

    def _committed(self, by: PartyId, subject: str, access: str, value: bytes) -> Digest:
        salt = self._dice.salt(f"{subject} {len(self._said)}")
        version = self._versions[subject] = self._versions.get(subject, 0) + 1
        self._speakers.setdefault(subject.partition("#")[0], {})[by] = None
        label = Label(record=subject, version=version, access_class=access)
        said = Said(label=label, owner=by, recipients=(), value=value, salt=salt)
        self._said.append(said)
        return Digest(commit(salt, value).hex())

    def _readers(self, said: Said) -> tuple[PartyId, ...]:
        if said.label.access_class == "public":
            return ()
        return tuple(self._speakers[said.label.record.partition("#")[0]])
