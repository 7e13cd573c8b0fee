"""Planted faults show in the readings, and only where they were planted."""

from functools import lru_cache

import numpy as np
import pytest

from cellchain.core.time import parse_time
from cellchain.services.demo import Dice
from cellchain.services.demo.fleet import FAULTS, Fleet
from cellchain.services.demo.recipe import CELLS_PER_PACK
from cellchain.services.demo.simulation import DRIVE_STEPS, LAYOUT, STEPS, drives

FIRST_CELL, FIRST_PROBE = 3, 3 + CELLS_PER_PACK
NOON_MS = parse_time("2025-03-05T12:00:00Z")


@lru_cache
def fleet():
    return Fleet(Dice(1), 100)


@lru_cache
def readings(drive):
    """Battery number → table of readings, shape (steps, channels)."""
    rows = drives(fleet(), Dice(1), drive, days=100 * drive, before_ms=NOON_MS)
    return {
        battery.number: np.stack(row.values, axis=1).astype(np.int64)
        for battery, row in zip(fleet().recorded, rows, strict=True)
    }


def faulty(kind):
    return next(b for b in fleet().recorded if b.fault and b.fault.kind == kind)


def voltages(battery, drive):
    return readings(drive)[battery.number][:, FIRST_CELL:FIRST_PROBE]


def probes(battery, drive):
    return readings(drive)[battery.number][:, FIRST_PROBE:]


def away(battery, drive, step):
    """How far the faulty cell is from the middle of the pack, millivolts."""
    row = voltages(battery, drive)[step]
    return row[battery.fault.place - 1] - np.median(row)


def test_every_kind_of_fault_is_planted_and_sound_batteries_are_left():
    kinds = [b.fault.kind for b in fleet().recorded if b.fault]
    assert set(kinds) == {kind for kind, _, _ in FAULTS}
    assert len(kinds) < len(fleet().recorded)
    assert all(b.device for b in fleet().batteries if b.fault)


def test_readings_are_plausible():
    for table in readings(1).values():
        assert table.shape == (STEPS, len(LAYOUT.channels))
        cells = table[:, FIRST_CELL:FIRST_PROBE]
        assert 2_800 < cells.min() < cells.max() < 4_250
        assert (table[:, 1] == cells.sum(axis=1)).all()
        assert 270_000 < table[:, FIRST_PROBE:].min() < table[:, FIRST_PROBE:].max() < 330_000
        assert 0 < table[:, 2].min() < table[:, 2].max() < 1_000_000


@pytest.mark.parametrize("drive", [1, 2])
def test_sound_batteries_stand_together(drive):
    for battery in fleet().recorded:
        if not battery.fault:
            first = voltages(battery, drive)[0]
            assert first.max() - first.min() < 25
            assert probes(battery, drive).max() < 315_000


def test_a_soft_short_pulls_its_cell_down_until_it_is_mended():
    battery = faulty("soft_short")
    assert abs(away(battery, 1, -1)) < 25
    assert away(battery, 2, 0) < -30
    assert abs(away(battery, 3, -1)) < 25


def test_a_resistive_joint_follows_the_current():
    battery = faulty("resistive_joint")
    current_a = readings(2)[battery.number][:DRIVE_STEPS, 0] / 1000
    drops = np.array([away(battery, 2, step) for step in range(DRIVE_STEPS)])
    slope = np.polyfit(current_a, drops, 1)[0]
    assert slope == pytest.approx(-battery.fault.size / 1000, rel=0.25)
    assert abs(away(battery, 3, 60)) < 25


def test_a_failed_coolant_lets_the_pack_warm_up():
    battery = faulty("coolant_failure")
    rise = [probes(battery, d)[-1].min() - probes(battery, d)[0].min() for d in (1, 2)]
    assert rise[1] > 2 * rise[0]


def test_a_stuck_probe_says_the_same_for_ever():
    battery = faulty("stuck_sensor")
    stuck = probes(battery, 2)[:, battery.fault.place - 1]
    assert set(stuck) == {battery.fault.size}
    assert len(set(probes(battery, 1)[:, battery.fault.place - 1])) > 10


def test_an_offset_sensor_is_off_at_every_current():
    battery = faulty("offset_sensor")
    place = battery.fault.place - 1
    shift = voltages(battery, 2)[:, place] - np.median(voltages(battery, 2), axis=1)
    before = voltages(battery, 1)[:, place] - np.median(voltages(battery, 1), axis=1)
    assert np.median(shift) - np.median(before) == pytest.approx(battery.fault.size, abs=8)


def test_a_knee_makes_the_end_come_early():
    place = faulty("capacity_knee").number - 1
    sound = Fleet(Dice(1), 100)
    losses = [sound.loss(days)[place] for days in (100, 200, 500, 600)]
    assert losses[3] - losses[2] > 1.5 * (losses[1] - losses[0])
