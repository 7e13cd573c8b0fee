"""Other people's vectors: a folder beside the project, never copied into it."""

from __future__ import annotations

from pathlib import Path

import pytest


def shared_data(*parts: str) -> Path:
    """Return a folder or file of the shared data, or skip the test that needs it."""
    for folder in Path(__file__).resolve().parents:
        found = folder.joinpath("shared", "data", *parts)
        if found.exists():
            return found
    pytest.skip(
        f"the shared vectors {'/'.join(parts)} are not on this machine", allow_module_level=True
    )
