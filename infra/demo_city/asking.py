"""Makes the talks of the demo: by the use cases that serve residents and operators, at the times the talks say.

All of it is one transaction, and happens once for a database. Nobody is told anything: residents were told in their
time.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.accounts.model import AccountRef, CodeProof, Consent
from core.accounts.ports import CodeHasher
from core.city import City
from core.clock import CityClock
from core.ids import ChatId, ProviderCode, ResidentId, TicketId
from core.support.desk import OperatorDesk
from core.support.model import FileKind, Operator, Owner
from core.support.ports import News, SentFile
from core.support.use_cases import Question, Words
from core.use_cases import UseCases
from dialogs.consent import PURPOSE, VERSION, consent_hash
from infra.attachments import made_file
from infra.db.desk import PostgresDesk, keep_file
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from infra.demo_city.files import file_of
from infra.demo_city.flats import WATER
from infra.demo_city.pictures import rusty_water, water_meter
from infra.demo_city.talks import (
    PEOPLE,
    TALKS,
    Act,
    Add,
    Answer,
    At,
    Close,
    Edit,
    Note,
    Person,
    Rate,
    Read,
    Talk,
    Transfer,
)

_CHAT: Final = """
INSERT INTO chats (messenger, bot, peer) VALUES ($1, $2, $3)
ON CONFLICT (messenger, bot, peer) DO UPDATE SET peer = excluded.peer RETURNING id
"""
_ONCE: Final = "demo talks"
"""The first ticket's key tells that the talks are there."""


@dataclass
class TalkClock:
    """A clock that is set to the time of each act."""

    instant: datetime
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return self.instant


_DELIVERED: Final = (
    "INSERT INTO answer_calls (outbox_id, message_id, sent_at) VALUES (-$1::bigint, $1, clock_timestamp())"
)
"""Numbers of calls are positive: one of these is nobody else's."""


class ToldLongAgo(PostgresDesk):
    """The operators' store without news: residents read them when they were news."""

    async def tell(self, ticket: TicketId, news: News, subject: str) -> None:
        """Nobody is told again. An answer has been delivered, by a call that nobody remembers any more."""
        if news is News.ANSWER:
            await self._connection.execute(_DELIVERED, int(subject.partition(":")[2]))


async def make_talks(
    engine: AsyncEngine, city: City, clock: CityClock, hasher: CodeHasher, folder: Path, bots: Mapping[str, str]
) -> bool:
    """Makes the talks of a city whose files lie in a folder and have been imported, unless they are there; whether it
    did. `bots` are the messengers' codes and the bots there."""
    async with driver_connection(engine) as connection, connection.transaction():
        if await connection.fetchval("SELECT EXISTS (SELECT FROM tickets WHERE key = $1)", f"{_ONCE} 0"):
            return False
        asking = Asking(connection, city, clock.local(), hasher)
        for person, proof in zip(PEOPLE, _codes(folder), strict=True):
            await asking.meet(person, bots[person.messenger], proof if person.agreed else None)
        for number, talk in enumerate(_in_order(clock.local())):
            await asking.hold(talk, f"{_ONCE} {number}")
    return True


def _codes(folder: Path) -> list[tuple[str, str]]:
    """An account number and its access code for everybody, out of the file of the provider of water. The flats are
    spread over the city, beside those that the demo's page names (a quarter of the city apart)."""
    with file_of(folder, "accounts", WATER).open(encoding="cp1251", newline="") as file:
        rows = [(row["account"], row["pin"]) for row in csv.DictReader(file, delimiter=";")]
    parts = 2 * len(PEOPLE) + 1
    return [rows[(2 * number + 1) * len(rows) // parts] for number in range(len(PEOPLE))]


def _in_order(start: datetime) -> list[Talk]:
    """Numbers of tickets rise with time."""
    return sorted(TALKS, key=lambda talk: moment(talk.at, start))


def moment(at: At, start: datetime) -> datetime:
    """The instant meant, never later than the start."""
    day = start.date() - timedelta(days=at.days)
    return min(datetime.combine(day, at.clock, start.tzinfo), start).astimezone(UTC)


@dataclass
class Asking:
    """People and operators at work, on a clock that goes back to when they were."""

    connection: Connection
    city: City
    start: datetime
    hasher: CodeHasher
    _met: dict[Person, Owner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._clock = TalkClock(self.start.astimezone(UTC))
        clock = CityClock(self._clock, self.city.zone)
        self._residents: UseCases = build_use_cases(self.connection, self.city, clock, self.hasher)
        self._desk = OperatorDesk(ToldLongAgo(self.connection), self.city, clock)

    async def meet(self, person: Person, bot: str, proof: tuple[str, str] | None) -> None:
        """A chat, and for most a consent and a flat, proved by the code on the receipt."""
        first = min(moment(talk.at, self.start) for talk in TALKS if talk.person == person)
        self._clock.instant = first - timedelta(days=1)
        chat = ChatId(await self.connection.fetchval(_CHAT, person.messenger, bot, str(person.peer)))
        resident = None if proof is None else await self._link(person, chat, proof)
        self._met[person] = Owner(chat, resident)

    async def _link(self, person: Person, chat: ChatId, proof: tuple[str, str]) -> ResidentId:
        given = Consent(PURPOSE, VERSION, consent_hash(), "ru", person.messenger, self._clock.now())
        resident = (await self._residents.residents.give_consent(chat, given)).id
        number, code = proof
        premises = await self._residents.linking.prove(chat, AccountRef(ProviderCode(WATER), number), CodeProof(code))
        await self._residents.linking.link(chat, resident, premises.id, "")
        return resident

    async def hold(self, talk: Talk, key: str) -> None:
        """A ticket from its first word to its last."""
        owner, questions = self._met[talk.person], self._residents.questions
        self._clock.instant = moment(talk.at, self.start)
        files = (SentFile(FileKind.PHOTO, key),) if talk.picture else ()
        asked = Question(
            *(key, owner.chat, owner.resident, talk.topic, talk.service, talk.period, talk.text),
            message=key,
            files=files,
        )
        ticket = (await questions.ask(asked)).id
        for waiting in await questions.to_fetch(ticket, owner.chat):
            await keep_file(self.connection, waiting.id, made_file(FileKind.PHOTO, "", rusty_water()))
        for number, act in enumerate(talk.then):
            self._clock.instant = moment(act.at, self.start)
            await self._do(act, ticket, owner, f"{key}:{number}")

    async def _do(self, act: Act, ticket: TicketId, owner: Owner, key: str) -> None:
        match act:
            case Add(_, text):
                await self._residents.questions.add(ticket, owner, Words(key, text, key))
            case Edit(_, text):
                await self._residents.questions.edit(owner.chat, key.rpartition(":")[0], text)
            case Rate(_, stars):
                await self._residents.questions.rate(ticket, owner, stars)
            case _:
                await self._answer(act, ticket, key)

    async def _answer(self, act: Act, ticket: TicketId, key: str) -> None:
        """What operators do; each has read what was said before."""
        operator = await self._operator_of(ticket)
        await self._desk.read(operator, ticket)
        match act:
            case Answer(_, text, picture):
                file = made_file(FileKind.FILE, "счётчик.png", water_meter()) if picture else None
                await self._desk.answer(operator, ticket, text, key, file=file)
            case Note(_, text):
                await self._desk.note(operator, ticket, text, key)
            case Transfer(_, to, note):
                await self._desk.transfer(operator, ticket, to, note, key)
            case Close():
                await self._desk.close(operator, ticket, key)
            case Read():
                pass

    async def _operator_of(self, ticket: TicketId) -> Operator:
        organisation = (await self._desk.tickets.take(ticket)).organisation
        return Operator(OPERATORS[organisation], frozenset({organisation}))


OPERATORS: Final = {
    "МП трест «Водоканал»": "Анна Ключева",
    "МП трест «Теплофикация»": "Игорь Печкин",
}
