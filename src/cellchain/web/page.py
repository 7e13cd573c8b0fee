"""What a page is: a path, who may see it, and a function from a question to an answer.

    web/pages/<page>/__init__.py    PAGES = (Page(…),)   ACTIONS = (Action(…),)
    web/pages/<page>/<page>.html    its template

A page is found because its folder is here. Its data are a struct; the struct is also the page as
JSON (``Accept: application/json`` or ``?format=json``). A page tells what it is about, so that it
is kept until a block touches just that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection
    from starlette.datastructures import FormData, QueryParams

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.site import Site

Access = Literal["administrator", "member", "operator", "public", "visitor"]
"""Who may see it: administrators of an organisation, members, administrators of the party that
operates this home, everybody; ``visitor`` is a page that
everybody may see and that differs for members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page is asked."""

    site: Site
    viewer: Viewer
    db: Connection
    """A reading transaction of the views: everything on one page is of one height."""
    path: Mapping[str, str]
    """The named parts of the path, decoded."""
    query: QueryParams
    language: str
    """The first of the nine languages that the reader asked for; ``en`` otherwise."""
    now_ms: int
    address: str = ""
    """Where the request comes from."""
    referer: str = ""
    """The page that the reader comes from, as the browser says."""
    session_token: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    """Why what was just sent is shown again."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the form that is shown again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something was not done: a stable code, a sentence and what to do."""

    status: int
    code: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page answers."""

    template: str
    """Path of the template below ``web/pages``."""
    data: Any
    """A frozen struct: what the template shows, and the page as JSON."""
    title: str
    status: int = 200
    about: frozenset[str] | None = None
    """Subjects that the page depends on; ``None``: on every block."""
    also: Mapping[str, Any] = field(default_factory=dict)
    """What only the template needs, such as drawings."""
    location: str = ""
    """Where to go instead, for example on an exact hit of a search."""
    session: str | None = None
    """A new session's token, on the way to ``location``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the site."""

    path: str
    """With named parts: ``/lots/{lot}``."""
    name: str
    """What the navigation and the documentation call it."""
    show: Callable[[Asked], Shown]
    access: Access
    nav: int | None = None
    """Place in the navigation, where it has one; from 8 on in the menu of the person."""
    cached: bool = True
    """Whether it may be kept until what it is about changes; not where the clock shows in it."""
    brief: Callable[[Site, Mapping[str, str]], bool] | None = None
    """Whether it, by the named parts of its path, comes of a few rows by their keys alone: no file,
    no search, no wait. `cellchain.web.pace` says what follows."""


@dataclass(frozen=True, slots=True)
class Done:
    """An action happened; the browser goes on to ``location``."""

    location: str
    session: str | None = None
    """The new session's token, to be kept in a cookie; empty: forget the old one."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    """What the reader's browser is to remember; empty: forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that a form on a page does. A refusal shows the page ``on`` again, with why."""

    path: str
    act: Callable[[Asked, FormData], Done | Shown]
    """Leads on, or shows at once what can be shown only now: a secret that was just made."""
    access: Access
    on: Page
    """The page that carries the form; its named parts are those of ``path``."""
    leads: str = ""
    """Where it leads once the viewer has signed it in the browser, with named parts of ``path``;
    empty: back to the page ``on``."""
