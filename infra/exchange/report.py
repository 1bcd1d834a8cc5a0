"""The report of a refused file, for whoever mends it in a spreadsheet."""

import csv
from collections.abc import Sequence
from pathlib import Path

from infra.exchange.model import RowError
from infra.workbooks import safe_cell


def write_error_report(source: Path, errors: Sequence[RowError]) -> Path:
    """Writes every error of a refused file beside it, as FILE.errors.csv (UTF-8 with BOM, `;`). Raises OSError."""
    report = source.with_name(source.name + ".errors.csv")
    with report.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("line", "column", "value", "reason"))
        for error in errors:
            writer.writerow((error.line, *map(safe_cell, (error.column, error.value, error.reason))))
    return report
