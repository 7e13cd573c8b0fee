"""API keys: how a machine of an organisation shows who it is. The secret is shown once.

cc_<id>_<secret>      in ``Authorization: Bearer``
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.core.time import DAY_MS
from cellchain.services.access.records import ApiKey
from cellchain.services.access.secrets import is_token, new_token, token_hash
from cellchain.services.access.viewer import Viewer, require_duty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cellchain.core.names import PartyId
    from cellchain.services.access.shelf import Shelf

PREFIX = "cc"
DAYS_MAX = 400
KEYS_MAX = 100
NAME_CHARACTERS_MAX = 80
PLAIN_SCOPES = ("lab", "read", "telemetry")
"""Asking questions of files; reading what the organisation may read; sending bundles of devices."""
REMEMBERED_MS = 5_000
MEMBER = "api-key "
"""What its name as a member begins with; no person's does."""


class ApiKeys:
    """The API keys of every organisation at home here.

    Args:
        shelf: Where they are kept.
        contracts: Names of the contracts, each of which is a scope.
        roles_of: Gives the roles of a party.
        note: Writes into the audit.
        now_ms: The time.
    """

    def __init__(
        self,
        shelf: Shelf,
        contracts: Collection[str],
        roles_of: Callable[[PartyId], frozenset[str]],
        note: Callable[[Viewer, str, str], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._shelf = shelf
        self._scopes = (*PLAIN_SCOPES, *contracts)
        self._roles_of = roles_of
        self._note = note
        self._now_ms = now_ms
        self._known: dict[str, tuple[int, Viewer]] = {}

    @property
    def scopes(self) -> tuple[str, ...]:
        """Everything that a key may be for."""
        return self._scopes

    def of(self, party: PartyId) -> Sequence[ApiKey]:
        """Return the keys of ``party``."""
        return self._shelf.of(ApiKey, party)

    def make(self, viewer: Viewer, name: str, scopes: Sequence[str], days: int) -> str:
        """Return a new key, which nobody can show again.

        Raises:
            Refused: ``access.duty``, ``access.name``, ``access.scopes``, ``access.days``,
                ``access.too_many_keys``.
        """
        party = require_duty(viewer, "administrator")
        if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
            raise Refused("access.name", f"a name has 1 to {NAME_CHARACTERS_MAX} letters")
        unknown = [scope for scope in scopes if scope not in self._scopes]
        if not scopes or unknown:
            raise Refused("access.scopes", f"scopes are one or more of {', '.join(self._scopes)}")
        if not 1 <= days <= DAYS_MAX:
            raise Refused("access.days", f"a key lives 1 to {DAYS_MAX} days, not {days}")
        if len(self.of(party)) >= KEYS_MAX:
            raise Refused("access.too_many_keys", f"{party} has {KEYS_MAX} keys: end some first")
        key_id, secret, now_ms = secrets.token_hex(6), new_token(), self._now_ms()
        kept = ApiKey(
            id=key_id,
            party=party,
            name=name,
            secret=token_hash(secret),
            scopes=tuple(sorted(set(scopes))),
            since_ms=now_ms,
            until_ms=now_ms + days * DAY_MS,
            made_by=viewer.member or "",
        )
        self._shelf.put(kept, key_id, of=party, until_ms=kept.until_ms)
        self._note(viewer, "api_key.made", key_id)
        return f"{PREFIX}_{key_id}_{secret}"

    def end(self, viewer: Viewer, key_id: str) -> None:
        """Let a key of the viewer's organisation open nothing any more.

        Raises:
            Refused: ``access.duty``, ``access.unknown_key``.
        """
        party = require_duty(viewer, "administrator")
        found = self._shelf.get(ApiKey, key_id)
        if found is None or found.party != party:
            raise Refused("access.unknown_key", f"{party} has no API key {key_id[:40]!a}")
        self._shelf.take(ApiKey, key_id)
        self._known.clear()
        self._note(viewer, "api_key.ended", key_id)

    def viewer(self, key: str) -> Viewer | None:
        """Return who is behind an API key, or ``None`` where it opens nothing."""
        now_ms, remembered = self._now_ms(), self._known.get(hashed := token_hash(key))
        if remembered is not None and now_ms < remembered[0]:
            return remembered[1]
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        found = self._shelf.get(ApiKey, key_id) if prefix == PREFIX and len(key) < 200 else None  # noqa: PLR2004
        if found is None or found.until_ms <= now_ms or not is_token(found.secret, secret):
            return None
        viewer = self._viewer_of(found)
        if len(self._known) >= KEYS_MAX * 100:
            self._known.clear()
        self._known[hashed] = (min(now_ms + REMEMBERED_MS, found.until_ms), viewer)
        return viewer

    def again(self, member: str) -> Viewer | None:
        """Return who is behind the API key that signs as ``member``; ``None`` once it has ended."""
        found = self._shelf.get(ApiKey, member.removeprefix(MEMBER))
        if found is None or found.until_ms <= self._now_ms():
            return None
        return self._viewer_of(found)

    def _viewer_of(self, found: ApiKey) -> Viewer:
        return Viewer(
            party=found.party,
            member=f"{MEMBER}{found.id}",
            name=found.name,
            roles=self._roles_of(found.party),
            duties=frozenset({"reader", "signer"}),
            scopes=frozenset(found.scopes),
            made_by=found.made_by,
        )
