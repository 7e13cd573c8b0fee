"""The system: whether this server is well, what it keeps, and how to keep it alive."""

from __future__ import annotations

from typing import Any

import msgspec

from cellchain.services.jobs import Job
from cellchain.web.page import Asked, Page, Shown


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    fine: bool
    seen: str


class SystemPage(msgspec.Struct, frozen=True, kw_only=True):
    """The server as its operator sees it."""

    findings: tuple[Finding, ...]
    figures: dict[str, Any]
    height: int
    behind: int
    jobs: tuple[Job, ...]


def show(asked: Asked) -> Shown:
    """Show how this server is."""
    head = asked.site.views.head(asked.db)
    found = [Finding(name=name, fine=fine, seen=seen) for name, fine, seen in asked.site.health()]
    data = SystemPage(
        findings=tuple(found),
        figures=dict(asked.site.figures()),
        height=head.height,
        behind=max(0, head.ledger_height - head.height),
        jobs=tuple(asked.site.jobs.of(asked.viewer)[:10]),
    )
    return Shown(template="system/system.html", data=data, title="System")


PAGES = (
    Page(
        path="/system",
        name="System",
        show=show,
        access="operator",
        nav=9,
        cached=False,
    ),
)
