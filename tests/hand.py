"""An operator's hand for tests that are about something else."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import CityClock
from core.ids import TicketId
from core.support.model import Operator
from infra.city_file import load_city
from infra.db.desk import operator_desk
from infra.paths import DEFAULT_CITY
from tests.conftest import FakeClock

ANNA = Operator("Анна Оператор")


async def answer_ticket(engine: AsyncEngine, ticket: TicketId, text: str, at: datetime) -> None:
    city = load_city(DEFAULT_CITY)
    async with operator_desk(engine, city, CityClock(FakeClock(at), city.zone)) as desk:
        await desk.answer(ANNA, ticket, text, f"{ticket}:{text}")
