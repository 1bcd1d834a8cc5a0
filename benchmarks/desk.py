"""The desk with years of questions behind it, beside the bots, in one process: pages, news, answers, memory.

A hundred thousand tickets and three million messages lie in the database. Pages are asked for one after another by one
operator. Then a hundred operators have the queue open, twenty of them a ticket as well, all as their scripts behave: at
every news each asks for its queue again. Residents of both messengers write to their tickets twice a second, and
what counts is the time from the message typed on the phone until its words are on the open desk; then operators answer,
and it is the time from the form sent until the words are on the phone.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.archive import TICKETS, fill_archive
from benchmarks.children import Child, started
from benchmarks.operators import OpenDesk, hire, open_desk
from benchmarks.people import everybody
from benchmarks.stage import environment, free_port, sandboxes
from benchmarks.town import FIRST_PERSON, KEY, filled
from benchmarks.turns import tame_collector
from cli.demo import BOTS, STARTS_AT
from core.city import City
from core.clock import CityClock, ShiftedClock
from core.support.routing import organisations
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.desk_cases import PostgresDesks
from infra.db.engine import create_engine, driver_connection
from infra.embedded import Servers, embedded_servers
from infra.passwords import ArgonPasswords
from infra.paths import DEFAULT_CITY
from infra.second_factor import TotpFactor
from sandbox.phone import Phone

PREMISES = 200
DESKS = 100
ASKING = 20
"""Residents who have a ticket open, half of them in each messenger."""
ROUNDS = 5
APART = 0.5
"""Seconds between two messages, and between two answers."""
PAGES = 20
"""How often each page is asked for."""
WITHIN = 20.0
QUEUES = {
    **{name: f"/tickets?{name}" for name in ("", "show=answered", "show=closed", "show=all", "unread=1", "late=1")},
    **{name: f"/tickets?{name}" for name in ("whose=free", "topic=charges", "show=closed&topic=meter")},
}
_NUMBER = re.compile(r"Вопрос №\s(\d+)")


@dataclass
class Times:
    """Seconds, of one kind of thing."""

    taken: list[float] = field(default_factory=list)

    def quantile(self, percent: int) -> float:
        return quantiles(self.taken, n=100)[percent - 1]


@dataclass(frozen=True)
class Asked:
    """A resident with a ticket, and the desk on which it is open."""

    phone: Phone
    ticket: int
    desk: OpenDesk


def measure(scale: float = 1.0) -> dict[str, float]:
    """Milliseconds and megabytes; `scale` 1 is the whole archive."""
    tame_collector()
    with tempfile.TemporaryDirectory(prefix="vt", dir="/tmp") as folder, embedded_servers(Path(folder)) as servers:
        return asyncio.run(_measure(servers, Path(folder), max(2000, int(TICKETS * scale))))


async def _measure(servers: Servers, folder: Path, tickets: int) -> dict[str, float]:
    city, bots = load_city(DEFAULT_CITY), dict(BOTS)
    async with filled(servers.database_url, folder / "town", bots, PREMISES) as people, AsyncExitStack() as stack:
        engine = create_engine(servers.database_url)
        stack.push_async_callback(engine.dispose)
        begun = time.perf_counter()
        async with driver_connection(engine) as db:
            await fill_archive(db, organisations(city), STARTS_AT, tickets)
        found = {"archive made in, s": time.perf_counter() - begun}
        tokens = await hire(_desks(engine, city), DESKS, organisations(city))
        child, phones, address = await stack.enter_async_context(_product(servers, people))
        found |= await _pages(address, tokens[0])
        found |= await _live(child, phones, address, tokens)
    return found


def _desks(engine: AsyncEngine, city: City) -> PostgresDesks:
    clock = CityClock(ShiftedClock.starting_at(STARTS_AT), city.zone)
    key = KEY.encode()
    return PostgresDesks(engine, city, clock, ArgonPasswords(), TotpFactor(key), HmacCodeHasher(key))


@asynccontextmanager
async def _product(servers: Servers, people: int) -> AsyncIterator[tuple[Child, Sequence[Phone], str]]:
    async with sandboxes() as (telegram, vk, base):
        port = free_port()
        arguments = ["-m", "benchmarks.product", "--vk-pace"]
        async with started(arguments, environment(servers, base, port), '"ready"') as child:
            vk.set_callback(f"http://127.0.0.1:{port}/vk/callback")
            assert await vk.callback.confirm(), "the product did not confirm its callback server"
            assert people > ASKING // 2
            phones = [
                server.phone(FIRST_PERSON + 1 + number) for number in range(ASKING // 2) for server in (telegram, vk)
            ]
            yield child, phones, f"http://127.0.0.1:{port}"


# --- pages


async def _pages(address: str, token: str) -> dict[str, float]:
    """The queue under all its filters, a ticket, the numbers: each asked for once beforehand."""
    queue, ticket, numbers = Times(), Times(), Times()
    async with open_desk(address, token) as desk:
        newest = int(re.findall(r'data-ticket="(\d+)"', await desk.get("/tickets?show=all"))[0])
        for path in (*QUEUES.values(), f"/tickets/{newest}", "/numbers"):
            await desk.get(path)
        for number in range(PAGES):
            queue.taken += [await desk.timed(path) for path in QUEUES.values()]
            ticket.taken.append(await desk.timed(f"/tickets/{newest - 7 * number}"))
        numbers.taken += [await desk.timed("/numbers") for _ in range(PAGES)]
        year = await desk.timed("/numbers?from=2021-02-17&to=2022-02-16")
    return {
        "queue page, median, ms": 1000 * queue.quantile(50),
        "queue page, 95 %, ms": 1000 * queue.quantile(95),
        "ticket page, 95 %, ms": 1000 * ticket.quantile(95),
        "numbers of a month, 95 %, ms": 1000 * numbers.quantile(95),
        "numbers of a year, ms": 1000 * year,
    }


# --- a hundred desks


async def _live(child: Child, phones: Sequence[Phone], address: str, tokens: Sequence[str]) -> dict[str, float]:
    tickets = await _ask(phones)
    before = child.present_megabytes()
    async with AsyncExitStack() as stack:
        entering = [open_desk(address, token) for token in tokens]
        desks = [await stack.enter_async_context(one) for one in entering]
        # Whoever belongs to the first organisation, or to all, may see what is asked here.
        able = [desk for number, desk in enumerate(desks) if number % 10 == 0 or number % 3 == 0]
        asked = [Asked(*one, able[place % len(able)]) for place, one in enumerate(zip(phones, tickets, strict=True))]
        heard, told = Times(), Times()
        began, busy = time.perf_counter(), child.cpu_seconds()
        for round_ in range(ROUNDS):
            await _spread([_message(one, f"слово {round_}-{one.ticket}", heard) for one in asked])
            await _spread([_answer(one, f"ответ {round_}-{one.ticket}", told) for one in asked])
        share = (child.cpu_seconds() - busy) / (time.perf_counter() - began)
        after = child.present_megabytes()
        parts = sum(desk.asked for desk in desks)
    return {
        "a message on the desk, median, ms": 1000 * heard.quantile(50),
        "a message on the desk, 95 %, ms": 1000 * heard.quantile(95),
        "an answer in the chat, median, ms": 1000 * told.quantile(50),
        "an answer in the chat, 95 %, ms": 1000 * told.quantile(95),
        "parts of pages the desks asked for": parts,
        "the process was busy, %": 100 * share,
        "a hundred desks live, MB more": after - before,
    }


async def _ask(phones: Sequence[Phone]) -> list[int]:
    """Each asks a question; the numbers of the tickets."""
    numbers: dict[Phone, int] = {}

    async def ask(phone: Phone, _watch: object) -> None:
        await phone.say("меню")
        await phone.wait_for("Что сделать?", WITHIN)
        for choice, answered in (("Вопрос", "О чём вопрос?"), ("Качество", "Какая услуга?")):
            await phone.tap(choice)
            await phone.wait_for(answered, WITHIN)
        await phone.tap("холодная вода")
        await phone.wait_for("Напишите вопрос", WITHIN)
        await phone.say("Вода ржавая")
        bubble = await phone.wait_for("Вопрос №", WITHIN)
        found = _NUMBER.search(bubble.plain)
        assert found, bubble.plain
        numbers[phone] = int(found[1])

    await everybody(phones, ask, window=8)
    return [numbers[phone] for phone in phones]


async def _spread(acts: Sequence[Coroutine[object, object, None]]) -> None:
    """Begins them one after another, some time apart, and waits for all."""
    async with asyncio.TaskGroup() as tasks:
        for act in acts:
            tasks.create_task(act)
            await asyncio.sleep(APART)


async def _message(asked: Asked, words: str, times: Times) -> None:
    """From the phone until the words are on the desk with the ticket open: news of it, and what is then asked for."""
    news = asyncio.Event()

    def hear(number: int) -> None:
        if number in {asked.ticket, 0}:  # 0: anything may have happened
            news.set()

    asked.desk.listeners.add(hear)
    begun = time.perf_counter()
    await asked.phone.say(words)
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                await news.wait()
                news.clear()
                if words in await asked.desk.talk(asked.ticket):
                    break
    finally:
        asked.desk.listeners.discard(hear)
    times.taken.append(time.perf_counter() - begun)


async def _answer(asked: Asked, words: str, times: Times) -> None:
    begun = await asked.desk.answer(asked.ticket, words)
    await asked.phone.wait_for(words, WITHIN)
    times.taken.append(time.perf_counter() - begun)
