"""A billing office: writes files, has them imported into a real PostgreSQL, looks at what is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from infra.codes import HmacCodeHasher
from infra.exchange import FileRefused, ImportResult, import_file

WATER, HEAT = "vodokanal", "teplofikaciya"
SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class Office:
    engine: AsyncEngine
    city: City
    clock: CityClock
    folder: Path
    url: str

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    async def take(
        self,
        kind: str,
        content: str | bytes | Path,
        provider: str = WATER,
        *,
        dry_run: bool = False,
        accept_drop: bool = False,
        accept_total: bool = False,
    ) -> ImportResult:
        return await import_file(
            self.engine,
            self.city,
            HmacCodeHasher(SECRET),
            kind,
            provider,
            content if isinstance(content, Path) else self.file(content),
            dry_run=dry_run,
            accept_drop=accept_drop,
            accept_total=accept_total,
            clock=self.clock,
        )

    async def refuse(
        self, kind: str, content: str | bytes | Path, provider: str = WATER, **options: bool
    ) -> FileRefused:
        """The refusal of a file; it must leave everything as it was."""
        before = await self.everything()
        with pytest.raises(FileRefused) as refused:
            await self.take(kind, content, provider, **options)
        assert await self.everything() == before
        return refused.value

    async def errors(self, kind: str, content: str | bytes, provider: str = WATER) -> list[tuple[int, str, str]]:
        """Line, column and value of everything wrong with a file."""
        refusal = await self.refuse(kind, content, provider)
        return [(error.line, error.column, error.value) for error in refusal.errors]

    async def rows(self, query: str, *arguments: object) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(record) for record in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def everything(self) -> Sequence[tuple[object, ...]]:
        tables = (
            "premises",
            "accounts",
            "links",
            "meters",
            "readings",
            "verdicts",
            "charges",
            "statements",
            "payments",
        )
        return [
            row
            for table in (*tables, "inbox", "imports")
            for row in await self.rows(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]

    async def two_flats(self) -> None:
        """Two flats with an account each at both providers."""
        await self.take("accounts", WATER_ACCOUNTS)
        await self.take("accounts", HEAT_ACCOUNTS, HEAT)


WATER_ACCOUNTS = """account;street;building;unit;premises
3000000001;улица Труда;14;5;flat-1
3000000002;улица Труда;14;6;flat-2
"""
HEAT_ACCOUNTS = WATER_ACCOUNTS.replace("3000000001", "700000001").replace("3000000002", "700000002")
