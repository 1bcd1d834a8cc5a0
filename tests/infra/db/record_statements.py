"""Writes down what this code asks PostgreSQL: an old process goes on asking it, while newer code has migrated already.

    python -m tests.infra.db.record_statements

makes `statements/<newest revision>.json` beside this file. Run it before a migration is added to the tree: a test wants
the statements of the code that came right before the newest migration. At a release, files of shapes that were older
than the release before it may go: no process runs their code any more.

Taken are the constants of `infra.db` that PostgreSQL takes as whole statements on this code's own shape, by the names
of module, class and constant; and of the durable path those that are put together at run time, by module and method.
"""

import asyncio
import importlib
import json
import pkgutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest import mock

from asyncpg import PostgresError
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import asyncpg

import infra.db
from dialogs.ports import ChatAddress, Incoming
from infra.db import inbox, outbox
from infra.db.engine import create_engine, driver_connection
from infra.db.inbox import PostgresInbox
from infra.db.migrate import heads, migrate
from infra.db.outbox import PostgresOutbox
from infra.embedded import embedded_servers

FOLDER: Final = Path(__file__).with_name("statements")
VERBS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
UPDATE: Final = Incoming(ChatAddress("vk", "9", "77"), "a", "{}")


class Recorder:
    """Stands for the driver's connection: it keeps what it is asked, and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, statement: str, *_values: object) -> list[object]:
        self.asked.append(statement)
        return []

    async def execute(self, statement: str, *_values: object) -> None:
        self.asked.append(statement)


def constants() -> Iterator[tuple[str, str]]:
    for found in pkgutil.iter_modules(infra.db.__path__):
        if not found.ispkg:
            yield from _constants_of(importlib.import_module(f"infra.db.{found.name}"), found.name)


def _constants_of(module: ModuleType, path: str) -> Iterator[tuple[str, str]]:
    places: list[tuple[str, dict[str, Any]]] = [(path, vars(module))]
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            places.append((f"{path}.{name}", dict(vars(value))))
    for place, values in places:
        for name, value in values.items():
            statement = _statement(value)
            if statement is not None:
                yield f"{place}.{name.lstrip('_')}".lower(), statement


def _statement(value: object) -> str | None:
    if isinstance(value, TextClause):
        value = str(value.compile(dialect=asyncpg.dialect()))
    return value.strip() if isinstance(value, str) and value.strip().startswith(VERBS) else None


async def composed() -> dict[str, str]:
    """What the ports of the durable path ask, by their methods."""
    engine: Any = None
    box, told, out = PostgresInbox(engine), PostgresInbox(engine, notify=True), PostgresOutbox(engine)
    return {
        "inbox.add": await _asked(inbox, lambda: box.add([UPDATE])),
        "inbox.add_and_tell": await _asked(inbox, lambda: told.add([UPDATE])),
        "outbox.sent": await _asked(outbox, lambda: out.sent([1])),
        "outbox.give_up": await _asked(outbox, lambda: out.give_up([1], "dead")),
    }


async def _asked(module: ModuleType, ask: Callable[[], Awaitable[object]]) -> str:
    recorder = Recorder()

    @asynccontextmanager
    async def connection(_engine: object) -> AsyncIterator[Recorder]:
        yield recorder

    with mock.patch.object(module, "driver_connection", connection):
        await ask()
    (statement,) = recorder.asked
    return statement.strip()


async def whole(statements: Mapping[str, str]) -> dict[str, str]:
    """Those that are no parts of others: PostgreSQL can make sense of them."""
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder, embedded_servers(Path(folder)) as servers:
        engine = create_engine(servers.database_url)
        await migrate(engine)
        async with driver_connection(engine) as connection:
            kept = {}
            for name, statement in statements.items():
                try:
                    await connection.prepare(statement)
                except PostgresError:
                    continue
                kept[name] = statement
        await engine.dispose()
    return kept


def record(folder: Path) -> Path:
    statements = asyncio.run(whole(dict(constants()))) | asyncio.run(composed())
    file = folder / f"{heads()[0]}.json"
    file.write_text(json.dumps(statements, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    sys.stdout.write(f"{record(FOLDER)}\n")
