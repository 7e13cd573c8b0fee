"""What pictures consist of: data that pages and files draw, with the same said in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

NAME_MAX = 40
WHOLE_FROM, POWERS_FROM = 1e3, 1e12
"""Values from here on are written without a part, and with a power of ten."""


def amount_shown(value: float) -> str:
    """Return a value to four digits, as people write it: no power of ten where there is room."""
    shown = float(f"{value:.4g}")
    whole = WHOLE_FROM <= abs(shown) < POWERS_FROM
    return f"{shown:,.0f}" if whole else f"{shown:,.4g}"


@dataclass(frozen=True, slots=True)
class Course:
    """A quantity along an axis; NaN where there is none."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    lo: tuple[float, ...] = ()
    hi: tuple[float, ...] = ()
    dots: bool = False
    """Whether its points stand alone, and no line joins them."""
    crosses: bool = False
    """Whether those points are crosses: told apart without colour."""
    hue: int = 0
    """Of the sheet, from 1; 0: its place among the courses."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A quantity of a thing."""

    name: str
    value: float
    lo: float
    hi: float
    strong: bool = True
    """Whether it stands out."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A thing by two quantities and its size."""

    name: str
    x: float
    y: float
    size: float
    """0 to 1, of its area."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a waterfall, from where the one before ends; or a total, from 0."""

    name: str
    since: float
    until: float
    total: bool = False
    lo: float = nan
    hi: float = nan


@dataclass(frozen=True, slots=True)
class Pool:
    """Where something flows through, and how much."""

    name: str
    column: int
    """From 0, along the way."""
    amount: float


@dataclass(frozen=True, slots=True)
class Stream:
    """How much flows from one pool to another; by their places."""

    source: int
    target: int
    amount: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Pools and the streams between them: what flows into one flows on, but at the ends."""

    pools: tuple[Pool, ...]
    streams: tuple[Stream, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way on a map, from its start to its end."""

    name: str
    points: tuple[tuple[float, float], ...]
    """East and north; stops, and depots at the ends of trips."""
    stops: tuple[bool, ...] = ()
    """Which of them are stops."""


@dataclass(frozen=True, slots=True)
class TraceStep:
    """A step of a calculation."""

    name: str
    working: str
    value: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A calculation, with what it rests on."""

    title: str
    steps: tuple[TraceStep, ...]
    law: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, of one kind, and what it is."""

    title: str
    x_name: str
    y_name: str
    courses: tuple[Course, ...] = ()
    bars: tuple[Bar, ...] = ()
    bubbles: tuple[Bubble, ...] = ()
    steps: tuple[Step, ...] = ()
    flow: Flow | None = None
    ways: tuple[Way, ...] = ()
    traces: tuple[Trace, ...] = ()
    said: str = ""
    """The numbers that matter, in a sentence; empty: the answer says them."""


def shown_name(name: str) -> str:
    """Return the beginning of a name, with a space for each letter that cannot be printed."""
    cut = name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + "…"
    return "".join(one if one.isprintable() else " " for one in cut)
