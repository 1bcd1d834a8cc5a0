"""Broadcasts at the desk: written, looked at, approved by a second person, started once, taken back, reported."""

import asyncio
import re
from dataclasses import replace

import aiohttp
import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.previews import previews_of
from core.city import City
from core.clock import CityClock
from core.staff.model import Role
from infra.broadcast_file import broadcasts_file, read_broadcast_file
from infra.db.engine import driver_connection
from infra.paths import DEFAULT_CITY
from tests.desks import Browser, DeskSite, desk_site
from tests.infra.db.crowd import Crowd

FORM = {
    "key": "a-form-of-its-own",
    "title": "Вода <b>завтра</b>",
    "kind": "announcement",
    "text_ru": "Завтра воды не будет. {{Точно}}.",
    "text_en": "No water tomorrow.",
    "opens1": "contacts",
    "label1_ru": "Адреса",
    "provider": "vodokanal",
}


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


@pytest.fixture
async def db(engine: AsyncEngine) -> Connection:
    async with driver_connection(engine) as connection:
        yield connection


@pytest.fixture
async def site(engine: AsyncEngine, city: City, city_clock: CityClock, db: Connection) -> DeskSite:
    """A desk where more than three recipients need two people; five residents, one of whom has opted out."""
    crowd = Crowd(db)
    for messenger in ("telegram", "vk", "vk", "vk", "telegram"):
        resident = await crowd.resident(messenger, flat=await crowd.flat())
    await crowd.opt_out(resident)
    town = replace(city, broadcasts=replace(city.broadcasts, alone_up_to=3))
    ahead = [(one.name, one.draft) for one in read_broadcast_file(broadcasts_file(DEFAULT_CITY), city)]
    more = {"previews": previews_of(town, city_clock), "written_ahead": ahead}
    async with desk_site(engine, town, city_clock, **more) as opened:
        yield opened


@pytest.fixture
async def anna(site: DeskSite) -> Browser:
    return await site.seat(await site.hire("anna", role=Role.SENIOR))


@pytest.fixture
async def boris(site: DeskSite) -> Browser:
    return await site.seat(await site.hire("boris", role=Role.SENIOR))


async def test_written_seen_approved_started_and_reported(
    site: DeskSite, anna: Browser, boris: Browser, db: Connection
) -> None:
    assert (await anna.submit("/broadcasts", **FORM)).to == "/desk/broadcasts/1"
    assert (await anna.submit("/broadcasts", **FORM)).to == "/desk/broadcasts/1", "the same form is one broadcast"
    page = (await anna.get("/broadcasts/1")).text
    assert "Вода &lt;b&gt;завтра&lt;/b&gt;" in page
    assert "Telegram Русский 1 1 0 ВКонтакте Русский 3 0 0" in words(page)
    assert "4 получателя · Больше 3: нужен второй человек." in words(page)
    assert page.count("Завтра воды не будет. {Точно}.") == 2, "as both messengers show it"
    assert page.count("Не присылать объявления") == 2
    refused = await anna.post("/broadcasts/1/start")
    assert (refused.status, "Получателей 4, это больше 3" in refused.text) == (422, True)
    assert "Свою рассылку одобрить нельзя" in (await anna.post("/broadcasts/1/approve")).text
    await boris.get("/broadcasts/1")
    assert (await boris.post("/broadcasts/1/approve")).status == 303
    both = await asyncio.gather(anna.post("/broadcasts/1/start"), boris.post("/broadcasts/1/start"))
    assert sorted(answer.status for answer in both) == [303, 422]
    assert "уже в другом состоянии" in next(answer.text for answer in both if answer.status == 422)
    assert await site.sql("SELECT count(*) FROM deliveries") == [(4,)]
    assert "Начнётся через" in (await anna.get("/broadcasts/1/progress")).text
    await db.execute(
        "UPDATE deliveries SET state = CASE WHEN token LIKE 'vk%' THEN 'sent' ELSE 'unknown' END, "
        "settled_at = now() - (id % 2) * interval '3 minutes', reason = 'reset'"
    )
    await db.execute("UPDATE mailings SET status = 'finished', begins_at = now()")
    done = words((await anna.get("/broadcasts/1")).text)
    for said in ("Всего 4 / 4", "ВКонтакте 3 / 3", "доставлено: 3", "неизвестно: 1", "У каждого получателя есть итог."):
        assert said in done
    assert "Чей итог неизвестен" in done
    file = await anna.get("/broadcasts/1/csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert file.text.count("доставлено") == 3
    looks = {row[0] for row in await site.sql("SELECT what FROM desk_looks WHERE what LIKE 'broadcast.%'")}
    assert looks == {"broadcast.create", "broadcast.approve", "broadcast.start", "broadcast.taken"}


async def test_changed_scheduled_and_taken_back(site: DeskSite, anna: Browser, boris: Browser) -> None:
    await anna.submit("/broadcasts", **FORM)
    await boris.get("/broadcasts/1")
    await boris.post("/broadcasts/1/approve")
    shown = (await anna.get("/broadcasts/1/edit")).text
    assert "Завтра воды не будет. {{Точно}}." in shown
    form = aiohttp.FormData({**FORM, "text_ru": "Послезавтра.", "not_after": "2022-02-20T20:00"}, quote_fields=False)
    form.add_field("file", b"%PDF-1.7", filename="C:\\план.pdf", content_type="application/pdf")
    edited = await anna.post("/broadcasts/1/edit", form)
    assert edited.status == 303, words(edited.text)[:600]
    (row,) = await site.sql("SELECT approver, file_name, file_picture, texts ->> 'ru' FROM broadcasts")
    assert row == (None, "план.pdf", False, "Послезавтра."), "who has agreed has not agreed to this"
    kept = {**FORM, "text_ru": "Послезавтра!"}
    assert (await anna.post("/broadcasts/1/edit", kept)).status == 303
    assert await site.sql("SELECT file_name FROM broadcasts") == [("план.pdf",)]
    await boris.post("/broadcasts/1/approve")
    started = await anna.post("/broadcasts/1/start", {"at": "2022-02-17T10:00"})
    assert started.status == 303, words(started.text)[:500]
    assert "запланирована" in words((await anna.get("/broadcasts/1")).text)
    assert (await anna.post("/broadcasts/1/undo")).status == 303
    assert (await anna.post("/broadcasts/1/start", {"at": "завтра"})).status == 422
    assert (await anna.post("/broadcasts/1/cancel")).status == 303
    assert (await anna.post("/broadcasts/1/resume")).status == 422


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"text_ru": ""}, "Нет текста на основном языке (ru)."),
        ({"text_ru": "{имя}"}, "Такой подстановки нет (ru): имя."),
        ({"houses": "улица Труда 14"}, "Поле не прочитать: дома"),
        ({"houses": "улица Труда, 99"}, "По этому адресу никто не живёт: улица Труда, 99."),
        ({"not_after": "2022-02-01T10:00"}, "Этот срок уже прошёл."),
        ({"link1": "http://example.org"}, "Кнопка 1: выберите раздел"),
        ({"debt_provider": "vodokanal", "debt_least": "много"}, "Поле не прочитать: долг"),
        ({"provider": "gas"}, "Такой организации нет: gas."),
    ],
)
async def test_what_cannot_be_sent_is_said_and_nothing_is_lost(
    site: DeskSite, anna: Browser, more: dict[str, str], why: str
) -> None:
    answer = await anna.submit("/broadcasts", **{**FORM, **more})
    assert (answer.status, why in words(answer.text)) == (422, True), words(answer.text)[:400]
    assert "No water tomorrow." in answer.text
    assert await site.sql("SELECT count(*) FROM mailings") == [(0,)]


async def test_a_trial_goes_to_one_chat_that_is_there(site: DeskSite, anna: Browser) -> None:
    await anna.submit("/broadcasts", **FORM)
    ((peer,),) = await site.sql("SELECT peer FROM chats WHERE messenger = 'telegram' ORDER BY id LIMIT 1")
    assert (await anna.post("/broadcasts/1/test", {"messenger": "telegram", "peer": str(peer)})).status == 303
    assert await site.sql("SELECT count(*) FROM inbox WHERE raw LIKE '%broadcast_trial%'") == [(1,)]
    assert "Такого чата нет" in (await anna.post("/broadcasts/1/test", {"messenger": "vk", "peer": "1"})).text
