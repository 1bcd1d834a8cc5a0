"""What importing and exporting say: results, refusals, and where a file is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

LONGEST_SHOWN = 200
"""Signs of a cell that an error repeats."""

Progress = Callable[[int, int], None]
"""Told now and then: bytes of the file read so far, and bytes in all."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong in a file. Lines count from 1, the header; `column` is empty when the whole line is meant."""

    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.value!r}: {self.reason}" if self.value else f"{place}: {self.reason}"


@dataclass
class FileRefused(Exception):
    """The file was not taken and nothing changed.

    `errors`: every bad place, by line; empty when the file is refused as a whole. `summary`: one line saying why.
    """

    errors: list[RowError]
    summary: str

    def __str__(self) -> str:
        return self.summary


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file changed (with `dry_run`: would change). `rows` = inserted + changed + unchanged."""

    rows: int
    inserted: int
    changed: int
    unchanged: int
    warnings: tuple[str, ...] = ()


class FormatNotThere(Exception):
    """This form of export does not exist yet."""
