"""Small days of collecting, their roads by hand: every leg is told in km and minutes."""

from __future__ import annotations

import time

from cellchain.services.circle.collecting.day_file import DayFiles, read_day
from cellchain.services.circle.collecting.day_routes import routed_day
from cellchain.services.circle.collecting.task import task_of

HEAD = "[day]\ndate = 2026-03-02\nunload_min = 10\n"
DEPOT = '[[depot]]\nid = "yard"\nopens = "06:00"\ncloses = "20:00"\n'
LORRY = {
    "id": '"red"', "depot": '"yard"', "capacity_kg": 1000, "pallets": 10, "energy_kwh": 500,
    "damaged_packs": 2, "cost_eur_per_km": 1, "fixed_cost_eur": 50, "begins": '"08:00"',
    "ends": '"18:00"', "drive_h_max": 9, "adr": '["intact", "damaged_noncritical", "critical"]',
}  # fmt: skip
STOP = {
    "weight_kg": 400, "pallets": 1, "energy_kwh": 50, "packs": 1, "damage_class": '"intact"',
    "un_number": 3480, "service_min": 20,
}  # fmt: skip
STAR = """from,to,km,minutes,tunnel
yard,a,10,15,
a,yard,10,15,
yard,b,20,30,
b,yard,20,30,
a,b,12,18,
b,a,12,18,
"""
"""Yard to a 10 km, yard to b 20, a to b 12, the same both ways, at 40 km/h."""


def lorry(**changed):
    return _entry("lorry", LORRY | changed)


def stop(name, **changed):
    return _entry("stop", {"id": f'"{name}"'} | STOP | changed)


def _entry(sort, fields):
    lines = [f"{name} = {value}" for name, value in fields.items() if value is not None]
    return f"[[{sort}]]\n" + "\n".join(lines) + "\n"


def day(*entries, head=HEAD, depot=DEPOT):
    return (head + depot + "".join(entries)).encode()


def files(*entries, distances=STAR, **sheets):
    given = day(*entries, **{k: sheets.pop(k) for k in ("head", "depot") if k in sheets})
    told = {name: text.encode() for name, text in sheets.items()}
    return DayFiles(given, distances=None if distances is None else distances.encode(), **told)


def asked(given):
    return task_of(read_day(given))


def planned(given, cpu_s=0.12):
    return routed_day(given, cpu_s=cpu_s, seed=1, clock=time.process_time)
