"""An OpenID Connect provider over HTTP: its discovery document, its keys, its tokens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from cellchain.core.errors import Refused, Unavailable
from cellchain.services.access.single_sign_on import Claims

if TYPE_CHECKING:
    from pathlib import Path

    from joserfc.jwk import KeySet

TIMEOUT_S = 10.0
KNOWN_S = 3600.0
ALGORITHMS = ("ES256", "EdDSA", "PS256", "RS256")
ANSWER_BYTES_MAX = 1 << 18
LEEWAY_S = 60


class _Document(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class HttpProvider:
    """A `cellchain.services.access.single_sign_on.IdentityProvider`.

    Args:
        issuer: Its address; everything else is read there.
        client_id: What it calls this server.
        secret_file: A file with the secret it gave; none for public clients.
        name: What members call it.
        client: Sends the requests.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret_file: Path | None = None,
        name: str = "single sign-on",
        client: httpx.Client | None = None,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self._secret = secret_file.read_text("utf-8").strip() if secret_file else ""
        self._client = client or httpx.Client(timeout=TIMEOUT_S, trust_env=False)
        self._known: tuple[float, _Document, KeySet] | None = None
        self.client_id = client_id
        self.name = name

    def authorization_endpoint(self) -> str:
        """Return where browsers are sent."""
        return self._discovered()[0].authorization_endpoint

    def claims(self, code: str, verifier: str, redirect: str) -> Claims:
        """Return who came back with ``code``, after checking the signature of the provider."""
        document, keys = self._discovered()
        fields = {
            "grant_type": "authorization_code",
            "code": code[:2048],
            "code_verifier": verifier,
            "redirect_uri": redirect,
            "client_id": self.client_id,
        }
        if self._secret:
            fields["client_secret"] = self._secret
        answer = self._json("POST", document.token_endpoint, data=fields)
        token = str(answer.get("id_token", ""))
        if self._is_signed_anew(token, keys):
            self._known = None  # the provider has changed its keys
            document, keys = self._discovered()
        return self._checked(token, document.issuer, keys)

    def _is_signed_anew(self, token: str, keys: KeySet) -> bool:
        """Whether a token names a key that was not there when the keys were read."""
        from joserfc.errors import JoseError  # noqa: PLC0415  # only where somebody signs in so
        from joserfc.jws import extract_compact  # noqa: PLC0415

        try:
            named = extract_compact(token.encode()).protected.get("kid")
        except (JoseError, ValueError):
            return False
        return named is not None and named not in {key.kid for key in keys.keys}

    def _checked(self, token: str, issuer: str, keys: KeySet) -> Claims:
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            nonce={"essential": True},
        )
        try:
            decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            rules.validate(decoded.claims)
            return msgspec.convert(
                {name: decoded.claims.get(name, "") for name in ("nonce", "email")}
                | {"email_verified": decoded.claims.get("email_verified") is True},
                Claims,
            )
        except (JoseError, ValueError, msgspec.ValidationError) as error:
            raise Refused(
                "access.provider_refused", f"the token of {self.name} is not good"
            ) from error

    def _discovered(self) -> tuple[_Document, KeySet]:
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        now = time.monotonic()
        if self._known is None or now - self._known[0] > KNOWN_S:
            found = self._json("GET", f"{self.issuer}/.well-known/openid-configuration")
            try:
                document = msgspec.convert(found, _Document)
                keys = KeySet.import_key_set(self._json("GET", document.jwks_uri))  # type: ignore[arg-type]
            except (msgspec.ValidationError, JoseError, ValueError, KeyError, TypeError) as error:
                raise Unavailable("access.provider", f"{self.name} makes no sense") from error
            if document.issuer.rstrip("/") != self.issuer:
                raise Unavailable("access.provider", f"{self.name} says that it is somebody else")
            self._known = (now, document, keys)
        return self._known[1], self._known[2]

    def _json(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, url, **options)
            if len(answer.content) > ANSWER_BYTES_MAX:
                raise Unavailable("access.provider", f"{self.name} answers too much")
            if answer.is_client_error and method == "POST":
                raise Refused("access.provider_refused", f"{self.name} does not take the code")
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise Unavailable("access.provider", f"{self.name} does not answer") from error
