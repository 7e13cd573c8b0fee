"""The lab: the numbers of the command line, from a server that a stranger may ask too much of."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import ExitStack, suppress

import numpy as np
import pytest

from cellchain.adapters import lab_folder
from cellchain.adapters.lab_folder import LabFolder
from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run as run_verb
from cellchain.core.errors import Unavailable
from cellchain.services.analysis.table import Table, Texts
from tests.web.asking import API, answered, send
from tests.web.site import PACKS


@pytest.fixture
def client(served):
    return served.client(key=served.key("lab"))


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A factory whose coater B makes bad cells."""
    dice = np.random.default_rng(3)
    coaters = dice.integers(4, size=800)
    table = {
        "cell": Texts.of(f"{n:05d}" for n in range(800)),
        "bad": (dice.random(800) < np.where(coaters == 1, 0.3, 0.02)).astype(float),
        "coater": Texts.of("ABCD"[n] for n in coaters),
    }
    path = tmp_path_factory.mktemp("lab") / "cells.csv"
    write_table(path, Table(table))
    return path


def test_the_answer_is_that_of_the_command_line_byte_for_byte(served, client, cells, tmp_path):
    assert run_verb(Cellchain(), ["quality", "rootcause", "--in", str(cells), "--out",
                                  str(tmp_path / "out.csv")]) == 0  # fmt: skip
    run = answered(served, client, "quality.rootcause", {"in": cells})
    assert run["state"] == "done", run
    assert run["ending"]["value"] == {"cells": 800, "causes": ["coater=B"]}
    assert run["ending"]["lines"] == ["out.csv: coater=B"]
    assert [one["name"] for one in run["made"]] == ["out.csv"]
    made = client.get(f"{API}/runs/{run['id']}/files/out.csv")
    assert made.content == (tmp_path / "out.csv").read_bytes()
    rows = client.get(f"{API}/runs/{run['id']}/rows?limit=1").json()
    assert rows[0]["candidate"] == "coater=B"
    assert rows == read_table(tmp_path / "out.csv").plain(0, 1)


def test_what_the_system_refuses_is_told_as_on_the_command_line(served, client, cells, tmp_path):
    deep = tmp_path / "deep.toml"
    deep.write_text("a = " + "[" * 5000)
    run = answered(served, client, "twin.grade", {"in": cells, "map": deep})
    assert run["state"] == "refused"
    assert run["ending"]["fault"]["code"] != "lab.bug"


def test_what_a_question_refuses_is_told_with_its_remedy(served, client, cells):
    run = answered(served, client, "twin.soh", {"in": cells})
    assert (run["state"], run["made"]) == ("refused", [])
    assert run["ending"]["fault"]["code"] == "soh.no_training"
    assert "--train" in run["ending"]["fault"]["remedy"]


REFUSED = {
    "no question": ({"question": "node.start"}, 404, "lab.unknown_question"),
    "no parameter": ({"options": {"home": "/"}}, 422, "lab.parameter"),
    "no file": ({"files": {}}, 422, "lab.missing"),
    "somebody's file": ({"files": {"in": ["0" * 16]}}, 404, "lab.unknown"),
    "a path for a file": ({"files": {}, "options": {"in": "/etc/passwd"}}, 422, "lab.value"),
    "a path to make": ({"options": {"out": "/../../x.csv"}}, 422, "lab.value"),
    "words for a number": ({"options": {"level": "--out=/x"}}, 422, "lab.value"),
    "a line break": ({"question": "quality.rootcause", "options": {"category": ["a\nb"]}}, 422,
                     "lab.value"),
    "another shape": ({"options": {"level": {"a": 1}}}, 422, "web.body"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_question_is_asked_as_it_can_be(client, cells, case):
    changes, status, code = REFUSED[case]
    files = {"in": [send(client, cells)]} if "files" not in changes else {}
    answer = client.post(f"{API}/runs", json={"question": "twin.grade", "files": files} | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_file_and_a_run_are_of_one_organisation(served, client, cells):
    file, run = send(client, cells), answered(served, client, "quality.rootcause", {"in": cells})
    other = served.client(key=served.key("lab", party=PACKS))
    for path in (f"runs/{run['id']}", f"runs/{run['id']}/rows", f"runs/{run['id']}/files/out.csv"):
        assert other.get(f"{API}/{path}").status_code == 404
    assert other.delete(f"{API}/files/{file}").status_code == 404
    assert other.get(f"{API}/runs").json() == []
    assert file not in {one["id"] for one in other.get(f"{API}/files").json()}
    assert served.client().get(f"{API}/runs").status_code == 401
    assert served.client(key=served.key("read")).get(f"{API}/runs").status_code == 403
    assert client.get(f"{API}/runs/{run['id']}/files/in.csv").status_code == 404
    assert client.get(f"{API}/runs/{run['id']}/files/..%2F..%2Fkeys").status_code == 404


def test_what_is_thrown_away_is_gone(served, client, cells):
    run = answered(served, client, "quality.rootcause", {"in": cells})
    for path in (f"runs/{run['id']}", *(f"files/{one['id']}" for one in
                                         client.get(f"{API}/files").json())):  # fmt: skip
        assert client.delete(f"{API}/{path}").status_code == 204
        assert client.delete(f"{API}/{path}").status_code == 404
    assert client.get(f"{API}/files").json() == []


def test_an_organisation_keeps_so_many_files(served, client, cells):
    before = len(client.get(f"{API}/files").json())
    for _ in range(before, 50):
        send(client, cells)
    answer = client.post(f"{API}/files?name=one.csv", content=b"a\n1\n")
    assert (answer.status_code, answer.json()["code"]) == (409, "lab.full")
    assert client.post(f"{API}/files?name=one.exe", content=b"a").status_code == 422
    send(served.client(key=served.key("lab", party=PACKS)), cells)
    for one in client.get(f"{API}/files").json():
        client.delete(f"{API}/files/{one['id']}")


# -- the process ----------------------------------------------------------------------------------


@pytest.fixture
def told():
    return []


@pytest.fixture
def bench(tmp_path, told):
    """Makes a bench whose questions are a program; several are servers of one home."""
    with ExitStack() as stack:

        def made(program):
            command = (sys.executable, "-c", program)
            folder = LabFolder(tmp_path / "lab", command, lambda *what: told.append(what))
            stack.callback(folder.close)
            return folder

        yield made


def run(folder, *, stopped=lambda: False, given=()):
    steps = []
    ending = folder.run("r", dict(given), (), told=steps.append, stopped=stopped)
    return ending, steps


def test_a_process_that_answers_and_does_not_end_is_ended(bench, monkeypatch):
    monkeypatch.setattr(lab_folder, "GRACE_S", 0.1)
    answers = 'print(\'{"said": {"lines": [], "value": {}}}\', flush=True)'
    program = f"import os, signal\n{answers}\nos.close(1)\nsignal.pause()\n"
    with pytest.raises(Unavailable, match=r"lab\.died.*did not end"):
        run(bench(program))


def test_a_process_tells_how_far_it_is_and_finds_no_secret(bench, told, monkeypatch):
    monkeypatch.setenv("CELLCHAIN_SECRET", "hush")
    program = (
        "import json, os\n"
        "print(json.dumps({'step': {'title': 'cells', 'done': 1, 'total': 2}}))\n"
        "print(json.dumps({'note': os.getcwd()}))\n"
        "print(json.dumps({'said': {'lines': ['x'], 'value': dict(os.environ)}}))\n"
    )
    ending, steps = run(bench(program))
    assert [(one.title, one.done, one.total) for one in steps] == [("cells", 1, 2)]
    assert ending.notes[0].endswith("/runs/r")
    assert "CELLCHAIN_SECRET" not in ending.value
    assert told == []


def test_several_servers_of_a_home_have_a_folder_each(bench, tmp_path):
    first = bench("")
    first.keep("f", b"kept")
    left = tmp_path / "lab" / "left-by-one-that-was-killed"
    left.mkdir()
    second = bench("")
    assert not left.exists()
    second.close()
    assert [one.read_bytes() for one in (tmp_path / "lab").rglob("f")] == [b"kept"]
    first.close()
    assert [one.name for one in (tmp_path / "lab").iterdir()] == ["lock"]


def test_what_a_run_reads_is_not_made_unless_it_is_written_anew(bench):
    folder = bench("open('state.json', 'w').write('new')")
    folder.keep("a", b"old")
    run(folder, given={"state.json": "a", "in.csv": "a"})
    assert folder.made("r") == {"state.json": 3}


def test_a_process_that_used_up_its_time_says_so(bench):
    program = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    with pytest.raises(Unavailable) as ended:
        run(bench(program))
    assert ended.value.code == "lab.time"


def test_a_process_that_dies_is_told_to_the_operator(bench, told):
    program = "import os, sys; print('why', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    with pytest.raises(Exception, match="ended with -9"):
        run(bench(program))
    assert told[0][1]["ended"] == -signal.SIGKILL
    assert told[0][1]["said"] == "why\n"


def test_a_process_that_is_cancelled_ends(bench):
    program = 'print(\'{"note": "here"}\', flush=True); import signal; signal.pause()'
    ending, _ = run(bench(program), stopped=iter((False, True)).__next__)
    assert ending.cancelled


def test_what_a_process_started_ends_with_it(bench):
    child = "import signal; print(1, flush=True); signal.pause()"
    program = (
        "import subprocess, sys, json\n"
        f"one = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "one.stdout.readline()\n"
        "print(json.dumps({'note': str(one.pid)}))\n"
    )
    ending, _ = run(bench(program))
    with suppress(ProcessLookupError):  # it has ended already
        ends = os.pidfd_open(int(ending.notes[0]))
        assert select.select([ends], [], [], 10)[0], "it ends"
        os.close(ends)


def test_memory_is_bounded(bench, told):
    program = "from cellchain.app.lab_worker import _bounded; _bounded(); bytearray(8 << 30)"
    with pytest.raises(Exception, match="ended with 1"):
        run(bench(program))
    assert "MemoryError" in told[0][1]["said"]


def test_what_a_process_floods_is_not_kept(bench):
    program = "while True: print('{\"note\": \"' + 'x' * 9999 + '\"}')"
    with pytest.raises(Exception, match="more than anybody reads"):
        run(bench(program))


def test_a_question_runs_within_limits_at_a_low_priority(bench):
    program = (
        "import json, os, resource\n"
        "from cellchain.app.lab_worker import _bounded\n"
        "_bounded()\n"
        "names = ('AS', 'CPU', 'FSIZE', 'CORE')\n"
        "found = {n: resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in names}\n"
        "found |= {'nice': os.nice(0), 'umask': os.umask(0)}\n"
        "print(json.dumps({'said': {'lines': [], 'value': found}}))\n"
    )
    ending, _ = run(bench(program))
    assert ending.value == {
        "AS": [4 << 30, 4 << 30], "CPU": [900, 960], "FSIZE": [256 << 20, 256 << 20],
        "CORE": [0, 0], "nice": os.nice(0) + 10, "umask": 0o077,
    }  # fmt: skip


def test_a_question_that_never_ends_is_ended(bench, monkeypatch):
    monkeypatch.setattr("cellchain.adapters.lab_folder.WALL_S_MAX", 0)
    with pytest.raises(Unavailable) as ended:
        run(bench("import signal; signal.pause()"))
    assert ended.value.code == "lab.time"
