"""A question from a chat to an open desk and back, in a real Chromium; and the same while Redis is away."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from playwright.async_api import Browser, Page, expect

from cli.wiring_desk import desks_of
from core.city import City
from core.ids import TicketId
from core.live import tell_of
from core.staff.model import NewMember
from core.staff.sign_in import digest_of
from core.support.model import Operator
from infra.db.desk import operator_desk
from infra.live import RedisLive
from infra.passwords import ArgonPasswords
from infra.redis import connect
from sandbox.phone import Phone
from tests.browsers import in_browser, started_browser
from tests.desks import CHEAP, SEED
from tests.gates import Gate
from tests.journeys.conftest import House, Town, opened_house
from tests.journeys.test_main_job import agree
from tests.journeys.test_tickets import ANNA, BORIS, HEAT, WATER, ask

pytestmark = in_browser


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with started_browser() as browser:
        yield browser


async def hired(house: House, login: str, name: str) -> str:
    """A token of somebody who has signed in."""
    token = secrets.token_urlsafe(32)
    async with desks_of(house.ground, house.engine, ArgonPasswords(CHEAP)).open() as cases:
        member, _ = await cases.staff.add(None, NewMember(login, name, organisations=frozenset({WATER})))
        await cases.sign_in.keys.set_password(member.id, "x")
        await cases.sign_in.keys.set_seed(member.id, SEED)
        await cases.sign_in.keys.confirm_seed(member.id)
        await cases.sign_in.sessions.open(member.id, digest_of(token), proved=True)
    return token


@asynccontextmanager
async def desk_page(
    house: House, browser: Browser, login: str, name: str, *, refused: str = "409", **options: object
) -> AsyncIterator[Page]:
    """An open desk. Whatever its console complains of fails the test, but for what is refused and said on the page: a
    form that comes back with a question (409), a question that has gone to others (404)."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]  # named by the caller
    address = f"http://127.0.0.1:{house.ground.settings.web_port}"
    await context.add_cookies([{"name": "desk", "value": await hired(house, login, name), "url": address}])
    page = await context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{address}/desk/tickets")
    yield page
    await context.close()
    assert [error for error in errors if refused not in error] == []


async def hears(page: Page) -> None:
    """The page's stream of news is open, and the process behind it hears of them."""
    await expect(page.locator("html[data-heard]")).to_be_attached(timeout=10_000)


async def test_a_question_comes_to_an_open_desk_and_its_answer_to_the_chat(
    polling_house: House, messenger: str, chromium: Browser
) -> None:
    house, phone = polling_house, polling_house.phone(messenger)
    await agree(phone)
    async with desk_page(house, chromium, "anna", "Анна", viewport={"width": 1440, "height": 900}) as page:
        await expect(page.locator(".queue")).to_contain_text("Здесь пусто")
        await hears(page)
        await ask(phone)
        await expect(page.locator(".queue-row.unread")).to_contain_text("Почему вода ржавая?", timeout=5_000)
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("#talk")).to_contain_text("Почему вода ржавая?")
        await hears(page)
        assert await said_live(page, phone, "И ещё: нет напора") < 3.0  # one second on a machine of one's own
        await expect(page.locator(".queue-row.unread")).to_have_count(0)

        await page.keyboard.press("r")
        await page.keyboard.type("Проверим <b>сегодня</b>.")
        begun = time.monotonic()
        await page.keyboard.press("Control+Enter")
        told = await phone.wait_for("Проверим")
        assert time.monotonic() - begun < 6.0  # two seconds on a machine of one's own
        assert "Анна" not in told.plain
        await expect(page.locator(".said-by.operator")).to_contain_text("Проверим <b>сегодня</b>.")
        await expect(page.locator(".mark-delivered")).to_be_visible(timeout=10_000)
        assert await noticed(page, phone) == ["Новое: вопрос № 1"]  # nothing of what was written


NOTICES = """
window.notices = [];
window.Notification = class extends EventTarget {
  static permission = 'granted';
  constructor(title) { super(); window.notices.push(title); }
};
document.hasFocus = () => false;
"""


async def noticed(page: Page, phone: Phone) -> list[str]:
    """Titles of the notices that an unwatched page gives when a resident writes."""
    await page.evaluate(NOTICES)
    await phone.say("А когда придёте?")
    await expect(page).to_have_title(re.compile(r"^\(1\) "), timeout=10_000)
    notices: list[str] = await page.evaluate("window.notices")
    return notices


async def said_live(page: Page, phone: Phone, words: str) -> float:
    """Seconds from a resident's words to their being drawn on the open page."""
    begun = time.monotonic()
    await phone.say(words)
    await expect(page.locator("#talk")).to_contain_text(words, timeout=15_000)
    return time.monotonic() - begun


async def test_two_who_write_see_each_other_and_the_second_is_asked(polling_house: House, chromium: Browser) -> None:
    house, phone = polling_house, polling_house.phone("telegram")
    await agree(phone)
    await ask(phone)
    async with (
        desk_page(house, chromium, "anna", "Анна") as one,
        desk_page(house, chromium, "boris", "Борис", viewport={"width": 360, "height": 740}) as other,
    ):
        for page in (one, other):
            await page.locator(".queue-link").first.click()
            await expect(page.locator("#talk")).to_contain_text("Почему вода ржавая?")
            await hears(page)
        tab = await one.context.new_page()
        streams: list[str] = []
        tab.on("request", lambda request: streams.append(request.url) if "/live" in request.url else None)
        await tab.goto(one.url)
        await hears(tab)
        assert streams == []  # of all tabs of a browser one has the stream

        await other.locator("#answer-text").type("Уже едем")
        for page in (one, tab):
            await expect(page.locator("#talk-writing")).to_contain_text("Борис пишет ответ")
        await expect(one.locator("#talk-writing")).to_contain_text("Борис пишет ответ")
        await one.locator("#answer-text").fill("Проверим.")
        await one.locator("#answer button.main").click()
        await expect(other.locator("#talk")).to_contain_text("Проверим.")
        await other.locator("#answer-text").type("!")
        await other.locator("#answer button.main").click()
        await expect(other.locator(".trouble")).to_contain_text("у другого оператора: Анна")
        assert await other.locator("#answer-text").input_value() == "Уже едем!"
        await other.locator("#answer button.main").click()
        await phone.wait_for("Уже едем!")
        wide = await other.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide


async def test_a_question_that_goes_to_others_says_so_and_keeps_what_was_typed(
    polling_house: House, chromium: Browser
) -> None:
    house, phone = polling_house, polling_house.phone("telegram")
    await agree(phone)
    await ask(phone)
    async with desk_page(house, chromium, "anna", "Анна", refused="404") as page:
        await page.locator(".queue-link").first.click()
        await hears(page)
        await page.locator("#answer-text").type("Проверим сегодня")
        await expect(page.locator("#gone")).to_be_hidden()
        await handed_over(house, ANNA, HEAT)
        await expect(page.locator("#gone")).to_be_visible()
        await expect(page.locator("#answer button.main")).to_be_disabled()
        await handed_over(house, BORIS, WATER)
        await expect(page.locator("#gone")).to_be_hidden()
        await expect(page.locator("#answer button.main")).to_be_enabled()
        assert await page.locator("#answer-text").input_value() == "Проверим сегодня"


async def handed_over(house: House, by: Operator, to: str) -> None:
    """The first question, from one organisation to the other."""
    ground, redis = house.ground, connect(house.ground.redis_url)
    live = RedisLive(redis)
    async with operator_desk(house.engine, ground.city, ground.city_clock, partial(tell_of, live)) as desk:
        await desk.transfer(by, TicketId(1), to, "Это к вам", f"to {to}")
    await live.aclose()
    await redis.aclose()


async def test_calls_that_are_asked_for_and_taken_back_come_to_an_open_list(
    polling_house: House, messenger: str, chromium: Browser
) -> None:
    house, phone = polling_house, polling_house.phone(messenger)
    await agree(phone)
    async with desk_page(house, chromium, "anna", "Анна") as page:
        await page.goto(page.url.replace("/tickets", "/calls"))
        await expect(page.locator("#calls")).to_contain_text("Звонков никто не ждёт")
        await hears(page)
        await want_a_call(phone)
        await expect(page.locator("#calls")).to_contain_text("Позвонить")
        await phone.tap("не нужен")
        await expect(page.locator("#calls")).to_contain_text("Звонков никто не ждёт")


async def want_a_call(phone: Phone) -> None:
    for press, answer in (("Адреса", "Центры"), ("Перезвоните", "Кто должен"), ("Водоканал", "На какой номер")):
        await phone.tap(press)
        await phone.wait_for(answer)
    await phone.say("8 900 000-00-01")
    await phone.wait_for("В какой день")
    await phone.tap("завтра")
    await phone.wait_for("В котором часу")
    await phone.say("10")
    await phone.wait_for("Оператор начнёт со слова")


async def test_while_redis_is_away_an_open_desk_asks_by_itself(
    town: Town, city: City, redis_url: str, chromium: Browser
) -> None:
    gate = Gate(redis_url.removeprefix("unix://").partition("?")[0])
    await gate.open()
    try:
        async with opened_house("polling", town, city, f"redis://127.0.0.1:{gate.port}/0") as house:
            phone = house.phone("vk")
            await agree(phone)
            await ask(phone)
            async with desk_page(house, chromium, "anna", "Анна") as page:
                await page.locator(".queue-link").first.click()
                await hears(page)
                await expect(page.locator("#standing")).to_be_hidden()
                await gate.close()
                await expect(page.locator("#standing")).to_be_visible(timeout=10_000)
                await said_live(page, phone, "Так и течёт")
                await page.locator("#answer-text").fill("Чиним.")
                await page.locator("#answer button.main").click()
                await phone.wait_for("Чиним.")
                await gate.open()
                await expect(page.locator("#standing")).to_be_hidden(timeout=10_000)
    finally:
        await gate.close()
        await asyncio.sleep(0)
