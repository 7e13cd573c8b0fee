"""What drivers carry: stop lists with goods of class 9, breaks and papers."""

from __future__ import annotations

import csv
import io
import zipfile

from cellchain.services.circle.collecting.goods import documents, may_pass
from cellchain.services.circle.collecting.papers import papers_of, zipped
from tests.unit.services.circle.collecting.days import files, lorry, planned, stop

FAR = """from,to,km,minutes
yard,a,200,180
a,yard,200,180
yard,b,10,20
b,yard,10,20
a,b,60,60
b,a,60,60
"""


def made():
    """B alone, 60 minutes with its work and unloading; then a: three hours there, three back."""
    given = files(
        lorry(id='"F-AB 12/ä"'), stop("a", packs=2, damage_class='"damaged_noncritical"',
                                      un_number=3552),
        stop("=b", damage_class='"critical"', ready='"08:20"'),
        distances=FAR.replace("b", "=b"),
    )  # fmt: skip
    return papers_of(planned(given))


def test_a_stop_list_of_a_lorry():
    found = made()
    assert sorted(found) == ["001-F-AB_12_.csv", "001-F-AB_12_.pdf"]
    rows = list(csv.DictReader(io.StringIO(found["001-F-AB_12_.csv"].decode())))
    assert [(one["trip"], one["what"], one["where"]) for one in rows] == [
        ("1", "leave", "yard"), ("1", "load", "'=b"), ("1", "unload", "yard"), ("2", "load", "a"),
        ("2", "break", "on the way to yard"), ("2", "unload", "yard"),
    ]  # fmt: skip
    leave, critical, _, damaged, rest, home = rows
    assert (leave["leaves"], critical["arrives"], critical["leaves"]) == ("08:00", "08:20", "08:40")
    assert (critical["un_number"], critical["packing"]) == ("UN 3480", "P911 or LP906")
    assert "approval of the competent authority may be needed" in critical["note"]
    assert damaged["proper_shipping_name"].startswith("SODIUM ION BATTERIES CONTAINED IN EQUIPMENT")
    assert (damaged["provision"], damaged["packing"], damaged["tunnel_code"]) == (
        "SP 376", "P908 or LP904", "(E)",
    )  # fmt: skip
    # 20 + 20 + 180 minutes are driven by 12:10; loaded by 12:30, 50 more are left until a break
    assert (damaged["arrives"], rest["begins"], rest["leaves"]) == ("12:10", "13:20", "14:05")
    assert home["arrives"] == "16:15"  # 130 of 180 minutes back are left


def test_a_sheet_of_paper_is_the_same_each_time():
    found = made()
    pdf = found["001-F-AB_12_.pdf"]
    assert pdf.startswith(b"%PDF-")
    assert b"/Lang" in pdf
    again = made()
    assert again == found
    archive = zipped(found)
    assert archive == zipped(dict(reversed(again.items())))
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == sorted(found)


def test_who_may_pass_a_tunnel():
    assert may_pass(333, {"intact", "damaged_noncritical"})
    assert not may_pass(333.001, {"intact"})
    assert not may_pass(100, {"intact", "critical"})


def test_papers_follow_the_state_of_the_goods():
    assert len(documents({"intact"}, exempt=True)) == 1
    intact, damaged, critical = (
        documents({one}, exempt=False) for one in ("intact", "damaged_noncritical", "critical")
    )
    assert (len(intact), len(damaged), len(critical)) == (4, 5, 6)
    assert "certificate of training" in " ".join(intact)
    assert "approval of the competent authority" in critical[-1]
