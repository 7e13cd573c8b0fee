"""The log's frontier, paths and proofs agree with the definition of RFC 9162."""

from hypothesis import given
from hypothesis import strategies as st

from cellchain.crypto import log


def reference_root(leaves):
    if not leaves:
        return log.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return log.node_hash(reference_root(leaves[:half]), reference_root(leaves[half:]))


def leaves(count):
    return log.leaf_hashes(b"%d" % n for n in range(count))


@given(st.lists(st.integers(0, 40), max_size=8))
def test_frontier_grows_to_the_root_of_all_leaves(batches):
    everything = leaves(sum(batches))
    frontier, done = log.Frontier(), 0
    for size in batches:
        born = frontier.extend(everything[done : done + size])
        assert list(born[0] if born else []) == everything[done : done + size]
        done += size
        assert (frontier.size, frontier.root()) == (done, reference_root(everything[:done]))


@given(st.integers(1, 130), st.data())
def test_inclusion(size, data):
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    tree = leaves(size)
    path = log.inclusion_path(index, tree)
    root = log.tree_root(tree)
    assert log.verify_inclusion(index, size, tree[index], path, root)
    assert log.verify_inclusion(other, size, tree[index], path, root) == (other == index)


@given(st.integers(1, 130), st.data())
def test_consistency(new_size, data):
    old_size = data.draw(st.integers(1, new_size))
    tree = leaves(new_size)
    proof = log.consistency_proof(
        old_size, new_size, lambda low, high: log.tree_root(tree[low:high])
    )
    roots = log.tree_root(tree[:old_size]), log.tree_root(tree)
    assert log.verify_consistency(old_size, new_size, *roots, proof)
    assert not log.verify_consistency(old_size, new_size, roots[0], roots[0][::-1], proof)
