"""A cell as it is built: electrodes, and how much of them a format has room for."""

from __future__ import annotations

import math
from dataclasses import dataclass


class Failed(Exception):
    """A design that cannot be built or solved; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrodes:
    """What is chosen of a pair of electrodes; lengths in metres, porosities from 0 to 1."""

    positive_thickness_m: float
    """Of one coating."""
    positive_porosity: float
    negative_porosity: float
    np_ratio: float
    """Capacity of the negative electrode to that which the positive one gives between the voltage
    limits of the cell that the parameter set describes."""
    positive_radius_m: float
    negative_radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Foils:
    """Thickness of the current collectors, metres."""

    positive_m: float
    negative_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cylinder:
    """A roll in a can; lengths in metres."""

    diameter_m: float
    height_m: float
    wall_m: float
    core_m: float
    """Diameter of the hole in the roll."""
    headspace_m: float
    """Height that is not roll, beyond the walls."""

    @property
    def volume_m3(self) -> float:
        """Of the whole cell."""
        return math.pi / 4 * self.diameter_m**2 * self.height_m

    @property
    def case_m3(self) -> float:
        """Of the walls."""
        inner = self.diameter_m - 2 * self.wall_m
        return self.volume_m3 - math.pi / 4 * inner**2 * (self.height_m - 2 * self.wall_m)

    def area_m2(self, turn_m: float) -> float:
        """Return how much positive electrode faces a negative one.

        Args:
            turn_m: Thickness of both foils, coated on both sides, and two separators.

        Raises:
            Failed: Nothing fits in.
        """
        inner = self.diameter_m - 2 * self.wall_m
        width = self.height_m - 2 * self.wall_m - self.headspace_m
        if inner <= self.core_m or width <= 0:
            raise Failed("there is no room in the can for a roll")
        return 2 * width * math.pi / 4 * (inner**2 - self.core_m**2) / turn_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Sheets in a pouch or a prismatic can; lengths in metres."""

    width_m: float
    height_m: float
    thickness_m: float
    wall_m: float
    headspace_m: float
    """Height that is not sheet, beyond the walls."""

    @property
    def volume_m3(self) -> float:
        """Of the whole cell."""
        return self.width_m * self.height_m * self.thickness_m

    @property
    def case_m3(self) -> float:
        """Of the walls."""
        sides = (self.width_m, self.height_m, self.thickness_m)
        return self.volume_m3 - math.prod(side - 2 * self.wall_m for side in sides)

    def area_m2(self, turn_m: float) -> float:
        """Return how much positive electrode faces a negative one.

        Args:
            turn_m: Thickness of both foils, coated on both sides, and two separators.

        Raises:
            Failed: No sheet fits in.
        """
        width = self.width_m - 2 * self.wall_m
        height = self.height_m - 2 * self.wall_m - self.headspace_m
        sheets = math.floor((self.thickness_m - 2 * self.wall_m) / turn_m)
        if width <= 0 or height <= 0 or sheets < 1:
            raise Failed("there is no room in the cell for one pair of sheets")
        return 2 * sheets * width * height


Format = Cylinder | Stack
