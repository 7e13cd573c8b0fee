"""What the server counts, for `/metrics` (Prometheus text format)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

GAUGES = {
    "head_height": "Height of the last block.",
    "head_age_seconds": "Time since the last block.",
    "views_height": "Height that the tables show.",
    "node_running": "Whether CometBFT answers: 1 or 0.",
    "node_peers": "Nodes that this one is connected to.",
    "node_lag_blocks": "Blocks that CometBFT has and the application has not.",
    "node_catching_up": "Whether this node still fetches blocks of the others: 1 or 0.",
    "validator_power": "What this node votes with.",
    "validators": "Nodes that vote on blocks.",
    "validators_silent": "Nodes that did not sign the block before the last.",
}
"""What is measured when somebody asks, by name."""
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

        self._gauges: dict[str, Gauge] = {}

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request; its route, not its path, so that nobody can make up names."""
        route = scope.get("cellchain_route", "none")
        self._requests.labels(route, f"{status // 100}xx").inc()
        self._seconds.observe(seconds)

    def text(self, gauges: Mapping[str, float]) -> bytes:
        """Return everything in the text format, with ``gauges`` as they stand."""
        for name, value in gauges.items():
            gauge = self._gauges.get(name)
            if gauge is None:
                gauge = Gauge(f"cellchain_{name}", GAUGES[name], registry=self.registry)
                self._gauges[name] = gauge
            gauge.set(value)
        return generate_latest(self.registry)
