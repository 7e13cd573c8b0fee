"""A day from its files, and what in them is refused."""

from __future__ import annotations

import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle.collecting.day_file import TEMPLATE, DayFiles, is_day, read_day
from tests.unit.services.circle.collecting.days import DEPOT, HEAD, STAR, files, lorry, stop

A, B = stop("a"), stop("b")


def test_entries_become_whole_numbers():
    day = read_day(files(lorry(), stop("a", opens='"09:00"', closes='"12:30"', ready='"10:00"'), B))
    first, second = day.stops
    assert (first.opens_s, first.closes_s, first.service_s) == (36_000, 45_000, 1_200)
    assert first.load == (400_000, 1_000, 50_000, 0)
    assert (second.opens_s, second.closes_s) == (0, 172_740)
    (red,) = day.lorries
    assert (red.mils_a_km, red.fixed_cost, red.drive_s_max) == (1_000, 5_000_000, 32_400)
    assert [one.id for one in day.places] == ["yard", "a", "b"]
    assert day.assumed == ()


def test_what_a_file_does_not_say_is_told():
    given = TEMPLATE.replace("unload_min = 20 ", "# ").replace("speed_kmh = 60", "")
    given = given.replace("2026", "2027")
    day = read_day(DayFiles(given.encode()))
    assert day.assumed == (
        "a road is 1.3 times the great circle, driven at 60 km/h",
        "ADR 2025 counts, which is not the edition of 2027-03-02",
        "unloading at a depot takes 30 minutes after each trip",
    )


def test_only_damaged_packs_count_as_damaged():
    given = files(lorry(), stop("a", packs=2, damage_class='"damaged_noncritical"'), B)
    assert [one.load[3] for one in read_day(given).stops] == [2_000, 0]


def test_sheets_follow_the_entries():
    """A spreadsheet has a column a field; the classes of a lorry stand apart by blanks."""
    heads = (
        "id,weight_kg,pallets,energy_kwh,packs,damage_class,un_number,service_min,opens,closes\n"
    )
    fleet = (
        "id,depot,capacity_kg,pallets,energy_kwh,damaged_packs,cost_eur_per_km,fixed_cost_eur,"
        "begins,ends,adr\nblue,yard,2.5,1,1,0,1,0,06:00,07:00,intact critical\n"
    )
    given = files(
        lorry(), A, stops="\ufeff" + heads + "b,1.5,1,2,1,intact,3551,5,,\n", lorries=fleet,
    )  # fmt: skip
    day = read_day(given)
    assert [one.id for one in day.stops] == ["a", "b"]
    assert (day.stops[1].load[0], day.stops[1].un_number) == (1_500, 3551)
    assert day.lorries[1].classes == {"intact", "critical"}
    assert day.lorries[1].may_pass is False


def test_a_day_is_told_from_an_instance():
    assert is_day(TEMPLATE.encode())
    assert not is_day(b"NAME : day\nTYPE : CVRP\nDEPOT_SECTION\n1\n")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (files(lorry(), A, B, head="[day]\n"), "route.day"),
        (files(lorry(), A, B, head=HEAD + "colour = 3\n"), "route.day"),
        (files(lorry(), A, B, head="a." * 20_000 + "b = 1\n" + HEAD), "route.day"),
        (files(lorry(), stop("a", weight_kg='"much"'), B), "route.day"),
        (files(lorry(), stop("a", weight_kg=-1), B), "route.number"),
        (files(lorry(), stop("a", weight_kg="nan"), B), "route.number"),
        (files(lorry(), stop("a", weight_kg=0.0001), B), "route.number"),
        (files(lorry(), stop("a", latitude=91.0, longitude=0.0), B), "route.number"),
        (files(lorry(), stop("a", latitude=9.0), B), "route.number"),
        (files(lorry(drive_h_max=10.5), A, B), "route.number"),
        (files(lorry(trips=0), A, B), "route.number"),
        (files(lorry(), A, B, head=HEAD + "detour = 0.9\n"), "route.number"),
        (files(lorry(), stop("a", packs=0), B), "route.packs"),
        (files(lorry(), stop("a", packs=2, damage_class='"critical"'), B), "route.packs"),
        (files(lorry(), stop("a", damage_class='"broken"'), B), "route.unknown"),
        (files(lorry(), stop("a", un_number=3090), B), "route.unknown"),
        (files(lorry(adr='["acid"]'), A, B), "route.unknown"),
        (files(lorry(depot='"moon"'), A, B), "route.unknown"),
        (files(lorry(), A, B, head=HEAD + 'apart = [["a", "yard"]]\n'), "route.unknown"),
        (files(lorry(), stop("a", opens='"9"', closes='"10:00"'), B), "route.clock"),
        (files(lorry(begins='"48:00"'), A, B), "route.clock"),
        (files(lorry(), stop("a", opens='"10:00"', closes='"09:59"'), B), "route.windows"),
        (files(lorry(), stop("a", opens='"10:00"'), B), "route.windows"),
        (
            files(lorry(), stop("a", opens='"08:00"', closes='"09:00"', ready='"09:01"'), B),
            "route.windows",
        ),
        (files(lorry(begins='"18:01"'), A, B), "route.windows"),
        (files(lorry(), A, A, B), "route.twice"),
        (files(lorry(), lorry(), A, B), "route.twice"),
        (files(lorry(), stop("yard"), B), "route.twice"),
        (files(lorry(), A, B, distances=STAR + "a,b,12,18,\n"), "route.twice"),
        (files(lorry(), A, B, distances="from,from\n"), "route.twice"),
        (files(lorry(id='""'), A, B), "route.name"),
        (files(lorry(id='"' + "x" * 81 + '"'), A, B), "route.name"),
        (files(lorry(), A, B, depot=""), "route.depot"),
        (files(A, B), "route.vehicles"),
        (files(lorry()), "route.nothing"),
        (files(lorry(), A, B, distances=None), "route.places"),
        (files(lorry(), *(stop(f"s{n}") for n in range(300)), A, B,
               lorries="id\n" + "x\n" * 301), "route.sheet"),
        (files(*(lorry(id=f'"{n}"') for n in range(301)), A, B), "route.size"),
        (files(lorry(), A, B, distances=STAR + "a,c,1,1,\n"), "route.unknown"),
        (files(lorry(), A, B, distances=STAR + "a,a,1,1,\n"), "route.road"),
        (files(lorry(), A, B, distances=STAR + "a,b,1,1,F\n"), "route.road"),
        (files(lorry(), A, B, distances=STAR + "a,b,-1,1,\n"), "route.number"),
        (files(lorry(), A, B, distances=STAR + "a,b,1,inf,\n"), "route.number"),
        (files(lorry(), A, B, distances=STAR + "a,b,1,far,\n"), "route.sheet"),
        (files(lorry(), A, B, distances=STAR + "a,b,,1,\n"), "route.sheet"),
        (files(lorry(), A, B, distances=STAR + "a,b\n"), "route.sheet"),
        (files(lorry(), A, B, distances=STAR + '"a\n'), "route.sheet"),
        (files(lorry(), A, stops="id\nb\n"), "route.sheet"),
        (files(lorry(), A, stops="name\nb\n"), "route.sheet"),
    ],
)  # fmt: skip
def test_refused(given, code):
    with pytest.raises(Refused) as error:
        read_day(given)
    assert error.value.code == code


def test_what_clashes_is_told():
    with pytest.raises(Refused, match=r"stop a is open from 10:00 until 09:59"):
        read_day(files(lorry(), stop("a", opens='"10:00"', closes='"09:59"'), B))
    with pytest.raises(Refused, match=r"line 8 of distances names 'c', which is no place"):
        read_day(files(lorry(), A, B, distances=STAR + "a,c,1,1,\n"))
    assert DEPOT.startswith("[[depot]]")
