from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey as NaclSigningKey

from cellchain.core.errors import Refused
from cellchain.crypto.cosignature import (
    TIME_S_MAX,
    WITNESSES_MAX,
    WitnessKey,
    cosign,
    cosigned_time_s,
    parse_witness_key,
    parse_witness_keys,
    witness_key,
)
from cellchain.crypto.note import (
    Checkpoint,
    Note,
    NoteSignature,
    parse_note,
    parse_verifier_key,
    sign_note,
    verifier_key,
    verify_note,
)
from cellchain.crypto.signatures import SigningKey
from tests.far_cosignature import far_cosignature

OPERATOR_KEY, KEY = SigningKey(bytes(range(32))), SigningKey(b"w" * 32)
OPERATOR = verifier_key("cars.example/log", OPERATOR_KEY.public_key)
WITNESS = witness_key("witness.example/w1", KEY.public_key)
TEXT = str(Checkpoint(origin="cars.example/log", size=42, root=bytes(range(32))))
TIME_S = 1_679_315_147

# C2SP tlog-cosignature, its example; the key is not published, so the framing alone is checked.
SPEC_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

GOLDEN = (
    "— witness.example/w1 dzpsEgAAAABkGFDLbwiLcmdbwXwJxzHeZk8LlQXLZFuDCQdLN"
    "7FNi/SwDxkWozIoOtZzCOaOdQ36s2NYr8BWnRejCiBWlnhZWICJDg==\n"
)


def cosigned(text: str = TEXT, *, time_s: int = TIME_S) -> Note:
    note = sign_note(text, OPERATOR.name, OPERATOR_KEY)
    line = cosign(text, WITNESS.name, KEY, time_s=time_s)
    return Note(text=text, signatures=(*note.signatures, line))


def test_a_cosignature_built_by_hand():
    seed = b"w" * 32
    by_hand = NaclSigningKey(seed)
    message = f"cosignature/v1\ntime {TIME_S}\n{TEXT}".encode()
    key_id = hashlib.sha256(b"witness.example/w1\n\x04" + bytes(by_hand.verify_key)).digest()[:4]
    signature = TIME_S.to_bytes(8, "big") + by_hand.sign(message).signature
    line = b64encode(key_id + signature).decode()
    assert str(cosigned().signatures[1]) == f"\u2014 witness.example/w1 {line}\n"
    key = b64encode(b"\x04" + bytes(by_hand.verify_key)).decode()
    assert str(WITNESS) == f"witness.example/w1+{key_id.hex()}+{key}"


def test_the_golden_cosignature():
    assert str(cosigned().signatures[1]) == GOLDEN


def test_the_example_of_the_standard_is_read_and_written_alike():
    note = parse_note(SPEC_NOTE.encode())
    assert str(note) == SPEC_NOTE
    assert cosigned_time_s(note.signatures[1]) == TIME_S
    assert len(note.signatures[1].signature) == 8 + 64


def test_log_and_witness_are_verified_together():
    data = str(cosigned()).encode()
    assert verify_note(data, [OPERATOR, WITNESS]) == cosigned()
    assert verify_note(data, [OPERATOR]).signatures == cosigned().signatures[:1]
    assert verify_note(data, [WITNESS]).signatures == cosigned().signatures[1:]


def test_an_unknown_witness_is_ignored_and_a_known_one_that_fails_condemns():
    strange = cosigned().signatures[1]
    forged = NoteSignature(
        name=strange.name, key_id=strange.key_id, signature=strange.signature[:-1] + b"\0"
    )
    note = Note(text=TEXT, signatures=(cosigned().signatures[0], forged))
    data = str(note).encode()
    assert verify_note(data, [OPERATOR]).signatures == note.signatures[:1]
    with pytest.raises(Refused, match=r"note\.signature"):
        verify_note(data, [OPERATOR, WITNESS])


@pytest.mark.parametrize("time_s", [TIME_S_MAX + 1, 2**62, 2**64 - 1])
def test_a_time_beyond_the_calendar_counts_as_nobodys_and_condemns_nothing(time_s: int):
    far = far_cosignature(TEXT, WITNESS.name, KEY, time_s)
    note = Note(text=TEXT, signatures=(far, *cosigned().signatures))
    assert verify_note(str(note).encode(), [OPERATOR, WITNESS]) == cosigned()
    with pytest.raises(Refused, match=r"note\.unsigned"):
        verify_note(str(Note(text=TEXT, signatures=(far,))).encode(), [WITNESS])


@pytest.mark.parametrize(
    "change",
    [
        lambda text, s: (text.replace("42", "43"), s),
        lambda text, s: (text, (TIME_S + 1).to_bytes(8, "big") + s[8:]),
        lambda text, s: (text, (2**63).to_bytes(8, "big") + s[8:]),
        lambda text, s: (text, s[:8]),
        lambda text, s: (text, s[:3]),
        lambda text, _: (text, b""),
        lambda text, s: (text, s + b"\0"),
    ],
)
def test_another_text_time_or_length_is_no_cosignature(change):
    text, signature = change(TEXT, cosigned().signatures[1].signature)
    assert not WITNESS.has_signed(text, signature)


def test_a_plain_signature_is_no_cosignature_nor_the_other_way_round():
    same = verifier_key(WITNESS.name, KEY.public_key)
    plain = sign_note(TEXT, WITNESS.name, KEY).signatures[0].signature
    assert not WITNESS.has_signed(TEXT, plain)
    assert not same.has_signed(TEXT, cosigned().signatures[1].signature)
    assert same.key_id != WITNESS.key_id


def test_the_key_of_a_log_is_not_that_of_a_witness():
    assert parse_witness_key(f"{WITNESS}\n") == WITNESS
    assert isinstance(parse_witness_key(str(WITNESS)), WitnessKey)
    for parse, line in ((parse_witness_key, OPERATOR), (parse_verifier_key, WITNESS)):
        with pytest.raises(Refused, match=r"note\.key"):
            parse(str(line))


def test_several_witnesses_in_one_file():
    other = witness_key("other.example/w", OPERATOR_KEY.public_key)
    assert parse_witness_keys(f"{WITNESS}\n\n{other}\n".encode()) == (WITNESS, other)
    assert parse_witness_keys(b"") == ()
    with pytest.raises(Refused, match=r"note\.key"):
        parse_witness_keys(b"\xff\n")
    with pytest.raises(Refused, match=r"note\.too_many_keys"):
        parse_witness_keys(f"{WITNESS}\n".encode() * (WITNESSES_MAX + 1))


@pytest.mark.parametrize("time_s", [-1, TIME_S_MAX + 1])
def test_a_time_that_no_calendar_can_say(time_s: int):
    with pytest.raises(Refused, match=r"note\.time"):
        cosign(TEXT, WITNESS.name, KEY, time_s=time_s)


@given(time_s=st.integers(0, TIME_S_MAX), size=st.integers(0, 2**60))
def test_whatever_was_cosigned_verifies_and_tells_its_time(time_s: int, size: int):
    text = str(Checkpoint(origin="x", size=size, root=bytes(32)))
    line = cosign(text, WITNESS.name, KEY, time_s=time_s)
    data = str(Note(text=text, signatures=(line,))).encode()
    (read,) = verify_note(data, [WITNESS]).signatures
    assert cosigned_time_s(read) == time_s
