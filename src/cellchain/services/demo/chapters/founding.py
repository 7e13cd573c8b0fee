"""Founding: the operator lets the authority in, the authority the others; licences are granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership import (
    GrantLicence,
    LicenceId,
    RegisterParty,
    SetOpeningKey,
)
from cellchain.core.names import KeyId
from cellchain.core.time import DAY_MS
from cellchain.crypto.envelope import opening_public_key
from cellchain.services.demo.cast import AUTHORITY, MINE, OPERATOR, PLAYERS, RECYCLER, REFINER
from cellchain.services.demo.play import Chapter
from cellchain.services.demo.recipe import ROUTES
from cellchain.services.demo.sites import RECYCLING_WORKS, REFINERY

if TYPE_CHECKING:
    from cellchain.core.names import PartyId
    from cellchain.services.demo.cast import Player
    from cellchain.services.demo.play import Play

LICENCE_DAYS = 3650
CAPACITY_MG = 500_000 * 10**9
"""Half a million tonnes a year from a pit."""


def founding(play: Play) -> Chapter:
    """Register ten parties and grant what they need to work."""
    stage = play.consortium
    authority, *others = PLAYERS
    stage.ask(OPERATOR, _registered(play, authority))
    stage.seal()
    stage.ask(AUTHORITY, *(_registered(play, player) for player in others))
    for party in (OPERATOR, *(player.party for player in PLAYERS)):
        stage.ask(party, _opening_key(play, party))
    licences = [
        _licence(play, mining_licence(route.code), MINE, "mining", route.pit) for route in ROUTES
    ]
    licences.append(_licence(play, "REFINING-1", REFINER, "refining", REFINERY))
    licences.append(_licence(play, "RECYCLING-1", RECYCLER, "recycling", RECYCLING_WORKS))
    stage.ask(AUTHORITY, *licences)
    stage.seal()
    return Chapter(
        title="A consortium is founded",
        party=authority.name,
        text="The operator of the ledger registers an authority. The authority registers nine "
        "companies, each with a key to sign and one to read, and licenses what needs a licence.",
        figures=(("parties", str(len(PLAYERS))), ("licences", str(len(licences)))),
    )


def mining_licence(code: str) -> LicenceId:
    """Return the number of the licence for the pit of a route."""
    return LicenceId(f"MINING-{code}")


def _registered(play: Play, player: Player) -> RegisterParty:
    key = play.consortium.key(player.party).key_id
    return RegisterParty(party=player.party, name=player.name, roles=player.roles, key=key)


def _opening_key(play: Play, party: PartyId) -> SetOpeningKey:
    public_key = opening_public_key(play.dice.opening_key(party)).hex()
    return SetOpeningKey(public_key=KeyId(public_key), epoch=1)


def _licence(play: Play, number: str, holder: PartyId, activity: str, site: str) -> GrantLicence:
    now_ms = play.consortium.time_ms
    return GrantLicence(
        licence=LicenceId(number),
        holder=holder,
        activity=activity,
        site=site,
        capacity_mg=CAPACITY_MG,
        valid_from_ms=now_ms,
        valid_until_ms=now_ms + LICENCE_DAYS * DAY_MS,
    )
