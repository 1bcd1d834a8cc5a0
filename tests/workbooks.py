"""Reading a workbook as a spreadsheet does: what is a text there, what a number, and what would be run."""

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Value = str | float | None


def read_workbook(content: bytes) -> dict[str, list[list[Value]]]:
    """The rows of every sheet, by its name. Fails when a cell holds a formula, whatever it is."""
    with zipfile.ZipFile(BytesIO(content)) as parts:
        assert parts.testzip() is None
        book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        paths = {one.attrib["Id"]: one.attrib["Target"] for one in relations}
        return {
            sheet.attrib["name"]: _rows(ElementTree.fromstring(parts.read(f"xl/{paths[sheet.attrib[RELATION]]}")))
            for sheet in book.iter(f"{SPREADSHEET}sheet")
        }


def _rows(sheet: ElementTree.Element) -> list[list[Value]]:
    assert sheet.find(f".//{SPREADSHEET}f") is None, "a formula"
    rows: list[list[Value]] = []
    for row in sheet.iter(f"{SPREADSHEET}row"):
        cells: list[Value] = []
        for cell in row:
            cells += [None] * (_column(cell.attrib["r"]) - len(cells))
            cells.append(_value(cell))
        rows.append(cells)
    return rows


def _column(name: str) -> int:
    place = 0
    for letter in re.match("[A-Z]+", name).group():  # type: ignore[union-attr]  # a name begins with letters
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: ElementTree.Element) -> Value:
    if cell.attrib.get("t") == "inlineStr":
        said = "".join(text.text or "" for text in cell.iter(f"{SPREADSHEET}t"))
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), said)
    assert "t" not in cell.attrib
    value = cell.find(f"{SPREADSHEET}v")
    return None if value is None else float(value.text or "")
