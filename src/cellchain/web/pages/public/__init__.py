"""The public page of a battery or model: what anybody sees who scans the code on it.

No script, no sign-in, nine languages, public attributes only (Annex XIII point 1).
"""

from __future__ import annotations

import msgspec

from cellchain.contracts.assembly.view import Stage, life
from cellchain.contracts.membership.view import names
from cellchain.contracts.passport.view import AttributeRow, PassportRow, battery
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.services.access.reading import readable
from cellchain.services.access.shown import issued_passport
from cellchain.services.access.viewer import VISITOR
from cellchain.web.frame.languages import catalogue
from cellchain.web.page import Asked, Page, Shown


class PublicStage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of its life, without who and what had to do with it."""

    name: str
    time_ms: int | None
    count: int


class PublicPage(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may see of a battery or model."""

    subject: str
    passport: PassportRow
    attributes: tuple[AttributeRow, ...]
    life: tuple[PublicStage, ...]
    ended: bool
    parties: dict[str, str]


def show_battery(asked: Asked) -> Shown:
    """Show a battery to anybody.

    Raises:
        Refused: ``web.not_found``: none, or its passport is not issued yet, which look alike.
    """
    return _shown(asked, battery_id(asked.path["gtin"], asked.path["serial"]))


def show_model(asked: Asked) -> Shown:
    """Show a model to anybody."""
    return _shown(asked, f"01/{asked.path['gtin']}")


def _shown(asked: Asked, subject: str) -> Shown:
    found = issued_passport(asked.db, subject)
    if found is None:
        raise Refused(
            "web.not_found",
            f"no passport of {subject[:80]} has been issued",
            remedy="compare the code with the label on the battery",
        )
    values = readable(VISITOR, found.attributes, None, found.passport.operator)
    item = battery(asked.db, subject) if found.passport.level == "item" else None
    data = PublicPage(
        subject=subject,
        passport=found.passport,
        attributes=tuple(values),
        life=tuple(_public(stage) for stage in life(asked.db, subject)) if item else (),
        ended=bool(item and item.retired_ms),
        parties=names(asked.db, list({v.stated_by for v in values} | {found.passport.operator})),
    )
    whole = [item.whole] if item and item.whole else []
    model = subject.partition("/21/")[0]
    return Shown(
        template="public/public.html",
        data=data,
        title=subject.rpartition("/")[2],
        about=frozenset({subject, model, *whole, *data.parties}),
        also={"say": catalogue(asked.language)},
    )


def _public(stage: Stage) -> PublicStage:
    return PublicStage(name=stage.name, time_ms=stage.time_ms, count=stage.count)


PAGES = (
    Page(
        path="/01/{gtin}/21/{serial}",
        name="Battery, for all",
        show=show_battery,
        access="public",
        brief=lambda *_: True,
    ),
    Page(
        path="/01/{gtin}",
        name="Model, for all",
        show=show_model,
        access="public",
        brief=lambda *_: True,
    ),
)
