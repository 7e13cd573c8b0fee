"""The folder of a node, ``node/`` in its home: keys, genesis and configuration for CometBFT.

    node.toml                        what the operator chooses
    network.json                     genesis of the network, as CometBFT reads it
    config/node_key.json             who this node is to the others
    config/priv_validator_key.json   what it votes with: never on two machines
    config/config.toml               made anew from node.toml at each start
    data/                            blocks and votes, CometBFT's own
    height                           of the last block
    snapshots/                       the last two (`adapters.cometbft.snapshots`)
    abci.sock  rpc.sock              how application and CometBFT speak; for nobody else

CometBFT runs inside this folder and opens one port, that for other nodes. A second one is open
where `light_listen` says so (`adapters.cometbft.light_endpoint`).
"""

from __future__ import annotations

import shutil
import socket
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.adapters.cometbft.settings import (
    NodeSettings,
    is_peer,
    read_settings,
    write_settings,
)
from cellchain.adapters.disk import disk_error, write_file
from cellchain.adapters.socket_path import short_path
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.names import KeyId, parse_party_id
from cellchain.crypto.signatures import new_signing_key
from cellchain.ledger.engine.comet.answering import APP_VERSION, BLOCK_ROOM_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.application import Application

ADDRESS_BYTES, KEY_BYTES = 20, 32
POWER = 10
"""Of each validator at the beginning."""
EVIDENCE_BLOCKS, EVIDENCE_NS = "1000000", str(14 * 24 * 3600 * 10**9)
"""How long after it a validator may still be shown to have voted twice: two weeks."""
VOTED = "priv_validator_state.json"
"""What a validator has voted for last: without it, it might vote twice."""


class Validator(msgspec.Struct, frozen=True, kw_only=True):
    """A node that votes, as it tells the others who they let in."""

    name: str
    """Of the party that runs it."""
    public_key: str
    """Ed25519, base64."""
    node: str
    """Its node id."""
    external: str = ""
    """Host and port for the others."""
    power: int = POWER

    @property
    def key(self) -> KeyId:
        """What it votes with, as the ledger writes keys."""
        return KeyId(b64decode(self.public_key).hex())


def check_validator(told: Validator) -> None:
    """Refuse what a node tells of itself where it cannot be so.

    Raises:
        Refused: ``node.validator``, ``name.party``.
    """
    parse_party_id(told.name)
    try:
        key = b64decode(told.public_key, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or not is_peer(f"{told.node}@{told.external or 'unknown:0'}"):
        raise Refused(
            "node.validator",
            f"{told.name} needs a key of 32 bytes, a node id, and HOST:PORT or no address",
        )


class NodeFolder:
    """The folder of one node.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def settings_path(self) -> Path:
        """What the operator chooses."""
        return self.folder / "node.toml"

    @property
    def network_path(self) -> Path:
        """The genesis of the network."""
        return self.folder / "network.json"

    @property
    def abci_path(self) -> Path:
        """Where CometBFT speaks to the application."""
        return self.folder / "abci.sock"

    @property
    def rpc_path(self) -> Path:
        """Where CometBFT answers."""
        return self.folder / "rpc.sock"

    @property
    def snapshots_path(self) -> Path:
        """Snapshots of this node, for others."""
        return self.folder / "snapshots"

    @property
    def log_path(self) -> Path:
        """What CometBFT says."""
        return self.folder / "cometbft.log"

    @property
    def height_path(self) -> Path:
        """Height of the last block here: changes with every block."""
        return self.folder / "height"

    def settings(self) -> NodeSettings:
        """Return what the operator chose."""
        return read_settings(self.settings_path)

    def make(self, settings: NodeSettings, votes_with: SigningKey | None = None) -> None:
        """Make folder, keys and settings; keys that are there stay.

        Args:
            settings: What the operator chooses.
            votes_with: The validator's key, where it is known already; a new one else.

        Raises:
            Unavailable: ``disk.…``.
        """
        try:
            for part in ("config", "data"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise disk_error(error) from error
        if not self._node_key.exists():
            _write_key(self._node_key, {"priv_key": _private(new_signing_key())})
        if not self._validator_key.exists():
            _write_key(self._validator_key, _validator_file(votes_with or new_signing_key()))
        state = self.folder / "data" / VOTED
        if not state.exists():
            write_file(state, b'{"height":"0","round":0,"step":0}')
        write_settings(self.settings_path, settings)

    def next_key(self) -> KeyId | None:
        """Return what this node votes with once the members have agreed on it, where there is."""
        if not self._next_key.exists():
            return None
        return KeyId(b64decode(_read_json(self._next_key)["pub_key"]["value"]).hex())

    def make_next_key(self) -> KeyId:
        """Make the next key to vote with, where there is none yet; return it."""
        if not self._next_key.exists():
            _write_key(self._next_key, _validator_file(new_signing_key()))
        found = self.next_key()
        assert found is not None
        return found

    def take_next_key(self) -> None:
        """Vote with the next key from now on. CometBFT must not run; the last key is kept aside."""
        former = self._validator_key.with_name("former_validator_key.json")
        write_file(former, self._validator_key.read_bytes())
        former.chmod(0o600)
        self._next_key.replace(self._validator_key)

    def validator(self, name: str) -> Validator:
        """Return what this node tells the others of itself."""
        settings = self.settings()
        key = _read_json(self._validator_key)
        node = b64decode(_read_json(self._node_key)["priv_key"]["value"])[32:]
        return Validator(
            name=name,
            public_key=key["pub_key"]["value"],
            node=_address(node).lower(),
            external=settings.external or _reachable(settings.listen),
        )

    def network(self) -> dict[str, Any]:
        """Return the genesis of the network.

        Raises:
            Refused: ``node.no_network``: this node belongs to none yet.
        """
        if not self.network_path.exists():
            raise Refused(
                "node.no_network",
                "this node belongs to no network yet",
                remedy="begin one with `cellchain node init`, or join one: `cellchain node join`",
            )
        return _read_json(self.network_path)

    @property
    def began_at(self) -> int:
        """Height of the last block before the network."""
        return int(self.network()["app_state"]["began_at"])

    def validator_names(self) -> dict[str, str]:
        """Return who runs the validators that the network began with, by address."""
        validators = self.network()["validators"]
        return {one["address"].lower(): one["name"] for one in validators}

    def first_validators(self) -> dict[KeyId, int]:
        """Return who votes from the network's first block on, by key, with what power."""
        return {
            KeyId(b64decode(one["pub_key"]["value"]).hex()): int(one["power"])
            for one in self.network()["validators"]
        }

    def forget_blocks(self) -> None:
        """Remove what CometBFT has of the chain, but never what it has voted for.

        Raises:
            Unavailable: ``node.running``: it is at work; ``disk.…``.
        """
        if self.abci_path.exists() and _is_answering(self.abci_path):
            raise Unavailable("node.running", "this node runs", remedy="stop it and try again")
        try:
            for place in (self.folder / "data").iterdir():
                if place.name != VOTED:
                    shutil.rmtree(place) if place.is_dir() else place.unlink()
            shutil.rmtree(self.snapshots_path, ignore_errors=True)
            self.height_path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error) from error

    def join(self, network: bytes) -> None:
        """Take over the genesis of a network."""
        write_file(self.network_path, network)

    def configure(self) -> NodeSettings:
        """Write what CometBFT reads, from what the operator chose; return that."""
        settings = self.settings()
        write_file(self.folder / "config" / "genesis.json", msgspec.json.encode(self.network()))
        text = _CONFIG.format(
            moniker=sha256(str(self.folder).encode()).hexdigest()[:12],
            listen=settings.listen,
            external=settings.external,
            peers=",".join(settings.peers),
            members=",".join(peer.partition("@")[0] for peer in settings.peers),
            strict="false" if settings.local else "true",
            same_ip="true" if settings.local else "false",
            propose=settings.propose_ms,
            propose_more=settings.propose_ms // 2,
            vote=settings.vote_ms,
            vote_more=settings.vote_ms // 2,
            interval=settings.block_interval_ms,
            rest=settings.rest_ms,
            waiting=settings.waiting_max,
            cache=2 * settings.waiting_max,
            sync="true" if settings.sync_from else "false",
            sync_from=",".join(settings.sync_from),
            trust_height=settings.sync_trust.partition(":")[0] or "0",
            trust_hash=settings.sync_trust.partition(":")[2],
        )
        write_file(self.folder / "config" / "config.toml", text.encode())
        return settings

    @property
    def _node_key(self) -> Path:
        return self.folder / "config" / "node_key.json"

    @property
    def _next_key(self) -> Path:
        return self.folder / "config" / "next_validator_key.json"

    @property
    def _validator_key(self) -> Path:
        return self.folder / "config" / "priv_validator_key.json"


def network_of(application: Application, validators: Sequence[Validator], time_ms: int) -> bytes:
    """Return the genesis of a network that goes on from where ``application`` stands.

    Args:
        application: The ledger: at its genesis, or with the blocks that a solo operator made.
        validators: Who votes from the first block on.
        time_ms: Time of the first block.

    Raises:
        Refused: ``node.validators``: none, one of them twice, or others than were agreed on.
    """
    keys, names = [one.public_key for one in validators], [one.name for one in validators]
    if not keys or len(set(keys)) < len(keys) or len(set(names)) < len(names):
        raise Refused("node.validators", f"{len(keys)} validators; at least one, each once")
    validators = _agreed(validators, application.validators())
    head, parameters = application.state.head, application.parameters
    time = datetime.fromtimestamp(max(time_ms, head.time_ms) / 1000, tz=UTC)
    genesis = {
        "genesis_time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "chain_id": application.genesis.chain,
        "initial_height": "1",
        "app_state": {"began_at": head.height},
        "consensus_params": {
            "block": {
                "max_bytes": str(parameters.block_bytes_max + BLOCK_ROOM_BYTES),
                "max_gas": "-1",
            },
            "evidence": {
                "max_age_num_blocks": EVIDENCE_BLOCKS,
                "max_age_duration": EVIDENCE_NS,
                "max_bytes": "65536",
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": str(APP_VERSION)},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": _address(b64decode(one.public_key)),
                "pub_key": {"type": _PUBLIC, "value": one.public_key},
                "power": str(one.power),
                "name": one.name,
            }
            for one in sorted(validators, key=lambda one: one.public_key)
        ],
        "app_hash": head.app_hash.hex().upper(),
    }
    return msgspec.json.format(msgspec.json.encode(genesis), indent=1)


def _agreed(told: Sequence[Validator], agreed: Mapping[KeyId, int] | None) -> list[Validator]:
    """Return who votes with the power that the members agreed on, where they did."""
    if agreed is None:
        return list(told)
    if {one.key for one in told} != agreed.keys():
        names = ", ".join(one.name for one in told if one.key not in agreed)
        raise Refused(
            "node.validators",
            f"the members agreed on {len(agreed)} validators, which are not these {len(told)}"
            f" {f'({names} is none)' if names else ''}".rstrip(),
            remedy="give the files of those who were agreed on, or vote on others first",
        )
    return [msgspec.structs.replace(one, power=agreed[one.key]) for one in told]


_PUBLIC, _PRIVATE = "tendermint/PubKeyEd25519", "tendermint/PrivKeyEd25519"


def _private(key: SigningKey) -> dict[str, str]:
    return {"type": _PRIVATE, "value": b64encode(key.seed() + key.public_key).decode()}


def _validator_file(key: SigningKey) -> dict[str, Any]:
    return {
        "address": _address(key.public_key),
        "pub_key": {"type": _PUBLIC, "value": b64encode(key.public_key).decode()},
        "priv_key": _private(key),
    }


def _address(public_key: bytes) -> str:
    """Return how CometBFT calls who holds a key."""
    return sha256(public_key).digest()[:ADDRESS_BYTES].hex().upper()


def _reachable(listen: str) -> str:
    """Return an address at which others find who listens there; empty where that is not known."""
    return "" if listen.startswith(("0.0.0.0:", "[::]:", ":")) else listen


def _is_answering(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked, short_path(path) as short:
        return asked.connect_ex(str(short)) == 0


def _write_key(path: Path, value: dict[str, Any]) -> None:
    write_file(path, msgspec.json.encode(value))
    path.chmod(0o600)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise disk_error(error) from error
    except msgspec.MsgspecError as error:
        raise Corrupt("node.damaged", f"{path.name} is unreadable: {error}") from error
    return found


_CONFIG = """\
# Made from node.toml at each start: change that.
moniker = "{moniker}"
proxy_app = "unix://abci.sock"
abci = "socket"
log_level = "main:info,statesync:info,*:error"
db_backend = "goleveldb"
[rpc]
laddr = "unix://rpc.sock"
max_body_bytes = 16000000
max_request_batch_size = 200
[p2p]
laddr = "tcp://{listen}"
external_address = "{external}"
persistent_peers = "{peers}"
unconditional_peer_ids = "{members}" # strangers take no member's place
pex = false # the members are known: nobody else is dialled
addr_book_strict = {strict}
allow_duplicate_ip = {same_ip}
send_rate = 51200000
recv_rate = 51200000
max_packet_msg_payload_size = 65536
flush_throttle_timeout = "10ms"
[statesync] # only where there is no block yet
enable = {sync}
rpc_servers = "{sync_from}"
trust_height = {trust_height}
trust_hash = "{trust_hash}"
trust_period = "240h" # shorter than evidence counts
discovery_time = "5s"
[mempool]
recheck = true # sequences count on from those that wait
size = {waiting}
cache_size = {cache}
max_txs_bytes = 268435456
[consensus]
timeout_propose = "{propose}ms"
timeout_propose_delta = "{propose_more}ms"
timeout_prevote = "{vote}ms"
timeout_prevote_delta = "{vote_more}ms"
timeout_precommit = "{vote}ms"
timeout_precommit_delta = "{vote_more}ms"
timeout_commit = "{interval}ms"
create_empty_blocks = false
create_empty_blocks_interval = "{rest}ms" # a block has the time of the votes for the one before
peer_gossip_sleep_duration = "20ms"
[storage]
discard_abci_responses = false
[tx_index]
indexer = "null" # receipts are in the ledger
"""
