"""Which views there are: the explorer's, and that of every installed contract that has one."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cellchain.ledger.view import VIEW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.ledger.contract import Contract
    from cellchain.ledger.projection import View


def discover_views(contracts: Iterable[Contract]) -> tuple[View, ...]:
    """Return the views of ``contracts``: ``VIEW`` of ``view.py`` beside their messages.

    A stranger's contract has its view in its own package, and is found in the same way.

    Raises:
        RuntimeError: Two views have a table of one name.
    """
    views = tuple(
        dict.fromkeys((VIEW, *(view for contract in contracts for view in _views_of(contract))))
    )
    names = [table.name for view in views for table in view.tables]
    for name in names:
        if names.count(name) > 1:
            raise RuntimeError(f"two views have a table {name!r}")
    return views


def _views_of(contract: Contract) -> list[View]:
    package = contract.messages[0].__module__.rpartition(".")[0]
    name = f"{package}.view"
    return [import_module(name).VIEW] if package and find_spec(name) else []
