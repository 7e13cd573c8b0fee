"""Takes the scripts of others from npm, as `vendor.lock` says: `python -m …assets.vendor_files`.

Users never need this: the files are in the package. It brings a new version in, or shows that
those here are what their authors published.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent / "vendor"
LOCK = FOLDER / "vendor.lock"


def main() -> int:
    """Fetch every file, compare it with the lock, write it; return 1 if one differs."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed; only who renews these files needs it")
    wrong = 0
    for package, files in json.loads(LOCK.read_text("ascii")).items():
        archive = _fetched(npm, package)
        for name, (inside, digest) in files.items():
            member = archive.extractfile(f"package/{inside}")
            data = member.read() if member else b""
            if sha512(data) != digest:
                print(f"{package}: {inside} is not what the lock says", file=sys.stderr)  # noqa: T201
                wrong = 1
            else:
                (FOLDER / name).write_bytes(data)
    return wrong


def sha512(data: bytes) -> str:
    """Return the digest as the lock writes it."""
    return base64.b64encode(hashlib.sha512(data).digest()).decode()


def _fetched(npm: str, package: str) -> tarfile.TarFile:
    with TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", package]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
        data = (Path(folder) / done.stdout.strip().splitlines()[-1]).read_bytes()
    return tarfile.open(fileobj=io.BytesIO(data))


if __name__ == "__main__":
    sys.exit(main())
