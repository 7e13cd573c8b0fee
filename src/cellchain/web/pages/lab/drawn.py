"""A picture of an answer beside its drawing, as templates take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markupsafe import Markup

    from cellchain.services.analysis.shapes import Picture


class Drawn(NamedTuple):
    """A picture, and its drawing."""

    picture: Picture
    drawing: Markup
