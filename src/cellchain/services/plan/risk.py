"""``plan risk``: which suppliers are few, how long demand outlasts each of them, what is lost.

Out, of each node: ``node, stage, material, country, unit, tts_days, ttr_days, short, impact,
impact_share, over_licence_per_day, over_inputs_per_day, mixing, reason``; of each stage and
material: ``stage, material, suppliers, hhi, hhi_country, hhi_country_risk, concentration, risk,
substitutability, score``; of a drill: `DRILL_COLUMNS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.supply.concentration import HIGH, MODERATE, indices, means, scores, sums
from cellchain.science.supply.outage import FOR_EVER_DAYS, HORIZON_DAYS, Outages
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.plan.tiers import MATERIAL, NAMES, NODE, STAGE, UNIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cellchain.science.supply.outage import Flows
    from cellchain.services.analysis.table import Floats
    from cellchain.services.plan.tiers import Tiers

DRILL_COLUMNS = (
    "drill", "place", "days", "tts_days", NODE, UNIT, "demand", "met", "lost", "lost_share",
)  # fmt: skip
DECIMALS = 6
"""Of days and amounts, beyond which a solver is not trusted."""
TOLERANCE = 1e-9
"""By which an output may exceed what was measured to allow it."""
NEVER = "met for ever"


@dataclass(frozen=True, slots=True)
class Drill:
    """An outage that is rehearsed."""

    kind: Literal["shortage", "closure"]
    """Of a shortage, stocks can still be reached; of a closure, they cannot."""
    node: str | None = None
    country: str | None = None
    days: float | None = None
    """As long as the slowest of its nodes takes to recover where it is not told."""
    left: float = 0.0
    """Share of the capacity that a shortage leaves."""

    def __post_init__(self) -> None:
        """Check what can be known without the graph.

        Raises:
            Refused: ``risk.drill``.
        """
        days = 0.0 if self.days is None else self.days
        if (self.node is None) == (self.country is None):
            what, remedy = "a drill of neither or both", "name a node or a country"
        elif not (isfinite(days) and 0 <= days <= HORIZON_DAYS):
            what, remedy = f"a drill of {days:g} days", f"give 0 to {HORIZON_DAYS:g}"
        elif not 0 <= self.left < 1 or (self.left > 0 and self.kind == "closure"):
            what = f"a {self.kind} that leaves {self.left:g} of the capacity"
            remedy = "give a shortage 0 to less than 1; a closure leaves nothing"
        else:
            return
        raise Refused("risk.drill", what, remedy=remedy)


def stage_risks(tiers: Tiers) -> Table:
    """Return how few and how risky the suppliers of each stage and material are."""
    share, risk = (tiers.shares[one] for one in ("share", "country_risk"))
    hhi = indices(tiers.market, share)
    pairs, place = np.unique(
        np.column_stack([tiers.market, tiers.country]), axis=0, return_inverse=True
    )
    of_country = sums(place.reshape(-1), share)
    risky = np.zeros(len(tiers.countries))
    risky[tiers.country] = risk
    mean = means(tiers.market, share, risk)
    other = means(tiers.market, share, tiers.shares["substitutability"])
    level = ["high" if one > HIGH else "moderate" if one >= MODERATE else "low" for one in hhi]
    suppliers = np.bincount(tiers.market[share > 0], minlength=len(hhi))
    country_risk = indices(pairs[:, 0], of_country, risky[pairs[:, 1]])
    return Table(
        {
            STAGE: Texts.of(stage for stage, _ in tiers.markets),
            MATERIAL: Texts.of(material for _, material in tiers.markets),
            "suppliers": suppliers.astype(np.float64),
            "hhi": _rounded(hhi),
            "hhi_country": _rounded(indices(pairs[:, 0], of_country)),
            "hhi_country_risk": _rounded(country_risk),
            "concentration": Texts.of(level),
            "risk": _rounded(mean),
            "substitutability": _rounded(other),
            "score": _rounded(scores(hhi, mean, other)),
        }
    )


def node_risks(tiers: Tiers, step: Callable[[int], None] = lambda _: None) -> Table:
    """Return how long demand outlasts each node, what is lost until it recovers, what is mixed.

    Args:
        tiers: The graph.
        step: Told how many nodes are done.

    Raises:
        Refused: ``risk.no_scipy``; ``risk.demand``: it is not met even without an outage.
    """
    outages, unhurt = _outages(tiers)
    count = len(tiers.nodes)
    survived, lost = np.full(count, np.nan), np.zeros(count)
    reasons = []
    none = np.zeros(count, np.bool_)
    for node, days in enumerate(tiers.recovery_days.tolist()):
        left = np.ones(count)
        left[node] = 0.0
        reasons.append("nothing that is demanded needs it")
        if outages.needed[node] > 0:
            # what makes nothing while nobody is out is not missed when it is out itself
            found = outages.survived(left, none).days if unhurt.made[node] > 0 else HORIZON_DAYS
            reasons[-1] = NEVER
            if found < FOR_EVER_DAYS:
                survived[node], reasons[-1] = found, ""
            if found < days:
                lost[node] = tiers.value @ outages.impact(days, tiers.value, left, none).lost
        step(node + 1)
    survived = _rounded(survived)
    whole = (tiers.value @ tiers.network.demand) * tiers.recovery_days
    share = np.divide(lost, whole, out=np.zeros(count), where=whole > 0)
    figures = {
        "tts_days": survived,
        "ttr_days": tiers.recovery_days,
        "short": (survived < tiers.recovery_days).astype(np.float64),
        "impact": _rounded(lost),
        "impact_share": _rounded(share),
        **_balance(tiers),
    }
    keys = {name: tiers.table.texts(name) for name in NAMES}
    return Table({**keys, **figures, "reason": Texts.of(one or None for one in reasons)})


def drilled(tiers: Tiers, drill: Drill) -> Table:
    """Return what each node that has demand goes without.

    Raises:
        Refused: ``risk.no_scipy``, ``risk.demand``; ``risk.node``, ``risk.country``: unknown.
    """
    down = _down(tiers, drill)
    outages, _ = _outages(tiers)
    left = np.where(down, drill.left, 1.0)
    shut = down if drill.kind == "closure" else np.zeros_like(down)
    days = float(tiers.recovery_days[down].max()) if drill.days is None else drill.days
    survived = outages.survived(left, shut).days
    lost = outages.impact(days, tiers.value, left, shut).lost
    asked = np.flatnonzero(tiers.network.demand > 0)
    demand = tiers.network.demand[asked] * days
    gone = _rounded(np.minimum(lost[asked], demand))
    found = _rounded(np.array([survived if survived < FOR_EVER_DAYS else np.nan]))
    share = np.divide(gone, demand, out=np.zeros(len(asked)), where=demand > 0)
    columns = (
        Texts.of([drill.kind] * len(asked)),
        Texts.of([drill.node or drill.country] * len(asked)),
        np.full(len(asked), days), np.repeat(found, len(asked)),
        Texts.of(tiers.nodes[one] for one in asked), Texts.of(tiers.units[one] for one in asked),
        _rounded(demand), _rounded(demand - gone), gone, _rounded(share),
    )  # fmt: skip
    return Table(dict(zip(DRILL_COLUMNS, columns, strict=True)))


def _outages(tiers: Tiers) -> tuple[Outages, Flows]:
    """Return the network, and how demand is met for ever while nothing is out."""
    found = Outages(tiers.network)
    count = len(tiers.nodes)
    flows = found.survived(np.ones(count), np.zeros(count, np.bool_))
    if flows.days < FOR_EVER_DAYS:
        raise Refused(
            "risk.demand",
            f"without any outage, demand is met for {flows.days:.6g} days and then no more",
            remedy="raise capacities, add links or lower demand_per_day until supply is enough",
        )
    return found, flows


def _down(tiers: Tiers, drill: Drill) -> NDArray[np.bool_]:
    if drill.node is not None:
        if drill.node not in tiers.nodes:
            raise Refused("risk.node", f"{shown(drill.node)} is no node", remedy="name one of --in")
        down = np.zeros(len(tiers.nodes), np.bool_)
        down[tiers.nodes.index(drill.node)] = True
        return down
    if drill.country not in tiers.countries:
        told = shown(drill.country or "")
        raise Refused("risk.country", f"no node is in {told}", remedy="name a country of --in")
    found: NDArray[np.bool_] = tiers.country == tiers.countries.index(drill.country)
    return found


def _balance(tiers: Tiers) -> dict[str, Floats]:
    """Return by how much outputs exceed licences and inputs; NaN where one is not told."""
    network, output = tiers.network, tiers.output
    licence = _excess(output, tiers.licensed)
    makes = tiers.received / network.amount
    key = network.target * len(tiers.markets) + network.kind
    each, group = np.unique(key, return_inverse=True)
    of_input = sums(group.reshape(-1), makes)
    could = np.full(len(output), np.inf)  # without an input; -inf where one is not told
    scarce = np.where(np.isnan(of_input), -np.inf, of_input)
    np.minimum.at(could, each // len(tiers.markets), scarce)
    inputs = _excess(output, np.where(np.isinf(could), np.nan, could))
    mixing = np.where((licence > 0) | (inputs > 0), 1.0, 0.0)
    untold = np.isnan(licence) | (np.isnan(inputs) & (could < np.inf))
    return {
        "over_licence_per_day": _rounded(licence),
        "over_inputs_per_day": _rounded(inputs),
        "mixing": np.where((mixing == 0) & untold, np.nan, mixing),
    }


def _excess(output: Floats, most: Floats) -> Floats:
    over = output - most
    slack = TOLERANCE * most
    return np.where(np.isnan(over) | (over > slack), over, 0.0)


def _rounded(values: Floats) -> Floats:
    found: Floats = np.round(values, DECIMALS) + 0.0
    return found


def headline(nodes: Table, stages: Table) -> dict[str, str | int | None]:
    """Return what to say first: how many are short, the worst node, the worst stage."""
    impact, score = nodes.numbers("impact"), stages.numbers("score")
    worst, riskiest = int(impact.argmax()), int(score.argmax())
    names = [stages.texts(one).cells()[riskiest] for one in (STAGE, MATERIAL)]
    return {
        "nodes": nodes.rows,
        "short": int(nodes.numbers("short").sum()),
        "mixing": int((nodes.numbers("mixing") == 1).sum()),
        "worst_node": nodes.texts(NODE).cells()[worst] if impact[worst] > 0 else None,
        "riskiest_stage": " ".join(filter(None, names)),
    }
