"""The head of the ledger: a fragment of its own, so that pages may be kept while blocks go by."""

from __future__ import annotations

import msgspec

from cellchain.web.page import Asked, Page, Shown


class HeadNow(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh what is shown is."""

    height: int
    time_ms: int
    age_ms: int
    """Since the last block: an idle chain rests, which is no fault."""
    behind: int
    """Blocks that the tables have yet to take in."""
    stale: bool


def show(asked: Asked) -> Shown:
    """Show height and age of the last block, and whether the tables keep up with it."""
    head = asked.site.views.head(asked.db)
    behind = max(0, head.ledger_height - head.height)
    now = HeadNow(
        height=head.height,
        time_ms=head.time_ms,
        age_ms=max(0, asked.now_ms - head.time_ms),
        behind=behind,
        stale=behind > 0,
    )
    return Shown(template="head/head.html", data=now, title="Head of the ledger")


PAGES = (
    Page(
        path="/fragments/head",
        name="Head",
        show=show,
        access="public",
        cached=False,
        brief=lambda *_: True,
    ),
)
