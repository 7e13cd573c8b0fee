"""What may be asked of a source: one table, so that a folder and a URL cannot answer differently.

Each question has the path of the API that answers it, the type of the answer, and the query of the
views that the API itself calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from cellchain.contracts.assembly import view as assembly
from cellchain.contracts.custody import view as custody
from cellchain.contracts.material import view as material
from cellchain.contracts.membership import view as membership
from cellchain.contracts.passport import view as passports
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.table import Listed
from cellchain.services.access.shown import readable_passport

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.access.viewer import Viewer

STEPS = 12
"""How far a genealogy reaches each way unless it is told."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A battery: what it is, who has which right to it, what it is made of."""

    battery: passports.BatteryRow
    custody: custody.CustodyRow | None
    item: assembly.ItemRow | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks a folder: a reading transaction of its views, and for whom it reads."""

    db: Any
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask.

    Args:
        path: Below ``/api/v1``; ``{}`` where the name goes.
        result: Type of the answer.
        find: Answers it from the views: the reader, the name if there is one, what is wanted.
        kept: Characters of the name that stay as they are in a path.
    """

    path: str
    result: Any
    find: Callable[..., Any]
    kept: str = ""

    def path_of(self, name: str) -> str:
        """Return the path about ``name``."""
        return self.path.format(quote(name, safe=self.kept))


def _plain(find: Callable[..., Any]) -> Callable[..., Any]:
    return lambda reader, *name, **wanted: find(reader.db, *name, **wanted)


def _one(find: Callable[..., Any]) -> Callable[..., Any]:
    def known(reader: Reader, name: str) -> Any:
        found = find(reader.db, name)
        if found is None:
            raise nothing(name)
        return found

    return known


def nothing(name: str) -> Refused:
    """Return the refusal of a name that nothing has."""
    return Refused("web.not_found", f"there is no {name[:80]!a}")


def _search(reader: Reader, **wanted: Any) -> passports.Found:
    for facet in passports.FACETS:
        wanted[facet] = tuple(v for v in wanted.get(facet, "").split(",") if v)
    return passports.search_batteries(reader.db, passports.BatterySearch(**wanted))


def _facts(reader: Reader, name: str) -> Facts:
    found = passports.battery(reader.db, name)
    if found is None:
        raise nothing(name)
    return Facts(
        battery=found,
        custody=custody.custody(reader.db, name),
        item=assembly.item(reader.db, name),
    )


def _genealogy(reader: Reader, name: str, *, up: int, down: int) -> assembly.Graph:
    return assembly.genealogy(reader.db, name, up_max=up, down_max=down)


def _passport(reader: Reader, name: str) -> passports.PassportShown:
    return readable_passport(reader.db, reader.viewer, name)


_BATTERY, _ENCODED = "/batteries/{}", "/%"
"""The names of batteries are percent-encoded already."""

BATTERIES = Question("/batteries", passports.Found, _search)
FACTS = Question(_BATTERY, Facts, _facts, _ENCODED)
HAND_OVERS = Question(
    _BATTERY + "/hand-overs", tuple[custody.HandOver, ...], _plain(custody.hand_overs), _ENCODED
)
LIFE = Question(_BATTERY + "/life", tuple[assembly.Stage, ...], _plain(assembly.life), _ENCODED)
EVENTS = Question(
    _BATTERY + "/timeline", Listed[explorer.EventRow], _plain(explorer.timeline), _ENCODED
)
GENEALOGY = Question(_BATTERY + "/genealogy", assembly.Graph, _genealogy, _ENCODED)
PASSPORT = Question("/passports/{}", passports.PassportShown, _passport, "/")
PASSPORTS = Question("/passports", Listed[passports.PassportRow], _plain(passports.passports))
LOTS = Question("/lots", Listed[material.LotRow], _plain(material.lots))
LOT = Question("/lots/{}", material.LotRow, _one(material.lot))
PARTIES = Question("/parties", Listed[membership.PartyRow], _plain(membership.parties))
TRANSACTIONS = Question(
    "/transactions", Listed[explorer.TransactionRow], _plain(explorer.transactions)
)
