"""Many who ask at once wait for each other, and for nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cellchain.web.api.serve import PREFIX
from tests.web.site import ana

if TYPE_CHECKING:
    from tests.web.site import Served


def test_proofs_for_many_at_once_hold_up_nobody(served: Served) -> None:
    member = ana()
    clients = [served.client(member=member) for _ in range(60)]
    paths = [
        f"{PREFIX}/proofs/events/70",
        f"{PREFIX}/proofs/records/membership.party/dynamo-packs",
        "/ledger/blocks/2",
    ]

    def ask(number: int) -> int:
        return clients[number % 60].get(paths[number % 3]).status_code

    with ThreadPoolExecutor(60) as pool:
        assert set(pool.map(ask, range(180))) == {200}
