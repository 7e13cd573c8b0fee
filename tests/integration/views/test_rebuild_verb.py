"""``cellchain rebuild``: the tables of a home, from its ledger alone."""

import json

from cellchain.app import Cellchain
from cellchain.cli.root import run


def test_rebuild_makes_the_tables_of_a_home(tmp_path, capsys):
    shop, folder = Cellchain(), tmp_path / "home"
    shop.create(folder, chain="chain", party="operator", passphrase_file=None)
    for _ in range(2):
        assert run(shop, ["rebuild", "--home", str(folder), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["height"] == 1
    (finding,) = [found for found in shop.diagnose(folder) if found[0] == "views"]
    assert finding[1]
    assert finding[2].startswith("block 1 of ")


def test_an_address_that_is_none_is_refused(tmp_path, capsys):
    shop, folder = Cellchain(), tmp_path / "home"
    shop.create(folder, chain="chain", party="operator", passphrase_file=None)
    assert run(shop, ["rebuild", "--home", str(folder), "--views", "no database"]) != 0
    assert "views.url" in capsys.readouterr().err


def test_without_an_address_the_settings_say_where(tmp_path, capsys):
    shop, folder, elsewhere = Cellchain(), tmp_path / "home", tmp_path / "elsewhere.db"
    shop.create(folder, chain="chain", party="operator", passphrase_file=None)
    (folder / "cellchain.toml").write_text(f'[views]\nurl = "sqlite:///{elsewhere}"\n')
    assert run(shop, ["rebuild", "--home", str(folder)]) == 0
    assert elsewhere.exists()
    assert not (folder / "views.db").exists()


def test_one_variable_says_so_for_every_program(tmp_path, monkeypatch):
    shop, folder, elsewhere = Cellchain(), tmp_path / "home", tmp_path / "elsewhere.db"
    shop.create(folder, chain="chain", party="operator", passphrase_file=None)
    monkeypatch.setenv("CELLCHAIN_VIEWS_URL", f"sqlite:///{elsewhere}")
    assert run(shop, ["rebuild", "--home", str(folder)]) == 0
    assert elsewhere.exists()
