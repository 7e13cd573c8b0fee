"""Rendering: the templates of the pages inside the frame, compiled once."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined

from cellchain.web.frame.escaping import QuickEnvironment
from cellchain.web.frame.filters import FILTERS
from cellchain.web.frame.happened import happened
from cellchain.web.frame.languages import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.page import Asked, Page, Problem, Shown
    from cellchain.web.site import Site

_FRAME = Path(__file__).parent
_PAGES = _FRAME.parent / "pages"
_ASSETS = _FRAME.parent / "assets"
SCHEMES = ("dark", "light")


class Frame:
    """Renders pages.

    Args:
        pages: All there are; those with a place stand in the navigation.
    """

    def __init__(self, pages: Sequence[Page]) -> None:
        self._navigation = sorted(
            (page for page in pages if page.nav is not None), key=lambda page: page.nav or 0
        )
        self._environment = QuickEnvironment(
            loader=FileSystemLoader([_PAGES, _FRAME]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.filters.update(FILTERS)
        self._environment.filters["happened"] = happened
        self._environment.globals["asset"] = asset
        self._environment.globals["languages"] = NAMES

    def render(self, page: Page, asked: Asked, shown: Shown) -> bytes:
        """Return a page as HTML."""
        template = self._environment.get_template(shown.template)
        return template.render(
            **self._around(asked.site, asked.viewer, asked.cookies),
            **shown.also,
            asked=asked,
            data=shown.data,
            language=asked.language,
            page=page,
            path=asked.path,
            problem=asked.problem,
            query=asked.query,
            title=shown.title,
            typed=asked.typed,
        ).encode()

    def render_problem(
        self, site: Site, viewer: Viewer, problem: Problem, cookies: Mapping[str, str]
    ) -> bytes:
        """Return a page that says why something is not there, or was not done."""
        template = self._environment.get_template("problem.html")
        around = self._around(site, viewer, cookies)
        return template.render(
            **around, problem=problem, page=None, title=problem.text, language="en", query={}
        ).encode()

    def _around(self, site: Site, viewer: Viewer, cookies: Mapping[str, str]) -> dict[str, Any]:
        scheme = cookies.get("scheme", "")
        return {
            "site": site,
            "viewer": viewer,
            "navigation": [page for page in self._navigation if _may_see(viewer, page)],
            "scheme": scheme if scheme in SCHEMES else "",
            "tour": cookies.get("tour", ""),
        }


def _may_see(viewer: Viewer, page: Page) -> bool:
    if page.access == "member":
        return viewer.known
    if page.access == "administrator":
        return viewer.may("administrator")
    if page.access == "operator":
        return viewer.operates
    return True


_STAMPS: dict[str, str] = {}


def asset(name: str) -> str:
    """Return the address of a file of ours; it changes when the file does, so it may be kept."""
    stamp = _STAMPS.get(name)
    if stamp is None:
        stamp = _STAMPS[name] = sha256((_ASSETS / name).read_bytes()).hexdigest()[:10]
    return f"/assets/{name}?{stamp}"
