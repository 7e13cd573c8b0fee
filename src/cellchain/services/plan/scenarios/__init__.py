"""Scenarios that ship, as files: each number with its source, none fitted to what others report.

neutral_growth.toml    demand for batteries of electric vehicles grows as policies stand, to 2050
"""

from __future__ import annotations

from importlib.resources import files

from cellchain.core.errors import Refused

SHIPPED = ("neutral_growth",)


def shipped(name: str) -> bytes:
    """Return the file of a scenario that ships.

    Raises:
        Refused: ``stock.no_scenario``: none is called so.
    """
    if name not in SHIPPED:
        raise Refused(
            "stock.no_scenario",
            f"no scenario that ships is called {name[:40]!a}",
            remedy=f"name one of {', '.join(SHIPPED)}, or a file of your own with --scenario",
        )
    return files(__package__).joinpath(f"{name}.toml").read_bytes()
