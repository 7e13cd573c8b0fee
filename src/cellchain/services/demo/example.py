"""The proof at the end of the story: a reading in the middle of a drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.gateway.evidence import find_readings, prove_reading
from cellchain.services.proofs import reading_proof

if TYPE_CHECKING:
    from cellchain.ledger.state import State
    from cellchain.services.gateway.evidence import KeptWindows
    from cellchain.services.proofs import Proof


def example_proof(state: State, windows: KeptWindows, subject: str) -> Proof:
    """Return the proof of the reading in the middle of the window ``subject``."""
    window = next(kept for kept in windows.kept() if kept.subject == subject)
    battery, end_ms = window.stream.battery, window.end_ms + 1
    found = find_readings(windows, battery, from_ms=window.start_ms, until_ms=end_ms)
    return reading_proof(state, prove_reading(windows, found[len(found) // 2]))
