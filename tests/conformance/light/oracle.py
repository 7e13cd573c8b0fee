"""CometBFT's own light client as a judge: a small Go program over its package ``light``."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellchain.adapters.cometbft.program import MODULE, VERSION
from tests.consortium import told
from tests.machine import cannot, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.light import Timestamp

SOURCE = Path(__file__).with_name("oracle.go")
LIBRARY = MODULE.removesuffix("/cmd/cometbft")
OFFLINE = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
}


class Oracle:
    """Answers what CometBFT says.

    Args:
        folder: Where it is built.
    """

    def __init__(self, folder: Path) -> None:
        go = require("go", purpose="whose CometBFT is the judge")
        asked = subprocess.run(
            [go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True
        )
        library = Path(asked.stdout.strip(), f"{LIBRARY}@v{VERSION}")
        if not (library / "go.mod").exists():
            cannot(f"no source of CometBFT {VERSION}: cellchain node install fetches it")
        (folder / "go.mod").write_text(_requirements((library / "go.mod").read_text()))
        (folder / "go.sum").write_bytes((library / "go.sum").read_bytes())
        shutil.copy(SOURCE, folder / "main.go")
        self._program = folder / "oracle"
        command = [go, "build", "-o", str(self._program), "."]
        built = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | OFFLINE,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            cannot(f"the judge cannot be built: {built.stderr[-300:]}")

    def answers(self, questions: Sequence[dict[str, Any]]) -> list[str | None]:
        """Why each header may not be believed; ``None`` where it may."""
        given = "".join(f"{json.dumps(question)}\n" for question in questions)
        done = subprocess.run(
            [str(self._program)], input=given, capture_output=True, text=True, check=True
        )
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(found) == len(questions)
        return found


def question(
    trusted: dict[str, Any], untrusted: dict[str, Any], now: Timestamp, period_s: int
) -> dict[str, Any]:
    """One question: two light blocks as CometBFT's API tells them."""
    return {"trusted": trusted, "untrusted": untrusted, "now": told(now), "period_s": period_s}


def _requirements(own: str) -> str:
    """The versions that CometBFT is built with, so that nothing has to be fetched."""
    blocks = re.findall(r"^require \(.*?^\)", own, re.DOTALL | re.MULTILINE)
    replaced = re.findall(r"^replace .*$", own, re.MULTILINE)
    language = re.findall(r"^go .*$", own, re.MULTILINE)
    needed = f"require {LIBRARY} v{VERSION}"
    return "\n\n".join(["module oracle", *language, *blocks, needed, *replaced, ""])
