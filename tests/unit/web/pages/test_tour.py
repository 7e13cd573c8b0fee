"""The tour leads from stop to stop, and nowhere else."""

import pytest


@pytest.mark.parametrize("stop", ["1", "2", "3", "4"])
def test_a_stop_leads_to_a_page_that_shows_the_way_on(ask, stop):
    location = ask("/tour", f"stop={stop}").shown.location
    assert location.startswith("/")
    assert f"?tour={stop}" in location


@pytest.mark.parametrize("stop", ["", "0", "5", "9", "//evil.example", '"><script>'])
def test_anything_else_shows_all_stops(ask, stop):
    assert not ask("/tour", f"stop={stop}").shown.location
