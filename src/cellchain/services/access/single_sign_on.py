"""Single sign-on: members whom an OpenID Connect provider knows (OpenID Connect Core 1.0).

    browser → provider, with state, nonce and a PKCE challenge (RFC 7636)
            → back with a code → tokens for the code → who it is, signed by the provider

Who comes back is let in only if it is a member here: a provider says who somebody is, and never
who may come in. The first provider that vouches for a member is remembered, and no other may take
its place until the member is invited again: two providers may call two people by one address.
"""

from __future__ import annotations

import base64
import hashlib
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from cellchain.core.errors import Refused
from cellchain.core.time import MINUTE_MS
from cellchain.services.access.records import Challenge, Member

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.access.shelf import Shelf

PURPOSE = "single-sign-on"
WAITING_MS = 10 * MINUTE_MS


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of somebody, after its signature was checked."""

    nonce: str = ""
    email: str = ""
    email_verified: bool = False


class IdentityProvider(Protocol):
    """Somebody else who knows the members."""

    @property
    def name(self) -> str:
        """What members call it."""
        ...

    def authorization_endpoint(self) -> str:
        """Return where browsers are sent.

        Raises:
            Unavailable: ``access.provider``.
        """
        ...

    @property
    def client_id(self) -> str: ...  # noqa: D102

    @property
    def issuer(self) -> str:
        """Its address, under which it signs what it says."""
        ...

    def claims(self, code: str, verifier: str, redirect: str) -> Claims:
        """Return who came back with ``code``.

        Raises:
            Refused: ``access.provider_refused``; Unavailable: ``access.provider``.
        """
        ...


class SingleSignOn:
    """Signs members in by a provider.

    Args:
        provider: Who knows them.
        shelf: Where members and those under way are kept.
        address: Where browsers find this server.
        now_ms: The time.
    """

    def __init__(
        self,
        provider: IdentityProvider,
        shelf: Shelf,
        address: str,
        now_ms: Callable[[], int],
    ) -> None:
        self.provider = provider
        self._shelf = shelf
        self._redirect = f"{address}/sign-in/provider"
        self._now_ms = now_ms

    def begin(self) -> tuple[str, str]:
        """Return the state, which the browser keeps in a cookie, and where it is to go."""
        state, nonce, verifier = token_urlsafe(24), token_urlsafe(24), token_urlsafe(48)
        until_ms = self._now_ms() + WAITING_MS
        kept = Challenge(purpose=PURPOSE, challenge=verifier, member=nonce, until_ms=until_ms)
        self._shelf.put(kept, state, until_ms=until_ms)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._redirect,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return state, f"{self.provider.authorization_endpoint()}?{urlencode(query)}"

    def finish(self, state: str, cookie: str, code: str) -> Member:
        """Return the member who came back.

        Raises:
            Refused: ``access.challenge``: not begun in this browser, or too late;
                ``access.provider_refused``; ``access.wrong``: nobody here.
        """
        asked = self._shelf.take(Challenge, state[:64]) if state == cookie else None
        if asked is None or asked.purpose != PURPOSE or asked.until_ms <= self._now_ms():
            raise Refused("access.challenge", "this was not begun here, or too late: try again")
        found = self.provider.claims(code, asked.challenge, self._redirect)
        if found.nonce != asked.member:
            raise Refused("access.provider_refused", "the answer was made for another request")
        member = self._shelf.get(Member, found.email.lower()) if found.email_verified else None
        if member is None or member.ended_ms is not None:
            raise Refused("access.wrong", "the provider knows you; no organisation here does")
        return self._vouched(member)

    def _vouched(self, member: Member) -> Member:
        """Return ``member`` as one that this provider vouches for."""
        issuer = self.provider.issuer
        bound = member
        if not member.issuer:
            first = self._shelf.change(
                Member, member.member, lambda m: replace(m, issuer=m.issuer or issuer)
            )
            bound = first or member
        if bound.issuer != issuer:
            raise Refused(
                "access.wrong",
                "another provider has vouched for you before",
                remedy="ask an administrator of your organisation to invite you again",
            )
        return bound
