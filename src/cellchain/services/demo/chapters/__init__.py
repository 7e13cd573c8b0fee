"""The chapters of the demo story, one file each, in the order of `CHAPTERS`."""

from collections.abc import Callable

from cellchain.services.demo.chapters.cars import cars
from cellchain.services.demo.chapters.cells import cells
from cellchain.services.demo.chapters.founding import founding
from cellchain.services.demo.chapters.mining import mining
from cellchain.services.demo.chapters.packs import packs
from cellchain.services.demo.chapters.passports import passports
from cellchain.services.demo.chapters.recycling import recycling
from cellchain.services.demo.chapters.refining import refining
from cellchain.services.demo.chapters.repair import repair
from cellchain.services.demo.chapters.second_life import second_life
from cellchain.services.demo.chapters.use import first_drive, last_drive, second_drive
from cellchain.services.demo.play import Chapter, Play

CHAPTERS: tuple[Callable[[Play], Chapter], ...] = (
    founding,
    mining,
    refining,
    cells,
    packs,
    passports,
    cars,
    first_drive,
    second_drive,
    repair,
    last_drive,
    second_life,
    recycling,
)

__all__ = ["CHAPTERS"]
