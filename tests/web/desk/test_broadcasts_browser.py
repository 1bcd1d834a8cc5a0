"""The composer and the progress of a broadcast in a real Chromium: what moves on the page moves by itself."""

import re
import secrets
from pathlib import Path

import pytest
from asyncpg import Connection
from playwright.async_api import Page, expect

from core.staff.model import Role
from core.staff.sign_in import digest_of
from infra.paths import PROJECT
from tests.browsers import in_browser, started_browser
from tests.desks import DeskSite
from tests.web.desk.test_broadcasts import db, site

__all__ = ["db", "site"]

pytestmark = in_browser

IMAGES = PROJECT / "docs" / "images"


async def test_the_composer_and_the_progress_in_a_real_browser(
    site: DeskSite, db: Connection, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """From the text written ahead to the last outcome; what moves on the page moves without being asked."""
    folder = IMAGES if request.config.getoption("--screenshots") else tmp_path
    async with started_browser() as chromium:
        page = await chromium.new_page(viewport={"width": 1280, "height": 900})
        await sit(page, site)
        await page.goto(f"{site.address}/desk/broadcasts")
        await page.get_by_role("link", name=re.compile("С января 2022")).click()
        await expect(page.locator("input[name=service]:checked")).to_have_count(2)
        for service in ("cold_water", "wastewater"):
            await page.locator(f"input[name=service][value={service}]").uncheck()
        await page.screenshot(path=folder / "broadcast-composer.png", full_page=True)
        await page.get_by_role("button", name="Сохранить и посмотреть").click()
        await expect(page.locator(".phone")).to_have_count(8)
        await page.screenshot(path=folder / "broadcast-preview.png", full_page=True)
        await db.execute("UPDATE broadcasts SET approver = 'boris'")
        await page.get_by_role("button", name="Отправить", exact=True).click()
        await expect(page.get_by_text("Начнётся через")).to_be_visible()
        await db.execute("UPDATE mailings SET begins_at = now()")
        await expect(page.get_by_text("Начнётся через")).to_be_hidden()
        await db.execute("UPDATE deliveries SET state = 'sent', settled_at = now() WHERE token LIKE 'vk%'")
        await expect(page.get_by_text("3 / 4")).to_be_visible()
        await page.screenshot(path=folder / "broadcast-progress.png", full_page=True)
        await page.set_viewport_size({"width": 360, "height": 740})
        width = await page.evaluate("document.documentElement.scrollWidth")
        await page.screenshot(path=folder / "broadcast-progress-360.png", full_page=True)
        await db.execute("UPDATE deliveries SET state = 'blocked', settled_at = now() WHERE state = 'waiting'")
        await db.execute("UPDATE mailings SET status = 'finished'")
        await expect(page.locator("#status")).to_have_text("закончена")
        await expect(page.get_by_text("У каждого получателя есть итог.")).to_be_visible()
        assert width <= 360


async def sit(page: Page, site: DeskSite) -> None:
    """With the cookie of a seat: signing in has tests of its own."""
    member = await site.hire("anna", role=Role.SENIOR)
    token = secrets.token_urlsafe(32)
    async with site.parts.desks.open() as cases:
        await cases.sign_in.sessions.open(member.id, digest_of(token), proved=True)
    await page.context.add_cookies([{"name": "desk", "value": token, "url": site.address}])
