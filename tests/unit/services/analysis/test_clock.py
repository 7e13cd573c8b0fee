"""Local times of a table."""

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.clock import local_seconds
from cellchain.services.analysis.table import Texts


def test_plain_times_are_local_and_their_own_order():
    local, instant = local_seconds("t", Texts.of(["1970-01-02 00:00:01", "1970-01-02T00:00:02.5"]))
    assert local.tolist() == [86_401.0, 86_402.5]
    assert np.array_equal(local, instant)


def test_with_offsets_the_repeated_hour_of_autumn_is_two():
    local, instant = local_seconds(
        "t", Texts.of(["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"])
    )
    assert local[0] == local[1]
    assert instant[1] - instant[0] == 3600.0


@pytest.mark.parametrize(
    "cells", [[None], ["now"], ["1234.5"], ["2026-13-01 00:00:00"], ["2026-01-01"],
              ["2026-01-01 00:00:00", "2026-01-01T00:00:00Z"]],
)  # fmt: skip
def test_what_is_no_time_is_refused(cells):
    with pytest.raises(Refused) as refused:
        local_seconds("t", Texts.of(cells))
    assert refused.value.code == "watch.time"
