"""The source files of the contracts, for tests that read them."""

from pathlib import Path

from cellchain import contracts

HOME = Path(contracts.__path__[0])
FOLDERS = sorted(path.parent for path in HOME.glob("*/__init__.py"))
RULES = sorted(
    path for path in HOME.glob("**/*.py") if path.name != "view.py" and path.parent.name != "view"
)


def place(path: Path) -> str:
    """Return the path of a source file as a test shows it."""
    return path.relative_to(HOME).as_posix()
