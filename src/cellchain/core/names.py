"""Identifiers: strings in memory and on the wire, each a type of its own to the type checker.

A name is checked where it enters the book (a `parse_…` function below); every later message can
only refer to a record that exists, so a misspelt name finds nothing and is refused there.

One battery has one spelling: ``01/GTIN/21/SERIAL``, the path of its GS1 Digital Link, the GTIN as
14 digits with its check digit, the serial percent-encoded as little as possible and in upper case.
"""

from __future__ import annotations

import re
from typing import NewType
from urllib.parse import quote, unquote

from cellchain.core.errors import Refused

BatteryId = NewType("BatteryId", str)
"""``01/GTIN/21/SERIAL``, a GS1 Digital Link path: cells, modules, packs and vehicles alike."""
PartyId = NewType("PartyId", str)
"""A company, authority or contract: lower-case words joined by hyphens, or ``contract:NAME``."""
DeviceId = NewType("DeviceId", str)
"""A gateway, battery management system or logger, unique in the book."""
LotId = NewType("LotId", str)
"""A quantity of material, unique in the book."""
DocumentId = NewType("DocumentId", str)
"""A document whose salted commitment is in the book."""
KeyId = NewType("KeyId", str)
"""An Ed25519 public key as 64 lower-case hexadecimal digits."""
Digest = NewType("Digest", str)
"""A SHA-256 hash as 64 lower-case hexadecimal digits."""

GTIN_DIGITS = 14
SERIAL_CHARACTERS_MAX = 20
"""GS1 General Specifications, application identifier 21: up to 20 characters."""

_SERIAL_SAFE = "-._~!$&'()*+,;=:@"
"""Characters that RFC 3986 allows bare in a path segment; letters and digits always are."""
# GS1 General Specifications, figure 7.11-1: the 82 characters of a serial number.
_SERIAL_ALPHABET = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+")
_PARTY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
_HEX_32 = re.compile(r"[0-9a-f]{64}")
# GB/T 34014-2017: 24 characters (18 for reused units), no I or O.
_GB_T_34014 = re.compile(r"(?:[0-9A-HJ-NP-Z]{24}|[0-9A-HJ-NP-Z]{18})")
_LABEL_MAX = 64


def parse_battery_id(text: str) -> BatteryId:
    """Return ``text`` as a battery's name, refusing every spelling but the one.

    Raises:
        Refused: ``name.battery``: not ``01/GTIN/21/SERIAL`` in its one form; ``name.check_digit``.
    """
    match text.split("/"):
        case ["01", gtin, "21", encoded]:
            pass
        case _:
            raise _bad_battery(text, "expected 01/GTIN/21/SERIAL")
    if len(gtin) != GTIN_DIGITS or not (gtin.isascii() and gtin.isdigit()):
        raise _bad_battery(text, f"the GTIN has {GTIN_DIGITS} digits")
    if gtin[-1] != gtin_check_digit(gtin[:-1]):
        expected = gtin_check_digit(gtin[:-1])
        raise Refused(
            "name.check_digit", f"GTIN {gtin} ends in {gtin[-1]}; its check digit is {expected}"
        )
    serial = unquote(encoded, errors="replace")
    if len(serial) > SERIAL_CHARACTERS_MAX or not _SERIAL_ALPHABET.fullmatch(serial):
        raise _bad_battery(text, f"a serial is 1 to {SERIAL_CHARACTERS_MAX} GS1 characters")
    if serial in {".", ".."}:  # RFC 3986 section 5.2.4: they vanish from the path of a link
        raise _bad_battery(text, "a serial is more than one or two dots")
    if quote(serial, safe=_SERIAL_SAFE) != encoded:
        raise _bad_battery(text, f"write the serial as {quote(serial, safe=_SERIAL_SAFE)}")
    return BatteryId(text)


def battery_id(gtin: str, serial: str) -> BatteryId:
    """Return the name of the item ``serial`` of the trade item ``gtin``."""
    return parse_battery_id(f"01/{gtin}/21/{quote(serial, safe=_SERIAL_SAFE)}")


def gtin_check_digit(digits: str) -> str:
    """Return the check digit after ``digits``: GS1 General Specifications section 7.9.1."""
    weighted = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def parse_gb_t_34014(text: str) -> str:
    """Return ``text`` as a Chinese traction-battery code (GB/T 34014), a second identifier."""
    if not _GB_T_34014.fullmatch(text):
        raise Refused("name.gb_t_34014", f"{_shown(text)} is not a GB/T 34014 code of 24 or 18")
    return text


def parse_party_id(text: str) -> PartyId:
    """Return ``text`` as the name of a party; ``contract:…`` is not for the taking."""
    if len(text) > _LABEL_MAX or not _PARTY.fullmatch(text):
        raise Refused(
            "name.party", f"{_shown(text)} is not lower-case words joined by hyphens, 1 to 64"
        )
    return PartyId(text)


def parse_device_id(text: str) -> DeviceId:
    """Return ``text`` as the name of a device."""
    return DeviceId(_label(text, "device"))


def parse_lot_id(text: str) -> LotId:
    """Return ``text`` as the name of a lot of material."""
    return LotId(_label(text, "lot"))


def parse_document_id(text: str) -> DocumentId:
    """Return ``text`` as the name of a document."""
    return DocumentId(_label(text, "document"))


def parse_key_id(text: str) -> KeyId:
    """Return ``text`` as a public key."""
    return KeyId(_hex_32(text, "key"))


def parse_digest(text: str) -> Digest:
    """Return ``text`` as a SHA-256 hash."""
    return Digest(_hex_32(text, "digest"))


def _label(text: str, kind: str) -> str:
    if len(text) > _LABEL_MAX or not _LABEL.fullmatch(text):
        raise Refused(
            f"name.{kind}",
            f"{_shown(text)} is not letters and digits joined by single - . _, 1 to 64",
        )
    return text


def _hex_32(text: str, kind: str) -> str:
    if not _HEX_32.fullmatch(text):
        raise Refused(f"name.{kind}", f"{_shown(text)} is not 64 lower-case hexadecimal digits")
    return text


def _bad_battery(text: str, why: str) -> Refused:
    return Refused("name.battery", f"{_shown(text)} is not a battery's name: {why}")


def _shown(text: str) -> str:
    return ascii(text[:80])
