"""How far goods travel, and how much transport that is."""

from __future__ import annotations

from fractions import Fraction
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088
"""Mean radius of the ellipsoid of GRS 80: Moritz, Geodetic Reference System 1980."""
DETOUR = Fraction(13, 10)
"""How much longer a way is than the great circle: an assumption."""
METRES = 1000


def great_circle_km(start: tuple[float, float], stop: tuple[float, float]) -> float:
    """Return the shortest way over a sphere, in km, by the haversine formula.

    Args:
        start: Latitude and longitude, in degrees.
        stop: Likewise.
    """
    (north, east), (to_north, to_east) = (tuple(map(radians, one)) for one in (start, stop))
    chord = (
        sin((to_north - north) / 2) ** 2
        + cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    )
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def way_km(start: tuple[float, float], stop: tuple[float, float]) -> Fraction:
    """Return the great circle, rounded to the metre, times `DETOUR`, in km."""
    return Fraction(round(great_circle_km(start, stop) * METRES), METRES) * DETOUR


def tonne_km(tonnes: Fraction, km: Fraction) -> Fraction:
    """Return transport in tonne-kilometres."""
    return tonnes * km


def vehicle_km(tonnes: Fraction, km: Fraction, load_tonnes: Fraction) -> Fraction:
    """Return how many kilometres of a vehicle goods answer for, by their share of its load.

    Args:
        tonnes: Of the goods.
        km: How far it drives.
        load_tonnes: What it carries, above zero.
    """
    return km * tonnes / load_tonnes
