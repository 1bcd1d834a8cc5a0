"""Signing in as a member does: the password, a code, the first time with its own password and a second factor."""

import re

import pyotp
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.staff.model import NewMember, Role
from tests.desks import PASSWORD, DeskSite, desk_site


async def test_a_member_signs_in_and_out(desk: DeskSite) -> None:
    anna = await desk.hire("anna", name="Анна Ключева")
    browser = await desk.browser()
    assert (await browser.get("")).to == "/desk/sign-in"
    entered = await browser.submit("/sign-in", login=" Anna ", password=PASSWORD)
    assert (entered.status, entered.to) == (303, "/desk")
    assert (await browser.get("")).to == "/desk/sign-in/code"
    proved = await browser.submit("/sign-in/code", code=await desk.code(anna.id))
    assert (proved.status, proved.to) == (303, "/desk")
    assert (await browser.get("")).to == "/desk/tickets"
    first = await browser.get("/tickets")
    assert first.status == 200
    assert "Анна Ключева" in first.text
    left = await browser.post("/sign-out")
    assert left.to == "/desk/sign-in"
    assert "Вы вышли." in (await browser.get("/sign-in")).text
    assert (await browser.get("")).to == "/desk/sign-in"


async def test_the_first_time_one_chooses_a_password_and_sets_up_the_second_factor(desk: DeskSite) -> None:
    async with desk.parts.desks.open() as cases:
        member, made = await cases.staff.add(None, NewMember("igor", "Игорь Печкин", Role.OPERATOR))
    browser = await desk.browser()
    await browser.submit("/sign-in", login="igor", password=made)
    assert (await browser.get("")).to == "/desk/sign-in/password"
    weak = await browser.submit("/sign-in/password", password="igor-igor-1", again="igor-igor-1")
    assert weak.status == 422
    assert "слишком простой" in weak.text
    assert "не совпали" in (await browser.submit("/sign-in/password", password=PASSWORD, again="other")).text
    assert (await browser.submit("/sign-in/password", password=PASSWORD, again=PASSWORD)).to == "/desk"
    assert (await browser.get("")).to == "/desk/sign-in/factor"
    page = await browser.get("/sign-in/factor")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    assert secret
    assert 'src="data:image/png;base64,' in page.text
    assert (await browser.submit("/sign-in/factor", code="000000")).status == 422
    codes = await browser.submit("/sign-in/factor", code=pyotp.TOTP(secret[1].replace(" ", "")).now())
    assert codes.status == 200
    assert len(re.findall(r"<li><code>[a-z0-9]{5}-[a-z0-9]{5}</code>", codes.text)) == 10
    assert (await browser.get("/me")).status == 200
    assert await desk.sql("SELECT what FROM desk_looks WHERE member_id = $1 ORDER BY id", member.id) == [
        *[("staff.password_set",), ("staff.factor_set",), ("staff.backup_codes",), ("staff.signed_in",)]
    ]


async def test_the_page_that_was_asked_for_opens_after_signing_in(shared: DeskSite) -> None:
    anna = await shared.hire()
    browser = await shared.browser()
    assert (await browser.get("/me?x=1")).to == "/desk/sign-in"
    await browser.submit("/sign-in", login=anna.login, password=PASSWORD)
    assert (await browser.submit("/sign-in/code", code=await shared.code(anna.id))).to == "/desk/me"
    assert browser.cookie("desk-wanted") is None
    elsewhere = await shared.browser()
    await elsewhere.submit("/sign-in", login=(igor := await shared.hire()).login, password=PASSWORD)
    elsewhere.plant("desk-wanted", "https://evil.example/desk/me")
    assert (await elsewhere.submit("/sign-in/code", code=await shared.code(igor.id))).to == "/desk"


async def test_over_https_cookies_are_the_hosts_own_and_secure(
    engine: AsyncEngine, city: City, city_clock: CityClock
) -> None:
    async with desk_site(engine, city, city_clock, secure=True) as site:
        browser = await site.browser()
        page = await browser.get("/sign-in")
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-desk-form=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
