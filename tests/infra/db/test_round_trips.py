"""What a turn asks PostgreSQL: every statement is a round trip, and those are most of what a turn costs.

A table of them, so that one more is a decision. See docs/performance.md.
"""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from asyncpg import Connection
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.services import Service
from dialogs.consent import PURPOSE, VERSION, consent_hash
from dialogs.engine import Engine
from dialogs.event import Event, Pressed, Said
from dialogs.ports import Call, Incoming
from dialogs.turn import Served
from infra.codes import HmacCodeHasher
from infra.db import meters, sheets, windows
from infra.db.inbox import PostgresInbox
from infra.db.outbox import PostgresOutbox
from infra.db.turns import PostgresTurns
from infra.i18n import Catalogues
from infra.paths import LOCALES
from tests.conftest import FakeClock
from tests.infra.db.story import CHAT, JANUARY, NOON, TEPLOFIKACIYA, Story, reading

BEFORE = ["inbox.insert", "begin", "turns.open"]
AFTER = ["turns.finish", "commit", "outbox.sent"]


@dataclass
class Chat:
    """One chat that is served as the turn runner does it, and the statements of its last update."""

    engine: AsyncEngine
    turns: PostgresTurns
    dialogs: Engine
    asked: list[str] = field(default_factory=list)
    screen: Served | None = None
    updates: int = 0

    async def hears(self, what: Event) -> list[str]:
        """Everything an update asks, from its intake to the mark of its answer."""
        self.asked.clear()
        self.updates += 1
        await PostgresInbox(self.engine).add([Incoming(CHAT, str(self.updates), "{}")])
        async with self.turns.open(CHAT) as turn:
            assert turn is not None
            self.screen = await self.dialogs.serve(turn, what, True, "ru")
            rows = await turn.finish(self.screen.state, self.screen.language, [Call("sendMessage", {})])
        await PostgresOutbox(self.engine).sent([row.id for row in rows])
        await asyncio.sleep(0)  # the driver tells of a statement on the loop's next round
        return [named(one) for one in self.asked]

    async def presses(self, choice: str) -> list[str]:
        assert self.screen is not None
        return await self.hears(Pressed(choice, self.screen.rev))


STATEMENTS = {
    PostgresInbox.INSERT: "inbox.insert",
    PostgresTurns.OPEN: "turns.open",
    PostgresTurns.FINISH: "turns.finish",
}
"""Those that are no constants of a module, by their beginning."""


def named(query: str) -> str:
    """The statement by its name in the code."""
    for whole, name in STATEMENTS.items():
        if query.startswith(whole.rstrip()):
            return name
    for module in (meters, windows, sheets):
        for name, value in vars(module).items():
            if value == query:
                return f"{module.__name__.rpartition('.')[2]}.{name.strip('_').lower()}"
    if query == meters.PostgresMeters.LOCK:
        return "meters.lock"
    return query.strip("; ").lower() if len(query) < 10 else "outbox.sent" if "sent_at = clock" in query else query


@pytest.fixture
async def chat(
    engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher, story: Story, db: Connection
) -> Chat:
    """Of a resident with a flat, two meters, and the readings of two months behind."""
    flat = await story.premises()
    water, heat = await story.account(flat), await story.account(flat, "700012345", TEPLOFIKACIYA)
    for account, service in ((water, Service.COLD_WATER), (heat, Service.HOT_WATER)):
        meter = await story.meter(account, f"1{account}", service, last_value=Decimal(100))
        for months, value in ((1, "103"), (0, "105")):
            await meters.PostgresReadings(db).add(reading(meter, value, period=JANUARY.shifted(-months)))
        await story.charge(account, JANUARY, service, "3")
    await somebody_with(flat, db, story)
    asked: list[str] = []
    event.listen(engine.sync_engine, "connect", lambda made, _: listen(made, asked))
    served = PostgresTurns(engine, city, clock, hasher)
    return Chat(engine, served, Engine(city, clock, Catalogues(LOCALES)), asked)


async def somebody_with(flat: int, db: Connection, story: Story) -> None:
    resident = await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id")
    await db.execute("UPDATE chats SET resident_id = $2 WHERE id = $1", await story.chat(), resident)
    add = "INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES ($1, $2, '', $3)"
    await db.execute(add, resident, flat, NOON)
    consent = (resident, PURPOSE, VERSION, consent_hash(), NOON)
    await db.execute(
        "INSERT INTO consents (resident_id, purpose, version, text_hash, language, channel, given_at)"
        " VALUES ($1, $2, $3, $4, 'ru', 'telegram', $5)",
        *consent,
    )


def listen(made: Any, asked: list[str]) -> None:
    made.driver_connection.add_query_logger(lambda logged: asked.append(logged.query))


async def to_the_first_meter(chat: Chat) -> None:
    await chat.hears(Said("меню"))
    await chat.presses("readings")


async def test_a_number_typed_asks_eight_questions(chat: Chat) -> None:
    await to_the_first_meter(chat)
    assert await chat.hears(Said("108")) == [*BEFORE, "sheets.sheet", "meters.tariff", *AFTER]


async def test_a_confirmation_asks_ten(chat: Chat) -> None:
    """The sheet is read under the meter's lock, and again when a reading has been stored."""
    await to_the_first_meter(chat)
    await chat.hears(Said("108"))
    stored = ["meters.lock", "sheets.sheet", "meters.add", "sheets.sheet"]
    assert await chat.presses("right") == [*BEFORE, *stored, *AFTER]


async def test_the_last_confirmation_also_asks_what_was_sent_and_what_the_menu_shows(chat: Chat) -> None:
    await to_the_first_meter(chat)
    for value in ("108", "107"):
        await chat.hears(Said(value))
        asked = await chat.presses("right")
    told = ["meters.history", "meters.tariff", "windows.extensions"]
    assert asked == [*BEFORE, "meters.lock", "sheets.sheet", "meters.add", "sheets.sheet", *told, *AFTER]


async def test_the_menu_asks_seven(chat: Chat) -> None:
    await chat.hears(Said("меню"))
    assert await chat.hears(Said("меню")) == [*BEFORE, "windows.extensions", *AFTER]
