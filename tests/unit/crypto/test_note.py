from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey as NaclSigningKey

from cellchain.core.errors import Refused
from cellchain.crypto.note import (
    Checkpoint,
    Note,
    NoteSignature,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    sign_note,
    verifier_key,
    verify_note,
)
from cellchain.crypto.signatures import SigningKey

KEY = SigningKey(bytes(range(32)))
OPERATOR = verifier_key("cars.example", KEY.public_key)
OTHER = SigningKey(bytes(32))
WITNESS = verifier_key("witness.example/w1", OTHER.public_key)
CHECKPOINT = Checkpoint(origin="cars.example/log", size=42, root=bytes(range(32)))
TEXT = str(CHECKPOINT)
CONTROLS = [chr(code) for code in range(32)]

# Go's sumdb/note: its own example of a verifier key and a signed note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)


def signed(text: str = TEXT) -> bytes:
    return str(sign_note(text, "cars.example", KEY)).encode()


def code(data: bytes, *trusted: object) -> str:
    with pytest.raises(Refused) as refusal:
        verify_note(data, trusted or (OPERATOR,))
    return refusal.value.code


def with_lines(lines: list[str]) -> bytes:
    return (TEXT + "\n" + "".join(f"{line}\n" for line in lines)).encode()


def strange_line(number: int) -> str:
    return "— other" + str(number) + " " + b64encode(bytes(20)).decode()


OWN_LINE = signed().decode().split("\n")[-2]


def test_a_note_built_by_hand():
    seed, name = bytes(range(32)), "cars.example"
    by_hand = NaclSigningKey(seed)
    text = "cars.example/log\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    key_id = hashlib.sha256(b"cars.example\n\x01" + bytes(by_hand.verify_key)).digest()[:4]
    line = b64encode(key_id + by_hand.sign(text.encode()).signature).decode()
    assert signed() == f"{text}\n\u2014 {name} {line}\n".encode()
    key = b64encode(b"\x01" + bytes(by_hand.verify_key)).decode()
    assert str(OPERATOR) == f"cars.example+{key_id.hex()}+{key}"


def test_the_golden_note():
    assert signed().decode() == (
        "cars.example/log\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
        "— cars.example 25kl2Ef20s12/VA7P7XzGxKL3KrVHx8fblgDVChdBrEcjpJxwGTe"
        "JLDxS270/mQy/6G9RY76EqrbU4NrQbktz0myQQw=\n"
    )


def test_the_note_of_go_verifies():
    note = verify_note(GO_NOTE.encode(), [parse_verifier_key(GO_KEY)])
    assert note.text.startswith("If you think cryptography")
    assert str(note) == GO_NOTE


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS)))
def test_any_text_comes_back(text: str):
    note = verify_note(signed(text + "\n"), [OPERATOR])
    assert note.text == text + "\n"


def test_a_text_with_blank_lines_ends_at_the_last():
    assert verify_note(signed("a\n\nb\n\n"), [OPERATOR]).text == "a\n\nb\n\n"


@given(st.integers(min_value=0), st.integers(0, 7))
def test_no_flipped_bit_is_accepted(place: int, bit: int):
    data = bytearray(signed())
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(Refused, match=r"^note\."):
        verify_note(bytes(data), [OPERATOR])


@given(st.binary(max_size=300))
def test_nothing_makes_it_crash(data: bytes):
    with pytest.raises(Refused, match=r"^note\."):
        verify_note(data, [OPERATOR])


def test_unknown_keys_are_ignored():
    note = verify_note(with_lines([strange_line(1), OWN_LINE, strange_line(2)]), [OPERATOR])
    assert [line.name for line in note.signatures] == ["cars.example"]


def test_several_trusted_keys_each_count():
    cosigned = sign_note(TEXT, WITNESS.name, OTHER)
    data = signed() + str(cosigned).encode().split(b"\n\n")[1]
    assert len(verify_note(data, [OPERATOR, WITNESS]).signatures) == 2
    assert len(verify_note(data, [WITNESS]).signatures) == 1


def test_a_trusted_key_that_fails_condemns_the_note():
    forged = NoteSignature(name=WITNESS.name, key_id=WITNESS.key_id, signature=bytes(64))
    both = Note(text=TEXT, signatures=(*parse_note(signed()).signatures, forged))
    assert code(str(both).encode(), OPERATOR, WITNESS) == "note.signature"
    assert verify_note(str(both).encode(), [OPERATOR])


def test_the_same_name_with_another_key_is_unknown():
    assert code(signed(), verifier_key("cars.example", OTHER.public_key)) == "note.unsigned"


def test_sixteen_lines_are_accepted_and_a_hundred_and_one_are_not():
    assert verify_note(with_lines([strange_line(n) for n in range(15)] + [OWN_LINE]), [OPERATOR])
    assert verify_note(with_lines([strange_line(n) for n in range(99)] + [OWN_LINE]), [OPERATOR])
    many = with_lines([strange_line(n) for n in range(100)] + [OWN_LINE])
    assert code(many) == "note.too_many_signatures"


MALFORMED = {
    "nothing": b"",
    "no signature": TEXT.encode(),
    "no blank line": signed().replace(b"\n\n", b"\n"),
    "no final newline": signed()[:-1],
    "a tab": signed().replace(b"42", b"4\t2"),
    "a carriage return": signed().replace(b"\n", b"\r\n"),
    "a null": signed().replace(b"42", b"4\x002"),
    "not UTF-8": signed().replace(b"42", b"\xff"),
    "a hyphen for the dash": with_lines([OWN_LINE.replace("—", "-")]),
    "no name": with_lines(["—  AAAAAAAA"]),
    "a plus in the name": with_lines(["— a+b AAAAAAAA"]),
    "two spaces": with_lines([OWN_LINE.replace(" cars.example ", " cars.example  ")]),
    "only a key id": with_lines(["— a AAAAAA=="]),
    "no base64": with_lines(["— a ????????"]),
    "base64 with spare bits": with_lines(["— a AAAAAAB="]),
    "an empty line among signatures": with_lines([OWN_LINE, ""]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_note_is_refused(name: str):
    assert code(MALFORMED[name]) == "note.malformed"


def test_a_note_has_a_size():
    assert code(signed("x" * 1_000_000 + "\n")) == "note.too_long"


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "two\r\n"])
def test_only_plain_lines_are_signed(text: str):
    with pytest.raises(Refused, match=r"note\.malformed"):
        sign_note(text, "cars.example", KEY)


def test_a_pub_file_holds_one_key():
    assert parse_verifier_key(str(OPERATOR)) == OPERATOR
    assert parse_verifier_key(f"{OPERATOR}\n") == OPERATOR


BAD_KEYS = {
    "empty": "",
    "two lines": f"{OPERATOR}\n{OPERATOR}\n",
    "a space": str(OPERATOR).replace(".", " "),
    "no id": "cars.example+" + str(OPERATOR).split("+", 2)[2],
    "another name": str(OPERATOR).replace("cars", "vans"),
    "another algorithm": "a+00000000+" + b64encode(b"\x04" + bytes(32)).decode(),
    "a short key": "a+00000000+" + b64encode(b"\x01" + bytes(31)).decode(),
    "upper-case id": str(OPERATOR).replace(OPERATOR.key_id.hex(), OPERATOR.key_id.hex().upper()),
    "no base64": str(OPERATOR)[:-1],
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_another_form_of_key_is_refused(name: str):
    with pytest.raises(Refused, match=r"note\.key"):
        parse_verifier_key(BAD_KEYS[name])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b"])
def test_a_name_has_no_space_and_no_plus(name: str):
    with pytest.raises(Refused, match=r"note\.name"):
        verifier_key(name, KEY.public_key)


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back(size: int, root: bytes):
    checkpoint = Checkpoint(origin="cars.example/log", size=size, root=root)
    assert parse_checkpoint(str(checkpoint)) == checkpoint


def test_extension_lines_are_kept():
    extended = Checkpoint(origin="o", size=1, root=bytes(32), extensions=("time 7", "x"))
    assert parse_checkpoint(str(extended)) == extended


ROOT = b64encode(bytes(32)).decode()
BAD_CHECKPOINTS = {
    "empty": "",
    "no root": "o\n1\n",
    "no origin": f"\n1\n{ROOT}\n",
    "no final newline": f"o\n1\n{ROOT}",
    "a leading zero": f"o\n01\n{ROOT}\n",
    "a sign": f"o\n-1\n{ROOT}\n",
    "other digits": f"o\n\u0661\n{ROOT}\n",
    "a short root": f"o\n1\n{b64encode(bytes(31)).decode()}\n",
    "no base64": "o\n1\n????\n",
}


@pytest.mark.parametrize("name", BAD_CHECKPOINTS)
def test_another_text_is_no_checkpoint(name: str):
    with pytest.raises(Refused, match=r"note\.checkpoint"):
        parse_checkpoint(BAD_CHECKPOINTS[name])
