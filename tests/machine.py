"""What a test needs of the machine it runs on, besides Python."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def require(*names: str, purpose: str) -> str:
    """Return the first of the programs ``names`` that is installed, or skip the test."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or cannot(f"no {names[0]} on this machine {purpose}")


def cannot(why: str) -> NoReturn:
    """Skip a test that cannot run here; on a build machine (``CI=true``) it fails instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
