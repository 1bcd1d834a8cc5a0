"""Where the machine lives: a real PostgreSQL with a small town in it, a city clock to move, two hands to act with.

One database serves all runs. The town is imported once and set aside; each run begins with those rows and no others,
so whole tables may be looked at. What is the database's own time (limits of tries, codes, proofs) is moved by making
its rows older. A use case that refuses commits what it has done until then, as a turn does.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import Consent
from core.city import City
from core.clock import CityClock
from core.errors import TradeError
from core.ids import ChatId, ResidentId
from core.use_cases import UseCases
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.engine import connect_alone, create_engine
from infra.db.use_cases import build_use_cases
from infra.exchange import FileRefused, ImportResult, import_file
from infra.paths import DEFAULT_CITY

T = TypeVar("T")
Row = Mapping[str, object]

PEOPLE: Final = 7
"""Two more than may link a flat without an operator."""
BEGINNING: Final = datetime(2022, 2, 16, 5, 0, tzinfo=UTC)
"""10:00 in Magnitogorsk, in a window for readings."""
SECRET: Final = b"a key of thirty-two bytes or more"

_KEPT: Final = ("premises", "accounts", "meters", "payments", "residents", "chats", "consents")
"""What a run begins with; the order is that of their references."""
_MADE: Final = (
    *("reading_events", "verdicts", "dial_photos", "tasks", "readings", "window_extensions", "inbox", "outbox"),
    *("helpers", "links", "link_claims", "link_failures", "link_proofs", "link_alarms", "one_time_codes"),
    *("imports", "bot_words", "chat_requests", "fake_reports"),
)
SEEN: Final = (
    *("residents", "chats", "consents", "links", "link_claims", "helpers", "link_failures", "link_proofs"),
    *("one_time_codes", "accounts", "meters", "readings", "reading_events", "verdicts", "tasks"),
    *("window_extensions", "inbox"),
)
"""What is looked at after each step: all that a step may change, but for the list of imports."""
_LOOK: Final = "SELECT json_build_object({})::text".format(
    ", ".join(f"'{name}', (SELECT coalesce(json_agg(t), '[]'::json) FROM {name} AS t)" for name in SEEN)
)
_SET_ASIDE: Final = "; ".join(f"CREATE TABLE beginning_{name} AS TABLE {name}" for name in _KEPT)
_COLUMNS: Final = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
"""Of a table, but for those that the database computes itself."""
_AGE: Final = """
BEGIN;
UPDATE link_failures SET failed_at = failed_at - interval '{0}';
UPDATE link_proofs SET proved_at = proved_at - interval '{0}';
UPDATE link_alarms SET raised_at = raised_at - interval '{0}';
UPDATE one_time_codes SET issued_at = issued_at - interval '{0}', expires_at = expires_at - interval '{0}',
    used_at = used_at - interval '{0}';
COMMIT
"""


@dataclass
class HandClock:
    """Stands still until it is moved."""

    instant: datetime = BEGINNING
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True)
class Seen:
    """Every row of every table of SEEN, in no order that matters."""

    tables: Mapping[str, Sequence[Row]]

    def __getitem__(self, table: str) -> Sequence[Row]:
        return self.tables[table]

    def text(self) -> str:
        return str(self.tables)

    def sorted(self) -> Mapping[str, Sequence[str]]:
        """To be compared with another: an update moves a row to another place."""
        return {name: sorted(map(str, rows)) for name, rows in self.tables.items()}


@dataclass
class World:
    """Opened by `opened`. The use cases of `hands` act on a connection each."""

    engine: AsyncEngine
    city: City
    clock: HandClock
    hasher: HmacCodeHasher
    folder: Path
    loop: asyncio.AbstractEventLoop
    connections: list[asyncpg.Connection] = field(default_factory=list)
    hands: list[UseCases] = field(default_factory=list)
    back: str = ""
    """What brings the beginning back."""
    steps: int = 0
    reached: dict[str, int] = field(default_factory=dict)
    """How often each outcome of a step was met: a branch that is never reached proves nothing."""

    @property
    def city_clock(self) -> CityClock:
        return CityClock(self.clock, self.city.zone)

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(work)

    def meets(self, what: str) -> None:
        self.reached[what] = self.reached.get(what, 0) + 1

    def begin(self) -> None:
        """The town as it was imported, at the beginning of time."""
        self.clock.instant = BEGINNING
        self.run(self.connections[0].execute(self.back))

    def does(self, work: Callable[[UseCases], Awaitable[T]]) -> T | TradeError:
        """One transaction of a use case: what it gives, or why it refuses."""
        return self.run(self._transaction(0, work))

    def at_once(self, *works: Callable[[UseCases], Awaitable[T]]) -> list[T | TradeError]:
        """As many transactions, at the same moment, on connections of their own."""

        async def all_of_them() -> list[T | TradeError]:
            return await asyncio.gather(*(self._transaction(hand, work) for hand, work in enumerate(works)))

        return self.run(all_of_them())

    async def _transaction(self, hand: int, work: Callable[[UseCases], Awaitable[T]]) -> T | TradeError:
        async with self.connections[hand].transaction():
            try:
                return await work(self.hands[hand])
            except TradeError as refusal:
                return refusal

    def imports(self, kind: str, provider: str, content: str) -> ImportResult:
        """Takes a file of billing's. Raises FileRefused."""
        path = self.folder / f"{kind}.csv"
        path.write_text(content, encoding="utf-8")
        given = (self.engine, self.city, self.hasher, kind, provider, path)
        return self.run(import_file(*given, accept_drop=True, clock=self.city_clock))

    def passes(self, delta: timedelta) -> None:
        """Both clocks move: the city's, and the database's by making its rows older."""
        self.clock.instant += delta
        self.run(self.connections[0].execute(_AGE.format(f"{delta.total_seconds():.0f} seconds")))

    def looks(self) -> Seen:
        text = self.run(self.connections[0].fetchval(_LOOK))
        return Seen(json.loads(text, parse_float=Decimal))

    def execute(self, statement: str) -> None:
        self.run(self.connections[0].execute(statement))

    def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        return list(self.run(self.connections[0].fetch(query, *arguments)))


@contextmanager
def opened(url: str) -> Iterator[World]:
    """A world in an empty migrated database, with a loop of its own: no loop may run in this thread."""
    loop = asyncio.new_event_loop()
    try:
        with tempfile.TemporaryDirectory(prefix="vt-machine") as folder:
            city = load_city(DEFAULT_CITY)
            world = World(create_engine(url), city, HandClock(), HmacCodeHasher(SECRET), Path(folder), loop)
            try:
                _furnish(world, url)
                yield world
            finally:
                loop.run_until_complete(_left(world))
    finally:
        loop.close()


def _furnish(world: World, url: str) -> None:
    async def connect() -> None:
        for _ in range(2):
            world.connections.append(await connect_alone(url))
        # Nobody is killed here, and a disk is not what is proved.
        await world.connections[0].execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$"
        )
        for one in world.connections:
            await one.execute("SET synchronous_commit = off")
            world.hands.append(build_use_cases(one, world.city, world.city_clock, world.hasher))

    world.run(connect())
    for provider, kinds in FILES.items():
        for kind, content in kinds.items():
            world.imports(kind, provider, content)
    for number in range(PEOPLE):
        messenger = ("telegram", "vk")[number % 2]
        insert = "INSERT INTO chats (messenger, bot, peer) VALUES ($1, '1', $2) RETURNING id"
        chat = ChatId(world.fetch(insert, messenger, str(500 + number))[0][0])
        agrees(world, chat, messenger)
    world.run(world.connections[0].execute(_SET_ASIDE))
    world.back = _back_to_the_beginning({name: world.fetch(_COLUMNS, name)[0][0] for name in _KEPT})


def _back_to_the_beginning(columns: Mapping[str, str]) -> str:
    """A replica's session obeys no trigger: history is only added to, and a run must begin without any."""
    return "; ".join(
        (
            "BEGIN",
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {name}" for name in (*_MADE, *reversed(_KEPT))),
            *(
                f"INSERT INTO {name} ({own}) OVERRIDING SYSTEM VALUE SELECT {own} FROM beginning_{name}"
                for name, own in columns.items()
            ),
            "COMMIT",
        )
    )


def agrees(world: World, chat: ChatId, messenger: str) -> ResidentId:
    """Somebody gives consent in a chat."""
    consent = Consent("personal_data", "1", "hash", "ru", messenger, world.clock.now())
    made = world.does(lambda use_cases: use_cases.residents.give_consent(chat, consent))
    assert not isinstance(made, TradeError)
    return made.id


async def _left(world: World) -> None:
    for connection in world.connections:
        await connection.close()
    await world.engine.dispose()


WATER: Final = "vodokanal"
HEAT: Final = "teplofikaciya"
ACCOUNTS: Final = "account;street;building;unit;premises;holder;phone;area_m2;pin;closed_on\n"
METERS: Final = "account;meter;service;digits;decimals;place;last_value;last_date;closed_on\n"
PAYMENTS: Final = "operation;account;paid_on;amount\n"
PHONES: Final = ("+7 900 000-00-01", "+7 900 000-00-02")
AREAS: Final = (Decimal("52.4"), Decimal("71.9"))
PINS: Final = ("K7M2P9QX", "H4T8W3ZC")
PAID: Final = "700.50"
STREET: Final = "улица Труда"
BUILDINGS: Final = ("14", "16")
NUMBERS: Final = {WATER: ("3000000001", "3000000002"), HEAT: ("700000001", "700000002")}


def account_row(number: str, flat: int, holder: str, closed_on: str = "") -> str:
    cells = (
        number,
        STREET,
        BUILDINGS[flat],
        5,
        f"flat-{flat}",
        holder,
        PHONES[flat],
        AREAS[flat],
        PINS[flat],
        closed_on,
    )
    return ";".join(map(str, cells))


FILES: Final = {
    provider: {
        "accounts": ACCOUNTS + "".join(f"{account_row(NUMBERS[provider][flat], flat, 'Holder')}\n" for flat in (0, 1)),
        "meters": METERS
        + "".join(f"{NUMBERS[provider][flat]};{service}-{flat};{service};5;3;;100;2022-01-20;\n" for flat in (0, 1)),
        "payments": PAYMENTS
        + "".join(f"op-{provider}-{flat};{NUMBERS[provider][flat]};2022-02-01;{PAID}\n" for flat in (0, 1)),
    }
    for provider, service in ((WATER, "cold_water"), (HEAT, "hot_water"))
}
"""What billing hands over first: two flats, each with an account and a meter at both providers."""

__all__ = ["FileRefused", "Seen", "World", "agrees", "opened"]
