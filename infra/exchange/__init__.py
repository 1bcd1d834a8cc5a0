"""Billing files: taking them (`import_file`), answering with readings (`export_readings`).

`importing` is the way of a file · `source` how it lies on the disk · `layouts` its columns, `cells` their grammars ·
`staging` into the database · `merging` and `guards` what every kind of file does there · `accounts`, `meters`,
`billing`, `acceptance` what each kind does · `exporting` and `report` what goes out · `model` what is told.
"""

from infra.exchange.exporting import export_readings
from infra.exchange.importing import KINDS, import_file, taken_files
from infra.exchange.model import FileRefused, FormatNotThere, ImportResult, Progress, RowError
from infra.exchange.report import write_error_report

__all__ = [
    "KINDS",
    "FileRefused",
    "FormatNotThere",
    "ImportResult",
    "Progress",
    "RowError",
    "export_readings",
    "import_file",
    "taken_files",
    "write_error_report",
]
