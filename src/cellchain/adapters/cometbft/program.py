"""The program ``cometbft``: one version, found where it is or built by Go into a cache folder.

A network has to run one version: another may judge blocks differently. Never the newest tag: 1.x
was taken back by its makers and is still the highest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from cellchain.core.errors import Unavailable

VERSION = "0.39.4"
MODULE = "github.com/cometbft/cometbft/cmd/cometbft"
BUILD_S = 1_200
ASK_S = 30


def installed() -> Path | None:
    """Return where the program of the pinned version is; ``None`` where it is not."""
    named = os.environ.get("CELLCHAIN_COMETBFT", "")
    found = [Path(named)] if named else [built_path(), Path(shutil.which("cometbft") or "")]
    return next((path for path in found if _version(str(path)) == VERSION), None)


def required() -> Path:
    """Return where the program is.

    Raises:
        Unavailable: ``node.not_installed``.
    """
    found = installed()
    if found is None:
        raise Unavailable(
            "node.not_installed",
            f"CometBFT {VERSION} is not on this machine",
            remedy="build it with: cellchain node install",
        )
    return found


def install() -> Path:
    """Build the program, unless it is there; return where it is.

    Raises:
        Unavailable: ``node.no_go``: there is no Go; ``node.build``: it could not build.
    """
    found = installed()
    if found is not None:
        return found
    go = shutil.which("go")
    if go is None:
        raise Unavailable(
            "node.no_go",
            "there is no Go on this machine to build CometBFT with",
            remedy=f"install Go 1.25 or newer (https://go.dev/dl), or put cometbft {VERSION} on the"
            " PATH, or name it in CELLCHAIN_COMETBFT",
        )
    target = built_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "CGO_ENABLED": "0", "GOBIN": str(target.parent)}
    command = [go, "install", f"{MODULE}@v{VERSION}"]
    try:
        built = subprocess.run(  # noqa: S603  # go, with a fixed module
            command, env=env, capture_output=True, text=True, timeout=BUILD_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable("node.build", f"Go had not built it after {BUILD_S} s") from error
    _version.cache_clear()
    if built.returncode or _version(str(target)) != VERSION:
        why = built.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Unavailable(
            "node.build", f"Go could not build it: {why[0][:300]}", remedy="CometBFT needs Go 1.25"
        )
    return target


def built_path() -> Path:
    """Return where `install` puts the program."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache_home / "cellchain" / f"cometbft-{VERSION}" / "cometbft"


@cache
def _version(path: str) -> str:
    """Return the version that a program says it is; empty where it is none."""
    if not Path(path).is_file():
        return ""
    try:
        asked = subprocess.run(  # noqa: S603  # named by the operator, or found under its name
            [path, "version"], capture_output=True, text=True, timeout=ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip().removeprefix("v")
