"""Any leaf of a window can be shown, and nothing else can be passed off as one."""

from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.readings import Channel, Reading, encode_leaf, make_layout
from cellchain.crypto.log import inclusion_path, leaf_hash, tree_root
from cellchain.crypto.window import (
    AnchoredWindow,
    WindowTree,
    cut_proof,
    extremes_salt,
    leaf_salts,
    split_leaves,
    verify_reading,
    window_leaf_hashes,
)

SECRET = bytes(range(32))
LAYOUT = make_layout(Channel(name=f"c{i}", unit="mV") for i in range(200))


@dataclass
class Anchored:
    """Twenty wide readings, four a leaf."""

    readings: list
    leaves: list
    tree: WindowTree
    window: AnchoredWindow

    def proof(self, index):
        return cut_proof(
            window="gw/b1/1", layout=LAYOUT.text, secret=SECRET, index=index,
            leaf=self.leaves[index], tree=self.tree,
        )  # fmt: skip


def anchor(count=18):
    readings = [
        Reading(sequence=1 + i, time_ms=1000 * i, values=tuple(range(i, i + 200)))
        for i in range(count)
    ]
    step = LAYOUT.readings_per_leaf * LAYOUT.reading_bytes
    leaves = split_leaves(encode_leaf(LAYOUT, readings), step)
    tree = WindowTree(window_leaf_hashes(SECRET, leaves))
    window = AnchoredWindow(
        window="gw/b1/1", root=tree.root, layout_digest=LAYOUT.digest,
        first=1, last=count, count=count, start_ms=0, end_ms=1000 * (count - 1),
    )  # fmt: skip
    return Anchored(readings, leaves, tree, window)


@given(st.integers(0, 40))
def test_the_tree_is_that_of_rfc_9162(size):
    leaves = [leaf_hash(bytes([i])) for i in range(size)]
    tree = WindowTree(leaves)
    assert tree.root == tree_root(leaves)
    for index in range(size):
        assert tree.path(index) == inclusion_path(index, leaves)


@pytest.mark.parametrize("count", [1, 4, 5, 18, 20])
def test_every_leaf_is_proved(count):
    given_window = anchor(count)
    found = [
        reading
        for index in range(len(given_window.leaves))
        for reading in verify_reading(given_window.proof(index), given_window.window)
    ]
    assert found == given_window.readings


def test_salts_differ():
    salts = {*leaf_salts(SECRET, 300), extremes_salt(SECRET)}
    assert len(salts) == 301
    assert leaf_salts(SECRET, 2) == leaf_salts(SECRET, 300)[:2]
    assert leaf_salts(SECRET, 1) != leaf_salts(bytes(32), 1)


def changed(**fields):
    return lambda proof: msgspec.structs.replace(proof, **fields)


OTHER_LAYOUT = make_layout(Channel(name=f"d{i}", unit="mV") for i in range(200)).text.decode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(changed(window="gw/b1/2"), "reading.window", id="other-window"),
        pytest.param(changed(layout=OTHER_LAYOUT), "reading.layout", id="other-layout"),
        pytest.param(changed(layout="\ud800"), "reading.layout", id="broken-layout"),
        pytest.param(changed(index=2), "reading.path", id="other-place"),
        pytest.param(changed(index=-1), "reading.path", id="negative"),
        pytest.param(changed(index=10**30), "reading.path", id="huge"),
        pytest.param(changed(path=()), "reading.path", id="no-path"),
        pytest.param(changed(path=("00",) * 3), "reading.path", id="short-hashes"),
        pytest.param(changed(salt="00" * 16), "reading.path", id="other-salt"),
        pytest.param(changed(salt="zz"), "reading.path", id="no-hexadecimal"),
        pytest.param(lambda p: changed(leaf=p.leaf.upper())(p), "reading.path", id="upper-case"),
        pytest.param(
            lambda p: changed(salt=p.salt + p.leaf[:2], leaf=p.leaf[2:])(p),
            "reading.path",
            id="byte-wanders-into-salt",
        ),
    ],
)
def test_another_proof_is_refused(change, code):
    given_window = anchor()
    with pytest.raises(Refused) as refusal:
        verify_reading(change(given_window.proof(1)), given_window.window)
    assert refusal.value.code == code


@given(st.data())
def test_a_flipped_bit_is_refused(data):
    given_window = anchor()
    proof = given_window.proof(data.draw(st.integers(0, 4)))
    name = data.draw(st.sampled_from(["leaf", "salt", "path"]))
    whole = proof.path[0] if name == "path" else getattr(proof, name)
    raw = bytearray.fromhex(whole)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    flipped = (raw.hex(), *proof.path[1:]) if name == "path" else raw.hex()
    with pytest.raises(Refused, match=r"reading\.path"):
        verify_reading(msgspec.structs.replace(proof, **{name: flipped}), given_window.window)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"root": bytes(32)}, "reading.path", id="other-root"),
        pytest.param({"count": 17}, "reading.path", id="fewer-readings"),
        pytest.param({"last": 17}, "reading.range", id="sequence-beyond"),
        pytest.param({"end_ms": 16_000}, "reading.range", id="time-beyond"),
    ],
)
def test_a_window_that_states_something_else_is_not_proved(fields, code):
    given_window = anchor()
    stated = msgspec.structs.replace(given_window.window, **fields)
    with pytest.raises(Refused) as refusal:
        verify_reading(given_window.proof(len(given_window.leaves) - 1), stated)
    assert refusal.value.code == code


def test_the_verifier_needs_no_heavy_library():
    import subprocess
    import sys

    code = "import cellchain.crypto.window, sys; print({'numpy', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"
