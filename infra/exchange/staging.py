"""A file on its way into the database: parsed column by column and streamed into a temporary table.

The parser gives the text form of COPY, a batch at a time, while PostgreSQL takes in the batch before: memory stays
flat and both work at once. Text is used rather than records because the values need not be made into Python objects
and back: it is three times as fast (benchmarks/importing.py).
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import repeat

import asyncpg

from core.ids import ProviderCode
from infra.exchange.cells import Cells, all_plain
from infra.exchange.layouts import Column, Derived, Layout
from infra.exchange.model import LONGEST_SHOWN, Progress, RowError
from infra.exchange.source import Batch, Source, batches

STAGED = "staged"

Raw = Sequence[Sequence[str]]
"""A batch by columns, in the order of the header."""


class ColumnReader:
    """Reads one column of the file, batch by batch."""

    def __init__(self, column: Column, position: int) -> None:
        self.column = column
        self.position = position
        self.cells = Cells(column.read, None if column.required else column.default, column.known)

    def read(self, raw: Raw, lines: Sequence[int], errors: list[RowError]) -> Sequence[str]:
        cells = raw[self.position]
        if self.column.longest and all_plain(cells, self.column.longest):
            return cells
        values = list(map(self.cells.__getitem__, cells))
        if self.cells.bad:
            bad, name = self.cells.bad, self.column.name
            errors.extend(
                RowError(line, name, cell[:LONGEST_SHOWN], bad[cell])
                for line, cell in zip(lines, cells, strict=True)
                if cell in bad
            )
            bad.clear()
        return values


class Parser:
    """Turns a source into blocks of COPY text; what is wrong with it is gathered in `errors`."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self.source = source
        self.layout = layout
        self.rows = 0
        self.errors: list[RowError] = []
        self._places = {name: position for position, name in enumerate(source.header)}
        self._readers = [
            ColumnReader(column, self._places[column.name]) for column in layout.columns if column.name in self._places
        ]
        self._derived = [derived for derived in layout.derived if derived.source in self._places]

    @property
    def staged(self) -> dict[str, str]:
        """The columns of the staging table and their types, without `line`."""
        columns = {reader.column.target: reader.column.type for reader in self._readers if reader.column.type}
        return columns | {derived.target: derived.type for derived in self._derived}

    async def blocks(self, progress: Progress | None) -> AsyncIterator[bytes]:
        for batch in batches(self.source, self.errors):
            yield self._block(batch)
            self.rows += len(batch.rows)
            if progress:
                progress(batch.offset, self.source.size)

    def _block(self, batch: Batch) -> bytes:
        raw = list(zip(*batch.rows, strict=True))
        columns: list[Iterable[str]] = [map(str, batch.lines)]
        for reader in self._readers:
            values = reader.read(raw, batch.lines, self.errors)
            if reader.column.type:
                columns.append(values)
        columns.extend(self._derive(derived, raw) for derived in self._derived)
        return ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()

    def _derive(self, derived: Derived, raw: Raw) -> Iterator[str]:
        sources = (raw[self._places[name]] if name in self._places else repeat("") for name in derived.cells)
        return map(derived.make, *sources)


async def stage(
    connection: asyncpg.Connection, parser: Parser, provider: ProviderCode, progress: Progress | None
) -> None:
    """Fills the temporary table `staged`: line, provider and columns of each row, NULL in place of a bad cell."""
    columns = {"line": "integer", "provider": f"text DEFAULT '{provider}'"} | dict(parser.layout.also) | parser.staged
    definitions = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    await connection.execute(f"CREATE TEMPORARY TABLE {STAGED} ({definitions}) ON COMMIT DROP")
    await connection.copy_to_table(
        STAGED, source=parser.blocks(progress), columns=["line", *parser.staged], format="text"
    )
    await connection.execute(f"ANALYZE {STAGED}")
