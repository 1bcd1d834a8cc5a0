"""What residents are and write stays out of logs and metrics: a whole conversation with a process that logs everything.

The process is a real one, with every library's own logging; its standard error is searched for what was said to it.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp
import asyncpg

from cli.demo import STARTS_AT, TELEGRAM_TOKEN, VK_GROUP, VK_TOKEN
from infra.db.engine import create_engine
from infra.demo_city import Sample
from infra.embedded import Servers
from infra.paths import DEFAULT_CITY
from infra.receipts.qr import qr_png
from sandbox.phone import Person, Phone
from sandbox.servers import Sandbox
from sandbox.vk.server import VkServer
from tests.databases import connected, copied_database
from tests.desks import open_tickets
from tests.hand import answer_ticket
from tests.journeys.conftest import Town, free_port, stand_ins
from tests.journeys.test_main_job import link

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 32
PERSON = 918273645
QUESTION = "Почему у Ксенофонтова такая квитанция"
ANSWER = "Перерасчёт проведён для Ксенофонтова"
PHONE = "+7 912 345-67-89"
READING = "98765"
LABELS = {"messenger", "outcome", "queue", "le"}


@dataclass(frozen=True)
class Watched:
    """A process that serves, and everything it has logged."""

    port: int
    log: Path
    process: asyncio.subprocess.Process

    def lines(self) -> list[dict[str, object]]:
        """What our logging wrote; a library may print a line of its own at the end."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    async def metrics(self) -> str:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{self.port}/metrics") as response:
            return await response.text()

    async def until_logged(self, event: str, count: int = 1) -> None:
        async with asyncio.timeout(90):
            while sum(line.get("event") == event for line in self.lines()) < count:
                assert self.process.returncode is None, self.log.read_text("utf-8")
                await asyncio.sleep(0.05)


def environment(database_url: str, redis_url: str, address: str, port: int) -> dict[str, str]:
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CITY": DEFAULT_CITY,
        "NOW": STARTS_AT.isoformat(),
        "DEMO": "1",
        "SECRET_KEY": KEY,
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": f"{address}/telegram",
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": VK_GROUP,
        "VK_API_URL": f"{address}/vk",
        "WEB_PORT": port,
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
    }
    return {**os.environ, "PYTHONPATH": str(ROOT), **{f"VODOTEPLO_{name}": str(value) for name, value in given.items()}}


@asynccontextmanager
async def watched(database_url: str, redis_url: str, sandbox: Sandbox, folder: Path) -> AsyncIterator[Watched]:
    port, log = free_port(), folder / "log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", "serve"),
            env=environment(database_url, redis_url, await sandbox.start(), port),
            cwd=folder,
            stdout=errors,
            stderr=errors,
        )
    try:
        serving = Watched(port, log, process)
        await serving.until_logged("ready")
        await introduced(sandbox)
        yield serving
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
        await sandbox.stop()


async def introduced(sandbox: Sandbox) -> None:
    """VK keeps no events of the time before it was first asked for them."""
    assert sandbox.vk is not None
    async with asyncio.timeout(10):
        while not any(call.method == "groups.getLongPollServer" for call in sandbox.vk.calls):
            await asyncio.sleep(0.01)


async def converse(phone: Phone, sample: Sample, town: asyncpg.Connection, url: str) -> None:
    """Everything a resident may tell, things that go wrong among it."""
    await link(phone, sample)
    await phone.say(f"хвс {READING}")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Приняты показания")
    await phone.tap("Квитанция")
    await phone.wait_for("За какой месяц")
    await phone.tap("январь 2022")
    await phone.wait_for("Что сделать?")
    await phone.say(f"Позвоните мне: {PHONE}")
    await phone.wait_for("Не понял")
    if phone.messenger == "telegram":  # VK has no button for it
        await phone.share_contact(PHONE)
        await phone.wait_for("Номер телефона")
    await phone.send_photo(qr_png("ST00012|Name=Чужая|LastName=Ксенофонтова|PersAcc=1", sample=False))
    await ask(phone, town)
    engine = create_engine(url)
    ((ticket, _),) = await open_tickets(engine)
    await answer_ticket(engine, ticket.id, ANSWER, STARTS_AT)
    await engine.dispose()
    await phone.wait_for(ANSWER)


async def ask(phone: Phone, town: asyncpg.Connection) -> None:
    """A question that first fails, in the database, whose error quotes it."""
    await phone.say("вопрос")
    await phone.wait_for("О чём вопрос?")
    await phone.tap("Другое")
    await phone.wait_for("Напишите")
    await town.execute("ALTER TABLE tickets ADD CONSTRAINT broken CHECK (false) NOT VALID")
    await phone.say(QUESTION)
    await phone.wait_for("на нашей стороне ошибка")
    await town.execute("ALTER TABLE tickets DROP CONSTRAINT broken")
    await phone.wait_for("Вопрос №", timeout=20.0)


async def is_caught_up(server: VkServer, phone: Phone, town: asyncpg.Connection) -> None:
    """A message whose event never comes: it is found in the conversation."""
    server.longpoll.ticked.discard("message_new")
    await phone.say("меню")
    server.longpoll.ticked.add("message_new")
    # As if the last look had been some time ago.
    await town.execute("UPDATE bookmarks SET place = place::bigint - 1000 WHERE name LIKE 'vk:%:looked'")
    server.longpoll.lose()
    await phone.wait_for("Что сделать?")


def canaries(sample: Sample, account: Mapping[str, str], person: Person) -> dict[str, str]:
    return {
        "account": sample.account,
        "code": sample.code,
        "holder": account["holder"],
        "surname": account["holder"].split()[0],
        "phone on file": account["phone"],
        "street": account["street"],
        "typed phone": PHONE,
        "digits of it": re.sub(r"\D", "", PHONE)[1:],
        "question": QUESTION,
        "answer": "Перерасчёт",
        "name in texts": "Ксенофонтов",
        "reading": READING,
        "person": str(PERSON),
        "first name": person.first_name,
        "telegram token": TELEGRAM_TOKEN.split(":")[1],
        "secret key": KEY,
    }


def hits(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Which of the secrets the text gives away, in any of the ways in which texts are quoted."""
    folded = text.casefold()
    return [name for name, secret in secrets.items() if any(form.casefold() in folded for form in forms(secret))]


def forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(json.dumps(secret))[1:-1].strip('\\"')


async def test_nothing_of_a_resident_and_no_secret_is_in_logs_or_metrics(
    servers: Servers, town: Town, redis_url: str, messenger: str, tmp_path: Path
) -> None:
    sample, sandbox = town.city.samples[0], stand_ins()
    server = sandbox.telegram if messenger == "telegram" else sandbox.vk
    assert server is not None
    phone = server.phone(PERSON)
    async with copied_database(servers, town.database) as url:
        query = """
        SELECT holder, phone, street FROM accounts JOIN premises ON premises.id = premises_id
        WHERE holder <> '' AND phone <> '' AND number = $1
        """
        async with connected(url) as database, watched(url, redis_url, sandbox, tmp_path) as serving:
            account = await database.fetchrow(query, sample.account)
            await converse(phone, sample, database, url)
            if isinstance(server, VkServer):
                await is_caught_up(server, phone, database)
                await serving.until_logged("messages caught up")
            told = await serving.metrics()
        secrets = canaries(sample, account, phone.user)
    log = serving.log.read_text("utf-8")
    assert hits(log, secrets) == []
    assert hits(told, secrets) == []
    check_turns(serving.lines())
    assert set(re.findall(r'[{,](\w+)="', told)) <= LABELS


def check_turns(lines: list[dict[str, object]]) -> None:
    """A message is followed by its key: taken, served, each of its calls sent; and so is one that failed."""
    taken = {key for line in lines if line["event"] == "updates taken" for key in as_list(line["turns"])}
    sent = {(line["turn"], line["row"]) for line in lines if line["event"] == "call sent"}
    served = [line for line in lines if line["event"] == "turn served"]
    failed = [line for line in lines if line["event"] == "turn failed"]
    assert len(taken) > 10
    assert taken <= {line["turn"] for line in served}
    assert {(line["turn"], row) for line in served for row in as_list(line["rows"])} == sent
    assert failed
    assert {line["turn"] for line in failed} <= taken
    assert {line["error"] for line in failed} == {"CheckViolationError"}


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_the_search_would_find_what_leaks() -> None:
    secrets = {"name": "Ксенофонтов", "account": "3000012345"}
    for text in ("КСЕНОФОНТОВА", quote("для Ксенофонтова"), json.dumps("Ксенофонтов"), repr(json.dumps("Ксенофонтов"))):
        assert hits(f"… {text} …", secrets) == ["name"]
    assert hits('{"params": {"account": 3000012345}}', secrets) == ["account"]
    assert hits("turn served", secrets) == []
