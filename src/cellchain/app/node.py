"""A home that becomes a node among others: it begins a network, or joins one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.cometbft.folder import (
    POWER,
    NodeFolder,
    Validator,
    check_validator,
    network_of,
)
from cellchain.adapters.cometbft.settings import NodeSettings
from cellchain.adapters.disk import write_file
from cellchain.adapters.home import OWN_KEY, create_home
from cellchain.contracts.governance import PPM, Found, Rules, Seat, SetValidators, ValidatorSeat
from cellchain.contracts.membership import RegisterParty, SetRoles
from cellchain.core.errors import Refused
from cellchain.core.names import parse_party_id
from cellchain.crypto.note import verifier_key
from cellchain.crypto.signatures import new_signing_key
from cellchain.ledger.contract import newest
from cellchain.ledger.export import read_blocks, read_genesis
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.replay import replay
from cellchain.ledger.stage import encode
from cellchain.services.founding import found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cellchain.adapters.home import Home
    from cellchain.core.names import KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Contract
    from cellchain.ledger.parameters import Genesis

PORTS_APART = 10
VALIDATORS_MAX = 16
"""On one machine; for trying it out."""


class Shop(Protocol):
    """Opens homes and knows the contracts."""

    def contracts(self) -> dict[str, Contract]:
        """Return the installed contracts."""
        ...

    def home(self, folder: Path, passphrase_file: Path | None = None) -> Home:
        """Open a home without its state."""
        ...

    def reading(self, folder: Path) -> AbstractContextManager[tuple[Home, Application]]:
        """Open a home as of its last block."""
        ...

    def appending(self, home: Home) -> AbstractContextManager[Application]:
        """Open a home for whoever brings blocks that were decided elsewhere."""
        ...

    def ahead(self, application: Application, blocks: Iterable[Any]) -> Iterator[Any]:
        """Pass blocks on while the signatures of the next one are verified elsewhere."""
        ...


def prepare(shop: Shop, folder: Path, ledger: Path) -> Home:
    """Make a home from an exported ledger, or bring one up to it; every signature is verified.

    Raises:
        Refused: ``node.begun``; ``node.network``: the home is of another chain; ``replay.…``.
    """
    with ledger.open("rb") as file:
        genesis = parse_genesis(read_genesis(file))
        if not (folder / "home.json").exists():
            new_home(folder, genesis)
        home = shop.home(folder)
        check_solo(home)
        if home.genesis != genesis:
            raise Refused("node.network", "the ledger is of another chain than this home")
        with shop.appending(home) as application:
            height = application.state.head.height
            new = (block for block in read_blocks(file) if block.height > height)
            replay(application, shop.ahead(application, new))
    return home


def keys(shop: Shop, folder: Path, party: str, **chosen: Any) -> Validator:
    """Return what a node tells the others of itself; made where it is not there yet.

    Args:
        shop: Opens things.
        folder: Its home.
        party: Who runs it.
        chosen: Settings that are to be others than they are; what is empty stays.
    """
    node = NodeFolder(shop.home(folder).node_folder)
    there = node.settings() if node.settings_path.exists() else NodeSettings()
    changes = {name: value for name, value in chosen.items() if value}
    node.make(msgspec.structs.replace(there, **changes))
    return node.validator(parse_party_id(party))


def told(own: Validator) -> dict[str, Any]:
    """Return what a node tells of itself, for people and for a file.

    Its ``key`` is the public one as proposals write it; who reads the file computes it.
    """
    return {name: getattr(own, name) for name in Validator.__struct_fields__} | {"key": own.key}


def read_members(files: Sequence[Path]) -> list[Validator]:
    """Return what other nodes tell of themselves.

    Raises:
        Refused: ``node.member``: a file says something else.
    """
    return [_read_member(file) for file in files]


def _read_member(file: Path) -> Validator:
    """Return what another node tells of itself; what power it has is not for it to say."""
    try:
        data = file.read_bytes()
        member = msgspec.json.decode(data, type=Validator)
        check_validator(member)
        _check_key(member, msgspec.json.decode(data).get("key", member.key))
        return msgspec.structs.replace(member, power=POWER)
    except (msgspec.MsgspecError, Refused) as error:
        raise Refused(
            "node.member",
            f"{file.name}: {error}",
            remedy="it holds what `cellchain node keys --json` printed",
        ) from error


def _check_key(member: Validator, said: object) -> None:
    """People copy the one and programs the other: both have to be the same key."""
    if said != member.key:
        raise Refused(
            "node.validator", f"the key {said!s:.70} is not the public_key of {member.name}"
        )


def founding(
    shop: Shop, folder: Path, party: str, others: Sequence[Validator], **chosen: Any
) -> bytes:
    """Return the message by which an operator founds votes of the parties that run these nodes."""
    members = [keys(shop, folder, party, **chosen), *others]
    found = constitution({one.name: one.key for one in members})
    return msgspec.json.format(encode(found), indent=1)


def next_key(shop: Shop, folder: Path, party: str) -> dict[str, Any]:
    """Return the action by which the members let a node vote with another key, which is made.

    The node takes it by itself once they have agreed on it.
    """
    node = NodeFolder(shop.home(folder).node_folder)
    old, new = node.validator(parse_party_id(party)).key, node.make_next_key()
    with shop.reading(folder) as (_, application):
        power = (application.validators() or {}).get(old, POWER)
    seats = [
        ValidatorSeat(key=key, party=parse_party_id(party), power=share)
        for key, share in ((old, 0), (new, power))
    ]
    action: dict[str, Any] = msgspec.to_builtins(SetValidators(changes=tuple(seats)))
    return action


def begin(shop: Shop, folder: Path, party: str, others: Sequence[Validator], **chosen: Any) -> Path:
    """Let a solo home go on as the first node of a network; return where its genesis is.

    Raises:
        Refused: ``node.begun``: it is a node already; ``node.validators``.
    """
    own = keys(shop, folder, party, **chosen)
    home = shop.home(folder)
    check_solo(home)
    with shop.appending(home) as application:  # no writer can seal another block meanwhile
        network = network_of(application, [own, *others], clock_ms())
        take_part(home, network, others)
    return NodeFolder(home.node_folder).network_path


def join(  # noqa: PLR0917  # what one is handed
    shop: Shop, folder: Path, network: bytes, ledger: Path, party: str, peers: Sequence[Validator]
) -> Validator:
    """Make a home a node of a network: its ledger replayed, its genesis taken over.

    Args:
        shop: Opens things.
        folder: A new folder, or a home whose keys the others were told.
        network: The network's genesis.
        ledger: What came before the network, as `cellchain export ledger` writes it.
        party: Who runs the node.
        peers: The other nodes.

    Raises:
        Refused: ``node.begun``; ``node.network``: it does not go on from that ledger; ``replay.…``.
    """
    home = prepare(shop, folder, ledger)
    with shop.reading(folder) as (_, application):
        check_network(application, network)
    own = keys(shop, folder, party)
    take_part(home, network, [one for one in peers if one.node != own.node])
    return own


def new_home(folder: Path, genesis: Genesis, *, demo: bool = False) -> Home:
    """Make the home of a chain that somebody else began."""
    home = create_home(folder, genesis, demo=demo)
    line = str(verifier_key(genesis.chain, bytes.fromhex(genesis.operator)))
    write_file(home.trust_path, f"{line}\n".encode())
    return home


def check_network(application: Application, network: bytes, *, later: bool = False) -> None:
    """Refuse a network that does not go on from where ``application`` stands.

    Args:
        application: The ledger.
        network: The network's genesis.
        later: Whether blocks of a ledger that are not at hand may lie between the two.

    Raises:
        Refused: ``node.network``.
    """
    try:
        said = msgspec.json.decode(network, type=_Network)
    except msgspec.MsgspecError as error:
        raise Refused("node.network", f"this is no genesis of a network: {error}") from error
    head = application.state.head
    true = (application.genesis.chain, head.height, head.app_hash.hex().upper())
    if later and said.app_state.began_at > head.height and said.chain_id == true[0]:
        return
    if (said.chain_id, said.app_state.began_at, said.app_hash) != true:
        raise Refused(
            "node.network",
            f"the network goes on behind block {said.app_state.began_at} of {said.chain_id} and"
            f" {said.app_hash[:12]}; this ledger ends with block {head.height} of {true[0]} and"
            f" {true[2][:12]}",
            remedy="take the ledger that the network was begun from",
        )


class _Began(msgspec.Struct):
    began_at: int


class _Network(msgspec.Struct):
    chain_id: str
    app_state: _Began
    app_hash: str


def check_solo(home: Home) -> None:
    """Refuse a home that is a node already, or that somebody may be writing to.

    Raises:
        Refused: ``node.begun``, ``node.written``.
    """
    if home.is_node:
        raise Refused("node.begun", "this home is a node of a network already")
    if home.socket_path.exists():
        raise Refused(
            "node.written",
            "a writer may be at work in this home",
            remedy="stop it; what a killed one left behind, writer.sock, may be removed",
        )


def take_part(home: Home, network: bytes, others: Sequence[Validator]) -> None:
    """Let a home be a node of a network from now on, and know the others."""
    node = NodeFolder(home.node_folder)
    settings = node.settings()
    known = [f"{one.node}@{one.external}" for one in others if one.external]
    peers = tuple(dict.fromkeys([*settings.peers, *known]))
    node.make(msgspec.structs.replace(settings, peers=peers))
    node.join(network)
    home.become_node()


# -- several on one machine ----------------------------------------------------------------------


def make_network(  # noqa: PLR0917  # what a network is
    shop: Shop, folder: Path, validators: int, chain: str, first_port: int, at: str = ""
) -> list[Path]:
    """Make a network of organisations; return the homes of its nodes.

    On this machine each node listens at a port of its own, ten apart from ``first_port`` on. With
    ``at`` each is to run on a host of its own: host and port, ``{}`` for the node's name.

    Raises:
        Refused: ``node.validators``: too many or too few; ``home.exists``.
    """
    if not 1 <= validators <= VALIDATORS_MAX:
        raise Refused("node.validators", f"1 to {VALIDATORS_MAX} validators, not {validators}")
    parties = [f"member-{n + 1}" for n in range(validators)]
    secrets = {party: new_signing_key() for party in parties}
    voting = {party: new_signing_key() for party in parties}
    header_key = new_signing_key()
    genesis = found(
        chain=chain,
        time_ms=clock_ms(),
        header_key=header_key.key_id,
        operator=parties[0],
        operator_key=secrets[parties[0]].key_id,
        contracts=newest(shop.contracts().values()),
        more=[
            RegisterParty(
                party=parse_party_id(party),
                name=party.replace("-", " ").capitalize(),
                roles=("vehicle-maker",),
                key=secrets[party].key_id,
            )
            for party in parties[1:]
        ]
        + [
            constitution({party: key.key_id for party, key in voting.items()}),
            SetRoles(party=parse_party_id(parties[0]), roles=("vehicle-maker",)),
        ],  # from then on nobody registers or suspends anybody alone
    )
    homes = [folder / party for party in parties]
    told = [
        _member(
            shop,
            home,
            genesis,
            party,
            secrets[party],
            voting[party],
            _place(at.replace("{}", party), first_port + PORTS_APART * n),
        )
        for n, (home, party) in enumerate(zip(homes, parties, strict=True))
    ]
    with shop.appending(shop.home(homes[0])) as application:
        network = network_of(application, told, genesis.time_ms)
    for home, own in zip(homes, told, strict=True):
        take_part(shop.home(home), network, [one for one in told if one != own])
    return homes


def _member(  # noqa: PLR0917  # what an organisation is
    shop: Shop,
    folder: Path,
    genesis: Genesis,
    party: str,
    key: SigningKey,
    votes_with: SigningKey,
    place: dict[str, Any],
) -> Validator:
    home = new_home(folder, genesis)
    home.keys.add(OWN_KEY, key, party=party)
    with shop.appending(home):
        pass  # its ledger is there before the node first runs: whoever asks how it stands is told
    NodeFolder(home.node_folder).make(NodeSettings(), votes_with)
    return keys(shop, folder, party, local=True, **place)


def _place(external: str, port: int) -> dict[str, Any]:
    """Return where a node listens: on a host of its own, or at a port of this one."""
    if not external:
        return {"listen": f"127.0.0.1:{port}"}
    return {"listen": f"0.0.0.0:{external.rpartition(':')[2]}", "external": external}


def constitution(validators: Mapping[str, KeyId]) -> Found:
    """Return how organisations of equal weight decide together, each with one validator.

    Where one or two begin, no change would be within a third of the power: it may be any.
    """
    few = len(validators) <= 2  # noqa: PLR2004
    nodes = [
        ValidatorSeat(key=key, party=parse_party_id(party), power=POWER)
        for party, key in validators.items()
    ]
    return Found(
        seats=tuple(Seat(party=parse_party_id(party), weight=1) for party in sorted(validators)),
        rules=Rules(
            suspending_seats=len(validators) // 3 + 1,
            **({"validator_change_max_ppm": PPM} if few else {}),
        ),
        validators=tuple(sorted(nodes, key=lambda node: node.key)),
    )
