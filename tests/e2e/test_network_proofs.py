"""What a node proves is believed by who runs none: offline, from the genesis or a header."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cellchain import open as open_chain
from cellchain.core.time import format_time
from cellchain.ledger.light import TRUSTING_PERIOD_S
from tests.e2e.network import (
    cellchain,
    free_ports,
    kept_running,
    need_cometbft,
    runs,
    send,
    told,
    until,
)
from tests.e2e.pages import run_browser, text_of
from tests.e2e.served import browser, served

BATTERY = "01/09506000134352/21/LIGHT-1"
CUSTODY = ("custody.custody", BATTERY)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is left once every node has stopped."""

    folder: Path
    homes: list[Path]
    taken: dict[str, Any]
    """The hand-over, as its receipt says."""
    header: dict[str, Any]
    """The one that was pinned."""
    api: dict[str, httpx.Response]
    pages: dict[str, str]
    """What its page for proofs said, with scripts and without."""

    @property
    def network(self) -> Path:
        return self.homes[3] / "node" / "network.json"


def prove(home: Path, out: Path, *what: str, since: int | None = None) -> None:
    begin = () if since is None else ("--since", str(since))
    told("prove", *what, "--out", out, "--home", home, *begin)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A battery that went from one company to another, its proofs, and nodes that have stopped."""
    need_cometbft()
    folder = tmp_path_factory.mktemp("light")
    network = folder / "net"
    told("node", "network", network, "--no-start", "--first-port", str(free_ports()))
    homes = [network / f"member-{n + 1}" for n in range(4)]
    with kept_running("node", "network", network, log=folder / "log"):
        for home in homes:
            until(lambda home=home: runs(home), f"{home.name} runs")
        giver, taker, third, _ = homes
        send(giver, "custody.register", battery=BATTERY)
        header = told("node", "header", "--out", folder / "header.json", "--home", third)
        send(giver, "custody.offer", battery=BATTERY, receiver="member-2")
        taken = send(taker, "custody.accept", battery=BATTERY)
        until(
            lambda: told("node", "status", third)["height"] >= taken["height"], "the third has it"
        )
        prove(third, folder / "record.json", "record", *CUSTODY)
        prove(third, folder / "page.html", "record", *CUSTODY)
        prove(third, folder / "absence.json", "absence", "custody.custody", f"{BATTERY}X")
        prove(third, folder / "event.json", "event", str(taken["position"] - 1))
        prove(third, folder / "receipt.json", "receipt", taken["transaction"])
        prove(third, folder / "since.json", "record", *CUSTODY, since=header["height"])
        with served(giver) as url:
            api = asked(url, taken)
            pages = dropped(url, folder / "record.json")
        with open_chain(giver) as book:
            book.proof(*CUSTODY).save(folder / "notebook.json")
            assert book.proof(*CUSTODY).verify().signed is not None
    return Kept(folder=folder, homes=homes, taken=taken, header=header, api=api, pages=pages)


def asked(url: str, taken: dict[str, Any]) -> dict[str, httpx.Response]:
    paths = {
        "record": "proofs/records/membership.party/member-1",
        "page": "proofs/records/membership.party/member-1?as=html",
        "light": f"blocks/{taken['height']}/light",
        "raw": f"blocks/{taken['height']}/raw",
        "head": "head",
    }
    return {name: httpx.get(f"{url}/api/v1/{path}") for name, path in paths.items()}


def dropped(url: str, proof: Path) -> dict[str, str]:
    """Give a proof to the page of a node: with scripts, as if it came late, and without."""
    with browser() as opened:
        said = {}
        for name, scripts, received in (
            ("scripts", True, ""),
            ("late", True, "2099-01-01T00:00:00Z"),
            ("none", False, ""),
        ):
            page = opened.new_context(java_script_enabled=scripts).new_page()
            page.goto(f"{url}/verify")
            page.click("#proof-form summary")
            page.fill("#at", received)
            page.set_input_files("#proof", proof)
            if not scripts:
                page.click("#proof-form button")
            shown = page.locator("#result #steps li, #told").first
            shown.wait_for()
            said[name] = page.locator("#result, #told").first.inner_text()
            page.context.close()
        return said


def verified(proof: Path, trust: Path | str, *more: str) -> tuple[int, str]:
    done = cellchain("verify", proof, "--trust", trust, *more)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name",
    ["record.json", "page.html", "absence.json", "event.json", "receipt.json", "notebook.json"],
)
def test_it_is_believed_from_the_genesis(kept: Kept, name: str) -> None:
    code, said = verified(kept.folder / name, kept.network)
    assert code == 0, said
    assert "validators, with" in said
    assert "trust begins with the network's genesis" in said


def test_the_verdict_names_who_holds_the_battery_and_after_which_block(kept: Kept) -> None:
    verdict = told("verify", kept.folder / "record.json", "--trust", kept.network)
    assert verdict["content"]["holder"] == "member-2"
    assert verdict["height"] >= kept.taken["height"]
    assert verdict["signed"]["header"] == verdict["height"] + 1
    assert 30 <= verdict["signed"]["power"] <= verdict["signed"]["total_power"] == 40


def test_past_the_trusting_period_it_is_not_unless_it_was_received_before(kept: Kept) -> None:
    proof = kept.folder / "record.json"
    time_ms = told("verify", proof, "--trust", kept.network)["time_ms"]
    late = format_time(time_ms + TRUSTING_PERIOD_S * 1000)
    code, said = verified(proof, kept.network, "--at", late)
    assert code == 1
    assert "proof.trust_expired" in said
    assert "--at" in said
    early = format_time(time_ms + TRUSTING_PERIOD_S * 1000 - 3_600_000)
    assert verified(proof, kept.network, "--at", early)[0] == 0


def test_a_pinned_header_is_trust_enough(kept: Kept) -> None:
    assert verified(kept.folder / "record.json", kept.folder / "header.json")[0] == 0
    pin = f"{kept.header['height']}:{kept.header['hash']}"
    assert verified(kept.folder / "since.json", pin)[0] == 0
    code, said = verified(kept.folder / "record.json", pin)
    assert (code, "--since" in said) == (1, True)


def test_what_the_operator_signed_is_another_trust(kept: Kept) -> None:
    code, said = verified(kept.folder / "record.json", kept.homes[0] / "operator.pub")
    assert code == 1
    assert "proof.untrusted" in said


def test_the_api_of_a_node_gives_the_same(kept: Kept) -> None:
    for name in ("record", "page"):
        file = kept.folder / f"api.{'html' if name == 'page' else 'json'}"
        file.write_bytes(kept.api[name].content)
        code, said = verified(file, kept.network)
        assert code == 0, said
    pinned = kept.folder / "light.json"
    pinned.write_bytes(kept.api["light"].content)
    assert verified(kept.folder / "record.json", pinned)[0] == 0
    assert kept.api["raw"].json()["code"] == "proof.finality"
    trust = kept.folder / "trust.json"
    trust.write_text(kept.api["head"].json()["network_trust"])
    assert verified(kept.folder / "record.json", trust)[0] == 0


def test_the_page_for_proofs_checks_it_with_scripts_and_without(kept: Kept) -> None:
    assert "Proved: every step holds" in kept.pages["scripts"]
    assert "when the network began" in kept.pages["scripts"]
    assert "Not proved: a step fails" in kept.pages["late"]
    assert "Proved: every step holds" in kept.pages["none"]
    assert "signed header" in kept.pages["none"]


def test_its_page_checks_itself_in_a_browser(kept: Kept) -> None:
    dom = run_browser(kept.folder / "page.html", "--dump-dom")
    assert text_of(dom, "verdict") == "Proved: every step holds"
    assert "of the 4 validators of the ledger “consortium”" in text_of(dom, "vouched")
    assert "when the network began" in text_of(dom, "trust-sort")
    network = json.loads(kept.network.read_text())
    signers = text_of(dom, "operator").split()
    assert {one["address"].lower() for one in network["validators"]} >= set(signers)
    assert len(signers) >= 3


def test_a_node_that_does_not_run_has_no_signatures_to_give(kept: Kept) -> None:
    done = cellchain(
        "prove", "record", *CUSTODY, "--out", kept.folder / "late.json", "--home", kept.homes[2]
    )
    assert done.returncode == 3
    assert "node.stopped" in done.stderr
    assert "cellchain node start" in done.stderr
    receipt = told("receipt", kept.taken["transaction"], "--home", kept.homes[2])
    assert receipt["height"] == kept.taken["height"]
