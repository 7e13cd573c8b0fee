"""``send``: every message of every contract, by fields or from a file; ``receipt``.

Nothing here lists a message: kinds, fields and their types are read off the contracts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cellchain.cli.options import (
    DEFAULT_HOME,
    AsOption,
    HomeOption,
    PassphraseOption,
    workshop,
)
from cellchain.cli.output import JsonFlag, say
from cellchain.core.errors import Refused
from cellchain.core.names import parse_digest
from cellchain.ledger.contract import Message, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.ledger.contract import Contract
    from cellchain.ledger.entry import Result

_EXTRA = {"allow_extra_args": True, "ignore_unknown_options": True}


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.command("send", context_settings=_EXTRA)(send)
    app.command("receipt")(receipt)


def send(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(help="A kind such as custody.offer, or a JSON file with messages; `list`."),
    ],
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Send a message: KIND --field value …, or a FILE with one message or a list of them.

    `send list` shows all kinds, `send KIND --fields` the fields of one.
    """
    from cellchain.cli.vault import note_owed  # noqa: PLC0415
    from cellchain.services.desk import Desk  # noqa: PLC0415
    from cellchain.services.vault import concerns_vaults  # noqa: PLC0415

    shop = workshop(context)
    kinds = message_kinds(shop.contracts())
    if what == "list":
        say(sorted(kinds), {"kinds": sorted(kinds)}, as_json=as_json)
        return
    if "--fields" in context.args:
        say(
            field_lines(_kind(kinds, what)),
            {"fields": _fields(_kind(kinds, what))},
            as_json=as_json,
        )
        return
    if what not in kinds and (path := Path(what)).exists():
        messages = read_messages(path.read_bytes(), kinds)
    else:
        messages = [build_message(_kind(kinds, what), context.args)]
    if concerns_vaults(messages):
        with shop.vault(home, passphrase_file) as work:
            key = work.home.keys.load(sender)
            result = Desk(work.ledger, key).send(*messages)
            work.follow(work.party_of(key.key_id), messages)
            note_owed(work, as_json=as_json)
    else:
        with shop.writing(home, passphrase_file) as (opened, ledger):
            result = Desk(ledger, opened.keys.load(sender)).send(*messages)
    report(result, as_json=as_json)


def receipt(
    context: typer.Context,
    transaction: Annotated[str, typer.Argument(help="Transaction id, 64 hexadecimal digits.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Show what became of a transaction."""
    from cellchain.services.proofs import receipt_proof  # noqa: PLC0415  # only this verb needs it

    identity = bytes.fromhex(parse_digest(transaction))
    with workshop(context).reading(home) as (_, application):
        proof = receipt_proof(application.state, identity)
        block = application.state.block(proof.height)
    part = proof.state
    entry = msgspec.json.decode(part.entry if hasattr(part, "entry") else "{}")
    code = entry.get("code", "")
    say(
        [
            f"{'refused: ' + code if code else 'happened'} in block {block.height}",
            f"gas {entry['gas']}, {len(entry.get('events', []))} events, log entry {part.index}"
            if hasattr(part, "index")
            else "",
        ],
        {**entry, "height": block.height, "time_ms": block.time_ms},
        as_json=as_json,
    )


def report(result: Result, *, as_json: bool) -> None:
    """Print what became of a transaction that happened."""
    say(
        [f"done in block {result.height}, {result.gas} gas", f"transaction {result.transaction}"],
        msgspec.to_builtins(result),
        as_json=as_json,
    )


def message_kinds(contracts: Mapping[str, Contract]) -> dict[str, type[Message]]:
    """Return every message by its kind without the version: ``custody.offer``."""
    messages = [m for contract in contracts.values() for m in contract.messages]
    return {kind_of(message).partition("/")[0]: message for message in messages}


def build_message(kind: type[Message], arguments: Sequence[str]) -> Message:
    """Return the message that ``--field value`` pairs describe.

    A field that is a list may be given several times; one with structure is given as JSON.

    Raises:
        Refused: ``cli.field``: unknown, without a value, missing or of the wrong type.
    """
    values: dict[str, Any] = {}
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    pairs = list(_pairs(arguments))
    for name, text in pairs:
        if name not in fields:
            raise Refused(
                "cli.field",
                f"{kind_of(kind)} has no field {name!r}",
                remedy=f"it has: {', '.join(fields)}",
            )
        many = _is_tuple(fields[name].type)
        value = _value(text)
        if many and not isinstance(value, list):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(
            "cli.field", f"{kind_of(kind)}: {error}", remedy="`--fields` shows the fields"
        ) from error


def read_messages(data: bytes, kinds: Mapping[str, type[Message]]) -> list[Message]:
    """Return the messages in a JSON file: one object, or a list of them."""
    try:
        content = msgspec.json.decode(data)
        values = content if isinstance(content, list) else [content]
        return [
            msgspec.convert(value, kinds[str(value["kind"]).partition("/")[0]]) for value in values
        ]
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise Refused("cli.file", f"no messages in this file: {error}") from error


def field_lines(kind: type[Message]) -> list[str]:
    """Return a line per field: its option, its type, whether it is needed."""
    return [
        f"--{f['name']}  {f['type']}{'' if f['required'] else '  (optional)'}"
        for f in _fields(kind)
    ]


def _fields(kind: type[Message]) -> list[dict[str, Any]]:
    return [
        {
            "name": field.encode_name,
            "type": str(getattr(field.type, "__name__", field.type)).replace("cellchain.", ""),
            "required": field.required,
        }
        for field in msgspec.structs.fields(kind)
    ]


def _pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            raise Refused("cli.field", f"{argument!r} is not --field")
        name, equals, value = argument[2:].partition("=")
        text = value if equals else next(rest, None)
        if text is None:
            raise Refused("cli.field", f"--{name} has no value")
        pairs.append((name.replace("-", "_"), text))
    return pairs


def _value(text: str) -> object:
    """Return ``text`` as JSON where it has structure, else as it stands."""
    if text[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(text)
        except msgspec.MsgspecError as error:
            raise Refused("cli.field", f"{text[:60]!r} is not JSON: {error}") from error
    return text


def _is_tuple(annotation: object) -> bool:
    return "tuple" in str(annotation)


def _kind(kinds: Mapping[str, type[Message]], what: str) -> type[Message]:
    try:
        return kinds[what.partition("/")[0]]
    except KeyError:
        raise Refused(
            "cli.kind", f"no message is called {what!r}", remedy="`cellchain send list` shows all"
        ) from None


__all__ = ["attach", "build_message", "message_kinds", "report"]
