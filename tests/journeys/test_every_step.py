"""Every registered step, on both messengers, by polling and by webhook: the script of the kill test, without kills."""

import re
from dataclasses import replace

import pytest

from core.city import City
from dialogs.step import Step
from infra.embedded import Servers
from tests.journeys.conftest import Town, opened_house
from tests.journeys.test_kills import facts_of, nothing_happened_twice, present_step, script

EITHER = re.compile(r"[0-9]{9,10}")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_every_conversation_is_played(
    mode: str, messenger: str, servers: Servers, town: Town, city: City, redis_url: str
) -> None:
    alike = replace(city, providers=tuple(replace(one, account_pattern=EITHER) for one in city.providers))
    async with opened_house(mode, servers, town, alike, redis_url) as house:
        phone = house.phone(messenger)
        url = house.ground.database_url
        first, second = house.samples[0], house.samples[2]
        visited: set[str] = set()
        for act, answer in script(first, second, await facts_of(url, second)):
            await act(phone)
            await phone.wait_for(answer)
            visited.add(await present_step(url))
        assert visited == set(Step.registry)
        await nothing_happened_twice(url)
