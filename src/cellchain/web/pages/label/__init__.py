"""The label of a battery: its QR code, which leads to its public page, and what must stand beside.

The code holds the GS1 Digital Link of the battery (Regulation (EU) 2023/1542, Article 13(6) and
Annex VI part C; GS1 Digital Link 1.4).
"""

from __future__ import annotations

import io

import msgspec
import segno
from markupsafe import Markup

from cellchain.contracts.membership.view import names
from cellchain.contracts.passport.view import BatteryRow, battery
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.web.page import Asked, Page, Shown


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the label."""

    battery: BatteryRow
    link: str
    """What the code holds."""


def show(asked: Asked) -> Shown:
    """Show a label, ready to print.

    Raises:
        Refused: ``web.not_found``.
    """
    name = battery_id(asked.path["gtin"], asked.path["serial"])
    found = battery(asked.db, name)
    if found is None:
        raise Refused("web.not_found", f"no battery {name} is in the book")
    known = names(asked.db, [found.maker] if found.maker else [])
    link = f"{asked.site.address}/{name}"
    return Shown(
        template="label/label.html",
        data=Label(battery=found, link=link),
        title=f"Label of {name.rpartition('/')[2]}",
        about=frozenset({name, *known}),
        also={"code": qr_svg(link), "names": known},
    )


def qr_svg(text: str) -> Markup:
    """Return a QR code with medium error correction, dark on light whatever the scheme."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, nl=False, title=text
    )
    return Markup(out.getvalue().decode())  # noqa: S704  # drawn by segno, the text escaped by it


PAGES = (Page(path="/labels/01/{gtin}/21/{serial}", name="Label", show=show, access="member"),)
