"""What the server counts, for `/metrics` (Prometheus text format)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

if TYPE_CHECKING:
    from starlette.types import Scope

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Counts:
    """Counts of one server; each has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "cellchain_requests", "Requests by route and status.", ("route", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "cellchain_request_seconds", "Time to answer.", buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request; its route, not its path, so that nobody can make up names."""
        route = scope.get("cellchain_route", "none")
        self._requests.labels(route, f"{status // 100}xx").inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self.registry)
