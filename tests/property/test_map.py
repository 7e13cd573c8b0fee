"""The map's root is a function of its content, and its proofs prove what they say."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.crypto.map import (
    BUCKET_MAX,
    EMPTY_ROOT,
    Branch,
    MapProof,
    RadixMap,
    verify_map_proof,
)


class Memory:
    """Keeps branches as the store does, and reads buckets back from the pairs."""

    def __init__(self):
        self.branches, self.pairs = {}, {}

    def branch(self, prefix):
        return self.branches.get(prefix)

    def bucket(self, prefix):
        inside = sorted(k for k in self.pairs if k.hex().startswith(prefix))
        return b"".join(k + self.pairs[k] for k in inside)


def keyed(number, skew):
    """Keys crowd below a few prefixes when skewed, so that branches grow deep and shrink."""
    key = sha256(b"%d" % number).digest()
    return bytes([0xAB] * skew) + key[skew:]


def apply(radix, memory, changes):
    update = radix.update(changes)
    for key, value in changes:
        memory.pairs.pop(key, None)
        if value is not None:
            memory.pairs[key] = value
    for prefix, node in update.nodes.items():
        memory.branches.pop(prefix, None)
        if isinstance(node, Branch):
            memory.branches[prefix] = node.to_bytes()
    radix.adopt(update)


def reference_root(pairs, depth=0):
    """The definition, word by word."""
    if not pairs:
        return EMPTY_ROOT
    if len(pairs) <= BUCKET_MAX:
        return sha256(b"\x00" + b"".join(k + pairs[k] for k in sorted(pairs))).digest()
    below = [
        {k: v for k, v in pairs.items() if k.hex()[depth] == digit} for digit in "0123456789abcdef"
    ]
    return sha256(b"\x01" + b"".join(reference_root(b, depth + 1) for b in below)).digest()


keys = st.builds(keyed, st.integers(0, 150), st.sampled_from([0, 0, 1, 3]))
values = st.one_of(st.none(), st.integers(0, 3).map(lambda n: sha256(b"v%d" % n).digest()))
batches = st.lists(st.lists(st.tuples(keys, values), max_size=120), max_size=6)


@settings(max_examples=150)
@given(batches, st.booleans())
def test_root_is_that_of_the_content(batches, forget):
    memory = Memory()
    radix = RadixMap(memory, EMPTY_ROOT, 0)
    for batch in batches:
        apply(radix, memory, batch)
        if forget:  # everything is read back from the store
            radix = RadixMap(memory, radix.root, radix.count)
        assert radix.root == reference_root(memory.pairs)
        assert radix.count == len(memory.pairs)


@given(st.sets(st.integers(0, 400), max_size=200), st.integers(0, 400), st.integers(0, 2**12))
def test_a_proof_shows_presence_or_absence_and_nothing_else(numbers, asked, flip):
    memory = Memory()
    radix = RadixMap(memory, EMPTY_ROOT, 0)
    value = sha256(b"value").digest()
    apply(radix, memory, [(keyed(n, 0), value) for n in sorted(numbers)])
    key = keyed(asked, 0)
    proof = radix.prove(key)
    there = asked in numbers
    assert verify_map_proof(radix.root, key, value if there else None, proof)
    assert not verify_map_proof(radix.root, key, None if there else value, proof)
    parts = [*proof.branches, proof.bucket]
    place = flip % sum(map(len, parts)) if any(parts) else 0
    for i, part in enumerate(parts):
        if 0 <= place < len(part):
            parts[i] = part[:place] + bytes([part[place] ^ 1]) + part[place + 1 :]
            forged = MapProof(parts[:-1], parts[-1])
            assert not verify_map_proof(radix.root, key, value if there else None, forged)
            assert not verify_map_proof(radix.root, key, None if there else value, forged)
        place -= len(part)


@given(batches)
def test_an_update_that_is_dropped_leaves_no_trace(batches):
    memory = Memory()
    radix = RadixMap(memory, EMPTY_ROOT, 0)
    for batch in batches:
        dropped = radix.update([(key, None) for key in list(memory.pairs)[::2]])
        first, second = radix.update(batch), radix.update(batch)
        assert first.root == second.root
        assert dropped.count <= radix.count
        apply(radix, memory, batch)
        assert radix.root == first.root == reference_root(memory.pairs)


def test_a_bucket_emptied_and_filled_in_one_batch_forgets_what_it_held():
    memory = Memory()
    radix = RadixMap(memory, EMPTY_ROOT, 0)
    value = sha256(b"value").digest()
    crowd = [(keyed(n, 0), value) for n in range(40)]  # enough for a branch at the root
    apply(radix, memory, crowd)
    alone = next(k for k, _ in crowd if sum(o.hex()[0] == k.hex()[0] for o, _ in crowd) == 1)
    other = next(
        key for n in range(1_000, 9_000) if (key := keyed(n, 0)).hex()[0] == alone.hex()[0]
    )
    apply(radix, memory, [(alone, None), (other, value)])
    assert alone not in memory.pairs
    assert radix.root == reference_root(memory.pairs)
