"""`vodoteplo demo`: the whole product in one process, on a made-up city and on stand-ins of both messengers.

The made-up files go through the real import. The clock starts in February 2022, so that December 2021 (water billed by
the old agent), January 2022 (the first unified receipt) and an open February window are all there.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import uvloop
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.base import Base, base
from cli.demo_outages import make_outages
from cli.demo_staff import hire_demo_staff
from cli.refusal import plain_refusals
from cli.serve import serve
from infra.demo_city import DemoCity, write_demo_city
from infra.demo_city.asking import make_talks
from infra.demo_city.talks import PEOPLE
from infra.exchange import import_file, taken_files
from infra.logging import configure
from infra.settings import Settings, load_settings
from sandbox.page.guide import DeskLogin, Guide, Sample
from sandbox.page.routes import mount_page
from sandbox.schemas import Schemas
from sandbox.servers import Sandbox
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer

STARTS_AT = datetime.fromisoformat("2022-02-16T10:00:00+05:00")
PREMISES = 2000
TELEGRAM_TOKEN = "1000001:demo-token-of-the-sandbox"  # noqa: S105  # of our own stand-in, opens nothing
VK_TOKEN = "demo-token-of-the-sandbox"  # noqa: S105  # as above
VK_GROUP = 100001
BOTS = {"telegram": TELEGRAM_TOKEN.partition(":")[0], "vk": str(VK_GROUP)}

STEPS = (
    "Нажмите «Начать» в любом из телефонов и согласитесь на хранение данных.",
    "«Привязать квартиру»: возьмите номер счёта и код доступа из примеров.",
    "«Показания»: передайте показания по очереди или одной строкой: ХВС 123, ГВС 45,5.",
    "«Квитанция»: получите единую квитанцию и QR-код для каждой организации.",
    "«Вопрос»: спросите оператора, а потом ответьте сами себе с рабочего места.",
    "Наведите на QR-код камеру телефона или перешлите его боту, когда тот спросит номер счёта.",
)


def run_demo() -> None:
    """Runs until Ctrl-C. The first start makes the city, which takes some seconds."""
    with plain_refusals():
        given = load_settings()
    configure(given.log_level if given.log_level != "info" else "warning", given.log_format)
    settings = given.model_copy(update={"now": given.now or STARTS_AT, "demo": True})
    with base(settings) as ground:
        uvloop.run(_demo(ground))


async def _demo(ground: Base) -> None:
    console = Console()
    folder = ground.settings.data_dir / "demo"
    city = write_demo_city(folder, PREMISES)
    await _fill(ground, city, folder, console)
    staff = await hire_demo_staff(ground)
    sandbox = stand_ins(ground.clock.now)
    address = await sandbox.start()
    served = Base(
        settings=messengers_at(ground.settings, address),
        city=ground.city,
        database_url=ground.database_url,
        redis_url=ground.redis_url,
        clock=ground.clock,
    )
    page = partial(mount_page, sandbox=sandbox, guide=guide(ground, city, staff))
    try:
        await serve(served, "all", page=page, ready=_said(served, console))
    finally:
        await sandbox.stop()


def stand_ins(now: Callable[[], datetime]) -> Sandbox:
    """Both messengers' stand-ins, on the city's clock."""

    def seconds() -> float:
        return now().timestamp()

    schemas = Schemas.load()
    # Ids of updates go on rising over restarts: the inbox remembers those it has had.
    telegram = TelegramServer(TELEGRAM_TOKEN, schemas=schemas, clock=seconds, first_update=int(time.time()))
    vk = VkServer(VK_TOKEN, VK_GROUP, schemas=schemas, clock=seconds)
    for person in PEOPLE:
        # Who has talked with operators has a phone, so that their answers arrive.
        server = telegram if person.messenger == "telegram" else vk
        server.phone(person.peer, first_name=person.first_name)
    return Sandbox(telegram, vk)


def messengers_at(settings: Settings, address: str) -> Settings:
    """The settings with the stand-ins as messengers."""
    return settings.model_copy(
        update={
            "telegram_token": SecretStr(TELEGRAM_TOKEN),
            "telegram_api_url": f"{address}/telegram",
            "telegram_mode": "polling",
            "vk_token": SecretStr(VK_TOKEN),
            "vk_group_id": VK_GROUP,
            "vk_api_url": f"{address}/vk",
            "vk_mode": "longpoll",
        }
    )


async def _fill(ground: Base, city: DemoCity, folder: Path, console: Console) -> None:
    """Imports the made-up files and makes the talks with operators, unless an earlier start has done so."""
    async with ground.database() as engine:
        if not await taken_files(engine) >= {(kind, provider) for kind, provider, _ in city.files}:
            await _import(ground, engine, city, console)
        await make_talks(engine, ground.city, ground.city_clock, ground.hasher(), folder, BOTS)
        await make_outages(ground, engine, city.samples)


async def _import(ground: Base, engine: AsyncEngine, city: DemoCity, console: Console) -> None:
    for kind, provider, file in city.files:
        with console.status(f"{file.name}…"):
            await import_file(engine, ground.city, ground.hasher(), kind, provider, file, clock=ground.city_clock)
        console.print(f"{file.name}", highlight=False)


def guide(ground: Base, city: DemoCity, staff: Sequence[DeskLogin] = ()) -> Guide:
    """What the page says beside the phones."""
    zone = ground.city.zone

    def local(instant: datetime) -> datetime:
        return instant.astimezone(zone)

    samples = tuple(
        Sample(one.account, ground.city.provider(one.provider).short_name, one.code, one.address, one.note)
        for one in city.samples
    )
    return Guide(
        title="ВодоТепло",
        time_label=lambda: f"{local(ground.clock.now()):%d.%m.%Y %H:%M}, {ground.city.name}",
        steps=STEPS,
        samples=samples,
        desk=tuple(staff),
        local=local,
    )


def _said(ground: Base, console: Console) -> Callable[[], None]:
    settings = ground.settings

    def say() -> None:
        address = f"http://{settings.web_host}:{settings.web_port}/"
        console.print(f"\nВодоТепло работает: {address}  (остановить: Ctrl-C)")
        console.print(f"Рабочее место операторов: {address}desk")

    return say
