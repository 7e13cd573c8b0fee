"""What administrators do with their organisation, and members with themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership import AddKey, RevokeKey
from cellchain.core.errors import Refused
from cellchain.core.names import parse_key_id
from cellchain.services.access.records import Approval
from cellchain.web.page import Action, Asked, Done, Page, Shown
from cellchain.web.pages.organisation.showing import DELIVERIES, ORGANISATION, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData

    from cellchain.ledger.contract import Message

HOME = "/organisation"
KEYS = HOME + "#browser-keys"


def invite(asked: Asked, form: FormData) -> Shown:
    """Add a member, and show once the way in."""
    name = _text(form, "member")
    token = asked.site.access.members.invite(
        asked.viewer, name, _text(form, "name") or name, _several(form, "duty")
    )
    way_in = f"{asked.site.address}/invitation?token={token}"
    return show(asked, way_in, f"The way in for {name}, good once and for a week")


def invite_again(asked: Asked, form: FormData) -> Shown:
    """Show once another way in, for a member that has forgotten its password."""
    name = _text(form, "member")
    token = asked.site.access.members.invite_again(asked.viewer, name)
    way_in = f"{asked.site.address}/invitation?token={token}"
    return show(asked, way_in, f"Another way in for {name}, good once and for a week")


def set_duties(asked: Asked, form: FormData) -> Done:
    """Give a member other duties."""
    asked.site.access.members.set_duties(
        asked.viewer, _text(form, "member"), _several(form, "duty")
    )
    return Done(HOME)


def end_member(asked: Asked, form: FormData) -> Done:
    """Let a member in no more."""
    asked.site.access.members.end(asked.viewer, _text(form, "member"))
    return Done(HOME)


def change_password(asked: Asked, form: FormData) -> Done:
    """Change the viewer's own password."""
    present, password, again = (
        _as_typed(form, name) for name in ("present-password", "password", "again")
    )
    if password != again:
        raise Refused("access.password", "the two are not the same", remedy="type it twice")
    asked.site.access.members.change_password(asked.viewer, present, password)
    return Done(HOME)


def end_passkey(asked: Asked, form: FormData) -> Done:
    """Forget a passkey of the viewer's own."""
    asked.site.access.passkeys.end(asked.viewer, _text(form, "passkey"))
    return Done(HOME)


def make_key(asked: Asked, form: FormData) -> Shown:
    """Make an API key, and show it once."""
    days = _text(form, "days") or "90"
    if not days.isdecimal():
        raise Refused("access.days", "days are a whole number")
    key = asked.site.access.api_keys.make(
        asked.viewer, _text(form, "name"), _several(form, "scope"), int(days[:6])
    )
    return show(asked, key, "The new API key; it cannot be shown again")


def end_key(asked: Asked, form: FormData) -> Done:
    """End an API key."""
    asked.site.access.api_keys.end(asked.viewer, _text(form, "key"))
    return Done(HOME)


def enter_key(asked: Asked, form: FormData) -> Done:
    """Enter a key, which the viewer's browser keeps, into the book for its organisation."""
    return _sent(asked, AddKey(key=parse_key_id(_text(form, "key"))))


def revoke_key(asked: Asked, form: FormData) -> Done:
    """Revoke a key of the viewer's organisation in the book, for good."""
    return _sent(asked, RevokeKey(key=parse_key_id(_text(form, "key"))))


def make_webhook(asked: Asked, form: FormData) -> Shown:
    """Make a webhook, and show its secret once."""
    _, secret = asked.site.webhooks.make(
        asked.viewer, _text(form, "url"), _text(form, "kinds").split()
    )
    return show(asked, secret, "What the requests are signed with; it cannot be shown again")


def end_webhook(asked: Asked, form: FormData) -> Done:
    """End a webhook."""
    asked.site.webhooks.end(asked.viewer, _text(form, "webhook"))
    return Done(HOME)


def wake_webhook(asked: Asked, form: FormData) -> Done:
    """Go on with a webhook that rests."""
    asked.site.webhooks.wake(asked.viewer, _text(form, "webhook"))
    return Done(HOME)


def replay(asked: Asked, form: FormData) -> Done:
    """Tell a webhook something again."""
    webhook = asked.path["webhook"]
    asked.site.webhooks.replay(asked.viewer, webhook, _text(form, "delivery"))
    return Done(f"{HOME}/webhooks/{webhook}")


def _sent(asked: Asked, message: Message) -> Done:
    outcome = asked.site.send(asked.viewer, [message])
    return Done("/approvals" if isinstance(outcome, Approval) else KEYS)


def _text(form: FormData, name: str) -> str:
    return _as_typed(form, name).strip()


def _as_typed(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _several(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


def _action(
    path: str, act: Callable[[Asked, FormData], Done | Shown], on: Page = ORGANISATION
) -> Action:
    own = path in {"/password", "/passkeys/end"}
    return Action(path=HOME + path, act=act, access="member" if own else "administrator", on=on)


ACTIONS = (
    _action("/members", invite),
    _action("/members/again", invite_again),
    _action("/members/duties", set_duties),
    _action("/members/end", end_member),
    _action("/password", change_password),
    _action("/passkeys/end", end_passkey),
    Action(path=HOME + "/keys", act=enter_key, access="member", on=ORGANISATION, leads=KEYS),
    Action(path=HOME + "/keys/end", act=revoke_key, access="member", on=ORGANISATION, leads=KEYS),
    _action("/api-keys", make_key),
    _action("/api-keys/end", end_key),
    _action("/webhooks", make_webhook),
    _action("/webhooks/end", end_webhook),
    _action("/webhooks/wake", wake_webhook),
    _action("/webhooks/{webhook}/replay", replay, DELIVERIES),
)
