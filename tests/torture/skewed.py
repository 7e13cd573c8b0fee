"""CometBFT of the pinned version, built with a clock that is wrong by as much as it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from cellchain.adapters.cometbft.program import VERSION, built_path
from tests.machine import cannot, require

CLOCK = Path(__file__).with_name("skewed_clock.go")
BUILD_S = 600


def skewed_cometbft() -> Path:
    """The program, from the cache of this machine or built from Go's; nothing is fetched."""
    go = require("go", purpose="to build a CometBFT whose clock is wrong")
    name = sha256(VERSION.encode() + CLOCK.read_bytes()).hexdigest()[:16]
    program = built_path().with_name(f"skewed-{name}") / "cometbft"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=program.parent) as folder:
            built = _built(go, Path(folder, "source"))
            built.replace(program)
    return program


def _built(go: str, source: Path) -> Path:
    """Build from a copy with another clock: Go overlays nothing in its own cache."""
    module = f"github.com/cometbft/cometbft@v{VERSION}"
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True)
    original = Path(cache.stdout.strip(), module)
    if not original.exists():
        cannot(f"Go's cache does not hold {module}: cellchain node install brings it there")
    shutil.copytree(original, source, copy_function=shutil.copyfile)
    for folder in (source, *source.rglob("*/")):
        folder.chmod(0o755)
    shutil.copyfile(CLOCK, source / "types" / "time" / "time.go")
    offline = {"CGO_ENABLED": "0", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    subprocess.run(
        [go, "build", "-o", "built", "./cmd/cometbft"],
        cwd=source,
        env=os.environ | offline,
        timeout=BUILD_S,
        check=True,
    )
    return source / "built"
