"""`vodoteplo serve`: the roles, their start and their end.

`web` and the pollers only take in; `bots` runs turns and replies; `worker` runs jobs; `all` is one process with
everything. SIGTERM: intake ends first, then turns, then sends; what is left is in the database and goes on elsewhere.
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import structlog
from aiohttp import web

from bots.telegram.polling import Polling
from bots.telegram.setup import describe_commands, register_webhook
from bots.telegram.webhook import TelegramWebhook
from bots.vk.callback import VkCallback
from bots.vk.longpoll import LongPoll
from cli.base import Base, base
from cli.refusal import plain_refusals, refuse
from cli.wiring import House, build
from infra.db.leases import while_leased
from infra.logging import configure
from infra.settings import Settings, load_settings
from web.app import build_app
from web.metrics import Metrics
from web.webhooks import Receiver

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DRAIN_TURNS = 6.0
DRAIN_SENDS = 6.0
"""Seconds; together with the rest an end takes less than the 15 s that are promised."""

Work = Callable[[], Awaitable[None]]
Page = Callable[[web.Application], None]


def run_serve(role: str) -> None:
    """Serves until SIGTERM or Ctrl-C."""
    with plain_refusals():
        settings = load_settings()
    if problems := settings.problems_for_serving():
        refuse(problems)
    configure(settings.log_level, settings.log_format)
    for line in settings.warnings:
        log.warning("setting is passed over", setting=line)
    with base(settings) as ground:
        refuse_demo_values(ground)
        asyncio.run(serve(ground, role))


def refuse_demo_values(ground: Base) -> None:
    """Invented requisites must not reach a resident: with them, only a trial may be served (DESIGN §5)."""
    if ground.city.is_demo and not ground.settings.demo:
        named = ", ".join(ground.city.demo_values())
        refuse([f"{ground.settings.city}: it holds invented values ({named}): replace them, or set VODOTEPLO_DEMO=1"])


async def serve(ground: Base, role: str, page: Page | None = None, ready: Callable[[], None] | None = None) -> None:
    """Serves one role until a signal comes. `page` adds to the web part; `ready` is called when everything listens."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with ground.database() as engine, AsyncExitStack() as stack:
        metrics = Metrics(role)
        house = build(ground, engine, serves=role in {"all", "bots"}, watch=metrics)
        for edge in house.edges:
            stack.push_async_callback(edge.close)
        await _run(Process(house, role, metrics, page), stopping, ready)


async def _run(process: "Process", stopping: asyncio.Event, ready: Callable[[], None] | None) -> None:
    async with asyncio.TaskGroup() as tasks:
        inner = [tasks.create_task(work()) for work in process.inner_works()]
        await process.listen()
        intakes = [tasks.create_task(work()) for work in process.intake_works()]
        settle_memory()
        if ready is not None:
            ready()
        log.info("ready", role=process.role)
        await stopping.wait()
        log.info("stopping", role=process.role)
        for task in intakes:
            task.cancel()
        await process.stop_listening()
        await process.drain()
        for task in inner:
            task.cancel()


def settle_memory() -> None:
    """Takes what start-up made out of the collector's sight: aiogram alone holds some 188,000 objects, and looking
    through them costs 142 ms each time (messengers.md §5)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


class Process:
    """One process in its role: what it runs, and how it ends."""

    def __init__(self, house: House, role: str, metrics: Metrics, page: Page | None = None) -> None:
        self.page = page
        self.house = house
        self.role = role
        self.metrics = metrics
        self._listener: web.AppRunner | None = None

    def inner_works(self) -> list[Work]:
        """What serves from the database."""
        works: list[Work] = []
        if self.role in {"all", "bots"}:
            for edge in self.house.edges:
                edge.load()
            works += [self.house.runner.run, self.house.delivery.run]
        if self.role in {"all", "worker"}:
            works.append(self.house.jobs.run)
        return works

    def intake_works(self) -> list[Work]:
        """What asks the messengers for updates, or tells them where to send them."""
        settings, house = self.house.base.settings, self.house
        works: list[Work] = []
        if house.telegram and self.role in {"all", "bots"}:
            works.append(partial(describe_commands, house.telegram.api))
            if settings.telegram_mode == "polling":
                works.append(self._alone(Polling(house.telegram.api, house.intakes["telegram"]).run, house.telegram.bot))
        if house.telegram and settings.telegram_mode == "webhook" and self.role in {"all", "web"}:
            works.append(partial(register_webhook, house.telegram.api, *webhook_address(settings)))
        if house.vk and settings.vk_mode == "longpoll" and self.role in {"all", "bots"}:
            works.append(self._alone(LongPoll(house.vk.api, house.intakes["vk"]).run, house.vk.bot))
        return works

    def _alone(self, work: Work, bot: str) -> Work:
        """A token is polled by one process at a time."""
        return partial(while_leased, self.house.engine, f"poll:{bot}", work)

    async def listen(self) -> None:
        """Opens the HTTP listener of the roles that have one."""
        if self.role not in {"all", "web"}:
            return
        settings = self.house.base.settings
        app = build_app(self.receivers(), self.metrics, self.house.engine_probe(), settings)
        if self.page is not None:
            self.page(app)
        self._listener = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._listener.setup()
        await web.TCPSite(self._listener, settings.web_host, settings.web_port).start()

    def receivers(self) -> dict[str, Receiver]:
        """Who takes the messengers' calls, by path."""
        settings, house = self.house.base.settings, self.house
        receivers: dict[str, Receiver] = {}
        if house.telegram and settings.telegram_webhook_secret and settings.telegram_mode == "webhook":
            secret = settings.telegram_webhook_secret.get_secret_value()
            receivers["/telegram/webhook"] = TelegramWebhook(secret, house.intakes["telegram"])
        if house.vk and settings.vk_secret and settings.vk_confirmation and settings.vk_mode == "callback":
            receivers["/vk/callback"] = VkCallback(
                int(house.vk.bot),
                settings.vk_secret.get_secret_value(),
                settings.vk_confirmation.get_secret_value(),
                house.intakes["vk"],
            )
        return receivers

    async def stop_listening(self) -> None:
        if self._listener is not None:
            await self._listener.cleanup()

    async def drain(self) -> None:
        """Ends turns, then sends; what does not end in time is in the database."""
        for intake in self.house.intakes.values():
            await intake.close()
        await self.house.jobs.stop()
        await self.house.runner.stop(DRAIN_TURNS)
        await self.house.delivery.drain(DRAIN_SENDS)


def webhook_address(settings: Settings) -> tuple[str, str]:
    """Where Telegram sends updates, and the secret it bears."""
    if settings.public_url is None or settings.telegram_webhook_secret is None:
        raise ValueError("the settings of the webhook were not checked")
    return f"{settings.public_url}/telegram/webhook", settings.telegram_webhook_secret.get_secret_value()
