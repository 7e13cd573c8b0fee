"""A report as one page that needs nothing else: no script, no network, a double-click.

It wears the sheet of the server's pages, light and dark, wide and on a phone. Its policy lets
nothing load and nothing run; every text of the report is escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Template

    from cellchain.services.analysis.report import Figures, Report

ROWS_OPEN: Final = 20
"""Rows of a table that is shown at once; a longer one is unfolded by whoever wants it."""
_NUMBER = re.compile(r"[-+−]?[0-9]|nan|inf|never|$")


def render(report: Report) -> bytes:
    """Return a report as one HTML file."""
    style = (files("cellchain.web") / "assets" / "cellchain.css").read_text()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        _template()
        .render(
            report=report,
            style=Markup(style),  # noqa: S704  # our own sheet
            policy=f"default-src 'none'; style-src 'sha256-{digest}'",
            rows_open=ROWS_OPEN,
            numbers=_numbers,
        )
        .encode()
    )


def _numbers(figures: Figures) -> list[bool]:
    """Return of each column whether it holds numbers, which stand at its end."""
    columns = zip(*figures.rows, strict=True) if figures.rows else figures.columns
    return [bool(figures.rows) and all(map(_NUMBER.match, one)) for one in columns]


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = (files(__package__) / "report.html").read_text()
    return environment.from_string(source)
