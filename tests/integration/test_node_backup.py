"""A backup of a node's home brings it back into its network, without what it votes with."""

import tarfile

from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.app import Cellchain
from cellchain.app.node import keys, make_network


def test_a_restored_node_knows_its_network_and_votes_with_another_key(tmp_path):
    shop = Cellchain()
    home, *_ = make_network(shop, tmp_path / "net", 2, "pair", 30_000)
    shop.backup(home, tmp_path / "home.tar", with_keys=True)
    with tarfile.open(tmp_path / "home.tar") as archive:
        inside = {name for name in archive.getnames() if name.startswith("node")}
    assert inside == {"node", "node/node.toml", "node/network.json"}

    shop.restore(tmp_path / "home.tar", tmp_path / "again")
    before, after = NodeFolder(home / "node"), NodeFolder(tmp_path / "again" / "node")
    assert after.network() == before.network()
    assert after.settings() == before.settings()
    own = keys(shop, tmp_path / "again", "member-1")
    assert own.key != before.validator("member-1").key
    assert own.external == before.validator("member-1").external
