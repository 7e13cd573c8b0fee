"""The docs are true: they name everything there is, and what they show happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
import yaml

from cellchain.cli.root import build
from cellchain.contracts import discover
from cellchain.ledger.contract import kind_of
from docs.generate import DOCS, SOURCE, commands, errors, pages

GENERATED = pages()
BY_HAND = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
ADRS = sorted(name for name in BY_HAND if re.match(r"adr/\d", name))
VALUES = {
    kind_of(value): name
    for name, contract in discover().items()
    for value in (*contract.messages, *contract.events, *contract.records)
}
_RAISED = re.compile(r'(?:Refused|Unavailable|Corrupt)\(\s*"([a-z_]+\.[a-z0-9_]+)"')
_LINK = re.compile(r"\]\(([^)#]+\.md)")


def navigation() -> set[str]:
    """Every page that `mkdocs.yml` lists; sections of contracts and decisions are read off."""
    whole = yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text().partition("nav:")[2])

    def paths(part: object) -> set[str]:
        match part:
            case str():
                return {part}
            case dict():
                return set().union(*map(paths, part.values()))
            case list():
                return set().union(*map(paths, part))
        raise TypeError(part)

    return paths(whole)


def test_every_page_is_in_the_navigation():
    listed = navigation() | set(ADRS)
    assert listed >= set(BY_HAND)
    assert {name for name in GENERATED if "contracts/" not in name} <= listed


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_every_message_event_and_record_has_a_heading(kind: str):
    assert f"### `{kind}`" in GENERATED[f"reference/contracts/{VALUES[kind]}.md"]


def test_every_code_that_is_raised_is_listed():
    raised = {code for file in SOURCE.rglob("*.py") for code in _RAISED.findall(file.read_text())}
    assert len(raised) > 200
    assert raised <= set(errors())
    assert all(f"| `{code}` |" in GENERATED["reference/errors.md"] for code in errors())


@pytest.mark.parametrize("verb", [name for name, _ in commands(typer.main.get_command(build()))])
def test_every_verb_has_a_heading(verb: str):
    assert f"## `{verb}`" in GENERATED["reference/cli.md"]


def test_the_help_of_the_root_names_every_verb():
    root = typer.main.get_command(build())
    assert isinstance(root, click.Group)
    words = {name.split()[1] for name, _ in commands(root)}
    assert words == set(root.commands)


@pytest.mark.parametrize("name", ADRS)
def test_a_decision_has_context_drivers_options_and_outcome(name: str):
    text = BY_HAND[name].read_text()
    number = int(name[4:8])
    assert text.startswith(f"# {number}. ")
    assert ADRS.index(name) == number - 1
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context", "Drivers", "Options", "Outcome",
    ]  # fmt: skip
    assert text.count("* good: ") == text.count("* bad: ") >= 2


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_links_lead_somewhere(name: str):
    for link in _LINK.findall(BY_HAND[name].read_text()):
        target = os.path.normpath(f"{Path(name).parent}/{link}")
        assert target in BY_HAND or target in GENERATED, link


def test_every_decision_that_the_source_cites_is_there():
    cited = {
        number
        for file in SOURCE.rglob("*.py")
        for number in re.findall(r"docs/adr/(\d{4})", file.read_text())
    }
    assert cited
    assert cited <= {name[4:8] for name in ADRS}


def test_the_glossary_is_in_order_and_names_each_word_once():
    text = BY_HAND["reference/glossary.md"].read_text()
    words = re.findall(r"^\| \*\*([^*]+)\*\* \|", text, re.MULTILINE)
    assert len(words) > 40
    assert words == sorted(set(words))


def steps(text: str) -> list[tuple[str, str]]:
    """The commands of a page and what it says they print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def test_the_tutorial_happens_as_it_is_told(tmp_path: Path):
    told = steps(BY_HAND["tutorials/first-ledger.md"].read_text())
    assert len(told) > 20
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"CELLCHAIN_HOME": "h"}
    for command, expected in told:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        pattern = re.escape(expected).replace("…", "[^\n]+")
        assert re.fullmatch(pattern, done.stdout.rstrip("\n")), f"$ {command}\n{done.stdout}"
