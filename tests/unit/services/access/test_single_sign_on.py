"""Single sign-on against a provider that signs real tokens, and some that are not good."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from cellchain.adapters.identity_provider import HttpProvider
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.time import MINUTE_MS
from cellchain.services.access.single_sign_on import SingleSignOn

ISSUER = "https://login.example"
MEMBER = "ana@dynamo-packs.example"


class Provider:
    """An OpenID Connect provider that answers in this process."""

    def __init__(self):
        self.keys = [ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})]
        self.asked, self.claims, self.broken = [], {}, {}
        self.client = httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request):
        path = request.url.path
        if path in self.broken:
            return self.broken[path]
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.document())
        if path == "/keys":
            return httpx.Response(200, json=KeySet(self.keys).as_dict(private=False))
        form = {name: value for name, (value,) in parse_qs(request.content.decode()).items()}
        self.asked.append(form)
        return httpx.Response(200, json={"id_token": self.token()})

    def document(self):
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }

    def token(self):
        key = self.claims.pop("key", self.keys[-1])
        header = {"alg": "ES256", "kid": key.kid}
        return jwt.encode(header, self.claims, key)


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.client.close()


@pytest.fixture
def single(desk, provider, clock, tmp_path):
    desk.member(MEMBER)
    (tmp_path / "secret").write_text("s3cret\n")
    known = HttpProvider(ISSUER, "book", tmp_path / "secret", "Login", provider.client)
    return SingleSignOn(known, desk.shelf, "https://book.example", clock)


def come_back(single, provider, **changes):
    """Go to the provider and come back, with these claims changed."""
    state, url = single.begin()
    asked = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    good = {
        "iss": ISSUER, "aud": "book", "exp": int(time.time()) + 300, "nonce": asked["nonce"],
        "email": MEMBER, "email_verified": True,
    }  # fmt: skip
    provider.claims = {n: v for n, v in (good | changes).items() if v is not None}
    return single.finish(state, state, "code").member


def test_a_member_comes_in(single, provider):
    assert come_back(single, provider) == MEMBER
    assert come_back(single, provider, email=MEMBER.upper(), aud=["book", "other"]) == MEMBER
    (form, _) = provider.asked
    assert form["code"] == "code"
    assert form["client_secret"] == "s3cret"
    assert form["redirect_uri"] == "https://book.example/sign-in/provider"
    assert len(form["code_verifier"]) >= 43


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "another"}, "access.provider_refused"),
        ({"nonce": None}, "access.provider_refused"),
        ({"aud": "other"}, "access.provider_refused"),
        ({"aud": None}, "access.provider_refused"),
        ({"iss": "https://evil.example"}, "access.provider_refused"),
        ({"exp": 1_000_000_000}, "access.provider_refused"),
        ({"exp": None}, "access.provider_refused"),
        ({"key": ECKey.generate_key("P-256", {"kid": "one"})}, "access.provider_refused"),
        ({"key": ECKey.generate_key("P-256", {"kid": "none"})}, "access.provider_refused"),
        ({"email_verified": False}, "access.wrong"),
        ({"email_verified": "true"}, "access.wrong"),
        ({"email_verified": None}, "access.wrong"),
        ({"email": "stranger@x.example"}, "access.wrong"),
        ({"email": None}, "access.wrong"),
        ({"email": 7}, "access.provider_refused"),
    ],
)
def test_what_is_not_good_opens_nothing(single, provider, changes, code):
    with pytest.raises(Refused) as refused:
        come_back(single, provider, **changes)
    assert refused.value.code == code


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_nobody_signed_opens_nothing(single, provider, algorithm):
    provider.token = lambda: "e30.e30." if algorithm == "none" else "eyJhbGciOiJIUzI1NiJ9.e30.AA"
    with pytest.raises(Refused, match="access.provider_refused"):
        come_back(single, provider)


def test_it_is_finished_where_it_was_begun_once_and_in_time(single, provider, clock):
    state, _ = single.begin()
    late, _ = single.begin()
    for given, cookie in ((state, "another"), ("made up", "made up")):
        with pytest.raises(Refused, match="access.challenge"):
            single.finish(given, cookie, "code")
    clock.ms += 10 * MINUTE_MS
    with pytest.raises(Refused, match="access.challenge"):
        single.finish(late, late, "code")
    assert provider.asked == []


def test_keys_that_the_provider_has_changed_are_read_again(single, provider):
    assert come_back(single, provider) == MEMBER
    provider.keys = [ECKey.generate_key("P-256", {"kid": "two", "use": "sig", "alg": "ES256"})]
    assert come_back(single, provider) == MEMBER


def test_no_other_provider_takes_the_place_of_the_first(single, provider, desk):
    assert come_back(single, provider) == MEMBER
    assert desk.members.find(MEMBER).issuer == ISSUER
    single.provider.issuer = "https://other.example"
    with pytest.raises(Refused, match="another provider"):
        come_back(single, provider)
    boss = desk.member("boss@dynamo-packs.example")
    desk.members.accept(desk.members.invite_again(boss, MEMBER), "correct horse battery staple")
    assert come_back(single, provider) == MEMBER
    assert desk.members.find(MEMBER).issuer == "https://other.example"


def test_who_has_left_does_not_come_in(single, provider, desk):
    boss = desk.member("boss@dynamo-packs.example")
    desk.members.end(boss, MEMBER)
    with pytest.raises(Refused, match="access.wrong"):
        come_back(single, provider)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", httpx.Response(500)),
        ("/.well-known/openid-configuration", httpx.Response(200, text="<html>")),
        ("/.well-known/openid-configuration", httpx.Response(200, json={"issuer": ISSUER})),
        ("/.well-known/openid-configuration", httpx.Response(200, json=[])),
        ("/keys", httpx.Response(200, json={"keys": [{"kty": "?"}]})),
        ("/keys", httpx.Response(200, json={})),
        ("/token", httpx.Response(502)),
        ("/token", httpx.Response(200, text=json.dumps({"x": "y" * 300_000}))),
    ],
)
def test_a_provider_that_makes_no_sense_is_not_there(single, provider, path, answer):
    provider.broken[path] = answer
    with pytest.raises(Unavailable, match="access.provider"):
        come_back(single, provider)


def test_a_provider_that_is_somebody_else_is_not_there(single, provider):
    told = provider.document() | {"issuer": "https://evil.example"}
    provider.broken["/.well-known/openid-configuration"] = httpx.Response(200, json=told)
    with pytest.raises(Unavailable, match="access.provider"):
        come_back(single, provider)


def test_a_code_that_the_provider_does_not_know_is_refused(single, provider):
    provider.broken["/token"] = httpx.Response(400, json={"error": "invalid_grant"})
    with pytest.raises(Refused, match="access.provider_refused"):
        come_back(single, provider)
