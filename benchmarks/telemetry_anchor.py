"""Readings to windows from which any proof can be cut, beside bulk SHA-256 of the same bytes."""

from __future__ import annotations

import hashlib
import random
import time
from statistics import median

from benchmarks.figure import Figure, interleaved, median_ratio
from cellchain.core.readings import Channel, make_layout
from cellchain.crypto.window import (
    WindowTree,
    cut_proof,
    split_leaves,
    window_leaf_hashes,
)

READINGS = 1_000_000
READINGS_PER_WINDOW = 3_600
PROOFS = 1_000
LAYOUT = make_layout(Channel(name=f"channel_{i}_mv", unit="mV") for i in range(3))
"""Readings of 32 bytes, leaves of 4096."""
_LEAF_BYTES = LAYOUT.readings_per_leaf * LAYOUT.reading_bytes


def telemetry_anchor() -> Figure:
    """Hash packed readings into windows; cut a thousand proofs."""
    generator = random.Random(1)
    size = READINGS_PER_WINDOW * LAYOUT.reading_bytes
    data = generator.randbytes(READINGS * LAYOUT.reading_bytes)
    packed = [data[at : at + size] for at in range(0, len(data), size)]
    secrets = [generator.randbytes(32) for _ in packed]
    proofs_s: list[float] = []

    def anchored(_: int) -> float:
        started = time.perf_counter()
        leaves = [split_leaves(window, _LEAF_BYTES) for window in packed]
        trees = [
            WindowTree(window_leaf_hashes(secret, parts))
            for secret, parts in zip(secrets, leaves, strict=True)
        ]
        rate = READINGS / (time.perf_counter() - started)
        proofs_s.append(_cut(trees, leaves, secrets, generator))
        return rate

    def bulk(_: int) -> float:
        started = time.perf_counter()
        hashlib.sha256(data).digest()
        return READINGS / (time.perf_counter() - started)

    rates, ceilings = interleaved(anchored, bulk)
    return Figure(
        name="telemetry.anchor",
        value=median(rates),
        ceiling=median(ceilings),
        ratio=median_ratio(rates, ceilings),
        unit="readings/s",
        goal=">= 0.4",
        note=f"{PROOFS} proofs in {1000 * median(proofs_s):.1f} ms",
    )


def _cut(
    trees: list[WindowTree],
    leaves: list[list[memoryview]],
    secrets: list[bytes],
    generator: random.Random,
) -> float:
    """Cut proofs of random leaves; return the seconds it took."""
    chosen = [generator.randrange(len(trees)) for _ in range(PROOFS)]
    places = [(window, generator.randrange(len(leaves[window]))) for window in chosen]
    text = LAYOUT.text
    started = time.perf_counter()
    for window, index in places:
        proof = cut_proof(
            window="gateway/boot/1",
            layout=text,
            secret=secrets[window],
            index=index,
            leaf=leaves[window][index],
            tree=trees[window],
        )
        if proof.index != index:
            raise SystemExit("a proof of another leaf")
    return time.perf_counter() - started
