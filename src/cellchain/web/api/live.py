"""Server-sent events: new blocks, and the readings of a battery as they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cellchain.core.errors import CellchainError, Unavailable
from cellchain.core.names import battery_id
from cellchain.services.access.interest import require_interest
from cellchain.web.api.serve import PREFIX
from cellchain.web.caller import caller, check_access
from cellchain.web.path_parts import path_parts
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from starlette.requests import Request

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.live import Hub
    from cellchain.web.page import Access
    from cellchain.web.site import Site

LEDGER, HEIGHTS = "ledger", "heights"
"""What members hear of every block, and what everybody hears."""
LIVE_PATHS = (
    (
        f"{PREFIX}/live",
        "live.ledger",
        "public",
        "Hear of every block: its height, and for members its subjects, up to a hundred.",
    ),
    (
        f"{PREFIX}/batteries/01/{{gtin}}/21/{{serial}}/live",
        "live.battery",
        "member",
        "Hear of the readings of a battery as they come in.",
    ),
)
"""Path, name, who may listen, summary."""
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_NUMBER_DIGITS_MAX = 15


def live_routes(site: Site, hub: Hub) -> list[Route]:
    """Return the routes to listen at."""
    return [_route(site, hub, path, name, access) for path, name, access, _ in LIVE_PATHS]  # type: ignore[arg-type]


def _route(site: Site, hub: Hub, path: str, name: str, access: Access) -> Route:
    async def answer(request: Request) -> Response:
        request.scope["cellchain_route"] = name
        try:
            viewer = caller(request, site.access)
            check_access(viewer, access)
            topic = await run_in_threadpool(_topic, site, request, viewer)
            if hub.full(address := request.client.host if request.client else "local"):
                raise Unavailable("web.listeners", "too many listen already")
        except CellchainError as error:
            return problem_response(problem_of(error))

        def still() -> bool:
            try:
                now = caller(request, site.access)
                check_access(now, access)
                return _topic(site, request, now) == topic
            except CellchainError:  # it comes back, and is told why not
                return False

        events = hub.listen(
            topic, _last(request), address=address, still=still if viewer.known else None
        )
        return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)

    return Route(path, answer, methods=["GET"], name=name)


def _topic(site: Site, request: Request, viewer: Viewer) -> str:
    parts = path_parts(request)
    if "gtin" not in parts:
        return LEDGER if viewer.reads else HEIGHTS
    battery = battery_id(parts["gtin"], parts["serial"])
    with site.views.read() as db:
        require_interest(viewer, db, battery)
    return battery


def _last(request: Request) -> int | None:
    given = request.headers.get("last-event-id", "")
    if given.isascii() and given.isdigit() and len(given) <= _NUMBER_DIGITS_MAX:
        return int(given)
    return None
