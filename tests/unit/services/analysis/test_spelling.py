"""Columns whose names are slips are refused; other words are not."""

import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, Texts

NEEDED = ("battery",)
OPTIONAL = ("count", "lot_min", "soh_ppm_min", "soh_p10", "state")


def asked(*names: str) -> None:
    check_spelling("packs", Table({one: Texts.of(["1"]) for one in names}), NEEDED, OPTIONAL)


@pytest.mark.parametrize("name", ["lot_mim", "cuont", "counts", "Count ", "soh_pct_min"])
def test_a_slip_is_refused(name):
    """Given a column that is nearly one that is read, when spelling is checked, then it is told."""
    with pytest.raises(Refused) as refused:
        asked(name)
    assert refused.value.code == "table.misspelt"
    assert name in refused.value.text


@pytest.mark.parametrize(
    "name", ["battery", "baterry", "country", "state_of_charge", "soh_p05", "colour", "lot"]
)
def test_another_word_is_none(name):
    """Given a column of another meaning, when spelling is checked, then nothing is said."""
    asked(name)


def test_a_name_that_is_there_is_not_missed():
    """Given the column itself beside one alike, when spelling is checked, then nothing is said."""
    asked("count", "counts")
