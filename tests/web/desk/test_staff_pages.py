"""The pages of admins, and one's own: people are let in, changed and dismissed; the book of looks tells of it."""

import re

import pyotp

from core.staff.model import Member, Role
from infra.db.engine import driver_connection
from infra.db.looks import PAGE
from tests.desks import PASSWORD, Browser, DeskSite
from web.desk.cookies import pack

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
NASTY = '"><script>alert(1)</script>&{{7*7}}'


async def seated_admin(desk: DeskSite) -> tuple[Member, Browser]:
    boss = await desk.hire(role=Role.ADMIN)
    return boss, await desk.seat(boss)


def shown_password(text: str) -> str:
    found = re.findall(r'<code class="big">([^<]+)</code>', text)
    assert len(found) == 2, text
    return found[1]


async def test_somebody_is_let_in_and_can_sign_in(shared: DeskSite) -> None:
    boss, browser = await seated_admin(shared)
    fields = [("name", "Ольга Новикова"), ("login", "Olga"), ("role", "operator")]
    added = await browser.post("/staff", [*fields, ("organisation", WATER), ("organisation", HEAT)])
    assert added.status == 200
    password = shown_password(added.text)
    assert "no-store" in added.headers["Cache-Control"]
    assert password not in (await browser.get("/staff")).text
    new = await shared.browser()
    assert (await new.submit("/sign-in", login="olga", password=password)).to == "/desk"
    row = await shared.sql("SELECT role, organisations FROM members WHERE login = 'olga'")
    assert row == [("operator", [WATER, HEAT])]
    repeated = await browser.post("/staff", [*fields, ("organisation", WATER)])
    assert repeated.status == 422
    assert "уже есть или были" in repeated.text
    assert "Ольга Новикова" in repeated.text, "what was typed is still there"
    looks = await shared.sql("SELECT what, facts ->> 'login' FROM desk_looks WHERE by = $1 ORDER BY id", boss.login)
    assert looks == [("staff.added", "olga")]


async def test_what_is_wrong_with_a_form_is_said(shared: DeskSite) -> None:
    _, browser = await seated_admin(shared)
    for fields, said in (
        ({"name": "A", "login": "ы", "all": "1"}, "латинские"),
        ({"name": " ", "login": "abc", "all": "1"}, "от 1 до 80"),
        ({"name": "A\u202eB", "login": "abc", "all": "1"}, "от 1 до 80"),
        ({"name": "A", "login": "abc"}, "хотя бы одну"),
        ({"name": "A", "login": "abc", "organisation": "Горгаз"}, "хотя бы одну"),
    ):
        answer = await browser.post("/staff", fields)
        assert answer.status == 422
        assert said in answer.text, fields
    stranger = await browser.post("/staff", {"name": "Роль", "login": "role-of-none", "role": "god", "all": "1"})
    assert stranger.status == 200
    assert await shared.sql("SELECT role FROM members WHERE login = 'role-of-none'") == [("operator",)]


async def test_a_member_is_changed_dismissed_and_let_in_again(shared: DeskSite) -> None:
    _, browser = await seated_admin(shared)
    anna = await shared.hire()
    seat = await shared.seat(anna)
    changed = await browser.post(f"/staff/{anna.id}", {"name": "Анна Вторая", "role": "senior", "organisation": HEAT})
    assert changed.to == "/desk/staff"
    assert "Сохранено." in (await browser.get("/staff")).text
    assert "Сохранено." not in (await browser.get("/staff")).text
    row = await shared.sql("SELECT name, role, organisations FROM members WHERE id = $1", anna.id)
    assert row == [("Анна Вторая", "senior", [HEAT])]
    assert (await browser.post(f"/staff/{anna.id}/dismiss")).to == "/desk/staff"
    assert "Анна Вторая: доступ закрыт." in (await browser.get("/staff")).text
    assert (await seat.get("")).to == "/desk/sign-in"
    reset = await browser.post(f"/staff/{anna.id}/reset")
    again = await shared.browser()
    assert (await again.submit("/sign-in", login=anna.login, password=shown_password(reset.text))).to == "/desk"
    assert (await again.get("")).to == "/desk/sign-in/password"


async def test_an_admin_sees_all_organisations_and_the_last_one_stays(desk: DeskSite) -> None:
    boss, browser = await seated_admin(desk)
    for path, fields in (
        (f"/staff/{boss.id}", {"name": boss.name, "role": "operator", "all": "1"}),
        (f"/staff/{boss.id}/dismiss", {}),
    ):
        answer = await browser.post(path, fields)
        assert answer.status == 422
        assert "последний администратор" in answer.text
    assert (
        await browser.post(f"/staff/{boss.id}", {"name": "Ещё", "role": "admin", "organisation": HEAT})
    ).status == 303
    assert await desk.sql("SELECT name, organisations FROM members WHERE id = $1", boss.id) == [("Ещё", None)]


async def test_names_are_shown_as_they_are_and_run_nothing(shared: DeskSite) -> None:
    boss, browser = await seated_admin(shared)
    anna = await shared.hire(name=NASTY)
    await browser.post(f"/staff/{anna.id}/dismiss")
    pages = [
        await browser.get(path) for path in ("/staff", f"/staff/{anna.id}", "/looks", f"/looks?by={NASTY}", "/staff")
    ]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;&amp;{{7*7}}" in page.text for page in pages)
    for page in pages:
        assert page.status == 200
        assert "<script>" not in page.text
    assert boss.login in pages[2].text


async def test_a_flash_of_somebody_elses_words_is_not_shown(shared: DeskSite) -> None:
    _, browser = await seated_admin(shared)
    for packed in (pack("Ваш пароль украден", {}), "нет", "e30=", "W10=", "!" * 50):
        browser.plant("desk-said", packed if packed.isascii() else "x")
        page = await browser.get("/staff")
        assert page.status == 200
        assert 'class="said"' not in page.text
    browser.plant("desk-said", pack("{name}: доступ закрыт.", {"name": "<b>"}))
    assert "&lt;b&gt;: доступ закрыт." in (await browser.get("/staff")).text


async def test_the_book_of_looks_is_read_page_by_page(desk: DeskSite) -> None:
    boss, browser = await seated_admin(desk)
    async with desk.parts.desks.open() as cases:
        for number in range(60):
            await cases.looks.record(boss, "ticket.opened", f"ticket:{number}", {"flat": number})
    first = await browser.get("/looks?what=ticket.opened")
    assert [f"ticket:{number}<" in first.text or f"ticket:{number} " in first.text for number in (59, 10, 9)] == [
        True,
        True,
        False,
    ]
    older = re.search(r'href="/desk(/looks\?[^"]*before=\d+)"', first.text)
    assert older
    second = await browser.get(older[1].replace("&amp;", "&"))
    assert "ticket:9 " in second.text
    assert "ticket:10 " not in second.text
    assert "Таких записей нет" in (await browser.get("/looks?by=nobody")).text


async def test_everybody_changes_their_own_password(shared: DeskSite) -> None:
    anna = await shared.hire()
    here, there = await shared.seat(anna), await shared.seat(anna)
    new = "совсем-другой-пароль-7"
    for fields, said in (
        ({"present": "wrong", "password": new, "again": new}, "Нынешний пароль не подходит"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "слишком простой"),
        ({"present": PASSWORD, "password": new, "again": new + "x"}, "не совпали"),
    ):
        answer = await here.post("/me/password", fields)
        assert answer.status == 422
        assert said in answer.text
    assert (await here.post("/me/password", {"present": PASSWORD, "password": new, "again": new})).to == "/desk/me"
    assert (await here.get("/me")).status == 200
    assert (await there.get("/me")).to == "/desk/sign-in"
    again = await shared.browser()
    assert (await again.submit("/sign-in", login=anna.login, password=PASSWORD)).status == 422
    assert (await again.submit("/sign-in", login=anna.login, password=new)).to == "/desk"


async def test_new_backup_codes_take_the_place_of_the_old(shared: DeskSite) -> None:
    anna = await shared.hire()
    browser = await shared.seat(anna)
    assert "Осталось 0 кодов" in (await browser.get("/me")).text
    answers = [await browser.post("/me/codes"), await browser.post("/me/codes")]
    old, new = (re.findall(r"<li><code>([^<]+)</code>", answer.text) for answer in answers)
    assert (len(old), len(new), set(old) & set(new)) == (10, 10, set())
    assert "Осталось 10 кодов" in (await browser.get("/me")).text


async def test_the_desk_speaks_the_members_language(shared: DeskSite) -> None:
    anna = await shared.hire()
    browser = await shared.seat(anna)
    assert '<html lang="ru">' in (await browser.get("/me")).text
    assert (await browser.post("/language", {"language": "en", "back": "/desk/me"})).to == "/desk/me"
    page = await browser.get("/me")
    assert '<html lang="en">' in page.text
    assert "My sign-in" in page.text
    assert not re.search(r"[А-Яа-я]", page.text.split("<main")[1]), "a Russian word is left"
    for back in ("https://evil.example/", "//evil.example/x", "/desk/../etc", "/desk//evil", "/desk/me?x"):
        assert (await browser.post("/language", {"language": "ru", "back": back})).to == "/desk"
    assert (await browser.post("/language", {"language": "tlh"})).status == 422
    stranger = await shared.browser()
    assert 'lang="en"' in (await stranger.get("/sign-in", Accept_Language="en-GB,ru;q=0.5")).text
    assert 'lang="ru"' in (await stranger.get("/sign-in", Accept_Language="de")).text
    await stranger.get("/sign-in?language=en")
    assert '<html lang="en">' in (await stranger.get("/sign-in", Accept_Language="ru")).text


async def test_the_first_code_of_a_second_factor_cannot_be_used_again(shared: DeskSite) -> None:
    anna = await shared.hire()
    async with shared.parts.desks.open() as cases:
        password = await cases.staff.reset(None, anna.id)
    browser = await shared.browser()
    await browser.submit("/sign-in", login=anna.login, password=password)
    await browser.submit("/sign-in/password", password=PASSWORD, again=PASSWORD)
    secret = re.search(r'class="secret">([^<]+)<', (await browser.get("/sign-in/factor")).text)
    assert secret
    code = pyotp.TOTP(secret[1].replace(" ", "")).now()
    assert (await browser.submit("/sign-in/factor", code=code)).status == 200
    other = await shared.browser()
    await other.submit("/sign-in", login=anna.login, password=PASSWORD)
    assert (await other.submit("/sign-in/code", code=code)).status == 422


async def test_the_book_of_looks_is_read_by_its_indexes(shared: DeskSite) -> None:
    """However long it has grown: a page is fifty lines out of an index, whatever is asked for."""
    async with driver_connection(shared.engine) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO desk_looks (by, what) SELECT 'member-' || n % 500, 'act.' || n % 700"
            " FROM generate_series(1, 20000) AS n"
        )
        await connection.execute("ANALYZE desk_looks")
        await connection.execute(f"PREPARE page AS {PAGE}")
        for asked in ("NULL, NULL, NULL", "'member-7', NULL, NULL", "NULL, 'act.7', NULL", "NULL, NULL, 900"):
            plan = await connection.fetch(f"EXPLAIN EXECUTE page({asked}, 50)")
            told = "\n".join(row[0] for row in plan)
            assert "Seq Scan" not in told, told
            assert "Index" in told, told
        await transaction.rollback()
