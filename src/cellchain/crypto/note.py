"""Signed notes and checkpoints: the log's state in a text that anyone can check and cosign.

    note       = text ‖ blank line ‖ signature lines         C2SP signed-note
    line       = "— " name " " base64(key id ‖ signature)
    key id     = SHA-256(name ‖ LF ‖ 0x01 ‖ public key)[:4]
    verifier   = name "+" hex(key id) "+" base64(0x01 ‖ public key)     one line: a ``.pub`` file
    checkpoint = origin LF size LF base64(root) LF           C2SP tlog-checkpoint

Whoever reads a note brings the keys it trusts. Lines by other keys are ignored, so that a note
can gather cosignatures of any kind; a trusted key whose signature fails condemns the whole note.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec

from cellchain.core.errors import Refused
from cellchain.crypto.digest import DIGEST_BYTES, sha256
from cellchain.crypto.signatures import PUBLIC_KEY_BYTES, verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.crypto.signatures import SigningKey

NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
"""Signature lines in a note; C2SP asks readers for at least 16, Go's reader stops at 100."""

_KEY_ID_BYTES = 4
_DASH = "— "
_NAME = re.compile(r"[^\s+\x00-\x1f\x85\x7f]+")
_VERIFIER = re.compile(r"(?P<name>[^\s+]+)\+(?P<key_id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+=*)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CHECKPOINT_LINES = 3


class VerifierKey(msgspec.Struct, frozen=True, kw_only=True):
    """A name and the Ed25519 public key that signs notes under it."""

    algorithm: ClassVar[bytes] = b"\x01"
    """The signature type: Ed25519 over the text."""
    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that pick out the signature lines to try."""
        named = self.name.encode() + b"\n" + self.algorithm + self.public_key
        return sha256(named)[:_KEY_ID_BYTES]

    def is_line_of(self, line: NoteSignature) -> bool:
        """Whether ``line`` says that it is by this key, nothing verified."""
        return (line.name, line.key_id) == (self.name, self.key_id)

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` of ``text`` is by this key."""
        return verify(self.public_key, text.encode(), signature)

    def __str__(self) -> str:
        key = b64encode(self.algorithm + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


K = TypeVar("K", bound=VerifierKey)


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature line: who is said to have signed, with which key, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        encoded = b64encode(self.key_id + self.signature).decode()
        return f"{_DASH}{self.name} {encoded}\n"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A text that ends in a newline, and the signature lines below it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The size and root of a log at one moment."""

    origin: str
    """The log's own name, the first line."""
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines, which mean nothing here but belong to what was signed."""

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def verifier_key(name: str, public_key: bytes) -> VerifierKey:
    """Return ``public_key`` under ``name``, as a key that signs notes.

    Raises:
        Refused: ``note.name``, ``note.key``, as `named_key` says.
    """
    return named_key(VerifierKey, name, public_key)


def named_key(kind: type[K], name: str, public_key: bytes) -> K:
    """Return ``public_key`` under ``name``, as a key of this kind.

    Raises:
        Refused: ``note.name``: empty, or with a space, a ``+`` or a control character;
            ``note.key``: not 32 bytes.
    """
    if not _NAME.fullmatch(name):
        raise Refused("note.name", f"{name[:60]!a} is not a name without spaces or +")
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise Refused("note.key", f"a public key of {len(public_key)} bytes; 32 are needed")
    return kind(name=name, public_key=public_key)


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key that a ``.pub`` file holds: one line, a final newline allowed.

    Raises:
        Refused: ``note.key``, ``note.name``, as `parse_named_key` says.
    """
    return parse_named_key(VerifierKey, text)


def parse_named_key(kind: type[K], text: str) -> K:
    """Return the key of this kind that one line says; a final newline is allowed.

    Raises:
        Refused: ``note.key``: another form, another algorithm, or an id that is not the key's;
            ``note.name``.
    """
    match = _VERIFIER.fullmatch(text.removesuffix("\n"))
    if match is None:
        raise Refused("note.key", f"{text[:60]!a} is not NAME+ID+KEY on one line")
    key = decode64(match["key"])
    if key is None or key[:1] != kind.algorithm:
        what = f"a verifier key of type {kind.algorithm.hex()}"
        raise Refused("note.key", f"{text[:60]!a} is not {what}")
    found = named_key(kind, match["name"], key[1:])
    if found.key_id.hex() != match["key_id"]:
        raise Refused("note.key", f"the key id is {found.key_id.hex()}, not {match['key_id']}")
    return found


def sign_note(text: str, name: str, key: SigningKey) -> Note:
    """Return ``text`` signed by ``key`` under ``name``.

    Raises:
        Refused: ``note.malformed``: the text has no final newline or has control characters.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise Refused("note.malformed", "a note ends in a newline and has no control characters")
    verifier = verifier_key(name, key.public_key)
    line = NoteSignature(name=name, key_id=verifier.key_id, signature=key.sign(text.encode()))
    return Note(text=text, signatures=(line,))


def parse_note(data: bytes) -> Note:
    """Return the parts of a note, nothing verified.

    Raises:
        Refused: ``note.malformed``, ``note.too_long``, ``note.too_many_signatures``.
    """
    if len(data) > NOTE_BYTES_MAX:
        raise Refused("note.too_long", f"{len(data)} bytes; at most {NOTE_BYTES_MAX}")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed("it is not UTF-8") from error
    if _CONTROL.search(whole):
        raise _malformed("it holds control characters")
    body, blank, signed = whole.rpartition("\n\n")
    if not (blank and signed.endswith("\n")):
        raise _malformed("no signature lines follow a blank line")
    lines = signed.split("\n")[:-1]
    if len(lines) > SIGNATURES_MAX:
        raise Refused("note.too_many_signatures", f"{len(lines)}; at most {SIGNATURES_MAX}")
    return Note(text=body + "\n", signatures=tuple(_parse_line(line) for line in lines))


def verify_note(data: bytes, trusted: Iterable[VerifierKey]) -> Note:
    """Return the note with only the lines that a trusted key truly signed, at least one.

    Raises:
        Refused: ``note.signature``: a trusted key's signature fails; ``note.unsigned``: no line
            is by a trusted key; and the codes of `parse_note`.
    """
    note = known_lines(parse_note(data), trusted)
    if not note.signatures:
        raise Refused("note.unsigned", "none of the trusted keys signed this note")
    return note


def known_lines(note: Note, trusted: Iterable[VerifierKey]) -> Note:
    """Return the note with only the lines that a trusted key truly signed, maybe none.

    Raises:
        Refused: ``note.signature``: a trusted key's signature fails.
    """
    known = {(key.name, key.key_id): key for key in trusted}
    good: dict[tuple[str, bytes], NoteSignature] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None or not key.is_line_of(line):
            continue
        if not key.has_signed(note.text, line.signature):
            raise Refused("note.signature", f"the signature of {line.name[:60]!a} fails")
        good.setdefault((line.name, line.key_id), line)
    return Note(text=note.text, signatures=tuple(good.values()))


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that the text of a note is.

    Raises:
        Refused: ``note.checkpoint``: not origin, size and a root of 32 bytes, line by line.
    """
    origin, size, root, *extensions = (*text.split("\n")[:-1], "", "", "")
    decoded = decode64(root)
    proper = text.endswith("\n") and text.count("\n") >= _CHECKPOINT_LINES
    if not (proper and origin and _SIZE.fullmatch(size) and decoded):
        raise Refused("note.checkpoint", f"{text[:60]!a} is not origin, size and root")
    if len(decoded) != DIGEST_BYTES:
        raise Refused("note.checkpoint", f"a root of {len(decoded)} bytes; 32 are needed")
    further = tuple(extensions[: text.count("\n") - _CHECKPOINT_LINES])
    return Checkpoint(origin=origin, size=int(size), root=decoded, extensions=further)


def _parse_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    decoded = decode64(encoded)
    if not (line.startswith(_DASH) and space and _NAME.fullmatch(name) and decoded):
        raise _malformed(f"{line[:60]!a} is not a signature line")
    if len(decoded) <= _KEY_ID_BYTES:
        raise _malformed(f"the signature line of {name[:60]!a} is too short")
    key_id, signature = decoded[:_KEY_ID_BYTES], decoded[_KEY_ID_BYTES:]
    return NoteSignature(name=name, key_id=key_id, signature=signature)


def decode64(text: str) -> bytes | None:
    """Return the bytes of padded standard base64 in its one spelling, else ``None``."""
    try:
        decoded = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if b64encode(decoded).decode() == text else None


def _malformed(why: str) -> Refused:
    return Refused("note.malformed", f"this is not a signed note: {why}")
