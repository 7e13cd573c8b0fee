"""Finds the route of a request among those that begin as its path does.

Starlette tries one route after the other, and there are two hundred: each message of each contract
has its own. Those with the same first segment (below the API: the same third) are tried alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute, Mount, Route, Router

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

_API = "api"


class SegmentRouter(Router):
    """A router of many routes.

    Args:
        routes: Tried in this order, as far as they begin as the path does.
        lifespan: Of the application.
    """

    def __init__(self, routes: Sequence[BaseRoute], lifespan: Any) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        parts: defaultdict[str, list[BaseRoute]] = defaultdict(list)
        for route in routes:
            assert isinstance(route, Route | Mount)
            parts[_beginning(route.path)].append(route)
        self._parts = {beginning: Router(routes=part) for beginning, part in parts.items()}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route of a request answer it; 404 where there is none."""
        part = self._parts.get(_beginning(scope["path"])) if scope["type"] == "http" else None
        await (super().app if part is None else part.app)(scope, receive, send)


def _beginning(path: str) -> str:
    segments = path.split("/", 4)
    return "/".join(segments[1:4]) if segments[1:2] == [_API] else "".join(segments[1:2])
