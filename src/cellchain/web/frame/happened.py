"""Events as sentences: who did what to which thing, each name a link to its page.

Of an event that is for members nothing is said but that it is.

An event of a kind without a sentence here is told by its kind and subject, so that a new contract
needs nothing in this file to be read.
"""

from __future__ import annotations

from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from cellchain.web.frame.escaping import escaped
from cellchain.web.frame.filters import isolated, mass, number, segment, serial, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cellchain.ledger.view import EventRow

SENTENCES: Mapping[str, str] = {
    "assembly.assembled": "assembled {whole}",
    "assembly.commissioned": "put {battery} into service",
    "assembly.disassembled": "took {whole} apart",
    "assembly.installed": "installed {battery} in {whole}",
    "assembly.made": "made the {sort} {battery}",
    "assembly.removed": "took {battery} out of {whole}",
    "assembly.retired": "ended {battery}: {reason}",
    "custody.accepted": "accepted {battery} from {giver}",
    "custody.cancelled": "ended the offer of {battery}",
    "custody.offered": "offered {battery} to {receiver}",
    "custody.registered": "registered {battery}",
    "custody.released": "released {battery} to {holder}",
    "document.erased": "erased a document",
    "document.granted": "let {reader} open {document}",
    "document.registered": "registered the document {document}",
    "governance.accepted": "settled the vote: {proposal} is accepted",
    "governance.alarmed": "wants a key silenced at once",
    "governance.contracts_enabled": "changed which contracts run",
    "governance.executed": "carried out {proposal}",
    "governance.founded": "founded votes",
    "governance.given_up": "could not carry out {proposal}: {code}",
    "governance.parameters_set": "changed the parameters",
    "governance.proposed": "proposed {proposal}: {summary}",
    "governance.rejected": "settled the vote: {proposal} is rejected",
    "governance.rules_set": "changed how votes decide",
    "governance.seats_set": "changed who votes",
    "governance.validators_set": "changed which nodes make blocks",
    "governance.voted": "voted on {proposal}",
    "material.accepted": "accepted the lot {lot} from {giver}",
    "material.collected": "collected the lot {lot}, {mass_mg} of {material}",
    "material.consumed": "used {mass_mg} of {lot} for {use}",
    "material.created": "won the lot {lot}, {mass_mg} of {material}",
    "material.offered": "offered the lot {lot} to {receiver}",
    "material.produced": "produced the lot {lot}, {mass_mg} of {material}",
    "material.ran": "ran {process} as {run}",
    "membership.device_registered": "registered the device {device}",
    "membership.key_added": "added a key of {party}",
    "membership.key_restored": "let a key be heard again",
    "membership.key_suspended": "silenced a key",
    "membership.licence_granted": "licensed {holder} for {activity} at {site}",
    "membership.opening_key_set": "set the key that opens what it is sent",
    "membership.party_registered": "registered {party}",
    "membership.suspended": "suspended {party}",
    "passport.amended": "amended the passport of {passport} to version {version}",
    "passport.ceased": "ended the passport of {passport}",
    "passport.drafted": "drafted the passport of {passport}",
    "passport.issued": "issued the passport of {passport}",
    "passport.linked": "linked {passport} to its successor {successor}",
    "passport.stated": "stated the {attribute} of {passport}",
    "telemetry.advanced": "carried the stream of {battery} on",
    "telemetry.anchored": "anchored {count} readings of {battery}",
    "telemetry.gap_recorded": "recorded that readings are lost",
}
_PARTS = Formatter()


def happened(event: EventRow, names: Mapping[str, str] | None = None, here: str = "") -> Markup:
    """Return an event as a sentence without its full stop.

    Args:
        event: The event.
        names: Names of parties for people.
        here: The battery whose page it stands on: no link to itself.
    """
    if not event.told:
        return Markup('<span class="quiet">something that is for members</span>')
    known = names or {}
    kind = event.kind.partition("/")[0]
    sentence = SENTENCES.get(kind)
    who = isolated(known.get(event.sender, event.sender))
    if sentence is None:
        verb = words(kind.partition(".")[2])
        return Markup("{} · {} <code>{}</code>").format(who, verb, event.subject)
    fields = msgspec.json.decode(event.entry)
    said: list[str] = [who, " "]
    for text, field in _parsed(sentence):
        said.append(text)
        if field:
            value = fields.get(field, "")
            at_home = here and value == here
            told = isolated(serial(value)) if at_home else _shown(field, value, known)
            said.append(escaped(told))
    return Markup("".join(said))  # noqa: S704  # sentences of ours and what `escaped` let through


def parties_of(events: Iterable[EventRow]) -> list[str]:
    """Return whom these events may name: their senders, and texts that nothing else shows."""
    found: dict[str, None] = {}
    for event in events:
        found[event.sender] = None
        parts = _parsed(SENTENCES.get(event.kind.partition("/")[0], ""))
        wanted = [field for _, field in parts if field and field not in _SHOWN]
        fields = msgspec.json.decode(event.entry) if wanted else {}
        found.update({v: None for f in wanted if isinstance(v := fields.get(f), str)})
    return list(found)


@cache
def _parsed(sentence: str) -> tuple[tuple[str, str], ...]:
    return tuple((text, field or "") for text, field, _, _ in _PARTS.parse(sentence))


def _shown(field: str, value: Any, names: Mapping[str, str]) -> Markup | str:
    show = _SHOWN.get(field)
    if show is not None:
        return show(value)
    if isinstance(value, str) and value.startswith("contract:"):
        return f"the rules of {words(value.removeprefix('contract:'))}"
    return isolated(names.get(value, value) if isinstance(value, str) else value)


def _battery(value: str) -> Markup:
    page = f"/batteries/{value}" if "/21/" in value else f"/{value}"
    return _link(page, serial(value))


def _lot(value: str) -> Markup:
    return _link(f"/lots/{segment(value)}", value)


def _proposal(value: str) -> Markup:
    return _link(f"/governance#{segment(value)}", value)


def _link(page: str, name: str) -> Markup:
    return Markup(f'<a href="{escaped(page)}"><bdi>{escaped(name)}</bdi></a>')  # noqa: S704  # escaped


_SHOWN: Mapping[str, Callable[[Any], Markup | str]] = {
    "attribute": words,
    "battery": _battery,
    "count": number,
    "lot": _lot,
    "mass_mg": mass,
    "passport": _battery,
    "proposal": _proposal,
    "successor": _battery,
    "whole": _battery,
}
