"""For whoever runs the server: alive, ready, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from cellchain.core.errors import CellchainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from cellchain.web.guard.counts import Counts
    from cellchain.web.site import Site

_HERE = frozenset({"127.0.0.1", "::1"})
SILENT_S_MAX = 300
"""A chain of validators that rests makes a block a minute, or every four at most."""
BEHIND_BLOCKS_MAX = 100
"""How far the views may be behind the ledger before the server is not ready."""


def health_routes(site: Site, counts: Counts, *, metrics_public: bool) -> list[Route]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_: Request) -> Response:
        return Response(b"fine\n", media_type="text/plain")

    async def readyz(_: Request) -> Response:
        missing = await run_in_threadpool(not_ready, site)
        told = {"ready": not missing, "missing": missing, "problems": dict(site.problems())}
        body = msgspec.json.encode(told)
        return Response(body, 503 if missing else 200, media_type="application/json")

    async def metrics(request: Request) -> Response:
        if not metrics_public and not _from_here(request):
            raise HTTPException(404)
        text = counts.text(await run_in_threadpool(site.gauges))
        return Response(text, media_type="text/plain; version=0.0.4")

    return [
        Route("/healthz", healthz, methods=["GET"], name="healthz"),
        Route("/readyz", readyz, methods=["GET"], name="readyz"),
        Route("/metrics", metrics, methods=["GET"], name="metrics"),
    ]


def _from_here(request: Request) -> bool:
    """Whether it is asked for on this machine, and not through a proxy on this machine."""
    passed_on = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return not passed_on and (request.client is None or request.client.host in _HERE)


def _of_node(gauges: Mapping[str, float]) -> list[str]:
    """Return what a node misses: one that makes no blocks, or is far behind the others."""
    if "node_running" not in gauges:
        return []
    if not gauges["node_running"]:
        return ["node: stopped"]
    age_s, lag = gauges["head_age_seconds"], gauges["node_lag_blocks"]
    found = [f"node: no block for {age_s:.0f} s"] if age_s > SILENT_S_MAX else []
    if gauges["node_catching_up"] or lag > BEHIND_BLOCKS_MAX:
        found.append(f"node: catches up, {lag:.0f} blocks behind")
    return found


def not_ready(site: Site) -> list[str]:
    """Return what is missing before requests can be served well."""
    missing = []
    try:
        site.ledger.submit([])
    except CellchainError as error:
        missing.append(f"writer: {error.code}")
    try:
        head = site.views.head()
    except CellchainError as error:
        return [*missing, f"views: {error.code}"]
    missing += _of_node(site.gauges())
    behind = head.ledger_height - head.height
    if behind > BEHIND_BLOCKS_MAX:
        return [*missing, f"views: {behind} blocks behind"]
    problem = site.problems().get("views")
    return [*missing, f"views: {problem}"] if problem else missing
