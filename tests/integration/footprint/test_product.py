"""``footprint product`` on files: the answer, the tree, the template."""

from __future__ import annotations

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

FLOWS = "product,input,amount,unit,evidence\n007,cathode,2,kg,a3f0\n007,power,10,kWh,\n"
FACTORS = (
    "input,unit,kg_co2e_per_unit,source,date,quality\n"
    "cathode,kg,20,declared,2026,12121\npower,kWh,0.5,mix,2025,3\n"
)


def footprint(*arguments):
    return run(Cellchain(), ("footprint", "product", *map(str, arguments)))


def checked(proof, *more):
    return run(Cellchain(), ("footprint", "check", "--in", str(proof), *map(str, more)))


def test_the_answer_the_tree_and_what_is_missing(tmp_path, capsys):
    (tmp_path / "flows.csv").write_text(FLOWS)
    (tmp_path / "factors.csv").write_text(FACTORS)
    out, tree = tmp_path / "out.csv", tmp_path / "tree.parquet"
    asked = ("--in", tmp_path / "flows.csv", "--out", out)
    assert footprint(*asked, "--factors", tmp_path / "factors.csv", "--tree", tree) == 0
    answer = read_table(out, texts=("product",))
    assert answer.texts("product").cells() == ["007"]
    assert answer.numbers("kg_co2e").tolist() == [45.0]
    assert read_table(tree).numbers("kg_co2e").tolist() == [40.0, 5.0]
    proof = tmp_path / "proof.json"
    more = ("--factors", tmp_path / "factors.csv", "--proof", proof)
    assert footprint(*asked, *more) == 0
    assert checked(proof, "--out", tmp_path / "checked.csv") == 0
    assert read_table(tmp_path / "checked.csv").numbers("claimed_g").tolist() == [45_000]
    proof.write_text(proof.read_text().replace("45000", "44999"))
    assert checked(proof) == 1
    proof.write_text("{}")
    assert checked(proof) == 2
    assert footprint(*asked) == 2
    assert "cli.no_input" in capsys.readouterr().err


def test_the_template(tmp_path):
    assert footprint("--template", "--out", tmp_path / "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().startswith('"product","input","amount"')
