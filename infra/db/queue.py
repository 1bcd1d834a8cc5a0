"""The queue of background jobs as it lies in our database: names of pgqueuer's tables, and enqueuing."""

import json
from collections.abc import Mapping
from typing import Final

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel

# Every name is given: pgqueuer would else take them from variables as plain as FUNCTION or CHANNEL.
NAMES: Final = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
)


def queries(connection: asyncpg.Connection) -> Queries:
    """pgqueuer's queries over a connection; inside a transaction they belong to it."""
    return Queries(
        AsyncpgDriver(connection),
        QueryBuilderEnvironment(NAMES),
        QueryQueueBuilder(NAMES),
        QuerySchedulerBuilder(NAMES),
    )


async def enqueue(connection: asyncpg.Connection, name: str, payload: Mapping[str, object], key: str) -> None:
    """Adds a job; while one with the same key waits or runs, nothing."""
    written = json.dumps(payload, separators=(",", ":")).encode()
    await queries(connection).enqueue([name], [written], [0], dedupe_key=[key], on_conflict="skip")
