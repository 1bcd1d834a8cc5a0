"""`vodoteplo demo` as a newcomer meets it: started as a command, used in a real Chromium on both phones.

With `--screenshots` the picture of the README is made anew.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from infra.paths import PROJECT
from infra.receipts.reading import read_codes
from tests.browsers import in_browser, started_browser
from tests.journeys.conftest import free_port

PICTURE = PROJECT / "docs" / "images" / "demo.png"
pytestmark = in_browser


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    port = free_port()
    environment = {
        **os.environ,
        "VODOTEPLO_DATA_DIR": str(tmp_path_factory.mktemp("demo")),
        "VODOTEPLO_WEB_PORT": str(port),
    }
    command = [sys.executable, "-m", "cli.main", "demo"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=PROJECT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(120):
        while b"http://" not in said:
            line = await process.stdout.readline()
            assert line, said.decode()
            said += line
    yield f"http://127.0.0.1:{port}/"
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        await process.communicate()
    assert process.returncode == 0


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    async with started_browser() as browser:
        page = await browser.new_page(viewport={"width": 1440, "height": 1080})
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(address)
        yield page
        assert errors == []


def last(phone: Locator) -> Locator:
    return phone.locator(".theirs").last


async def tap(phone: Locator, word: str) -> None:
    await last(phone).get_by_role("button", name=word).click()


async def say(phone: Locator, text: str) -> None:
    await phone.get_by_role("textbox").fill(text)
    await phone.get_by_role("textbox").press("Enter")


async def link(page: Page, phone: Locator, sample: int) -> None:
    chips = page.locator(".home").nth(sample).locator(".chip")
    await phone.get_by_role("button", name="Начать").click()
    await expect(last(phone)).to_contain_text("Согласны")
    await tap(phone, "Согласен")
    await expect(last(phone)).to_contain_text("привяжите квартиру")
    await tap(phone, "Привязать")
    await expect(last(phone)).to_contain_text("номер лицевого счёта")
    await say(phone, str(await chips.nth(0).text_content()))
    await expect(last(phone)).to_contain_text("код доступа")
    await say(phone, str(await chips.nth(1).text_content()))
    await expect(last(phone)).to_contain_text("Это ваша квартира?")
    await tap(phone, "Верно")
    await expect(last(phone)).to_contain_text("квартира привязана")


async def submit_all(phone: Locator) -> int:
    await tap(phone, "Показания")
    await expect(last(phone)).to_contain_text("Счётчик 1 из")
    text = str(await last(phone).text_content())
    meters = int(re.findall(r"из (\d+)", text)[0])
    for number in range(1, meters + 1):
        await expect(last(phone)).to_contain_text(f"Счётчик {number} из {meters}")
        shown = re.findall(r"Прошлое показание: ([\d\s\u00a0]+)", str(await last(phone).text_content()))[0]
        await say(phone, str(int(re.sub(r"\D", "", shown)) + 4))
        await expect(last(phone)).to_contain_text("Всё верно?")
        await tap(phone, "Верно")
    await expect(last(phone)).to_contain_text("Приняты показания за февраль 2022")
    return meters


async def test_a_newcomer_does_the_main_job_on_both_phones(page: Page, request: pytest.FixtureRequest) -> None:
    for sample, messenger in enumerate(("telegram", "vk")):
        phone = page.locator(f"#{messenger}")
        await link(page, phone, 0 if sample == 0 else 2)
        assert await submit_all(phone) >= 2
        await tap(phone, "Квитанция")
        await expect(last(phone)).to_contain_text("За какой месяц")
        await tap(phone, "январь 2022")
        await expect(last(phone)).to_contain_text("Что сделать?")
        await expect(phone.locator(".document")).to_have_count(1)
        await expect(phone.locator(".photo img")).not_to_have_count(0)
        for picture in await phone.locator(".photo img").all():
            source = str(await picture.get_attribute("src"))
            response = await page.request.get(str(await page.evaluate("path => new URL(path, location).href", source)))
            (code,) = read_codes(await response.body())
            assert code.startswith(b"ST00012|")
    await see_receipts(page)
    if request.config.getoption("--screenshots"):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURE)


async def see_receipts(page: Page) -> None:
    """Scrolls both chats to the pictures."""
    for messenger in ("telegram", "vk"):
        await page.locator(f"#{messenger} .photo").first.scroll_into_view_if_needed()
    await page.wait_for_timeout(300)


async def test_the_page_fits_a_narrow_phone(page: Page, tmp_path: Path) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    await page.screenshot(path=tmp_path / "narrow.png")


async def test_the_desk_opens_by_what_the_page_says(page: Page, address: str) -> None:
    person = page.locator(".operator").first
    login, password = (
        await person.locator("dd code").nth(0).inner_text(),
        await person.locator("dd code").nth(1).inner_text(),
    )
    assert page.context.browser
    desk = await page.context.browser.new_page(locale="ru-RU")
    await desk.goto(f"{address}desk")
    await desk.get_by_label("Логин").fill(login)
    await desk.get_by_label("Пароль").fill(password)
    await desk.get_by_role("button", name="Дальше").click()
    await desk.get_by_label("Код").fill(await person.locator("[data-code]").inner_text())
    await desk.get_by_role("button", name="Войти").click()
    await expect(desk.get_by_text("Анна Ключева").first).to_be_attached()
    assert desk.url.startswith(f"{address}desk")
    assert "sign-in" not in desk.url
    await desk.close()
