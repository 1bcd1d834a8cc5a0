"""Links to pages that are shown once: what they are about, and who is offered one."""

import pytest

from core.accounts.codes import CodeRefused
from core.ids import ChatId, PremisesId, ResidentId
from core.periods import Period
from core.personal.pages import PAGE_LIVES, PageOf, Shows
from tests.dialogs.world import World

MONEY = PageOf(Shows.MONEY, ChatId(7), PremisesId(1), Period(2022, 1))
ANNA = ResidentId(3)


@pytest.mark.parametrize("of", [MONEY, PageOf(Shows.DATA, ChatId(7)), PageOf(Shows.MONEY, ChatId(8), PremisesId(2))])
async def test_what_a_page_is_about_is_read_back_from_its_code_once(world: World, of: PageOf) -> None:
    pages = world.use_cases().pages
    code = await pages.page(of, ANNA)
    assert len(code) == 26, "130 bits"
    assert await pages.open_page(code) == (of, ANNA)
    with pytest.raises(CodeRefused):
        await pages.open_page(code)


async def test_a_new_link_ends_the_one_before_it(world: World) -> None:
    pages = world.use_cases().pages
    first = await pages.page(MONEY, ANNA)
    second = await pages.page(MONEY, ANNA)
    with pytest.raises(CodeRefused):
        await pages.open_page(first)
    assert (await pages.open_page(second))[0] == MONEY


async def test_a_page_lives_ten_minutes(world: World) -> None:
    pages = world.use_cases().pages
    code = await pages.page(MONEY, ANNA)
    world.clock.instant += PAGE_LIVES
    with pytest.raises(CodeRefused):
        await pages.open_page(code)


async def test_a_page_and_a_file_are_different_doors(world: World) -> None:
    pages = world.use_cases().pages
    with pytest.raises(CodeRefused):
        await pages.open_file(await pages.page(MONEY, ANNA))
    with pytest.raises(CodeRefused):
        await pages.open_page(await pages.file(MONEY, ANNA))
