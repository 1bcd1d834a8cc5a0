"""Tables that people take away: into a spreadsheet, or into a file of plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

Cell = str | int | Decimal | None
"""A text, a number, or nothing. Texts are data whatever they begin with: no spreadsheet may run them."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a name. Every row has as many cells as there are columns."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class SheetWriter(Protocol):
    """Uses the processor: call it in a thread."""

    def csv(self, sheets: Sequence[Sheet]) -> bytes:
        """One file of all tables, each under a line with its name, a line left empty between them."""
        ...

    def xlsx(self, sheets: Sequence[Sheet]) -> bytes:
        """One workbook, a sheet for each table."""
        ...
