"""Files that spreadsheets open. What people have written is data there, whatever it begins with: every text is written
as a text, and one that a spreadsheet would run as a formula bears an apostrophe (contracts: exchange).
"""

import csv
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from types import TracebackType
from typing import BinaryIO, Final

from core.sheets import Cell, Sheet

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_UNFIT_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
LONGEST_NAME: Final = 31
MOST_ROWS: Final = 1_048_576
"""What a sheet of a workbook holds."""
_WIDEST: Final = 60
_MADE: Final = datetime(2022, 1, 1, tzinfo=UTC)
"""A workbook tells when it was made; with the same moment always, the same rows give the same bytes."""


def safe_cell(text: str) -> str:
    """The text, with a leading apostrophe where a spreadsheet would run it as a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


class Workbook(AbstractContextManager["Workbook"]):
    """An XLSX file that is written a row at a time, in little memory, and is whole when the block ends.

    A table with more rows than a sheet holds goes on in the next sheet, under the same header.
    """

    def __init__(self, target: BinaryIO, most_rows: int = MOST_ROWS) -> None:
        # Here, for a process that never writes one.
        import xlsxwriter  # noqa: PLC0415

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(target, options)
        self._book.set_properties({"created": _MADE})
        self._bold = self._book.add_format({"bold": True})
        self._names: set[str] = set()
        self._most_rows = most_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises OSError where the file cannot be written."""
        from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

        try:
            self._book.close()
        except FileCreateError as failed:
            raise failed.__cause__ if isinstance(failed.__cause__, OSError) else OSError(str(failed)) from None

    def table(self, name: str, columns: Sequence[str]) -> None:
        """Begins a sheet; what is added from now on stands there."""
        self._name, self._columns = name, columns
        self._sheet = self._book.add_worksheet(self._free_name(name))
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, min(max(len(column) + 2, 12), _WIDEST))
            self._sheet.write_string(0, place, safe_cell(column), self._bold)
        self._row = 1

    def add(self, cells: Sequence[Cell]) -> None:
        if self._row >= self._most_rows:
            self.table(self._name, self._columns)
        for place, cell in enumerate(cells):
            match cell:
                case str():
                    self._sheet.write_string(self._row, place, safe_cell(cell))
                case int() | Decimal():
                    self._sheet.write_number(self._row, place, cell)
        self._row += 1

    def _free_name(self, name: str) -> str:
        """A name that a workbook takes, and that none of its sheets bears."""
        bare = name.translate(_UNFIT_IN_NAMES).strip()[:LONGEST_NAME] or "1"
        found, number = bare, 1
        while found.casefold() in self._names:
            number += 1
            found = f"{bare[: LONGEST_NAME - len(str(number)) - 1]} {number}"
        self._names.add(found.casefold())
        return found


class SpreadsheetFiles:
    """`core.sheets.SheetWriter`."""

    def csv(self, sheets: Sequence[Sheet]) -> bytes:
        """As spreadsheets in Russia read it: UTF-8 with BOM, `;` between cells, a comma in numbers."""
        text = StringIO(newline="")
        writer = csv.writer(text, delimiter=";")
        for place, sheet in enumerate(sheets):
            if place:
                writer.writerow(())
            for row in ((sheet.name,), sheet.columns, *sheet.rows):
                writer.writerow([_plain(cell) for cell in row])
        return text.getvalue().encode("utf-8-sig")

    def xlsx(self, sheets: Sequence[Sheet]) -> bytes:
        target = BytesIO()
        with Workbook(target) as book:
            for sheet in sheets:
                book.table(sheet.name, sheet.columns)
                for row in sheet.rows:
                    book.add(row)
        return target.getvalue()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return safe_cell(cell)
        case Decimal():
            return f"{cell:f}".replace(".", ",")
    return str(cell)
