"""«Есть код»: an operator's code at the counter, a helper's, and codes of nothing."""

import pytest

from core.accounts.codes import grouped
from core.errors import NotFound
from dialogs.event import Command
from tests.dialogs.talk import Talk
from tests.dialogs.world import CODES, NUMBERS, TRUDA_HEAT, TRUDA_WATER, World


async def code_for(world: World, account: str = NUMBERS[TRUDA_WATER], provider: str | None = None) -> str:
    return grouped((await world.use_cases().vouching.code_for(account, provider, "anna")).code)


async def test_an_operators_code_links_the_flat_after_the_address_is_read_back(agreed: Talk, world: World) -> None:
    code = await code_for(world)
    await agreed.press("Есть код")
    await agreed.say(code.lower())
    assert "ул. Труда, 1•" in agreed.text
    assert world.links.links == {}
    await agreed.press("Верно")
    assert "квартира привязана" in agreed.text
    await agreed.say("код")
    await agreed.say(code)
    assert "Код не подошёл" in agreed.text, "it was used"


async def test_any_account_of_the_flat_will_do(agreed: Talk, world: World) -> None:
    code = await code_for(world, NUMBERS[TRUDA_HEAT], "teplofikaciya")
    await agreed.press("Есть код")
    await agreed.say(code)
    assert "ул. Труда, 1•" in agreed.text


@pytest.mark.parametrize(("account", "provider"), [("3999999999", None), (NUMBERS[TRUDA_WATER], "teplofikaciya")])
async def test_no_code_is_made_for_an_account_that_is_none(world: World, account: str, provider: str | None) -> None:
    with pytest.raises(NotFound):
        await code_for(world, account, provider)


async def test_a_new_code_for_a_flat_ends_the_earlier_one(agreed: Talk, world: World) -> None:
    first = await code_for(world)
    await code_for(world)
    await agreed.press("Есть код")
    await agreed.say(first)
    assert "Код не подошёл" in agreed.text


async def test_the_operators_link_leads_to_where_the_code_is_typed_and_no_further(agreed: Talk, world: World) -> None:
    made = await world.use_cases().vouching.code_for(NUMBERS[TRUDA_WATER], None, "anna")
    await agreed.serve(Command("start", made.payload))
    assert agreed.steps == ["home", "codes.enter"]
    assert "Труда" not in agreed.text
    await agreed.say(made.code)
    assert "ул. Труда, 1•" in agreed.text


async def test_without_consent_no_code_is_looked_at(stranger: Talk, world: World) -> None:
    made = await world.use_cases().vouching.code_for(NUMBERS[TRUDA_WATER], None, "anna")
    await stranger.serve(Command("start", made.payload))
    await stranger.say(made.code)
    assert stranger.steps == ["consent", "consent.link"]
    assert world.attempts.failures == []
    await stranger.press("Согласен")
    assert stranger.steps == ["home", "codes.enter"]


async def test_a_helpers_code_is_understood_here_too(talk: Talk, agreed: Talk, world: World) -> None:
    await talk.press("Настройки")
    await talk.press("Кто видит")
    await talk.press("Пригласить")
    await talk.say("Сосед")
    code = talk.text.split("Код для помощника: ")[1][:9]
    neighbour = Talk(world, messenger="vk", chat=8)  # type: ignore[arg-type]  # any number names a chat here
    await neighbour.say("начать")
    await neighbour.press("Согласен")
    await neighbour.press("Есть код")
    await neighbour.say(code)
    assert "Теперь вы передаёте показания" in neighbour.text


async def test_a_receipts_code_is_not_taken_for_one_of_these(agreed: Talk, world: World) -> None:
    await agreed.press("Есть код")
    await agreed.say(CODES[TRUDA_WATER])
    assert "Код не подошёл" in agreed.text
    assert len(world.attempts.failures) == 1


@pytest.mark.parametrize("said", ["", " ", "да", "?" * 5000, "\ud800", "0"])
async def test_whatever_is_typed_is_answered_kindly(agreed: Talk, said: str) -> None:
    await agreed.press("Есть код")
    await agreed.say(said)
    assert agreed.text
    assert agreed.steps[-1] == "codes.enter"
