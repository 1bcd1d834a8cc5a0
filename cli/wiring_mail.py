"""What sends to many, put together: a sender for each bot under a lease of its own, and who composes what."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from bots.delivery import Delivery
from bots.pace import Bulk, Token
from bots.telegram.courier import TelegramCourier
from bots.telegram.edge import TelegramEdge
from bots.vk.courier import VkCourier
from bots.vk.edge import VkEdge
from bots.watch import Watch
from cli.base import Base
from core.broadcasts.model import BROADCAST_KINDS, RULE_KINDS, MailingKind
from core.messengers import PersonalData
from dialogs.mailings import Composer, Courier
from dialogs.telling import Outside
from infra.db.announcements import PostgresLetters
from infra.db.broadcast_desk import start_due
from infra.db.deliveries import PostgresDeliveries
from infra.db.leases import Lease
from infra.db.reminders import ReminderRounds
from infra.db.telling import telling_facts
from infra.i18n import Catalogues
from infra.paths import LOCALES
from worker.broadcasts import BroadcastComposer
from worker.mailer import Mailer
from worker.packing import MailRoom
from worker.telling import Telling


@dataclass(frozen=True)
class Mail:
    """The senders of a process, and the leases under which they work."""

    mailers: tuple[tuple[Mailer, Lease], ...]
    base: Base
    engine: AsyncEngine

    async def start_due(self) -> None:
        """Begins broadcasts that were scheduled for now."""
        await start_due(self.engine, self.base.city, self.base.city_clock)

    async def remind(self) -> None:
        """Finds whom to remind of something now."""
        await ReminderRounds(self.engine, self.base.city, self.base.city_clock).run()

    async def stop(self, timeout: float) -> None:
        """Nothing more leaves; what is on its way has so long to come to an end."""
        await asyncio.gather(*(mailer.stop(timeout) for mailer, _ in self.mailers))


def build_mail(
    base: Base, engine: AsyncEngine, edges: Sequence[TelegramEdge | VkEdge | None], delivery: Delivery, watch: Watch
) -> Mail:
    couriers = [_courier(base, edge) for edge in edges if edge is not None]
    leases = {_token(courier): Lease(engine, f"mailings:{':'.join(_token(courier))}") for courier in couriers}
    room = MailRoom(
        deliveries=PostgresDeliveries(engine, partial(_held, leases)),
        composers=_composers(base, engine),
        files=delivery.files,
        translator=Catalogues(LOCALES),
        pace=delivery.pace,
        clock=base.city_clock,
        rules=base.city.broadcasts,
        may_send=delivery.may_send,
        counts=watch,
    )
    mailers = [(Mailer(one, room, _minimal(base, one)), leases[_token(one)]) for one in couriers]
    return Mail(tuple(mailers), base, engine)


def bulk_pace(base: Base, telegram: Token, vk: Token) -> dict[Token, Bulk]:
    """How fast each bot may send to many, by the city file."""
    return {
        telegram: Bulk(float(base.city.messenger(telegram[0]).bulk_rate), TelegramCourier.catches_up),
        vk: Bulk(float(base.city.messenger(vk[0]).bulk_rate), VkCourier.catches_up),
    }


def _courier(base: Base, edge: TelegramEdge | VkEdge) -> Courier:
    if isinstance(edge, VkEdge):
        return VkCourier(edge, base.city.messenger(edge.messenger).intents)
    return TelegramCourier(edge)


def _composers(base: Base, engine: AsyncEngine) -> Mapping[MailingKind, Composer]:
    """Who says what. A kind without a composer waits."""
    broadcasts = BroadcastComposer(PostgresLetters(engine), base.city, base.city_clock)
    rules = Telling(partial(telling_facts, engine), Outside(base.city, base.city_clock))
    return {**dict.fromkeys(BROADCAST_KINDS, broadcasts), **dict.fromkeys(RULE_KINDS, rules)}


def _held(leases: Mapping[Token, Lease], token: Token) -> tuple[str, int | None]:
    return leases[token].name, leases[token].number


def _token(courier: Courier) -> Token:
    return courier.messenger, courier.bot


def _minimal(base: Base, courier: Courier) -> bool:
    return base.city.messenger(courier.messenger).personal_data is PersonalData.MINIMAL
