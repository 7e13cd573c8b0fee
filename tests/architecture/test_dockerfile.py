"""The Dockerfile is well-formed and keeps to what we ask of an image; no Docker is needed."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer

from cellchain.adapters.cometbft.program import MODULE, VERSION
from cellchain.cli.root import build

ROOT = Path(__file__).parents[2]
KNOWN = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip


def stages() -> list[list[tuple[str, str]]]:
    """Instructions with what follows them, by stage: the grammar of a Dockerfile."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text())
    found: list[list[tuple[str, str]]] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.strip():
            continue
        word, _, rest = line.partition(" ")
        assert word in KNOWN, line
        assert rest.strip(), line
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


def of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_it_has_a_stage_that_builds_and_one_that_runs():
    building, running, *_ = stages()
    assert re.fullmatch(r"\S+:\S+ AS build", building[0][1])
    assert ":" in running[0][1], "an image is named with its tag"
    assert all("pip" not in run for run in of(running, "RUN"))


def test_images_are_named_with_their_tag_and_the_last_stage_serves():
    named = [stage[0][1].split(" AS ") for stage in stages()]
    own = {name for _, *names in named for name in names}
    for image, *_ in named:
        assert image in own or re.fullmatch(r"\S+:(?!latest)\S+", image)
    assert stages()[-1] == [("FROM", "serve")]


def test_a_node_has_the_pinned_cometbft():
    building, node = stages()[2], stages()[3]
    assert f"{MODULE}@v{VERSION}" in of(building, "RUN")[0]
    assert node[0][1].startswith("serve AS ")
    assert json.loads(of(node, "CMD")[0]) == ["node", "start", "home"]


def test_what_it_copies_is_there_and_not_ignored():
    kept = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    for copied in of(stages()[0], "COPY"):
        *sources, _ = shlex.split(copied)
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, pattern) for pattern in kept), source


@pytest.mark.parametrize("word", ["CMD", "ENTRYPOINT", "VOLUME"])
def test_programs_are_named_without_a_shell(word):
    for rest in of(stages()[1], word):
        assert all(isinstance(part, str) for part in json.loads(rest))


def test_it_does_not_run_as_root():
    running = stages()[1]
    words = [word for word, _ in running]
    assert of(running, "USER")[-1] not in {"root", "0"}
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_what_it_starts_is_a_verb_with_its_options():
    command = typer.main.get_command(build("serve"))
    verb, *arguments = json.loads(of(stages()[1], "CMD")[0])
    serve = command.commands[verb]
    parsed = serve.make_context("serve", arguments).params
    assert parsed["host"] == "0.0.0.0"
    assert of(stages()[1], "EXPOSE") == [str(parsed["port"])]


def test_its_health_is_asked_for():
    (health,) = of(stages()[1], "HEALTHCHECK")
    options, _, command = health.partition("CMD ")
    assert re.findall(r"--(\w[\w-]*)=", options) == [
        "interval",
        "timeout",
        "start-period",
        "retries",
    ]
    program, flag, code = json.loads(command)
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert "/healthz" in code


def test_installs_are_locked_and_leave_no_cache():
    for run in of(stages()[0], "RUN"):
        for call in re.findall(r"pip (?:install|wheel)[^&]*", run):
            assert "--no-cache-dir" in call
            assert "--require-hashes" in call or "--no-deps" in call
