"""Every registered step, on both messengers, by polling and by webhook: the script of the kill test, without kills."""

import re
from dataclasses import replace

import pytest

from core.city import City
from tests.journeys.conftest import Town, opened_house
from tests.journeys.script import part_of, present_step, script, steps_of
from tests.journeys.test_kills import nothing_happened_twice

EITHER = re.compile(r"[0-9]{9,10}")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_every_conversation_is_played(mode: str, messenger: str, town: Town, city: City, redis_url: str) -> None:
    alike = replace(city, providers=tuple(replace(one, account_pattern=EITHER) for one in city.providers))
    async with opened_house(mode, town, alike, redis_url) as house:
        phone, other = house.phone(messenger), house.phone("vk" if messenger == "telegram" else "telegram")
        url = house.ground.database_url
        visited: set[str] = set()
        for act, answer in script(await part_of(url, house.samples, other)):
            await act(phone)
            await phone.wait_for(answer)
            visited.add(await present_step(url, phone))
        assert visited == steps_of(messenger)
        await nothing_happened_twice(url)
