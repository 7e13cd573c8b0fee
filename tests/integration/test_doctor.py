"""The doctor looks at everything a served home consists of, and says how to mend it."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from cellchain.adapters.clock import clock_ms
from cellchain.app import Cellchain
from cellchain.app.accounts import enrol_players
from cellchain.contracts.custody import Register
from cellchain.crypto.cosignature import cosign, witness_key
from cellchain.crypto.note import Note, parse_note
from cellchain.crypto.signatures import SigningKey
from cellchain.services.desk import Desk
from tests.far_cosignature import far_cosignature
from tests.homes import found_home

NAMES = ("configuration", "port", "accounts", "vault", "views", "state", "key store")


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "h"
    found_home(folder)
    enrol_players(folder, [("operator", "The operator")])
    with Cellchain().vault(folder):
        pass
    Cellchain().rebuild_views(folder, "", lambda *_: None)
    return folder


def register(home, serial):
    with Cellchain().writing(home) as (opened, ledger):
        key = opened.keys.load("operator")
        Desk(ledger, key).send(Register(battery=f"01/09506000134352/21/{serial}"))


def seen(home):
    return {name: (fine, text) for name, fine, text in Cellchain().diagnose(home)}


def test_a_home_in_order_is_fine(home):
    found = seen(home)
    assert all(found[name][0] for name in NAMES), found
    assert found["accounts"][1] == "2 members, 0 API keys"
    assert found["views"][1].startswith("block 1 of ")


@pytest.mark.parametrize(
    ("file", "data", "name", "told"),
    [
        ("cellchain.toml", "[serve]\nport = 3\n", "configuration", "configuration.md"),
        ("cellchain.toml", "[serve\n", "configuration", "config.unreadable"),
        ("accounts.db", "no database at all, but words", "accounts", "invite the members again"),
        ("vault/index.db", "no database at all, but words", "vault", "restore the home"),
    ],
)
def test_it_says_what_is_wrong_and_how_to_mend_it(home, file, data, name, told):
    for rest in (home / file).parent.glob(f"{(home / file).name}*"):
        rest.unlink()
    (home / file).write_text(data * 40 if file.endswith(".db") else data)
    fine, text = seen(home)[name]
    assert not fine
    assert told in text


def test_views_that_nobody_projects_are_behind(home, monkeypatch):
    monkeypatch.setattr("cellchain.app.views.BEHIND_BLOCKS_MAX", 0)
    register(home, "D1")
    fine, text = seen(home)["views"]
    assert not fine
    assert "views.behind" in text
    assert "rebuild" in text


def test_a_port_that_is_taken_is_told(home, monkeypatch):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        monkeypatch.setattr("cellchain.app.checks.PORT", listening.getsockname()[1])
        assert "--port" in seen(home)["port"][1]


def test_a_witness_that_cosigns_nothing_new_for_long_is_told(home):
    key = SigningKey(b"w" * 32)
    witness = witness_key("witness.example/w1", key.public_key)
    assert seen(home)["witnesses"][0]
    (home / "cellchain.toml").write_text(f'[witnesses]\nkeys = ["{witness}"]\n')
    register(home, "D1")
    assert seen(home)["witnesses"][1].startswith("witness.late: witness.example/w1 has cosigned no")

    opened = Cellchain().home(home)
    note = parse_note(opened.checkpoint_path.read_bytes())
    for age_h, told in ((1, ""), (25, "entries behind")):
        time_s = clock_ms() // 1000 - age_h * 3600
        line = cosign(note.text, witness.name, key, time_s=time_s)
        opened.cosigned.keep(witness, Note(text=note.text, signatures=(*note.signatures, line)))
        assert seen(home)["witnesses"][0], "nothing new: it is not late, however long ago"
        if told:
            register(home, "D2")
            fine, text = seen(home)["witnesses"]
            assert (fine, told in text) == (False, True)


def test_a_witness_whose_time_nobody_can_tell_has_cosigned_nothing(home):
    key = SigningKey(b"w" * 32)
    witness = witness_key("witness.example/w1", key.public_key)
    (home / "cellchain.toml").write_text(f'[witnesses]\nkeys = ["{witness}"]\n')
    register(home, "D1")
    opened = Cellchain().home(home)
    note = parse_note(opened.checkpoint_path.read_bytes())
    line = far_cosignature(note.text, witness.name, key)
    opened.cosigned.keep(witness, Note(text=note.text, signatures=(*note.signatures, line)))
    assert seen(home)["witnesses"][1].startswith("witness.late: witness.example/w1 has cosigned no")


SAID = {
    "is ready": (True, b'{"ready": true, "missing": [], "problems": {}}'),
    "views: ZeroDivisionError": (
        False,
        b'{"ready": false, "missing": ["views: ZeroDivisionError"], "problems": {}}',
    ),
    "webhooks: OSError": (
        False,
        b'{"ready": true, "missing": [], "problems": {"webhooks": "OSError"}}',
    ),
    "none of ours": (True, b"<html>"),
}


@pytest.mark.parametrize("told", SAID)
def test_it_asks_the_server_what_fails_behind_its_pages(home, monkeypatch, told):
    fine, body = SAID[told]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setattr("cellchain.app.checks.PORT", server.server_port)
        monkeypatch.setattr("cellchain.app.checks.port_taken", str)
        found = seen(home)["server"]
    assert found[0] is fine
    assert told in found[1]
    assert seen(home)["server"] == (True, f"none at {server.server_port}")
