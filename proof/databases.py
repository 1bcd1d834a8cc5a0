"""Databases of proofs and tests: made, copied and dropped on the embedded server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from infra.embedded import Servers


def fresh_name() -> str:
    return f"test_{uuid4().hex[:12]}"


@asynccontextmanager
async def copied_database(servers: Servers, template: str, name: str | None = None) -> AsyncIterator[str]:
    """A copy of a database, gone after the block; nobody may be connected to the original."""
    name = name or fresh_name()
    await run_statement(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield named(servers.database_url, name)
    finally:
        await run_statement(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


async def run_statement(url: str, statement: str) -> None:
    async with connected(url) as connection:
        await connection.execute(statement)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the block's own."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))
