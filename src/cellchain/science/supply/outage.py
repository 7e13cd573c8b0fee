r"""How long demand is met without some nodes of a tier graph, and what is lost after that.

Of each node $ i $: stock $ s_i $, capacity $ c_i $ and demand $ d_i $ a day. A link from $ i $ to
$ j $ carries $ u_{ij} $; $ j $ uses $ a_{ij} $ of it for one of its own output $ y_j $. Links of
one kind into a node stand in for each other, those of different kinds are all needed. Over an
outage of $ t $ days

$$ y_i \le c_i t, \qquad y_j \le \sum_{i \in g} u_{ij} / a_{ij} \;\; \forall g, \qquad
   \sum_j u_{ij} + d_i t \le y_i + s_i $$

with $ c_i = 0 $ where the outage is. The time to survive is the greatest such $ t $; the impact of
an outage of given length is the least demand that is not served, by value
(Simchi-Levi et al., Harvard Business Review 92 (2014) 96; Interfaces 45 (2015) 375). Flows spread
evenly over the outage keep every stock from falling below nothing at any time, so sums over it are
enough. There are no lead times: what is made today may be used today.

Everything is solved in days of need: $ w_i = d_i + \sum_j a_{ij} \min(w_j, c_j) $ is the most that
a node could be asked for in a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.portable import Floats

HORIZON_DAYS = 3_650.0
"""Demand that is met for so long is met for ever."""
FOR_EVER_DAYS = HORIZON_DAYS * (1 - 1e-9)
"""What is found from here on is the horizon, to rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Nodes and links without a cycle; n nodes, m links."""

    stock: Floats
    """Of each node, in its unit, shape [n]."""
    capacity: Floats
    """A day, shape [n]."""
    demand: Floats
    """Of customers of the node, a day, shape [n]."""
    source: NDArray[np.intp]
    """The node where each link begins, shape [m]."""
    target: NDArray[np.intp]
    """The node where it ends."""
    amount: Floats
    """What one unit of the target's output uses, in the source's unit, above 0."""
    kind: NDArray[np.intp]
    """Links of one kind and target stand in for each other."""


WAYS = ("highs-ds", True), ("highs-ds", False), ("highs-ipm", True)
"""Methods, and whether the problem is made smaller before: no flow at all is always allowed, yet
where numbers are far apart one of them may call it infeasible."""


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """What flows during an outage, in the nodes' units, over all of its days."""

    days: float
    made: Floats
    """Shape [n]."""
    sent: Floats
    """Shape [m]."""
    lost: Floats
    """Demand that is not met, shape [n]."""


def tiers(source: NDArray[np.intp], target: NDArray[np.intp], nodes: int) -> list[int]:
    """Return the nodes, each before those that it supplies; only some of them if there is a cycle.

    Args:
        source: Where each link begins.
        target: Where it ends.
        nodes: How many there are.
    """
    waits = np.bincount(target, minlength=nodes)
    after: list[list[int]] = [[] for _ in range(nodes)]
    for begin, end in zip(source.tolist(), target.tolist(), strict=True):
        after[begin].append(end)
    found = np.flatnonzero(waits == 0).tolist()
    for node in found:
        for end in after[node]:
            waits[end] -= 1
            if waits[end] == 0:
                found.append(end)
    return found


def needs(network: Network) -> Floats:
    """Return the most that each node could be asked for in a day; 0 where nothing needs it."""
    found = network.demand.copy()
    links: list[list[int]] = [[] for _ in found]
    for link, begin in enumerate(network.source.tolist()):
        links[begin].append(link)
    for node in reversed(tiers(network.source, network.target, len(found))):
        for link in links[node]:
            end = network.target[link]
            found[node] += network.amount[link] * min(found[end], network.capacity[end])
    return found


class Outages:
    """A network that is asked about many outages."""

    def __init__(self, network: Network) -> None:
        """Prepare the constraints that all outages share.

        Raises:
            Refused: ``risk.no_scipy``.
        """
        self._sparse = extra_part("scipy.sparse", "risk.no_scipy", extra="circle")
        self._optimize = extra_part("scipy.optimize", "risk.no_scipy", extra="circle")
        self.network = network
        self.needed = needs(network)
        nodes, links = len(self.needed), len(network.amount)
        scale = self._scale = np.where(self.needed > 0, self.needed, 1.0)
        rate = np.minimum(self.needed, network.capacity)
        self._rate = np.where(rate > 0, rate, 1.0)
        self._stock = np.minimum(network.stock / scale, 2 * HORIZON_DAYS)
        self._demand = network.demand / scale
        self._carried = network.amount * rate[network.target]
        pairs = np.column_stack([network.target, network.kind])
        each, group = np.unique(pairs, axis=0, return_inverse=True)
        at = np.arange(links)
        matrix = self._sparse.csr_array
        uses = matrix((-np.ones(links), (group.reshape(-1), at)), (len(each), links))
        makes = matrix((np.ones(len(each)), (np.arange(len(each)), each[:, 0])), (len(each), nodes))
        sends = matrix((self._carried / scale[network.source], (network.source, at)),
                       (nodes, links))  # fmt: skip
        one = self._sparse.eye_array(nodes)
        adds = self._sparse.diags_array(-rate / scale)
        self._shared: Any = [[one, None], [makes, uses], [adds, sends]]
        self._groups = len(each)

    def survived(self, left: Floats, shut: NDArray[np.bool_]) -> Flows:
        """Return the longest outage during which all demand is met, at most `HORIZON_DAYS`.

        Args:
            left: Share of each node's capacity that is left, shape [n].
            shut: Nodes whose stock cannot be reached.

        Raises:
            Refused: ``risk.unsolved``.
        """
        capacity, stock = self._after(left, shut)
        time = [-capacity[:, None], np.zeros((self._groups, 1)), self._demand[:, None]]
        found = self._solved(
            time, np.array([-1.0]), [(0.0, HORIZON_DAYS)],
            [np.zeros_like(capacity), np.zeros(self._groups), stock],
        )  # fmt: skip
        return self._flows(float(found[0]), found[1:], np.zeros_like(capacity))

    def impact(self, days: float, value: Floats, left: Floats, shut: NDArray[np.bool_]) -> Flows:
        """Return how the least value is lost during an outage of ``days``.

        Args:
            days: How long it is.
            value: Of one unit of each node's demand, at least 0, shape [n].
            left: Share of each node's capacity that is left.
            shut: Nodes whose stock cannot be reached.

        Raises:
            Refused: ``risk.unsolved``.
        """
        capacity, stock = self._after(left, shut)
        nodes, asked = len(capacity), self._demand * days
        worth = value * self._scale
        empty = self._sparse.csr_array((nodes, nodes))
        serves = [empty, self._sparse.csr_array((self._groups, nodes)),
                  self._sparse.eye_array(nodes)]  # fmt: skip
        most = worth[self._demand > 0].max(initial=0.0) or 1.0
        found = self._solved(
            serves, -worth / most, [(0.0, one) for one in asked],
            [capacity * days, np.zeros(self._groups), stock],
        )  # fmt: skip
        lost = np.maximum(asked - found[:nodes], 0.0) * self._scale
        return self._flows(days, found[nodes:], lost)

    def _after(self, left: Floats, shut: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        capacity = np.minimum(self.network.capacity * left / self._rate, 1.0)
        return np.where(self.needed > 0, capacity, 0.0), np.where(shut, 0.0, self._stock)

    def _solved(
        self,
        first: Sequence[Any],
        cost: Floats,
        bounds: list[tuple[float, float]],
        most: list[Floats],
    ) -> Floats:
        """Return the optimum; ``first`` are the columns before those of the flows."""
        rows = [[one, *flows] for one, flows in zip(first, self._shared, strict=True)]
        matrix = self._sparse.block_array(rows, format="csr")
        more = matrix.shape[1] - len(cost)
        for method, presolve in WAYS:
            solved = self._optimize.linprog(
                np.concatenate([cost, np.zeros(more)]), A_ub=matrix, b_ub=np.concatenate(most),
                bounds=[*bounds, *[(0.0, None)] * more], method=method,
                options={"presolve": presolve},
            )  # fmt: skip
            if solved.status == 0:
                found: Floats = np.maximum(solved.x, 0.0)
                return found
        raise Refused(
            "risk.unsolved",
            f"the flows of this graph cannot be found: {solved.message}",
            remedy="give units in which stocks, capacities and amounts are less far apart",
        )

    def _flows(self, days: float, flows: Floats, lost: Floats) -> Flows:
        nodes = len(self._scale)
        return Flows(days, flows[:nodes] * self._rate, flows[nodes:] * self._carried, lost)
