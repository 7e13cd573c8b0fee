"""What a test needs of the machine it runs on, besides Python."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import NoReturn

import pytest


def require(*names: str, purpose: str) -> str:
    """Return the first of the programs ``names`` that is installed, or skip the test."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or cannot(f"no {names[0]} on this machine {purpose}")


def require_twin() -> None:
    """Skip the test where the extra ``twin`` is not installed: it is 0.8 GB."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    for library in ("pybamm", "optuna"):
        if find_spec(library) is None:
            cannot(f"no {library} on this machine: pip install -r requirements-twin.lock")


def cannot(why: str) -> NoReturn:
    """Skip a test that cannot run here; on a build machine (``CI=true``) it fails instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
