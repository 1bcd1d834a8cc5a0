"""`vodoteplo serve`: the roles, their start and their end.

`web` and the pollers only take in; `bots` runs turns and replies; `worker` runs jobs; `all` is one process with
everything. SIGTERM: see cli.draining; what is left is in the database and goes on elsewhere.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import structlog
import uvloop
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.edge import Edge
from bots.telegram.polling import Polling
from bots.telegram.setup import describe_commands, register_webhook
from bots.telegram.webhook import TelegramWebhook
from bots.vk.bookmark import Bookmark
from bots.vk.callback import VkCallback
from bots.vk.catching_up import CatchingUp
from bots.vk.longpoll import LongPoll
from cli.base import Base, base
from cli.beginnings import Beginnings
from cli.draining import drain
from cli.refusal import fail, plain_refusals, refuse
from cli.wiring import House, build
from infra.db.bookmarks import LOOKED, bookmark_of
from infra.db.engine import check_durable
from infra.db.health import queue_depths, writable
from infra.db.leases import Lease
from infra.db.migrate import Shape, shape_of
from infra.db.purge import purge
from infra.db.taken import taken_messages
from infra.logging import configure
from infra.settings import Settings, load_settings
from web.app import Site, build_app
from web.health import Health, Probe
from web.metrics import Depths, Metrics
from web.webhooks import Receiver
from worker.schedule import every

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LAST_MOMENT = 14.0
"""Seconds after the signal. 15 are promised; draining takes 10, so this is met when the database hangs."""
PURGE_EVERY = 3600.0
REMIND_EVERY = 120.0
DUE_EVERY = 1.0

Work = Callable[[], Coroutine[Any, Any, None]]
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
        # An own event loop: a turn is mostly round trips, and they cost less on this one (docs/performance.md).
        uvloop.run(serve(ground, role))


def refuse_demo_values(ground: Base) -> None:
    """Invented requisites must not reach a resident: with them, only a trial may be served (DESIGN §5)."""
    if ground.city.is_demo and not ground.settings.demo:
        named = ", ".join(ground.city.demo_values())
        refuse([f"{ground.settings.city}: it holds invented values ({named}): replace them, or set VODOTEPLO_DEMO=1"])


async def serve(ground: Base, role: str, page: Page | None = None, ready: Callable[[], None] | None = None) -> None:
    """Serves one role until a signal comes. `page` adds to the web part; `ready` is called when everything listens."""
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        asyncio.get_running_loop().call_later(LAST_MOMENT, leave)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    async with ground.database() as engine, AsyncExitStack() as stack:
        await check_durable(engine)
        if await shape_of(engine) is Shape.AHEAD:
            log.warning("database is ahead of this version: a newer one has migrated it")
        metrics = Metrics(partial(_depths, engine))
        house = build(ground, engine, serves=role in {"all", "bots"}, watch=metrics)
        stack.push_async_callback(house.aclose)
        await Process(house, role, metrics, page).run(stopping, ready)


def leave() -> None:
    """The end of a process that does not come to one: as after a kill, what it had begun is in the database."""
    log.error("did not end in time", seconds=LAST_MOMENT)
    os._exit(1)


async def _depths(engine: AsyncEngine) -> Depths:
    return Depths(*await queue_depths(engine))


def settle_memory() -> None:
    """Takes what start-up made out of the collector's sight: aiogram alone holds some 188,000 objects, and looking
    through them costs 142 ms each time (messengers.md §5)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


class Process:
    """One process in its role: what it runs, and how it ends."""

    def __init__(self, house: House, role: str, metrics: Metrics, page: Page | None = None) -> None:
        self.house = house
        self.role = role
        self._beginnings = Beginnings()
        needed: dict[str, Probe] = {"database": partial(writable, house.engine), "intake": self._beginnings.all_begun}
        self.health = Health(needed, {"redis": house.redis_answers}, lag=metrics.lag)
        self._metrics = metrics
        metrics.may_send = house.sending.is_on
        self._page = page
        self._site: Site | None = None

    async def run(self, stopping: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
        """Runs until `stopping` is set, then ends in peace."""
        await self.house.sending.look()
        async with asyncio.TaskGroup() as tasks:
            inner = [tasks.create_task(work()) for work in self.inner_works()]
            works = self.intake_works()
            await self.listen()
            intakes = [tasks.create_task(work()) for work in works]
            settle_memory()
            if ready is not None:
                ready()
            log.info("ready", role=self.role)
            await stopping.wait()
            log.info("stopping", role=self.role)
            self.health.draining = True
            for task in intakes:
                task.cancel()
            await drain(self.house, self._site)
            for task in inner:
                task.cancel()

    def inner_works(self) -> list[Work]:
        """What serves from the database."""
        sending = self.house.sending
        works: list[Work] = [self._metrics.lag.run, sending.run]
        if self.role != "web":
            for edge in self.house.edges:
                edge.load()
        if self.role in {"all", "bots"}:
            works += [self.house.runner.run, self.house.delivery.run]
        if self.role in {"all", "worker"}:
            works += [
                partial(sending.once_on, self.house.jobs.run),
                partial(every, PURGE_EVERY, "purge", partial(purge, self.house.engine)),
                *self._mail_works(),
            ]
        return works

    def _mail_works(self) -> list[Work]:
        """A bot's letters to many leave from one process at a time."""
        mail = self.house.mail
        due = partial(every, DUE_EVERY, "broadcasts due", mail.start_due)
        remind = partial(every, REMIND_EVERY, "reminders", mail.remind)
        return [
            self._while_on(due),
            self._while_on(remind),
            *(self._alone(mailer.run, lease) for mailer, lease in mail.mailers),
        ]

    def intake_works(self) -> list[Work]:
        """What asks the messengers for updates, or tells them where to send them."""
        return [*self._telegram_works(), *self._vk_works()]

    def _telegram_works(self) -> list[Work]:
        settings, telegram = self.house.base.settings, self.house.telegram
        if telegram is None or self.role == "worker":
            return []
        describe = self._while_on(partial(describe_commands, telegram.api))
        if settings.telegram_mode == "webhook":
            if self.role == "bots":
                return []
            registering = partial(self._register_webhook, self._beginnings.announce("webhook"))
            return [describe, self._while_on(registering)]
        if self.role == "web":
            return []
        polling = Polling(telegram.api, self.house.intakes["telegram"], self._beginnings.announce("telegram"))
        return [describe, self._alone(polling.run, self._lease(telegram))]

    async def _register_webhook(self, begun: Callable[[], None]) -> None:
        if self.house.telegram is not None:
            await register_webhook(self.house.telegram.api, *webhook_address(self.house.base.settings))
        begun()

    def _vk_works(self) -> list[Work]:
        vk = self.house.vk
        if vk is None or self.role in {"web", "worker"}:
            return []
        engine, intake, lease = self.house.engine, self.house.intakes["vk"], self._lease(vk)
        taken = partial(taken_messages, engine, vk.messenger, vk.bot)
        looked = Bookmark(*bookmark_of(engine, LOOKED.format(vk.bot), lease))
        catching_up = CatchingUp(vk.api, vk.group_id, intake, taken, looked, self._metrics)
        if self.house.base.settings.vk_mode != "longpoll":
            return [self._alone(catching_up.run, lease)]
        place = Bookmark(*bookmark_of(engine, f"vk:{vk.bot}", lease))
        begun = self._beginnings.announce("vk")
        return [self._alone(LongPoll(vk.api, vk.group_id, intake, place, begun, catching_up=catching_up).run, lease)]

    def _lease(self, edge: Edge) -> Lease:
        """A token is polled by one process at a time."""
        return Lease(self.house.engine, f"poll:{edge.messenger}:{edge.bot}")

    def _alone(self, work: Work, lease: Lease) -> Work:
        return partial(lease.hold, self._while_on(work))

    def _while_on(self, work: Work) -> Work:
        """Messengers are not asked for anything while sending is off."""
        return partial(self.house.sending.while_on, work)

    async def listen(self) -> None:
        """Opens the HTTP listener: the web part; in other roles health and metrics alone, if they are given a port."""
        settings = self.house.base.settings
        serves_web = self.role in {"all", "web"}
        port = settings.web_port if serves_web else settings.metrics_port
        if port is None:
            return
        if serves_web:
            app = build_app(self.receivers(), self.health, self._metrics, self.house.pages, self.house.desk)
        else:
            app = build_app({}, self.health, self._metrics)
        if self._page is not None:
            self._page(app)
        self._site = Site(app)
        try:
            await self._site.start(settings.web_host, port)
        except OSError as error:
            setting = "WEB_PORT" if serves_web else "METRICS_PORT"
            fail(f"VODOTEPLO_{setting}: cannot listen at {settings.web_host}:{port} ({error.strerror}): choose another")

    def receivers(self) -> dict[str, Receiver]:
        """Who takes the messengers' calls, by path."""
        settings, house = self.house.base.settings, self.house
        receivers: dict[str, Receiver] = {}
        if house.telegram and settings.telegram_webhook_secret and settings.telegram_mode == "webhook":
            secret = settings.telegram_webhook_secret.get_secret_value()
            receivers["/telegram/webhook"] = TelegramWebhook(secret, house.intakes["telegram"])
        if house.vk and settings.vk_secret and settings.vk_confirmation and settings.vk_mode == "callback":
            receivers["/vk/callback"] = VkCallback(
                house.vk.group_id,
                settings.vk_secret.get_secret_value(),
                settings.vk_confirmation.get_secret_value(),
                house.intakes["vk"],
            )
        return receivers


def webhook_address(settings: Settings) -> tuple[str, str]:
    """Where Telegram sends updates, and the secret it bears."""
    if settings.public_url is None or settings.telegram_webhook_secret is None:
        raise ValueError("the settings of the webhook were not checked")
    return f"{settings.public_url}/telegram/webhook", settings.telegram_webhook_secret.get_secret_value()
