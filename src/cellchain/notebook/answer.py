"""The answer of a question that was asked of tables: rows, a sentence, a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Refused
from cellchain.notebook.rows import Rows, library
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.table import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.analysis.table import Table


class Answer(Rows[dict[str, Any]]):
    """A row for each row of the answer, in its order.

    Args:
        table: The answer.
        lines: What it says to people.
        value: The same to programs.
        draw: Makes a matplotlib figure of a picture.
        document: What was written where the answer is no table: a plan of routes, an explanation.
    """

    def __init__(
        self,
        table: Table,
        lines: Sequence[str],
        value: Mapping[str, Any],
        draw: Callable[[Picture], Any],
        document: Any = None,
    ) -> None:
        super().__init__(table.plain(0, table.rows))
        self.table = table
        self.lines = tuple(lines)
        self.value = dict(value)
        self.document = document
        self._draw = draw

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def df(self) -> Any:
        """Return a pandas DataFrame; an empty number is NaN."""
        return library("pandas").DataFrame(self._columns())

    def pl(self) -> Any:
        """Return a polars DataFrame; an empty number is NaN."""
        return library("polars").DataFrame(self._columns())

    def arrow(self) -> Any:
        """Return a pyarrow Table; an empty number is NaN."""
        return library("pyarrow").table(self._columns())

    def plot(self) -> Any:
        """Return the answer as a matplotlib figure.

        Raises:
            Refused: ``plot.nothing``: it has no row that could be drawn; ``plot.no_matplotlib``.
        """
        picture = picture_of(self.table)
        if picture is None:
            raise Refused("plot.nothing", "the answer has no row that could be drawn")
        return self._draw(picture)

    def _columns(self) -> dict[str, Any]:
        return {
            name: column.cells() if isinstance(column, Texts) else column
            for name, column in self.table.columns.items()
        }
