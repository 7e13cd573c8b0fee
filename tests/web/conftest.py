"""One served demo home for each file of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.site import served as serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.site import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("web")) as found:
        yield found
