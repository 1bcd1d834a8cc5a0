"""A post office for tests: broadcasts in the real database, couriers to the sandbox, people with phones."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.pace import Bulk, Pace
from bots.telegram.courier import TelegramCourier
from bots.vk.courier import VkCourier
from bots.watch import NoWatch
from core.broadcasts.model import BROADCAST_KINDS, RULE_KINDS, Audience, Broadcast, Draft, Status
from core.broadcasts.use_cases import Broadcasts
from core.city import City
from core.clock import CityClock
from core.ids import MailingId
from core.messengers import PersonalData
from dialogs.mailings import Courier, Deliveries
from dialogs.telling import Outside
from infra.codes import HmacCodeHasher
from infra.db.announcements import PostgresLetters
from infra.db.broadcast_desk import broadcast_desk
from infra.db.deliveries import PostgresDeliveries
from infra.db.leases import Lease
from infra.db.telling import telling_facts
from infra.files import PostgresFiles
from infra.i18n import Catalogues
from infra.paths import LOCALES
from sandbox.phone import Phone
from tests.bots.stands import Stand
from tests.conftest import FakeClock
from tests.infra.db.crowd import Crowd
from worker.broadcasts import BroadcastComposer
from worker.mailer import Mailer
from worker.packing import MailRoom
from worker.telling import Telling

TEXT = {"ru": "Воду отключат в 10:00.", "en": "No water from 10:00."}
FAST = 1000.0


@dataclass
class Office:
    """The whole road. `rate`: calls a second of each bot."""

    engine: AsyncEngine
    db: Connection
    stand: Stand
    city: City
    clock: FakeClock
    rate: float = FAST
    sending: bool = True
    made: int = 0
    leases: dict[tuple[str, str], Lease] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Nothing is to be waited for but what a test is about.
        self.city = replace(self.city, broadcasts=replace(self.city.broadcasts, undo_seconds=0))
        self.crowd = Crowd(self.db)
        self.pace = Pace(bulk={("telegram", "4242"): Bulk(self.rate), ("vk", "77"): Bulk(self.rate)})

    @property
    def city_clock(self) -> CityClock:
        return CityClock(self.clock, self.city.zone)

    # --- people and broadcasts

    async def people(self, messenger: str, count: int, **more: object) -> list[int]:
        """Residents with a chat in the messenger, and a phone there."""
        residents = [await self.crowd.resident(messenger, **more) for _ in range(count)]  # type: ignore[arg-type]  # by name
        for resident in residents:
            await self.phone(resident)
        return residents

    async def phone(self, resident: int, *, started: bool = True) -> Phone:
        """The phone of a resident with one chat."""
        row = await self.db.fetchrow("SELECT messenger, peer FROM chats WHERE resident_id = $1", resident)
        if row["messenger"] == "telegram":
            return self.stand.telegram_server.phone(int(row["peer"]), started=started)
        return self.stand.vk_server.phone(int(row["peer"]), allowed=started)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Broadcasts]:
        async with broadcast_desk(self.engine, self.city, self.city_clock) as broadcasts:
            yield broadcasts

    async def broadcast(self, draft: Draft | None = None, **more: object) -> MailingId:
        """A draft, by Anna."""
        self.made += 1
        wanted = replace(draft or Draft("Вода", TEXT, Audience()), **more)  # type: ignore[arg-type]  # by name
        async with self.desk() as desk:
            return (await desk.create(f"test:{self.made}", wanted, "anna")).id

    async def started(self, draft: Draft | None = None, **more: object) -> MailingId:
        made = await self.broadcast(draft, **more)
        async with self.desk() as desk:
            await desk.start(made, "anna")
        return made

    async def get(self, broadcast: MailingId) -> Broadcast:
        async with self.desk() as desk:
            return await desk.get(broadcast)

    async def states(self, broadcast: MailingId) -> Counter[str]:
        rows = await self.db.fetch(
            "SELECT state, count(*) AS times FROM deliveries WHERE mailing_id = $1 GROUP BY 1", broadcast
        )
        return Counter({row["state"]: row["times"] for row in rows})

    # --- sending

    def courier(self, messenger: str) -> Courier:
        return TelegramCourier(self.stand.telegram) if messenger == "telegram" else VkCourier(self.stand.vk)

    def mailer(self, messenger: str, courier: Courier | None = None, deliveries: Deliveries | None = None) -> Mailer:
        courier = courier or self.courier(messenger)
        token = (courier.messenger, courier.bot)
        self.leases[token] = Lease(self.engine, f"mailings:{':'.join(token)}")
        composer = BroadcastComposer(PostgresLetters(self.engine), self.city, self.city_clock)
        telling = Telling(partial(telling_facts, self.engine), Outside(self.city, self.city_clock))
        room = MailRoom(
            deliveries=deliveries or self.deliveries(),
            composers={**dict.fromkeys(BROADCAST_KINDS, composer), **dict.fromkeys(RULE_KINDS, telling)},
            files=PostgresFiles(self.engine, self.city, self.clock, HmacCodeHasher(b"k" * 32)),
            translator=Catalogues(LOCALES),
            pace=self.pace,
            clock=self.city_clock,
            rules=self.city.broadcasts,
            may_send=lambda: self.sending,
            counts=NoWatch(),
        )
        return Mailer(courier, room, self.city.messenger(messenger).personal_data is PersonalData.MINIMAL)

    def deliveries(self) -> PostgresDeliveries:
        return PostgresDeliveries(self.engine, lambda token: (self.leases[token].name, self.leases[token].number))

    @asynccontextmanager
    async def sends(
        self, *messengers: str, courier: Courier | None = None, deliveries: Deliveries | None = None
    ) -> AsyncIterator[list[Mailer]]:
        """Senders at work under their leases."""
        mailers = [self.mailer(messenger, courier, deliveries) for messenger in messengers or ("telegram", "vk")]
        tasks = [asyncio.create_task(self.leases[mailer.token].hold(mailer.run)) for mailer in mailers]
        try:
            yield mailers
        finally:
            for mailer in mailers:
                await mailer.stop(5.0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, broadcast: MailingId, *statuses: Status, within: float = 20.0) -> Broadcast:
        """The broadcast when it has got there."""
        async with asyncio.timeout(within):
            while (found := await self.get(broadcast)).status not in statuses:
                await asyncio.sleep(0.02)
        return found

    async def told(self, draft: Draft | None = None, *messengers: str, **more: object) -> MailingId:
        """A broadcast that has been sent to its end."""
        broadcast = await self.started(draft, **more)
        async with self.sends(*messengers):
            await self.until(broadcast, Status.FINISHED)
        return broadcast
