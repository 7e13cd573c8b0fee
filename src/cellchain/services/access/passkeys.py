"""Passkeys: a member signs in with a key that its device keeps (W3C WebAuthn level 3).

The device asks for a finger or a PIN: a key that was found opens nothing.
"""

from __future__ import annotations

import json
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from cellchain.core.errors import Refused
from cellchain.core.time import MINUTE_MS
from cellchain.services.access.records import Challenge, Member, Passkey
from cellchain.services.access.viewer import require_member

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Viewer

# ruff: noqa: PLC0415  # the library takes a fifth of a second to load, and few requests need it

CHALLENGE_MS = 5 * MINUTE_MS
PASSKEYS_MAX = 10
CREDENTIAL_CHARACTERS_MAX = 20_000
_ENROL = "enrol"
_SIGN_IN = "sign-in"


class Passkeys:
    """The passkeys of every member at home here.

    Args:
        shelf: Where they are kept.
        note: Writes into the audit.
        address: Where browsers find the server; a passkey works there and nowhere else.
        now_ms: The time.
    """

    def __init__(
        self,
        shelf: Shelf,
        note: Callable[[Viewer, str, str], None],
        address: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._shelf = shelf
        self._note = note
        self._origin = address
        self._site = urlsplit(address).hostname or "localhost"
        self._now_ms = now_ms

    def of(self, member: str) -> Sequence[Passkey]:
        """Return the passkeys of a member."""
        return self._shelf.of(Passkey, member)

    def begin_enrolment(self, viewer: Viewer) -> tuple[str, str]:
        """Return a challenge's id, and the options for ``navigator.credentials.create`` as JSON.

        Raises:
            Refused: ``access.sign_in``, ``access.too_many_keys``.
        """
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        require_member(viewer)
        member = viewer.member or ""
        there = self.of(member)
        if len(there) >= PASSKEYS_MAX:
            raise Refused("access.too_many_keys", f"a member has at most {PASSKEYS_MAX} passkeys")
        options = generate_registration_options(
            rp_id=self._site,
            rp_name="cellchain",
            user_name=member,
            user_display_name=viewer.name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.id)) for key in there
            ],
        )
        return self._asked(_ENROL, options.challenge, member), options_to_json(options)

    def enrol(self, viewer: Viewer, challenge: str, credential: str, name: str) -> Passkey:
        """Keep the passkey that a browser has made.

        Raises:
            Refused: ``access.challenge``, ``access.passkey``.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url

        require_member(viewer)
        member = viewer.member or ""
        asked = self._answered(_ENROL, challenge, member)
        try:
            made = verify_registration_response(
                credential=_limited(credential),
                expected_challenge=bytes.fromhex(asked.challenge),
                expected_rp_id=self._site,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _bad_credentials() as error:
            raise Refused("access.passkey", f"this is no new passkey: {error}") from error
        passkey = Passkey(
            id=bytes_to_base64url(made.credential_id),
            member=member,
            public_key=bytes_to_base64url(made.credential_public_key),
            count=made.sign_count,
            name="".join(filter(str.isprintable, name))[:80] or "passkey",
            since_ms=self._now_ms(),
        )
        if not self._shelf.add(passkey, passkey.id, of=member):
            raise Refused("access.passkey", "this passkey is known already")
        self._note(viewer, "passkey.made", passkey.id[:16])
        return passkey

    def begin_sign_in(self) -> tuple[str, str]:
        """Return a challenge's id, and the options for ``navigator.credentials.get`` as JSON."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self._site, user_verification=UserVerificationRequirement.REQUIRED
        )
        return self._asked(_SIGN_IN, options.challenge, ""), options_to_json(options)

    def sign_in(self, challenge: str, credential: str) -> Member:
        """Return the member whose passkey has signed the challenge.

        Raises:
            Refused: ``access.challenge``, ``access.passkey``, ``access.clone``.
        """
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes

        asked = self._answered(_SIGN_IN, challenge, "")
        passkey = self._shelf.get(Passkey, _credential_id(credential))
        member = None if passkey is None else self._shelf.get(Member, passkey.member)
        if passkey is None or member is None or member.ended_ms is not None:
            raise Refused("access.passkey", "nobody here has this passkey")
        try:
            verified = verify_authentication_response(
                credential=_limited(credential),
                expected_challenge=bytes.fromhex(asked.challenge),
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=0,  # the counter is compared below, with the rest
                require_user_verification=True,
            )
        except _bad_credentials() as error:
            raise Refused("access.passkey", "this passkey did not sign the challenge") from error
        self._count(passkey.id, verified.new_sign_count)
        return member

    def end(self, viewer: Viewer, passkey: str) -> None:
        """Forget a passkey of the viewer's own.

        Raises:
            Refused: ``access.unknown_key``.
        """
        found = self._shelf.get(Passkey, passkey)
        if found is None or found.member != viewer.member:
            raise Refused("access.unknown_key", "you have no such passkey")
        self._shelf.take(Passkey, passkey)
        self._note(viewer, "passkey.ended", passkey[:16])

    def _count(self, passkey: str, count: int) -> None:
        def counted(kept: Passkey) -> Passkey:
            if count <= kept.count and (count or kept.count):
                raise Refused("access.clone", "this passkey has a twin: its counter went back")
            return replace(kept, count=count)

        self._shelf.change(Passkey, passkey, counted)

    def _asked(self, purpose: str, challenge: bytes, member: str) -> str:
        identity, until_ms = token_urlsafe(16), self._now_ms() + CHALLENGE_MS
        kept = Challenge(
            purpose=purpose, challenge=challenge.hex(), member=member, until_ms=until_ms
        )
        self._shelf.put(kept, identity, until_ms=until_ms)
        return identity

    def _answered(self, purpose: str, challenge: str, member: str) -> Challenge:
        """Take a challenge back: each is answered once."""
        asked = self._shelf.take(Challenge, challenge[:64])
        if (
            asked is None
            or asked.purpose != purpose
            or asked.member != member
            or asked.until_ms <= self._now_ms()
        ):
            raise Refused("access.challenge", "this was answered already, or too late: try again")
        return asked


def _limited(credential: str) -> str:
    if len(credential) > CREDENTIAL_CHARACTERS_MAX:
        raise Refused("access.passkey", "this is too long for a passkey")
    return credential


def _credential_id(credential: str) -> str:
    try:
        found = json.loads(_limited(credential))
    except (ValueError, RecursionError) as error:
        raise Refused("access.passkey", "this is no passkey") from error
    return str(found.get("id", ""))[:200] if isinstance(found, dict) else ""


def _bad_credentials() -> tuple[type[Exception], ...]:
    """What the library raises about bytes that a stranger sent."""
    from webauthn.helpers.exceptions import WebAuthnException

    return (WebAuthnException, ValueError, KeyError, TypeError, RecursionError)
