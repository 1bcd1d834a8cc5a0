"""A city for broadcasts: residents by the hundred thousand, their flats and chats, and the stand-ins that know them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.turns import tame_collector
from core.broadcasts.model import Audience, Broadcast, DeliveryState, Draft, Progress
from core.city import City
from core.clock import CityClock, ShiftedClock
from core.ids import MailingId
from infra.city_file import load_city
from infra.db.broadcast_desk import broadcast_desk
from infra.db.engine import create_engine
from infra.paths import CITIES, DEFAULT_CITY
from proof.stage import BOTS, Replica, Stage, Town, staged
from sandbox.phone import Person
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.world import Chat
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.world import Conversation

FIRST_PEER: Final = 2_000_000
STREET: Final = "улица Большая"
"""All of them live there: who lives in the town beside them has no phone."""
TEXT: Final = {"ru": "С января 2022 года воду и водоотведение начисляет Водоканал. Квитанция одна, кодов в ней два."}
PERSONAL: Final = {"ru": "«{flat}»: к оплате {owed}."}

# Three of five live in the one messenger, two in the other; everybody has a flat with both providers and two meters.
_FILL: Final = (
    """
    INSERT INTO premises (address_key, city, street, building, unit)
    SELECT 'магнитогорск|улица большая|' || n / 100 || '|' || n % 100, 'Магнитогорск', 'улица Большая', n / 100, n % 100
    FROM generate_series(1, $1::bigint) AS n
    """,
    """
    INSERT INTO accounts (provider, number, premises_id) SELECT provider, 'M' || id, id
    FROM premises, unnest(ARRAY['vodokanal', 'teplofikaciya']) AS provider WHERE street = 'улица Большая' AND $1 > 0
    """,
    """
    INSERT INTO meters (provider, number, service, account_id, digits)
    SELECT provider, 'M' || accounts.id, CASE provider WHEN 'vodokanal' THEN 'cold_water' ELSE 'hot_water' END,
        accounts.id, 5
    FROM accounts WHERE number LIKE 'M%' AND $1 > 0
    """,
    """
    WITH made AS (INSERT INTO residents (language) SELECT 'ru' FROM generate_series(1, $1::bigint) RETURNING id),
    people AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM made),
    flats AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM premises WHERE street = 'улица Большая'
    ), linked AS (
        INSERT INTO links (resident_id, premises_id, name, linked_at)
        SELECT people.id, flats.id, 'Дом ' || place, clock_timestamp() FROM people JOIN flats USING (place)
    )
    INSERT INTO chats (messenger, bot, peer, resident_id, used_at)
    SELECT ($2::text[])[1 + which], ($3::text[])[1 + which], ($4::bigint + place)::text, id, clock_timestamp()
    FROM (SELECT id, place, (place % 5 >= 3)::integer AS which FROM people) AS people
    """,
)


@dataclass(frozen=True)
class Mail:
    """A stage with so many residents more, and a way to broadcast to them."""

    stage: Stage
    engine: AsyncEngine
    city: City
    clock: CityClock
    residents: int
    sender: Replica | None = None

    async def broadcast(self, texts: dict[str, str], audience: Audience) -> Broadcast:
        """Written and started; two people agree to it."""
        async with broadcast_desk(self.engine, self.city, self.clock) as desk:
            made = await desk.create(f"proof:{uuid4()}", Draft("Проба", texts, audience), "anna")
            await desk.approve(made.id, "boris")
        async with broadcast_desk(self.engine, self.city, self.clock) as desk:
            return await desk.start(made.id, "anna")

    async def progress(self, broadcast: MailingId) -> Progress:
        async with broadcast_desk(self.engine, self.city, self.clock) as desk:
            return await desk.progress(broadcast)

    async def states(self, broadcast: MailingId) -> dict[DeliveryState, int]:
        return dict((await self.progress(broadcast)).total().counts)

    def know(self) -> None:
        """The stand-ins know everybody."""
        for place in range(1, self.residents + 1):
            peer = FIRST_PEER + place
            person = Person(peer, "Анна", "", "", "ru")
            if place % 5 >= 3:
                self.stage.vk.world.conversations[peer] = Conversation(peer, person)
            else:
                self.stage.telegram.world.chats[peer] = Chat(peer, "private", "", person)


@asynccontextmanager
async def mail_stage(
    place: Town, residents: int, folder: Path, limits: tuple[TelegramLimits, VkLimits], **rates: float
) -> AsyncIterator[Mail]:
    """A stage whose city sends at these rates (calls a second of each messenger), and starts without an undo."""
    city = city_with(folder, **rates)
    async with staged(place, *limits) as usual:
        stage = replace(usual, settings=usual.settings.model_copy(update={"city": city}))
        engine = create_engine(stage.database_url)
        try:
            clock = ShiftedClock.starting_at(stage.settings.now)
            loaded = load_city(city)
            mail = Mail(stage, engine, loaded, CityClock(clock, loaded.zone), residents)
            await fill(stage, residents)
            mail.know()
            tame_collector()
            yield mail
        finally:
            await engine.dispose()


async def fill(stage: Stage, residents: int) -> None:
    """So many residents more in the database."""
    for statement in _FILL[:3]:
        await stage.fetch(statement, residents)
    await stage.fetch(_FILL[3], residents, list(BOTS), list(BOTS.values()), FIRST_PEER)
    await stage.fetch("ANALYZE")


def city_with(folder: Path, **rates: float) -> Path:
    """The city file with other rates, and without quiet hours: a proof may run at night."""
    text = DEFAULT_CITY.read_text("utf-8").replace("[broadcasts]", "[broadcasts]\nundo_seconds = 0", 1)
    text = text.replace('quiet_until = "09:00"', 'quiet_until = "21:00"', 1)
    for messenger, rate in rates.items():
        usual = f'[{messenger}]\npersonal_data = "full"\nbulk_per_second = '
        before, after = text.split(usual)
        text = f"{before}{usual}{rate:g}\n#{after}"
    for beside in CITIES.glob("magnitogorsk.*.toml"):
        shutil.copy(beside, folder / beside.name)
    file = folder / DEFAULT_CITY.name
    file.write_text(text, "utf-8")
    return file
