"""The compose file is well-formed, and names what there is; no Docker is needed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from cellchain.cli.root import build

ROOT = Path(__file__).parents[2]
FILE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = FILE["services"]
TARGETS = set(re.findall(r"(?m)^FROM \S+ AS (\S+)", (ROOT / "Dockerfile").read_text()))
PROGRAM = typer.main.get_command(build())


def verbs(service):
    """The calls of cellchain in a service."""
    if "entrypoint" in service:
        shell, flag, script = service["entrypoint"]
        assert (shell, flag) == ("sh", "-c")
        return [shlex.split(call) for call in re.findall(r"cellchain ([^|&]+)", script)]
    return [service["command"]] if "command" in service else []


def test_one_operator_or_four_companies():
    profiles = {name: service["profiles"] for name, service in SERVICES.items()}
    assert {one for (one,) in profiles.values()} == {"solo", "consortium"}
    assert sum(name.startswith("member-") for name in SERVICES) == 4


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_built_here_and_runs_a_verb_that_there_is(name):
    service = SERVICES[name]
    assert service["build"]["target"] in TARGETS
    for words in verbs(service):
        command, rest = PROGRAM, list(words)
        while rest and hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        command.make_context("verb", rest)


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_waits_for_and_keeps_is_declared(name):
    service = SERVICES[name]
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    for volume in service["volumes"]:
        assert volume.partition(":")[0] in FILE["volumes"]


def test_pages_are_open_to_this_machine_alone_each_at_a_port_of_its_own():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len(set(ports)) == len(ports) == 5
