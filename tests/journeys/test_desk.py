"""The desk as its operators and the residents live through it: a real Chromium, both messengers, two organisations.

With `--screenshots` the pictures of the README are made anew.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from cli.demo import BOTS
from cli.demo_staff import hire_demo_staff
from cli.wiring_desk import build_desk
from core.city import City
from infra.db.engine import driver_connection
from infra.demo_city.asking import make_talks
from infra.demo_city.pictures import water_meter
from infra.paths import PROJECT
from sandbox.page.guide import DeskLogin
from sandbox.phone import Phone
from tests.browsers import in_browser, started_browser
from tests.journeys.conftest import House, Town, opened_house
from tests.journeys.test_main_job import agree, link
from web.desk import build_shell
from web.desk.parts import NoNews

PICTURES = PROJECT / "docs" / "images"
HEAT = "МП трест «Теплофикация»"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}
LIVE = 15_000
"""Milliseconds in which something must be on an open page by itself; benchmarks/desk.py measures the time."""
pytestmark = in_browser


@dataclass
class Desk:
    """The product, its operators, and the browsers they sit at. What a page says of itself in its console is kept."""

    house: House
    browser: Browser
    logins: dict[str, DeskLogin]
    complaints: list[str] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.ground.settings.web_port}/desk"

    def _complained(self, said: str) -> None:
        """A failed request is told of by its response, which says which. A page whose ticket has just been handed to
        others may still ask for it."""
        if not said.startswith("Failed to load resource") and not re.match(r"404 \S+/talk\?read=1$", said):
            self.complaints.append(said)

    async def sit_down(self, login: str, size: dict[str, int] | None = None) -> Page:
        """A browser of its own, signed in as people do: login, password, code."""
        context = await self.browser.new_context(viewport=size or WIDE, locale="ru-RU")  # type: ignore[arg-type]  # width and height
        self._stack.push_async_callback(context.close)
        page = await context.new_page()
        page.on("console", lambda said: self._complained(said.text) if said.type == "error" else None)
        page.on("response", lambda got: self._complained(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        person = self.logins[login]
        await page.goto(self.address)
        await page.get_by_label("Логин").fill(person.login)
        await page.get_by_label("Пароль").fill(person.password)
        await page.get_by_role("button", name="Дальше").click()
        await page.get_by_label("Код", exact=True).fill(person.code())
        await page.get_by_role("button", name="Войти").click()
        await page.get_by_role("link", name="Вопросы").click()
        await expect(page.get_by_role("heading", name="Вопросы")).to_be_visible()
        return page


@pytest.fixture
async def desk(town: Town, city: City, redis_url: str) -> AsyncIterator[Desk]:
    """The demo's desk: its staff, and the talks of the days before."""
    async with opened_house("polling", town, city, redis_url) as house, started_browser() as browser:
        ground, folder = house.ground, town.city.files[0][2].parent
        await make_talks(house.engine, city, ground.city_clock, ground.hasher(), folder, BOTS)
        logins = {one.login: one for one in await hire_demo_staff(ground)}
        opened = Desk(house, browser, logins)
        async with opened._stack:
            yield opened
        assert opened.complaints == []


async def ask(phone: Phone, service: str, words: str) -> int:
    """The number of the ticket."""
    await phone.tap("Вопрос")
    await phone.wait_for("О чём вопрос?")
    await phone.tap("Качество")
    await phone.wait_for("Какая услуга?")
    await phone.tap(service)
    await phone.wait_for("Напишите вопрос")
    await phone.say(words)
    bubble = await phone.wait_for("Вопрос №")
    found = re.search(r"Вопрос №\s(\d+)", bubble.plain)
    assert found
    return int(found[1])


async def answer(page: Page, words: str, *, button: str = "Ответить", picture: Path | None = None) -> None:
    await page.get_by_label("Ответ жителю").fill(words)
    if picture is not None:
        await page.locator("#answer input[type=file]").set_input_files(picture)
    await page.get_by_role("button", name=button, exact=True).click()
    await expect(page.locator(".said-by.operator").filter(has_text=words)).to_be_visible()


async def test_two_residents_ask_and_two_operators_answer(
    desk: Desk, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    anna, igor = await desk.sit_down("anna"), await desk.sit_down("igor")
    picture = tmp_path / "счётчик.png"
    picture.write_bytes(water_meter())
    telegram, vk = desk.house.phone("telegram"), desk.house.phone("vk")

    # Each question is on the open desk of its own organisation by itself, and on no other.
    await link(telegram, desk.house.samples[0])
    await agree(vk)
    water = await ask(telegram, "холодная вода", "Счётчик щёлкает по ночам")
    heat = await ask(vk, "отопление", "Батареи холодные")
    await expect(anna.locator(f'[data-ticket="{water}"]')).to_contain_text("Счётчик щёлкает по ночам", timeout=LIVE)
    await expect(igor.locator(f'[data-ticket="{heat}"]')).to_contain_text("Батареи холодные", timeout=LIVE)
    await expect(anna.locator(f'[data-ticket="{heat}"]')).to_have_count(0)

    # An answer with a picture arrives on the phone, and what the resident says to it in the open conversation.
    await anna.locator(f'[data-ticket="{water}"] a').click()
    await answer(anna, "Закройте краны и посмотрите сюда: крутится?", picture=picture)
    await telegram.wait_for("Закройте краны и посмотрите сюда: крутится?")
    assert any(bubble.media and bubble.media.kind == "photo" for bubble in telegram.bubbles)
    await expect(anna.locator(".said-mark").last).to_contain_text("доставлено", timeout=LIVE)
    await telegram.say("Да! И горячий тоже")
    await expect(anna.locator(".said-by.resident").last).to_contain_text("Да! И горячий тоже", timeout=LIVE)
    if request.config.getoption("--screenshots"):
        await anna.screenshot(path=PICTURES / "desk.png")

    # Handed over with a note: the other organisation has it, this one no more.
    await anna.locator("#transfer summary").click()
    await anna.locator("#transfer select").select_option(HEAT)
    await anna.locator("#transfer textarea").fill("У жителя крутится и счётчик горячей воды")
    await anna.locator("#transfer button").click()
    await expect(anna.get_by_role("status").filter(has_text="передан")).to_be_visible()
    await telegram.wait_for("передан: МП трест «Теплофикация»")
    await expect(igor.locator(f'[data-ticket="{water}"]')).to_be_visible(timeout=LIVE)
    refused = await anna.request.get(f"{desk.address}/tickets/{water}")
    assert refused.status == 404

    # Answered and closed; the residents say how they liked it.
    await igor.locator(f'[data-ticket="{water}"] a').click()
    await expect(igor.locator(".said-by.note")).to_contain_text("У жителя крутится и счётчик горячей воды")
    await answer(igor, "Слесарь придёт завтра с 9 до 12.", button="Ответить и закрыть")
    await telegram.wait_for("закрыт")
    await telegram.tap("5")
    await telegram.wait_for("Спасибо за оценку!")
    await expect(igor.locator("#talk-head")).to_contain_text("оценка 5 из 5", timeout=LIVE)
    await igor.locator(f'[data-ticket="{heat}"] a').click()
    await answer(igor, "Запорная арматура меняется, к вечеру потеплеет.", picture=picture)
    await vk.wait_for("к вечеру потеплеет")
    assert any(bubble.media and bubble.media.kind == "photo" for bubble in vk.bubbles)
    await igor.locator("#close summary").click()
    await igor.locator("#close button").click()
    await vk.wait_for("закрыт")
    await vk.tap("4")
    await vk.wait_for("Спасибо за оценку!")
    await expect(igor.locator("#talk-head")).to_contain_text("оценка 4 из 5", timeout=LIVE)
    for phone in (telegram, vk):
        assert not any(name in bubble.plain for bubble in phone.bubbles for name in ("Анна Ключева", "Игорь Печкин"))


NO_PAGES = {
    *("/live", "/calls/list", "/tickets/list", "/tickets/{ticket}/talk", "/tickets/{ticket}/files/{file}"),
    *("/tickets/{ticket}/pictures/{file}", "/tasks/{task}/photos/{photo}", "/numbers/csv", "/numbers/xlsx"),
    *("/broadcasts/{broadcast}/progress", "/broadcasts/{broadcast}/csv"),
}
"""What is asked for by pages, or saved."""
THINGS = {
    "call": """
        INSERT INTO call_backs (key, chat_id, organisation, phone, vouched, word, wanted_at, asked_at)
        SELECT 'call', id, 'МП трест «Водоканал»', '9001234567', true, 'ромашка', '2022-02-16 11:00+05',
            '2022-02-16 09:00+05' FROM chats LIMIT 1 RETURNING id
    """,
    "task": """
        INSERT INTO tasks (key, kind, facts, opened_at)
        VALUES ('task', 'fake_bot', '{"text": "Пишет, что он водоканал"}', '2022-02-16 09:00+05') RETURNING id
    """,
    "broadcast": """
        WITH made AS (
            INSERT INTO mailings (key, kind, topic, status, random_id)
            VALUES ('broadcast', 'announcement', 'announcement', 'draft', 7) RETURNING id
        )
        INSERT INTO broadcasts (mailing_id, title, author, written_at, texts, buttons, audience)
        SELECT id, 'Переход', 'Мария Главная', '2022-02-16 09:00+05', '{"ru": "Здравствуйте"}', '[]', '{}' FROM made
        RETURNING mailing_id
    """,
    "outage": """
        INSERT INTO outages (key, services, emergency, starts_at, cause, places, made_by, updated_at)
        VALUES ('outage', '{cold_water}', true, '2022-02-16 09:00+05', 'Порыв трубы', '{"улица Труда"}',
            'Мария Главная', '2022-02-16 09:00+05') RETURNING id
    """,
    "flat": """
        SELECT premises_id FROM links JOIN accounts USING (premises_id)
            JOIN meters ON meters.account_id = accounts.id LIMIT 1
    """,
    "meter": """
        SELECT meters.id FROM links JOIN accounts USING (premises_id)
            JOIN meters ON meters.account_id = accounts.id LIMIT 1
    """,
    "ticket": "SELECT min(ticket_id) FROM ticket_files",
    "member": "SELECT min(id) FROM members",
}
"""Something to put in place of each variable of a path."""


async def pages_of(desk: Desk) -> list[str]:
    """Every page there is, of the shell's own list: a new one is among them."""
    async with driver_connection(desk.house.engine) as db:
        things = {name: await db.fetchval(statement) for name, statement in THINGS.items()}
    shell = build_shell(build_desk(desk.house.ground, desk.house.engine, NoNews()))
    paths = {route.path for route in shell.routes if route.method == "GET" and route.role is not None}
    return sorted(path.format(**things) for path in paths - NO_PAGES)


async def test_every_page_is_for_everybody(desk: Desk, request: pytest.FixtureRequest) -> None:
    """On a wide screen and a phone: no serious finding of axe, nothing wider than the screen, no browser complains."""
    boss, pages = await desk.sit_down("boss"), await pages_of(desk)
    assert len(pages) > 15
    faults: list[str] = []
    for path in pages:
        await boss.goto(f"{desk.address}{path}")
        for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
            await boss.set_viewport_size(size)  # type: ignore[arg-type]  # width and height
            await boss.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
            faults += [f"{path} at {size['width']}, {scheme}: {fault}" for fault in await faults_of(boss)]
    assert faults == []
    if request.config.getoption("--screenshots"):
        await boss.emulate_media(color_scheme="light")
        await boss.set_viewport_size(NARROW)  # type: ignore[arg-type]  # width and height
        await boss.goto(f"{desk.address}/tickets/8")
        await boss.screenshot(path=PICTURES / "desk-phone.png")
        await boss.set_viewport_size(WIDE)  # type: ignore[arg-type]  # width and height
        await boss.goto(f"{desk.address}/numbers")
        await boss.screenshot(path=PICTURES / "desk-numbers.png")


async def faults_of(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    faults = [f"{one['id']} {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}]
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*faults, "wider than the screen"] if wide else faults
