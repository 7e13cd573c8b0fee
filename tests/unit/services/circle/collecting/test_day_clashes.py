"""What no plan could keep is told with what it clashes with, before any search."""

from __future__ import annotations

import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle.collecting.day_clashes import check_day
from tests.unit.services.circle.collecting.days import STAR, asked, files, lorry, stop

A, B = stop("a"), stop("b")
TUNNEL = STAR.replace("yard,b,20,30,", "yard,b,20,30,E").replace("a,b,12,18,", "a,b,12,18,E")
CLASHES = [
    (
        files(lorry(adr='["intact"]'), stop("a", damage_class='"critical"'), B),
        "route.class",
        "stop a: it holds critical batteries, and lorry red may carry intact",
    ),
    (
        files(lorry(), stop("a", weight_kg=1000.5), B),
        "route.too_heavy",
        "stop a: it has 1000.5 kg, and lorry red takes 1000",
    ),
    (
        files(lorry(), stop("a", packs=3, damage_class='"damaged_noncritical"'), B),
        "route.too_heavy",
        "stop a: it has 3 damaged packs, and lorry red takes 2",
    ),
    (
        files(lorry(), A, B, distances=STAR.replace("a,yard,10,15,\n", "").replace("a,b", "b,a")),
        "route.twice",
        "line 6",
    ),
    (
        files(lorry(), A, B, distances="from,to,km,minutes\nyard,a,1,1\na,yard,1,1\nb,yard,1,1\n"),
        "route.unreachable",
        "stop b: there is no road to it from depot yard of lorry red",
    ),
    (
        files(lorry(), A, B, distances="from,to,km,minutes\nyard,a,1,1\na,yard,1,1\nyard,b,1,1\n"),
        "route.unreachable",
        "stop b: there is no road from it to depot yard of lorry red",
    ),
    (
        files(lorry(), A, B, distances=TUNNEL),
        "route.tunnel",
        "stop b: the only road between it and depot yard leads through a tunnel of category E,"
        " closed to goods of code (E); lorry red takes 1000 kg, and up to 333 kg are exempt",
    ),
    (
        files(lorry(capacity_kg=333), stop("a", weight_kg=9), stop("b", weight_kg=9),
              distances=TUNNEL),
        "route.tunnel",
        "lorry red may carry critical packs, which are never exempt",
    ),
    (  # 15 minutes from 08:00
        files(lorry(), stop("a", opens='"07:00"', closes='"08:14"'), B),
        "route.late",
        "stop a: it closes at 08:14, and lorry red cannot be there before 08:15",
    ),
    (  # 17:10 + 20 of loading + 15 of road + 10 of unloading
        files(lorry(ends='"17:54"'), stop("a", opens='"17:10"', closes='"19:00"'), B),
        "route.late",
        "stop a: loaded from 17:10, it is at the depot and unloaded at 17:55, and lorry red must"
        " be by 17:54",
    ),
    (
        files(lorry(drive_h_max=0.9), A, B),
        "route.too_far",
        "stop b: there and back are 1.00 h of driving, and the driver of lorry red drives at most"
        " 0.9 h",
    ),
    (
        files(lorry(begins='"03:00"', ends='"05:59"'), A, B),
        "route.hours",
        "lorry red works from 03:00 to 05:59, and depot yard is open from 06:00 to 20:00",
    ),
    (
        files(lorry(), stop("a", weight_kg=600), stop("b", weight_kg=401)),
        "route.too_much",
        "stops of intact batteries have 1001 kg, and the lorries that may carry them take 1000 on"
        " all their rounds: red",
    ),
    (
        files(lorry(), lorry(id='"blue"', adr='["intact"]'),
              stop("a", packs=2, damage_class='"damaged_noncritical"'),
              stop("b", packs=1, damage_class='"damaged_noncritical"')),
        "route.too_much",
        "stops of damaged_noncritical batteries have 3 damaged packs, and the lorries that may"
        " carry them take 2 on all their rounds: red",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "told"), CLASHES)
def test_a_clash_is_told(given, code, told):
    with pytest.raises(Refused) as error:
        check_day(asked(given))
    assert error.value.code == code
    assert told in str(error.value)


def test_a_stop_behind_another_is_reached():
    """No road from the yard to b, and none from a back: yard, a, b, yard."""
    ring = "from,to,km,minutes\nyard,a,1,1\na,b,1,1\nb,yard,1,1\n"
    check_day(asked(files(lorry(), A, B, distances=ring)))


def test_a_critical_pack_behind_another_stop_is_not():
    ring = "from,to,km,minutes\nyard,a,1,1\na,b,1,1\nb,yard,1,1\n"
    given = files(lorry(), A, stop("b", damage_class='"critical"'), distances=ring)
    with pytest.raises(Refused, match=r"^route\.unreachable: stop b: there is no road to it"):
        check_day(asked(given))


def test_a_second_lorry_may_pass():
    small = lorry(id='"van"', capacity_kg=333, adr='["intact"]')
    light = stop("a", weight_kg=9), stop("b", weight_kg=9)
    check_day(asked(files(lorry(), small, *light, distances=TUNNEL)))


def test_the_lorry_that_came_nearest_is_told():
    """One may not carry it at all; of the other only the clock is against it."""
    late = stop("a", damage_class='"critical"', opens='"07:00"', closes='"08:10"')
    with pytest.raises(Refused, match=r"^route\.late: stop a: it closes at 08:10, and lorry red"):
        check_day(asked(files(lorry(), lorry(id='"blue"', adr='["intact"]'), late, B)))
