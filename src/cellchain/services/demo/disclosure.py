"""What the parties say, and what of it goes on the ledger: a salted commitment each.

The values themselves stay beside the ledger (`said`), so that a reader of a demo home can open
every commitment. Values and salts of a real consortium lie encrypted in a vault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.contracts.document import Register
from cellchain.contracts.passport import PassportId, Statement
from cellchain.core.canonical import canonical_bytes
from cellchain.core.names import Digest, DocumentId
from cellchain.crypto.commitment import commit

if TYPE_CHECKING:
    from cellchain.contracts.document.record import Access
    from cellchain.services.demo.dice import Dice


class Disclosures:
    """Commits to values and remembers how to open each commitment.

    Args:
        dice: Give the salts.
    """

    def __init__(self, dice: Dice) -> None:
        self.said: list[dict[str, Any]] = []
        self._dice = dice
        self._current: dict[str, dict[str, object]] = {}

    def statements(
        self, passport: PassportId, values: dict[str, object], *evidence: DocumentId
    ) -> tuple[Statement, ...]:
        """Return the statements of ``values``, attribute by attribute."""
        self._current.setdefault(passport, {}).update(values)
        return tuple(
            Statement(
                attribute=attribute,
                value=self._committed(f"{passport}#{attribute}", value),
                evidence=evidence,
            )
            for attribute, value in values.items()
        )

    def version(self, passport: PassportId) -> Digest:
        """Return the commitment to everything that a passport states now."""
        return self._committed(f"{passport}#*", dict(self._current.get(passport, {})))

    def document(self, document: str, text: str, access: Access) -> Register:
        """Return the registration of a document."""
        name = DocumentId(document)
        return Register(document=name, commitment=self._committed(name, text), access=access)

    def _committed(self, subject: str, value: Any) -> Digest:
        salt = self._dice.salt(f"{subject} {len(self.said)}")
        digest = Digest(commit(salt, canonical_bytes(value)).hex())
        self.said.append(
            {"subject": subject, "value": value, "salt": salt.hex(), "commitment": digest}
        )
        return digest
