"""Brief pages are made in the event loop, whatever may wait for something in a thread."""

from __future__ import annotations

from threading import current_thread
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.contracts.passport.view import BatterySearch, search_batteries
from cellchain.web import pace
from cellchain.web.frame import Frame
from tests.web.site import ana
from tests.web.site import served as serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.site import Served


@pytest.fixture
def made_in(served: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the threads that pages are rendered in, from now on."""
    names: list[str] = []
    render = Frame.render

    def rendering(*given: Any) -> bytes:
        names.append(current_thread().name)
        return render(*given)

    monkeypatch.setattr(Frame, "render", rendering)
    monkeypatch.setattr(pace, "BRIEF_S", 60.0)  # the first page compiles its template
    served.web.cache.clear()
    return names


def _first(served: Served, sort: str) -> str:
    """The name of a battery: packs of the demo have readings here, modules have none."""
    with served.site.views.read() as db:
        return search_batteries(db, BatterySearch(sort=(sort,))).rows[0].battery


def test_what_comes_of_a_few_rows_is_made_in_the_loop(served: Served, made_in: list[str]) -> None:
    paths = (f"/{_first(served, 'pack')}", f"/batteries/{_first(served, 'module')}")
    for path in (*paths, "/fragments/head"):
        assert served.client(member=ana()).get(path).status_code == 200
    assert made_in == ["event loop"] * 3


def test_what_reads_files_or_searches_is_made_in_a_thread(
    served: Served, made_in: list[str]
) -> None:
    for path in (f"/batteries/{_first(served, 'pack')}", "/batteries", "/search?q=a"):
        assert served.client(member=ana()).get(path).status_code == 200
    assert len(made_in) == 3
    assert "event loop" not in made_in


def test_nothing_is_made_in_the_loop_where_the_tables_are_elsewhere(
    served: Served, made_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(served.site.views), "at_hand", False)
    assert served.client().get(f"/{_first(served, 'pack')}").status_code == 200
    assert made_in != ["event loop"]


def test_others_wait_once_for_a_page_that_is_not_brief(
    tmp_path: Path, made_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "BRIEF_S", 0.0)
    with serve(tmp_path) as served:  # of its own: it goes on remembering what was slow
        for query in ("a", "b"):
            assert served.client().get(f"/{_first(served, 'pack')}?{query}").status_code == 200
    assert made_in[0] == "event loop" != made_in[1]
