from __future__ import annotations

import pytest

from cellchain.core.errors import CellchainError, Corrupt, Refused, Unavailable, refuse_unless


@pytest.mark.parametrize("family", [Refused, Unavailable, Corrupt])
def test_an_error_shows_its_code_and_its_sentence(family: type[CellchainError]):
    error = family("custody.not_holder", "volta does not hold it", remedy="ask the holder")
    assert str(error) == "custody.not_holder: volta does not hold it"
    assert (error.code, error.text) == ("custody.not_holder", "volta does not hold it")
    assert error.remedy == "ask the holder"


def test_refuse_unless_refuses_only_what_is_not_allowed():
    refuse_unless(True, "custody.not_holder", "never raised")
    with pytest.raises(Refused, match=r"custody\.not_holder: volta"):
        refuse_unless(False, "custody.not_holder", "volta does not hold it")
