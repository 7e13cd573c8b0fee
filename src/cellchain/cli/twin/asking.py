"""What verbs that estimate by a model have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.output import say
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.cli.ports import Workshop
    from cellchain.services.analysis.table import Table

ModelOption = Annotated[
    Path | None, typer.Option("--model", help="Model to use: written by `twin train`.")
]


def check_one_source(train: Path | None, model: Path | None) -> None:
    """Refuse to be told twice what to know.

    Raises:
        Refused: ``cli.two_models``.
    """
    if train is not None and model is not None:
        raise Refused("cli.two_models", "--train and --model are both named", remedy="name one")


def rows_before(shop: Workshop, state: Path | None, texts: Sequence[str]) -> Table:
    """Return the rows that earlier runs have left; none without a file."""
    from cellchain.services.analysis.table import empty_table  # noqa: PLC0415

    return shop.read_table(state, texts, None) if state and state.exists() else empty_table(())


def tell(out: Path, answer: Table, *, as_json: bool) -> None:
    """Say how many rows have an answer, and how many are doubtful."""
    estimates = answer.numbers("estimate").tolist()
    reasons = answer.texts("reason").cells()
    answered = sum(one == one for one in estimates)  # noqa: PLR0124  # NaN: no answer
    strange = sum("out of domain" in (one or "") for one in reasons)
    told = {"rows": answer.rows, "answered": answered, "out_of_domain": strange}
    line = f"{out}: {answered} of {answer.rows} answered, {strange} out of domain"
    say([line], told, as_json=as_json)
