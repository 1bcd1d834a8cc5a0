"""Files for spreadsheets: whole, plain, and with nothing in them that a spreadsheet would run."""

import csv
from decimal import Decimal
from errno import ENOSPC
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sheets import Cell, Sheet
from infra.workbooks import SpreadsheetFiles, Workbook, safe_cell
from tests.workbooks import read_workbook

FILES = SpreadsheetFiles()
HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '=HYPERLINK("http://evil.example","Нажмите")',
    "＝1+1",
)


def sheet(*rows: tuple[Cell, ...], name: str = "Темы") -> Sheet:
    return Sheet(name, ("тема", "пришло")[: len(rows[0])] if rows else ("тема",), rows)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_be_run_is_a_text_in_either_file(text: str) -> None:
    table = sheet((text,))
    assert read_csv(FILES.csv([table]))[2] == ["'" + text]
    ((_, rows),) = read_workbook(FILES.xlsx([table])).items()
    assert rows[1] == ["'" + text]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_headers_are_no_exception(text: str) -> None:
    table = Sheet(text, (text,), ())
    assert read_csv(FILES.csv([table]))[:2] == [["'" + text], ["'" + text]]
    ((_, rows),) = read_workbook(FILES.xlsx([table])).items()
    assert str(rows[0][0]).startswith("'")


@given(st.text())
def test_no_text_begins_as_a_formula_does(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe_cell(text).removeprefix("'") == text.removeprefix("'")


def test_numbers_are_numbers_and_what_is_not_known_is_empty() -> None:
    table = sheet(("ремонт", 12), ("оценка", Decimal("4.6")), ("нет", None))
    assert read_csv(FILES.csv([table]))[2:] == [["ремонт", "12"], ["оценка", "4,6"], ["нет", ""]]
    assert read_workbook(FILES.xlsx([table]))["Темы"] == [
        ["тема", "пришло"],
        ["ремонт", 12],
        ["оценка", 4.6],
        ["нет"],
    ]


def test_tables_follow_each_other_in_a_file_and_are_sheets_of_a_workbook() -> None:
    tables = [sheet(("а",), name="Первая"), sheet(("б",), name="Вторая")]
    assert read_csv(FILES.csv(tables)) == [["Первая"], ["тема"], ["а"], [], ["Вторая"], ["тема"], ["б"]]
    assert list(read_workbook(FILES.xlsx(tables))) == ["Первая", "Вторая"]


def test_any_names_make_a_workbook() -> None:
    names = ["МП трест «Водоканал»: [показатели] за год / месяц", "А" * 40, "А" * 40, "а" * 40, "", "'"]
    written = list(read_workbook(FILES.xlsx([sheet(("x",), name=name) for name in names])))
    assert len({name.casefold() for name in written}) == len(names)
    assert all(0 < len(name) <= 31 for name in written)


def test_the_same_tables_give_the_same_bytes() -> None:
    assert FILES.xlsx([sheet(("а", 1))]) == FILES.xlsx([sheet(("а", 1))])


def test_rows_that_a_sheet_does_not_hold_go_on_in_the_next() -> None:
    target = BytesIO()
    with Workbook(target, most_rows=3) as book:
        book.table("Много", ("тема",))
        for number in range(5):
            book.add((number,))
    assert read_workbook(target.getvalue()) == {
        "Много": [["тема"], [0], [1]],
        "Много 2": [["тема"], [2], [3]],
        "Много 3": [["тема"], [4]],
    }


def test_a_text_longer_than_a_cell_is_cut() -> None:
    ((_, rows),) = read_workbook(FILES.xlsx([sheet(("я" * 40_000,))])).items()
    assert rows[1] == ["я" * 32_767]


class FullDisk(BytesIO):
    """Full when it is first written to."""

    full = True

    def write(self, content: Any) -> int:
        if self.full:
            self.full = False
            raise OSError(ENOSPC, "no space left")
        return super().write(content)


def test_a_workbook_that_cannot_be_written_says_why() -> None:
    def write() -> None:
        with Workbook(FullDisk()) as book:
            book.table("а", ("б",))

    with pytest.raises(OSError, match="no space left"):
        write()
