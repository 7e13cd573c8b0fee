"""Light or dark: remembered in a cookie of the reader's own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from cellchain.web.location import inside
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData


class SchemeShown(msgspec.Struct, frozen=True, kw_only=True):
    """The colours that are on now."""

    scheme: str


def show(asked: Asked) -> Shown:
    """Show the switch on a page of its own."""
    scheme = asked.cookies.get("scheme", "")
    return Shown(
        template="scheme/scheme.html", data=SchemeShown(scheme=scheme), title="Light or dark"
    )


def switch(asked: Asked, form: FormData) -> Done:
    """Remember light or dark, and go back to where the reader was."""
    wanted = str(form.get("scheme", ""))
    scheme = wanted if wanted in {"dark", "light"} else ""
    return Done(back(asked), cookies={"scheme": scheme})


def back(asked: Asked) -> str:
    """Return the page that the reader came from, if it is one of ours."""
    parts = urlsplit(asked.referer)
    return inside((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


PAGE = Page(path="/scheme", name="Light or dark", show=show, access="public", cached=False)
PAGES = (PAGE,)
ACTIONS = (Action(path="/scheme", act=switch, access="public", on=PAGE),)
