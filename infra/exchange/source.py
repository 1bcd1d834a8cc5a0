"""A delimited file as it lies on the disk: its encoding, its separator, its header, and its rows in batches."""

import codecs
import csv
import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from infra.exchange.cells import trimmed
from infra.exchange.model import FileRefused, RowError

SEPARATORS = (";", ",", "\t")
BATCH = 400
"""Rows in hand at once. So few that Python's collector of cycles, which starts at 700 new lists, never looks at them:
a third faster than with thousands."""
_CHUNK = 1 << 20
_FOREIGN_MARKS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16", b"PK\x03\x04": "an archive or XLSX"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose header has been understood; columns are named as in the header, in small letters."""

    path: Path
    size: int
    sha256: str
    encoding: str
    separator: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as wide as the header, and the line on which each begins. `offset`: bytes of the file read so far."""

    lines: list[int]
    rows: list[list[str]]
    offset: int


def open_source(path: Path, known: Collection[str]) -> Source:
    """Looks through the whole file for its encoding, and at its header for the rest. Raises FileRefused."""
    try:
        encoding, digest = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            line = file.readline(_CHUNK)
        separator, header = _header(line, known)
        return Source(path, path.stat().st_size, digest, encoding, separator, header)
    except OSError as error:
        raise FileRefused([], f"{path} cannot be read: {error.strerror or error}") from error


def refused(line: int, reason: str, column: str = "") -> FileRefused:
    """A refusal because of one place without which nothing else can be read."""
    error = RowError(line, column, "", reason)
    return FileRefused([error], str(error))


def batches(source: Source, errors: list[RowError]) -> Iterator[Batch]:
    """The rows after the header. Lines that are no rows go to `errors`; after broken quotes nothing can be trusted."""
    with source.path.open("rb") as binary, io.TextIOWrapper(binary, source.encoding, newline="") as text:
        text.readline()
        reader = csv.reader(text, delimiter=source.separator, strict=True)
        width, end, broken = len(source.header), 1, False
        while not broken:
            lines: list[int] = []
            rows: list[list[str]] = []
            start = end
            try:
                for row in islice(reader, BATCH):
                    if len(row) == width:
                        lines.append(end + 1)
                        rows.append(row)
                    elif row:  # an empty line says nothing
                        errors.append(RowError(end + 1, "", "", f"{len(row)} cells instead of {width}"))
                    end = reader.line_num + 1
            except csv.Error as error:
                broken = True
                errors.append(RowError(end + 1, "", "", f"broken quoting, the rest cannot be read: {error}"))
            if rows:
                yield Batch(lines, rows, binary.tell())
            broken = broken or end == start


def _encoding(path: Path) -> tuple[str, str]:
    """The encoding and the SHA-256 of a file."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    with path.open("rb") as file:
        start = file.read(len(codecs.BOM_UTF8) + 1)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
    for mark, what in _FOREIGN_MARKS.items():
        if start.startswith(mark):
            raise refused(1, f"this is {what}: save the file as CSV in UTF-8 or Windows-1251")
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if not is_utf8:
        _check_single_byte(path, must_be_utf8=start.startswith(codecs.BOM_UTF8))
    return "utf-8-sig" if is_utf8 else "cp1251", digest.hexdigest()


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _check_single_byte(path: Path, *, must_be_utf8: bool) -> None:
    """Refuses what is neither: UTF-8 with a few damaged letters would be read as Windows-1251 gibberish.

    In Windows-1251 Russian nearly every letter is wrong as UTF-8, in damaged UTF-8 nearly every letter is right.
    """
    damaged, line_of_damage, line_of_gap = 0, 0, 0
    good = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            text = line.decode("utf-8", "replace")
            wrong = text.count("\ufffd")
            damaged += wrong
            good += sum(not sign.isascii() for sign in text) - wrong
            line_of_damage = line_of_damage or (number if wrong else 0)
            line_of_gap = line_of_gap or (number if b"\x98" in line else 0)
    if must_be_utf8 or good > 4 * damaged:
        raise refused(line_of_damage, "damaged: not UTF-8 here, though the rest of the file is")
    if line_of_gap:
        raise refused(line_of_gap, "neither UTF-8 nor Windows-1251: byte 0x98")


def _header(line: str, known: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The separator under which the header holds most known columns, and the header so read."""
    readings = [(separator, _names(line, separator)) for separator in SEPARATORS]
    separator, header = max(readings, key=lambda reading: len(set(known).intersection(reading[1])))
    if not set(known).intersection(header):
        raise refused(1, f"no header: the first line should name columns such as {', '.join(list(known)[:4])}")
    for name in header:
        if name and header.count(name) > 1:
            raise refused(1, "the column stands twice", name)
    return separator, header


def _names(line: str, separator: str) -> tuple[str, ...]:
    try:
        return tuple(trimmed(name).lower() for name in next(csv.reader([line], delimiter=separator, strict=True), []))
    except csv.Error:
        return ()
