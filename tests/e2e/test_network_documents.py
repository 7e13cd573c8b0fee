"""Ciphertext goes from one company to another: granted it is shown, revoked nothing new comes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx

from tests.e2e.network import (
    answers,
    cellchain,
    free_ports,
    kept_running,
    need_cometbft,
    runs,
    told,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "four words are enough"
FIRST, SECOND = b"cycle 1: 2.53 Ah\n" * 400, b"cycle 2: 2.51 Ah\n" * 400


def visiting(home: Path, address: str, stack: ExitStack) -> httpx.Client:
    """A person of the home's party, signed in with a password of her own."""
    path = told(
        "member", "invite", f"ana@{home.name}.example", "--party", home.name, "--home", home
    )["path"]
    client = stack.enter_context(
        httpx.Client(base_url=address, headers={"origin": address}, timeout=20)
    )
    token = path.partition("token=")[2]
    came = client.post(path, data={"token": token, "password": PASSWORD, "again": PASSWORD})
    assert came.status_code == 303, came.text
    return client


def shared(owner: Path, reader: Path, document: str, folder: Path) -> int:
    """The parcel of a document on its way to another home; the exit code of taking it in."""
    parcel = folder / f"{document}.{reader.name}"
    told("vault", "pack", document, "--party", reader.name, "--as", "operator", "--out", parcel,
         "--home", owner)  # fmt: skip
    return cellchain("vault", "take-in", parcel, "--home", reader).returncode


def test_what_one_grants_another_shows_and_whom_it_revokes_sees_nothing_new(tmp_path: Path) -> None:
    need_cometbft()
    net, port, log = tmp_path / "net", free_ports(), tmp_path / "log"
    told("node", "network", net, "--validators", "3", "--no-start", "--first-port", str(port))
    homes = [net / f"member-{n}" for n in (1, 2, 3)]
    at = [f"http://127.0.0.1:{port + 40 + n}" for n in range(3)]
    for home in homes[1:]:
        (home / "cellchain.toml").write_text(f'[vault]\nhomes = ["{at[0]}"]\n')
    with ExitStack() as stack:
        stack.enter_context(kept_running("node", "network", net, log=log))
        until(lambda: all(runs(home) for home in homes), "all three run")
        for home in homes[1:]:
            told("vault", "rotate", "--as", "operator", "--home", home)
        files = (tmp_path / "first.csv", tmp_path / "second.csv")
        for file, content in zip(files, (FIRST, SECOND), strict=True):
            file.write_bytes(content)
        keep = ("--access", "private", "--as", "operator", "--home", homes[0])
        told("vault", "keep", files[0], "--document", "TEST-1", *keep)
        for home in homes[1:]:
            told("vault", "grant", "TEST-1", "--party", home.name, "--purpose", "repair",
                 "--as", "operator", "--home", homes[0])  # fmt: skip
        for n, home in enumerate(homes):
            stack.enter_context(kept_running("serve", home, "--port", at[n][-5:], log=log))
        until(lambda: all(answers(address) for address in at), "all three are served")
        for home in homes[1:]:
            assert shared(homes[0], home, "TEST-1", tmp_path) == 0
        readers = [
            visiting(home, address, stack) for home, address in zip(homes[1:], at[1:], strict=True)
        ]
        for reader in readers:
            assert "Open it" in reader.get("/documents/TEST-1").text
            assert reader.get("/api/v1/documents/TEST-1/content").content == FIRST

        told("vault", "revoke", "TEST-1", "--party", "member-3", "--as", "operator",
             "--home", homes[0])  # fmt: skip
        told("vault", "keep", files[1], "--document", "TEST-2", "--for", "member-2", *keep)
        assert shared(homes[0], homes[1], "TEST-2", tmp_path) == 0
        parcel = ("vault", "pack", "TEST-2", "--party", "member-3", "--as", "operator")
        refused = cellchain(*parcel, "--out", tmp_path / "no", "--home", homes[0])
        assert refused.returncode != 0
        still, no_more = readers
        assert still.get("/api/v1/documents/TEST-2/content").content == SECOND
        assert no_more.get("/api/v1/documents/TEST-2/content").status_code in (403, 404)
        assert no_more.get("/documents/TEST-2").status_code == 404
