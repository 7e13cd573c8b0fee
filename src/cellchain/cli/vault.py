"""``vault``: documents of this home, for those who may read them."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import (
    DEFAULT_HOME,
    AsOption,
    HomeOption,
    PassphraseOption,
    workshop,
)
from cellchain.cli.output import JsonFlag, note, say
from cellchain.core.errors import Refused
from cellchain.core.names import parse_digest, parse_document_id, parse_party_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.cli.ports import VaultAtWork
    from cellchain.contracts.document import Access, Grant
    from cellchain.core.names import Digest, DocumentId, PartyId
    from cellchain.services.desk import Desk

_vault = typer.Typer(no_args_is_help=True, help="Documents of this home, for those who may read.")
_CLASSES: dict[str, Access] = {
    "authority": "authority",
    "legitimate-interest": "legitimate-interest",
    "private": "private",
    "public": "public",
}
_PIECE_BYTES = 1 << 20

DocumentArgument = Annotated[str, typer.Argument(help="Its name in the book.")]
PartyOption = Annotated[str, typer.Option("--party", help="A party, by its name in the book.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_vault, name="vault")


@_vault.command()
def keep(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What to keep.")],
    document: Annotated[str, typer.Option(help="Its new name in the book.")],
    access: Annotated[str, typer.Option(help=", ".join(_CLASSES))] = "private",
    reader: Annotated[
        list[str] | None, typer.Option("--for", help="A party that may open it; repeatable.")
    ] = None,
    media_type: Annotated[
        str, typer.Option(help="For example application/pdf; else after the file's ending.")
    ] = "",
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep a file encrypted and register its commitment; the file itself stays where it is."""
    from cellchain.services.vault import document_label, registration  # noqa: PLC0415

    name, label = (
        parse_document_id(document),
        document_label(parse_document_id(document), _class(access)),
    )
    readers = [parse_party_id(party) for party in reader or ()]
    with workshop(context).vault(home, passphrase_file) as work:
        desk, owner = _desk(work, sender)
        work.documents.require_new(name)
        _ensure_opening_key(work, desk, owner)
        with file.open("rb") as stream:
            kept = work.vault.keep(
                iter(lambda: stream.read(_PIECE_BYTES), b""),
                label,
                owner=owner,
                recipients=readers,
                media_type=media_type
                or mimetypes.guess_type(file.name)[0]
                or "application/octet-stream",
                file_name=file.name,
            )
        register = registration(name, _class(access), kept)
        try:
            desk.send(register, *_grants(name, readers))
        except Refused:
            work.documents.discard(register)
            raise
    say(
        [f"{name}: {kept.size_bytes} bytes kept", f"commitment {kept.commitment}"],
        {
            "document": name,
            "commitment": kept.commitment,
            "address": kept.address,
            "size_bytes": kept.size_bytes,
        },
        as_json=as_json,
    )


@_vault.command("open")
def open_document(
    context: typer.Context,
    document: DocumentArgument,
    out: Annotated[Path, typer.Option(help="File to write.")],
    reader: Annotated[
        str, typer.Option("--as", help="A party whose opening key is here; else as anybody.")
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a document to a file, held against its commitment on the way."""
    shop, name = workshop(context), parse_document_id(document)
    with shop.vault(home, passphrase_file) as work:
        opened = work.documents.open(name, parse_party_id(reader) if reader else None)
        with shop.whole_file(out) as file:
            for piece in opened.stream:
                file.write(piece)
    say(
        [f"{out}: {opened.size_bytes} bytes, {opened.media_type}"],
        {
            "document": name,
            "file": str(out),
            "file_name": opened.file_name,
            "media_type": opened.media_type,
            "size_bytes": opened.size_bytes,
        },
        as_json=as_json,
    )


@_vault.command()
def grant(
    context: typer.Context,
    document: DocumentArgument,
    party: PartyOption,
    purpose: Annotated[str, typer.Option(help="What for, 1 to 128 characters.")] = "inspection",
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a party open a document: on the ledger, and by a wrap of its key."""
    from cellchain.contracts.document import Grant  # noqa: PLC0415

    name, reader = parse_document_id(document), parse_party_id(party)
    with workshop(context).vault(home, passphrase_file) as work:
        desk, owner = _desk(work, sender)
        commitment = _own(work, name, owner)
        work.vault.grant(commitment, reader)  # without leave on the ledger it opens nothing yet
        desk.send(Grant(document=name, reader=reader, purpose=purpose))
    say([f"{reader} may open {name}"], {"document": name, "reader": reader}, as_json=as_json)


@_vault.command()
def revoke(
    context: typer.Context,
    document: DocumentArgument,
    party: PartyOption,
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a party open a document no longer; what it has read it knows."""
    from cellchain.contracts.document import Opening, Revoke, opening_key  # noqa: PLC0415

    name, reader = parse_document_id(document), parse_party_id(party)
    with workshop(context).vault(home, passphrase_file) as work:
        desk, owner = _desk(work, sender)
        commitment = _own(work, name, owner)
        on_ledger = work.book.find(Opening, opening_key(name, reader)) is not None
        if on_ledger:
            desk.send(Revoke(document=name, reader=reader))
        if not on_ledger or work.vault.index.opened_by([commitment], [reader]):
            work.vault.revoke(commitment, reader)
    say([f"{reader} may not open {name}"], {"document": name, "reader": reader}, as_json=as_json)


@_vault.command()
def pack(
    context: typer.Context,
    document: DocumentArgument,
    party: PartyOption,
    out: Annotated[Path, typer.Option(help="File to write: the parcel.")],
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Pack a document for a party that was granted it and has a home of its own."""
    shop, name, reader = workshop(context), parse_document_id(document), parse_party_id(party)
    with shop.vault(home, passphrase_file) as work:
        _, owner = _desk(work, sender)
        shop.write_file(out, work.documents.parcel(name, owner, reader))
    say(
        [f"{out}: only {reader} can open it; take it in there with: cellchain vault take-in"],
        {"document": name, "reader": reader, "file": str(out)},
        as_json=as_json,
    )


@_vault.command("take-in")
def take_in(
    context: typer.Context,
    parcel: Annotated[Path, typer.Argument(help="A file that `vault pack` wrote elsewhere.")],
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Take in what another home packed for a party whose opening key is here."""
    with workshop(context).vault(home, passphrase_file) as work:
        record = work.documents.take_in(parcel.read_bytes())
    name = record.label.record
    say(
        [f"{name}: taken in, and held against its commitment"],
        {"document": name, "commitment": record.commitment, "owner": record.owner},
        as_json=as_json,
    )


@_vault.command()
def erase(
    context: typer.Context,
    document: Annotated[list[str] | None, typer.Argument(help="Documents of your own.")] = None,
    commitment: Annotated[
        list[str] | None, typer.Option(help="Another commitment of your own, of a value.")
    ] = None,
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Destroy keys and salts for ever, here and in every backup that is restored; say so."""
    from cellchain.contracts.document import Erase  # noqa: PLC0415

    names = tuple(parse_document_id(name) for name in document or ())
    values = tuple(parse_digest(value) for value in commitment or ())
    with workshop(context).vault(home, passphrase_file) as work:
        desk, owner = _desk(work, sender)
        erased = [*(work.documents.commitment_of(name) for name in names), *values]
        work.vault.index.intend(erased, owner)
        message = Erase(documents=names, commitments=values)
        try:
            result = desk.send(message)
        except Refused:
            for one in erased:
                work.vault.index.drop_intent(one, owner)
            raise
        work.follow(owner, [message])
        note_owed(work, as_json=as_json)
    say(
        [f"erased in block {result.height}: {len(erased)}"],
        {"commitments": erased, "height": result.height},
        as_json=as_json,
    )


@_vault.command()
def rotate(
    context: typer.Context,
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the opening key of a party anew, wrap what it may open, destroy the key before."""
    from cellchain.services.vault import rotation  # noqa: PLC0415

    with workshop(context).vault(home, passphrase_file) as work:
        desk, party = _desk(work, sender)
        rotation.finish(work.vault, party)  # of a rotation that was cut off
        message = rotation.prepare(work.vault, party)
        desk.send(message)
        count = rotation.finish(work.vault, party)
    say(
        [f"{party} opens with epoch {message.epoch}; {count} wraps renewed"],
        {"party": party, "epoch": message.epoch, "wraps": count},
        as_json=as_json,
    )


@_vault.command("list")
def list_documents(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List what the keys of this home can open, and for whom it is."""
    with workshop(context).vault(home, passphrase_file) as work:
        found = work.vault.index.listed(work.vault.keys.parties())
    say(
        [
            f"{r.label.record:40} {r.label.access_class:20} {r.size_bytes:>10}  {' '.join(readers)}"
            for r, readers in found
        ],
        {
            "records": [
                {
                    "name": r.label.record,
                    "version": r.label.version,
                    "access": r.label.access_class,
                    "owner": r.owner,
                    "commitment": r.commitment,
                    "size_bytes": r.size_bytes,
                    "recipients": readers,
                }
                for r, readers in found
            ]
        },
        as_json=as_json,
    )


def note_owed(work: VaultAtWork, *, as_json: bool) -> None:
    """Say so where erased bytes stay for a while."""
    if work.owes_journal:
        note(
            "erased, but a reader keeps the journal from being emptied: that is"
            " done when the last that has this home open ends, a server too",
            as_json=as_json,
        )


def _class(access: str) -> Access:
    if access not in _CLASSES:
        raise Refused(
            "cli.access",
            f"{access[:40]!a} is no access class",
            remedy=f"one of {', '.join(_CLASSES)}",
        )
    return _CLASSES[access]


def _desk(work: VaultAtWork, sender: str) -> tuple[Desk, PartyId]:
    """Return the desk of a key and the party that the ledger says it speaks for."""
    from cellchain.services.desk import Desk  # noqa: PLC0415

    key = work.home.keys.load(sender)
    return Desk(work.ledger, key), work.party_of(key.key_id)


def _ensure_opening_key(work: VaultAtWork, desk: Desk, owner: PartyId) -> None:
    """Give the owner its first opening key; that of others only they themselves can set."""
    from cellchain.services.vault import rotation  # noqa: PLC0415

    if work.vault.members.recipient(owner) is None:
        desk.send(rotation.prepare(work.vault, owner))


def _grants(document: DocumentId, readers: list[PartyId]) -> Iterator[Grant]:
    from cellchain.contracts.document import Grant  # noqa: PLC0415

    return (Grant(document=document, reader=reader, purpose="kept for") for reader in readers)


def _own(work: VaultAtWork, document: DocumentId, owner: PartyId) -> Digest:
    """Return the commitment of a document of ``owner``; of another's as if there were none."""
    commitment = work.documents.commitment_of(document)
    work.vault.open(commitment, owner)
    return commitment
