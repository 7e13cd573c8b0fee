"""The folder of a node: keys that stay, settings that say what is wrong, one genesis for all."""

from __future__ import annotations

import json
import stat
import tomllib
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest

from cellchain.adapters.cometbft.folder import POWER, NodeFolder, network_of
from cellchain.adapters.cometbft.settings import NodeSettings, read_settings, write_settings
from cellchain.app import Cellchain
from cellchain.app.node import begin, keys, read_members
from cellchain.app.node_syncing import join_from_snapshot, sync
from cellchain.core.errors import CellchainError, Refused
from cellchain.ledger.store import MemoryStore
from tests.homes import START_MS, found_home, genesis

PEER = f"{'ab' * 20}@10.0.0.7:26656"


@pytest.fixture
def node(tmp_path):
    made = NodeFolder(tmp_path / "node")
    made.make(NodeSettings(listen="127.0.0.1:7000", peers=(PEER,), local=True))
    return made


@pytest.fixture
def application():
    return Cellchain().application(genesis(), MemoryStore())


def test_keys_are_made_once_and_for_nobody_else_to_read(node):
    first = node.validator("acme")
    node.make(NodeSettings())
    again = node.validator("acme")
    assert (first.public_key, first.node) == (again.public_key, again.node)
    assert len(b64decode(first.public_key)) == 32
    for name in ("node_key.json", "priv_validator_key.json"):
        file = node.folder / "config" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert first.public_key != json.loads(file.read_bytes())["priv_key"]["value"]


@pytest.mark.parametrize(
    "settings",
    [
        NodeSettings(),
        NodeSettings(listen="[::1]:9", external="example.org:26656", peers=(PEER, PEER)),
        NodeSettings(
            light_listen="0.0.0.0:26660",
            sync_from=("http://a.example:26660", "https://b.example"),
            sync_trust=f"12:{'aB' * 32}",
            retain_events=100,
        ),
        NodeSettings(block_interval_ms=0, local=True, retain_blocks=9, snapshot_blocks=3),
    ],
)
def test_settings_are_read_as_they_were_written(tmp_path, settings):
    write_settings(tmp_path / "node.toml", settings)
    assert read_settings(tmp_path / "node.toml") == settings


@pytest.mark.parametrize(
    "text",
    [
        "listen = 5",
        'listen = "nowhere"',
        'listen = ""',
        'peers = ["10.0.0.7:26656"]',
        'peers = ["x@10.0.0.7:26656"]',
        f'peers = ["{PEER}\\", pex = true #"]',
        "block_interval_ms = -1",
        "propose_ms = 1",
        "waiting_max = 1",
        "retain_blocks = -1",
        "retain_blocks = 2999",
        "retain_events = 99",
        "snapshot_blocks = -1",
        'light_listen = "here"',
        'sync_trust = "5:aa"',
        f'sync_trust = "5:{"aa" * 32}"',
        f'sync_trust = "5:{"aa" * 32}"\nsync_from = ["http://a:1", "http://a:1"]',
        f'sync_trust = "0:{"aa" * 32}"\nsync_from = ["http://a:1", "http://b:1"]',
        f'sync_trust = "5:{"aa" * 32}"\nsync_from = ["http://a:1", "ftp://b:1"]',
        f'sync_trust = "5:{"aa" * 32}"\nsync_from = ["http://a:1", "http://b:1\\"\\nx = 1"]',
        'sync_from = ["http://a:1", "http://b:1"]',
        'colour = "red"',
        "local = ",
        '"\udcff"',
    ],
)
def test_settings_that_cannot_be_say_what_is_wrong(tmp_path, text):
    (tmp_path / "node.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Refused, match="node.toml") as refused:
        read_settings(tmp_path / "node.toml")
    assert refused.value.code == "node.settings"


def test_nothing_but_the_port_for_other_nodes_is_open(node, application):
    node.join(network_of(application, [node.validator("acme")], START_MS))
    node.configure()
    config = (node.folder / "config" / "config.toml").read_text()
    addresses = [line for line in config.splitlines() if "laddr" in line or "proxy_app" in line]
    assert addresses == [
        'proxy_app = "unix://abci.sock"',
        'laddr = "unix://rpc.sock"',
        'laddr = "tcp://127.0.0.1:7000"',
    ]
    assert f'persistent_peers = "{PEER}"' in config


def test_the_network_begins_with_the_state_of_the_ledger(node, application):
    own = node.validator("acme")
    said = json.loads(network_of(application, [own], START_MS))
    head = application.state.head
    assert said["chain_id"] == application.genesis.chain
    assert (said["initial_height"], said["app_hash"]) == ("1", head.app_hash.hex().upper())
    assert said["app_state"] == {"began_at": 0}
    (validator,) = said["validators"]
    address = sha256(b64decode(own.public_key)).hexdigest()[:40]
    assert validator["address"] == address.upper()
    node.join(json.dumps(said).encode())
    assert node.validator_names() == {address: "acme"}


def test_a_network_names_each_validator_once(node, application):
    own = node.validator("acme")
    for validators in ([], [own, own]):
        with pytest.raises(Refused, match="validators"):
            network_of(application, validators, START_MS)


def test_a_node_without_a_network_says_how_to_come_by_one(node):
    with pytest.raises(Refused, match="no network") as refused:
        node.configure()
    assert refused.value.code == "node.no_network"


def test_a_damaged_key_is_the_operators_affair(node):
    (node.folder / "config" / "priv_validator_key.json").write_text("{")
    with pytest.raises(CellchainError) as damaged:
        node.validator("acme")
    assert damaged.value.code == "node.damaged"


def told(tmp_path, **changes):
    member = {
        "name": "other",
        "public_key": b64encode(b"k" * 32).decode(),
        "node": "ab" * 20,
        "external": "other.example:26656",
        **changes,
    }
    file = tmp_path / "member.json"
    file.write_text(json.dumps(member))
    return file


def test_what_power_a_member_has_is_not_for_it_to_say(tmp_path):
    (member,) = read_members([told(tmp_path, power=1_000_000)])
    assert member.power == POWER


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Other Company"},
        {"public_key": "short"},
        {"public_key": b64encode(b"k" * 31).decode()},
        {"node": "x"},
        {"external": "other.example"},
        {"external": 'x:1", pex = true #'},
        {"power": "much"},
        {"key": "00" * 32},
    ],
)
def test_a_member_that_cannot_be_is_refused(tmp_path, changes):
    with pytest.raises(Refused) as refused:
        read_members([told(tmp_path, **changes)])
    assert refused.value.code == "node.member"


def test_two_validators_of_one_name_begin_no_network(node, application, tmp_path):
    (member,) = read_members([told(tmp_path, name="acme")])
    with pytest.raises(Refused, match="validators"):
        network_of(application, [node.validator("acme"), member], START_MS)


def test_asking_for_the_keys_again_keeps_what_was_chosen(tmp_path):
    shop, home = Cellchain(), found_home(tmp_path / "home")
    keys(shop, home.folder, "acme", listen="127.0.0.1:1", peers=(PEER,))
    file = home.node_folder / "node.toml"
    file.write_text(f'listen = "127.0.0.1:1"\npeers = ["{PEER}"]\nvote_ms = 77\n')
    keys(shop, home.folder, "acme", listen="", external="acme.example:26656")
    settings = read_settings(file)
    assert (settings.listen, settings.peers, settings.vote_ms) == ("127.0.0.1:1", (PEER,), 77)
    assert settings.external == "acme.example:26656"


def test_a_node_that_listens_everywhere_names_no_address_of_its_own(tmp_path):
    made = NodeFolder(tmp_path / "node")
    made.make(NodeSettings())
    assert made.validator("acme").external == ""


def test_a_resting_chain_is_never_older_than_the_rules_allow(node, application):
    node.join(network_of(application, [node.validator("acme")], START_MS))
    rest_ms = node.configure().rest_ms
    config = (node.folder / "config" / "config.toml").read_text()
    assert f'create_empty_blocks_interval = "{rest_ms}ms"' in config
    assert rest_ms < 5 * 60 * 1000 // 2


def test_a_node_begins_anew_from_a_snapshot_and_keeps_what_it_has_voted_for(tmp_path):
    home = found_home(tmp_path / "h")
    shop, folder = Cellchain(), tmp_path / "h"
    begin(shop, folder, "acme", [])
    node = NodeFolder(home.node_folder)
    voted = b'{"height":"812","round":0,"step":3}'
    (node.folder / "data" / "priv_validator_state.json").write_bytes(voted)
    (node.folder / "data" / "state.db").mkdir()
    (node.folder / "data" / "cs.wal").write_bytes(b"x")
    trust, servers = f"5:{'AB' * 32}", ["http://a.example:1", "http://b.example:2"]
    for wrong in ([], servers[:1], ["file:///etc/passwd", servers[0]]):
        with pytest.raises(Refused, match=r"node\.settings"):
            sync(shop, folder, wrong, trust)
    assert (node.folder / "data" / "cs.wal").exists(), "refused before anything is gone"
    sync(shop, folder, servers, trust)
    assert [one.name for one in (node.folder / "data").iterdir()] == ["priv_validator_state.json"]
    assert (node.folder / "data" / "priv_validator_state.json").read_bytes() == voted
    with shop.reading(folder) as (_, application):
        assert application.info().height == 0
    node.configure()
    config = tomllib.loads((node.folder / "config" / "config.toml").read_text())["statesync"]
    assert config["enable"]
    assert config["rpc_servers"] == ",".join(servers)
    assert (config["trust_height"], config["trust_hash"]) == (5, "AB" * 32)


def test_a_home_of_another_chain_does_not_begin_from_its_snapshot(tmp_path):
    shop = Cellchain()
    found_home(tmp_path / "h")
    begin(shop, tmp_path / "h", "acme", [])
    network = (tmp_path / "h" / "node" / "network.json").read_bytes()
    servers, trust = ["http://a:1", "http://b:1"], f"5:{'AB' * 32}"
    with pytest.raises(Refused, match=r"node\.network"):
        join_from_snapshot(
            shop,
            tmp_path / "o",
            network,
            genesis(chain="other").to_bytes(),
            "o",
            [],
            servers,
            trust,
        )
    own = join_from_snapshot(
        shop, tmp_path / "n", network, genesis().to_bytes(), "o", [], servers, trust
    )
    assert own.name == "o"
    with pytest.raises(Refused, match=r"node\.begun"):
        join_from_snapshot(
            shop, tmp_path / "n", network, genesis().to_bytes(), "o", [], servers, trust
        )
