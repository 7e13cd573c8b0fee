"""Signing in, by password, passkey or provider; invitations; signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.web.location import inside
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData

STATE_COOKIE = "sign-in"


class DemoMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as whom anybody may come into a demonstration."""

    member: str
    name: str
    party: str
    duties: tuple[str, ...]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What the page offers."""

    next: str
    provider: str
    """Name of the provider of single sign-on; empty without one."""
    members: tuple[DemoMember, ...]


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation to choose a password; whether it is good is said when it is used."""

    token: str


def show(asked: Asked) -> Shown:
    """Show the ways in."""
    site = asked.site
    data = SignIn(
        next=inside(asked.query.get("next", "/")),
        provider=site.single_sign_on.provider.name if site.single_sign_on else "",
        members=_everybody(asked) if site.demo else (),
    )
    return Shown(template="sign_in/sign_in.html", data=data, title="Sign in")


def sign_in(asked: Asked, form: FormData) -> Done:
    """Let a member in by password, or anybody into a demonstration."""
    member, following = _text(form, "member"), inside(_text(form, "next") or "/")
    if asked.site.demo and "as" in form:
        token = asked.site.access.sign_in_as(_text(form, "as"), asked.address)
    else:
        password = _text(form, "password")
        token = asked.site.access.sessions.sign_in(member, password, asked.address)
    return Done(following, session=token)


def sign_out(asked: Asked, _: FormData) -> Done:
    """End the session."""
    if asked.session_token:
        asked.site.access.sessions.sign_out(asked.session_token)
    return Done("/", session="")


def show_invitation(asked: Asked) -> Shown:
    """Let an invited member choose a password."""
    data = Invited(token=asked.query.get("token", ""))
    return Shown(template="sign_in/invitation.html", data=data, title="Choose a password")


def accept(asked: Asked, form: FormData) -> Done:
    """Keep the password, and let the member in."""
    password = _text(form, "password")
    if password != _text(form, "again"):
        raise Refused("access.password", "the two are not the same", remedy="type it twice")
    member = asked.site.access.members.accept(_text(form, "token"), password)
    return Done("/", session=asked.site.access.sessions.open(member, asked.address))


def to_provider(asked: Asked, _: FormData) -> Done:
    """Send the browser to the provider."""
    if asked.site.single_sign_on is None:
        raise Refused("access.no_provider", "no provider is configured here")
    state, location = asked.site.single_sign_on.begin()
    return Done(location, cookies={STATE_COOKIE: state})


def from_provider(asked: Asked) -> Shown:
    """Let in who comes back from the provider."""
    provider = asked.site.single_sign_on
    if provider is None:
        raise Refused("access.no_provider", "no provider is configured here")
    state, code = asked.query.get("state", ""), asked.query.get("code", "")
    member = provider.finish(state, asked.cookies.get(STATE_COOKIE, ""), code)
    token = asked.site.access.sessions.open(member, asked.address)
    return Shown(
        template="sign_in/sign_in.html", data=None, title="Sign in", location="/", session=token
    )


def _everybody(asked: Asked) -> tuple[DemoMember, ...]:
    return tuple(
        DemoMember(member=m.member, name=m.name, party=m.party, duties=tuple(m.duties))
        for m in asked.site.access.members.everybody()
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


SIGN_IN = Page(path="/sign-in", name="Sign in", show=show, access="public", cached=False)
INVITATION = Page(
    path="/invitation",
    name="Invitation",
    show=show_invitation,
    access="public",
    cached=False,
)
PROVIDER = Page(
    path="/sign-in/provider",
    name="Back from the provider",
    show=from_provider,
    access="public",
    cached=False,
)
PAGES = (SIGN_IN, INVITATION, PROVIDER)
ACTIONS = (
    Action(path="/sign-in", act=sign_in, access="public", on=SIGN_IN),
    Action(path="/sign-out", act=sign_out, access="public", on=SIGN_IN),
    Action(path="/invitation", act=accept, access="public", on=INVITATION),
    Action(path="/sign-in/to-provider", act=to_provider, access="public", on=SIGN_IN),
)
