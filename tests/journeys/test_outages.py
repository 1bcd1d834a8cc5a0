"""The whole product: an outage from its entering to its end, in a resident's chat and in the operator's counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from core.ids import OutageId
from core.outages.desk import Entry, OutageDesk
from core.services import Service
from core.support.model import Operator
from infra.db.engine import driver_connection
from infra.db.outage_desk import outage_desk
from tests.journeys.conftest import House
from tests.journeys.test_main_job import link

ANNA = Operator("anna")


@asynccontextmanager
async def desk(house: House) -> AsyncIterator[OutageDesk]:
    async with driver_connection(house.engine) as connection, connection.transaction():
        yield outage_desk(connection, house.ground.city, house.ground.city_clock)


async def enter(house: House, account: str) -> OutageId:
    """A breakdown at the house of an account."""
    async with driver_connection(house.engine) as connection:
        place = await connection.fetchval(
            "SELECT street || ': ' || building FROM premises JOIN accounts ON accounts.premises_id = premises.id "
            "WHERE accounts.number = $1",
            account,
        )
    now = house.ground.clock.now()
    entry = Entry([Service.COLD_WATER], [place], now, now + timedelta(hours=8), "порыв", emergency=True, key="journey")
    async with desk(house) as outages:
        return (await outages.add(ANNA, entry)).outage.id


async def test_an_outage_is_told_confirmed_doubted_and_stopped(polling_house: House, messenger: str) -> None:
    phone, sample = polling_house.phone(messenger), polling_house.samples[0]
    await link(phone, sample)
    number = await enter(polling_house, sample.account)
    told = await phone.wait_for("Отключение в вашем доме", timeout=20)
    assert "Авария. Отключено: холодная вода." in told.plain
    for answer in ("Записали", "Вы это уже сообщили"):
        await phone.tap("У меня тоже")
        await phone.wait_for(answer)
    await phone.say("отключения")
    await phone.wait_for("Причина: порыв")
    async with desk(polling_house) as outages:
        await outages.end(ANNA, number, "", "journey:end")
    await phone.wait_for("Включили: холодная вода", timeout=20)
    await phone.tap("Воды всё ещё нет")
    await phone.wait_for("Записали")
    await phone.tap("Не сообщать об отключениях")
    await phone.wait_for("Больше не напомню")
    async with desk(polling_house) as outages:
        counted, _, _ = await outages.show(ANNA, number)
        assert (counted.counts.also, counted.counts.still) == (1, 1)
