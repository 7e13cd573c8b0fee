"""What members see of their own organisation, and administrators besides."""

from __future__ import annotations

import msgspec

from cellchain.contracts.membership.view import KeyRow, PartyRow, keys_of, party
from cellchain.services.access.records import ApiKey, Deed, Member, Passkey
from cellchain.services.access.viewer import DUTIES, require_member
from cellchain.web.api.webhooks import (
    DeliveryShown,
    WebhookShown,
    shown_delivery,
    shown_webhook,
)
from cellchain.web.page import Asked, Page, Shown

DEEDS = 30


class MemberShown(msgspec.Struct, frozen=True, kw_only=True):
    """A member, without anything secret."""

    member: str
    name: str
    duties: tuple[str, ...]
    seen_ms: int
    ended_ms: int | None
    pending: bool
    """Whether it has yet to choose a password."""


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """An API key, without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    until_ms: int
    made_by: str


class PasskeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey of the viewer's own."""

    id: str
    name: str
    since_ms: int


class DeedShown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the audit."""

    time_ms: int
    member: str
    deed: str
    about: str


class OrganisationPage(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation as its members see it."""

    party: PartyRow | None
    keys: tuple[KeyRow, ...]
    here: bool
    """Whether this server keeps a key of it, and signs for its signers."""
    members: tuple[MemberShown, ...]
    password: bool
    """Whether the viewer has a password, which it is asked for before it gets another."""
    passkeys: tuple[PasskeyShown, ...]
    duties: tuple[str, ...]
    scopes: tuple[str, ...]
    api_keys: tuple[KeyShown, ...]
    webhooks: tuple[WebhookShown, ...]
    deeds: tuple[DeedShown, ...]


class DeliveriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook was told."""

    webhook: WebhookShown
    deliveries: tuple[DeliveryShown, ...]


def show(asked: Asked, shown_once: str = "", what: str = "") -> Shown:
    """Show the viewer's organisation.

    Args:
        asked: Who asks.
        shown_once: A secret that was just made, and is shown now and never again.
        what: What it is.
    """
    site, viewer = asked.site, asked.viewer
    name = require_member(viewer)
    runs = viewer.may("administrator")
    me = site.access.members.find(viewer.member or "")
    data = OrganisationPage(
        party=party(asked.db, name),
        keys=keys_of(asked.db, name),
        here=site.signs_for(name),
        members=tuple(_member(m) for m in site.access.members.of(name)),
        password=me is not None and bool(me.password),
        passkeys=tuple(_passkey(k) for k in site.access.passkeys.of(viewer.member or "")),
        duties=DUTIES,
        scopes=site.access.api_keys.scopes,
        api_keys=tuple(_key(k) for k in site.access.api_keys.of(name)) if runs else (),
        webhooks=tuple(shown_webhook(w) for w in site.webhooks.of(viewer)) if runs else (),
        deeds=tuple(_deed(d) for _, d in site.access.deeds(viewer, limit=DEEDS)) if runs else (),
    )
    return Shown(
        template="organisation/organisation.html",
        data=data,
        title="Organisation",
        also={"shown_once": shown_once, "what": what},
    )


def show_deliveries(asked: Asked) -> Shown:
    """Show what a webhook was told in the last month.

    Raises:
        Refused: ``webhook.unknown``.
    """
    webhooks, name = asked.site.webhooks, asked.path["webhook"]
    found = webhooks.deliveries(asked.viewer, name)
    own = next(w for w in webhooks.of(asked.viewer) if w.id == name)
    data = DeliveriesPage(
        webhook=shown_webhook(own), deliveries=tuple(map(shown_delivery, found[:200]))
    )
    return Shown(template="organisation/deliveries.html", data=data, title="Deliveries")


def _member(member: Member) -> MemberShown:
    return MemberShown(
        member=member.member,
        name=member.name,
        duties=tuple(member.duties),
        seen_ms=member.seen_ms,
        ended_ms=member.ended_ms,
        pending=not member.password and not member.seen_ms,
    )


def _passkey(passkey: Passkey) -> PasskeyShown:
    return PasskeyShown(id=passkey.id, name=passkey.name, since_ms=passkey.since_ms)


def _key(key: ApiKey) -> KeyShown:
    return KeyShown(
        id=key.id, name=key.name, scopes=key.scopes, until_ms=key.until_ms, made_by=key.made_by
    )


def _deed(deed: Deed) -> DeedShown:
    return DeedShown(time_ms=deed.time_ms, member=deed.member, deed=deed.deed, about=deed.about)


ORGANISATION = Page(
    path="/organisation", name="Organisation", show=show, access="member", nav=8, cached=False
)
DELIVERIES = Page(
    path="/organisation/webhooks/{webhook}",
    name="Deliveries",
    show=show_deliveries,
    access="administrator",
    cached=False,
)
