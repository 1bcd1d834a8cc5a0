"""The composition root: which real thing stands behind which port. Nothing is decided here but that."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.chat_pace import ChatPace, Spell
from bots.delivery import Delivery
from bots.edge import Edge
from bots.intake import Intake
from bots.pace import Pace, Token
from bots.sending import Sending
from bots.telegram.edge import TelegramEdge
from bots.turns import TurnRunner
from bots.vk.edge import CALLS_PER_SECOND, VkEdge
from bots.watch import NoWatch, Watch
from cli.base import Base
from cli.wiring_desk import build_desk
from cli.wiring_mail import Mail, build_mail, bulk_pace
from core.live import DeskNews, tell_of
from dialogs.engine import Engine
from dialogs.ports import ChatAddress, Inbox, Json
from infra.attachments import made_file
from infra.db.bot_words import PostgresReportArchive
from infra.db.desk import PostgresTicketFiles
from infra.db.dial_photos import PostgresDialArchive
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.db.outbox import PostgresOutbox
from infra.db.switches import SENDING, is_on
from infra.db.turns import PostgresTurns
from infra.db.wake import listen
from infra.dial_photos import evidence_jpeg
from infra.files import PostgresFiles
from infra.i18n import Catalogues
from infra.jobs import GivenUp, Handler, JobRunner
from infra.live import RedisLive
from infra.pages import PostgresPages
from infra.paths import LOCALES
from infra.receipts.reading import read_codes
from infra.redis import RedisBucket, connect
from web.desk import DeskParts
from worker.attachments import Attachments
from worker.dial_photos import DialPhotos
from worker.photos import PhotoReading
from worker.report_photos import ReportPhotos

NO_WAIT = 0.005
"""Seconds; less is the loop's doing, not the pace's."""

Wake = Callable[[Iterable[ChatAddress]], None]


@dataclass(frozen=True)
class House:
    """The living parts of one process. `path`: the connections of the durable path."""

    base: Base
    engine: AsyncEngine
    path: AsyncEngine
    telegram: TelegramEdge | None
    vk: VkEdge | None
    intakes: Mapping[str, Intake]
    runner: TurnRunner
    delivery: Delivery
    jobs: JobRunner
    redis: Redis
    sending: Sending
    pages: PostgresPages
    desk: DeskParts
    mail: Mail

    async def redis_answers(self) -> None:
        """Raises when Redis is away: pace is then local, everything else goes on."""
        await self.redis.ping()

    async def aclose(self) -> None:
        """Lets go of the messengers, of Redis, and of the durable path's connections."""
        async with AsyncExitStack() as stack:
            for close in (self.path.dispose, self.redis.aclose, *(edge.close for edge in self.edges)):
                stack.push_async_callback(close)

    @property
    def edges(self) -> tuple[TelegramEdge | VkEdge, ...]:
        return tuple(edge for edge in (self.telegram, self.vk) if edge is not None)


def build(base: Base, engine: AsyncEngine, *, serves: bool, watch: Watch) -> House:
    """Wires one process. `serves`: it runs turns itself; a process that only takes in wakes the others."""
    redis, path = connect(base.redis_url), create_engine(base.database_url, by_keys=True)
    live = RedisLive(redis)
    told = partial(tell_of, live)
    pace = _pace(base, redis)
    telegram, vk = build_telegram(base), build_vk(base, pace, watch)
    sending = Sending(partial(is_on, engine, SENDING))
    edges: dict[Token, Edge] = {(edge.messenger, edge.bot): edge for edge in (telegram, vk) if edge is not None}
    inbox = PostgresInbox(path, notify=not serves)
    hasher = base.hasher()
    catalogues = Catalogues(LOCALES)
    files = PostgresFiles(engine, base.city, base.clock, hasher, translator=catalogues)
    delivery = Delivery(
        *(PostgresOutbox(path), files, edges, pace, files.language),
        watch=watch,
        may_send=sending.is_on,
        chat_pace=_chat_pace(base, edges, redis),
    )
    runner = TurnRunner(
        turns=PostgresTurns(path, base.city, base.clock, hasher, told),
        inbox=inbox,
        edges=edges,
        engine=_dialogs(base, edges.values(), catalogues),
        deliver=delivery.accept,
        hear=lambda wake: listen(base.database_url, wake),
        watch=watch,
    )
    wake = runner.wake if serves else None
    intakes = {edge.messenger: Intake(inbox, edge, wake, sending.is_on) for edge in edges.values()}
    jobs = _jobs(engine, edges, inbox, wake or _others_are_woken, told)
    pages = PostgresPages(engine, base.city, base.clock, hasher, files, catalogues)
    more = pages, build_desk(base, engine, live), build_mail(base, engine, (telegram, vk), delivery, watch)
    return House(base, engine, path, telegram, vk, intakes, runner, delivery, jobs, redis, sending, *more)


def _dialogs(base: Base, edges: Iterable[Edge], catalogues: Catalogues) -> Engine:
    """The conversations, which are told what messengers can do."""
    sharing = {edge.messenger for edge in edges if edge.shares_phone}
    return Engine(base.city, base.clock, catalogues, sharing, base.settings.public_url)


def _jobs(engine: AsyncEngine, edges: Mapping[Token, Edge], inbox: Inbox, wake: Wake, told: DeskNews) -> JobRunner:
    """Who does which job, and who is told when it is given up; a report of a fake stands without its picture."""
    fetches = {token: edge.fetch for token, edge in edges.items()}
    photos = PhotoReading(fetches, read_codes, inbox, wake)
    dials = DialPhotos(fetches, evidence_jpeg, PostgresDialArchive(engine), inbox, wake)
    reports = ReportPhotos(fetches, evidence_jpeg, PostgresReportArchive(engine))
    attachments = Attachments(fetches, made_file, PostgresTicketFiles(engine, told), inbox, wake)
    notices: dict[str, GivenUp] = {
        "read_photo": photos.given_up,
        "keep_dial_photo": dials.given_up,
        "keep_attachment": attachments.given_up,
    }
    handlers: dict[str, Handler] = {
        "read_photo": photos,
        "keep_dial_photo": dials,
        "keep_report_photo": reports,
        "keep_attachment": attachments,
    }

    async def given_up(name: str, payload: Json) -> None:
        if name in notices:
            await notices[name](name, payload)

    return JobRunner(engine, handlers, given_up)


def _others_are_woken(_: Iterable[ChatAddress]) -> None:
    """Where no turns run, the inbox itself tells the processes that run them."""


def build_telegram(base: Base) -> TelegramEdge | None:
    settings = base.settings
    if settings.telegram_token is None:
        return None
    return TelegramEdge(settings.telegram_token.get_secret_value(), settings.telegram_api_url)


def build_vk(base: Base, pace: Pace, watch: Watch | None = None) -> VkEdge | None:
    settings = base.settings
    if settings.vk_token is None or settings.vk_group_id is None:
        return None
    token = ("vk", str(settings.vk_group_id))
    return VkEdge(
        settings.vk_token.get_secret_value(),
        settings.vk_group_id,
        settings.vk_api_url,
        next_call=partial(_next_call, pace, token, watch or NoWatch()),
    )


async def _next_call(pace: Pace, token: Token, watch: Watch) -> None:
    """Waits for the pace, and tells how long that took."""
    begun = time.monotonic()
    await pace.next_call(token)
    waited = time.monotonic() - begun
    if waited > NO_WAIT:
        watch.paced(token[0], waited)


def _chat_pace(base: Base, tokens: Iterable[Token], redis: Redis) -> ChatPace:
    """By the city file; a messenger that names no limit for a chat has none."""
    rules = {token: base.city.messenger(token[0]) for token in tokens}
    spells = {token: Spell(float(one.chat_rate), one.chat_burst) for token, one in rules.items() if one.chat_rate}
    return ChatPace(spells, RedisBucket(redis))


def _pace(base: Base, redis: Redis) -> Pace:
    """Telegram's replies obey `retry_after`; VK counts calls a second for each community."""
    settings = base.settings
    bot = settings.telegram_token.get_secret_value().partition(":")[0] if settings.telegram_token else ""
    telegram, vk = ("telegram", bot), ("vk", str(settings.vk_group_id))
    return Pace({vk: CALLS_PER_SECOND}, RedisBucket(redis), bulk_pace(base, telegram, vk))
