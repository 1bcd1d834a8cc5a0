"""Outages at the desk: entered as they are announced, told, counted; what makes no sense is said in words."""

import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection
from tests.desks import Browser, DeskSite
from tests.infra.db.crowd import Crowd

HEAT = "МП трест «Теплофикация»"
FORM = {
    "key": "a-form-of-its-own",
    "service": "cold_water",
    "where": "улица Труда: 14",
    "from": "2022-02-16T10:00",
    "until": "2022-02-16T18:00",
    "cause": "порыв <b>трубы</b>",
    "emergency": "1",
}


@pytest.fixture(autouse=True)
async def house(engine: AsyncEngine) -> None:
    """Two residents in one building."""
    async with driver_connection(engine) as db:
        crowd = Crowd(db)
        for messenger in ("telegram", "vk"):
            await crowd.resident(messenger, flat=await crowd.flat())


@pytest.fixture
async def anna(desk: DeskSite) -> Browser:
    return await desk.seat(await desk.hire("anna"))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


async def kept(desk: DeskSite) -> list[tuple[object, ...]]:
    rows = await desk.sql(
        "SELECT cause, ends_at IS NULL AS open, ended_at IS NULL AS on_, places FROM outages ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_an_outage_is_entered_told_and_shown(desk: DeskSite, anna: Browser) -> None:
    answer = await anna.submit("/outages", **FORM)
    assert (answer.status, answer.to) == (303, "/desk/outages/1")
    shown = (await anna.get("/outages/1")).text
    assert "Введено. Сообщаем жителям: 2." in shown
    assert "порыв &lt;b&gt;трубы&lt;/b&gt;" in shown
    assert "1 дом, 2 квартиры, 2 жителя в чате" in words(shown)
    listed = words((await anna.get("/outages")).text)
    assert "№ 1: холодная вода авария идёт улица Труда: 14" in listed
    assert await desk.sql("SELECT count(*) FROM deliveries") == [(2,)]


async def test_the_same_form_sent_twice_is_one_outage(desk: DeskSite, anna: Browser) -> None:
    for _ in range(2):
        assert (await anna.submit("/outages", **FORM)).to == "/desk/outages/1"
    assert len(await kept(desk)) == 1


async def test_it_is_updated_ended_and_opened_again(desk: DeskSite, anna: Browser) -> None:
    await anna.submit("/outages", **FORM)
    unknown = {"key": "another-form", "until_unknown": "1", "text": "ищем место"}
    await anna.get("/outages/1")
    assert (await anna.post("/outages/1/update", unknown)).status == 303
    assert await kept(desk) == [("ищем место", True, True, ["улица Труда: 14"])]
    assert (await anna.post("/outages/1/end", {"key": "and-its-end", "text": "готово"})).status == 303
    assert (await kept(desk))[0][2] is False
    again = await anna.post("/outages/1/end", {"key": "one-more-end"})
    assert (again.status, "уже закончено" in again.text) == (422, True)
    assert (await anna.post("/outages/1/update", {"key": "once-again", "text": "снова"})).status == 303
    page = words((await anna.get("/outages/1")).text)
    for line in ("anna: введено", "anna: дополнено . ищем место", "anna: закончено", "anna: открыто снова"):
        assert line.replace(" .", ".") in page.replace(" .", "."), page
    book = await desk.sql("SELECT what, subject FROM desk_looks WHERE what LIKE 'outage.%' ORDER BY id")
    assert book == [
        *(("outage.added", "outage:1"), ("outage.updated", "outage:1"), ("outage.ended", "outage:1")),
        ("outage.updated", "outage:1"),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"service": "gas"}, "Отметьте, что отключено."),
        ({"cause": " "}, "Напишите причину"),
        ({"cause": "я" * 301}, "Слишком длинно"),
        ({"where": " \n "}, "Напишите, где"),
        ({"where": "улица Труда: 14, 98\nНигде"}, "Этого нет в списке домов: улица Труда: 98; Нигде."),
        ({"until": "2022-02-16T09:00"}, "Конец раньше начала."),
        ({"until": "вечером"}, "Время не прочитать"),
        ({"until": "2022-02-16T18:00+05:00"}, "Время не прочитать"),
        ({"from": "2022-02-16"}, "Время не прочитать"),
        ({"from": "0001-01-01T00:00"}, "Начало слишком далеко"),
        ({"from": "9999-12-31T23:59"}, "Начало слишком далеко"),
    ],
)
async def test_what_makes_no_sense_is_said_and_stays_in_the_form(
    shared: DeskSite, wrong: dict[str, str], said: str
) -> None:
    await shared.sql(
        "INSERT INTO premises (address_key, city, street, building, unit) "
        "SELECT 'м|улица труда|14|1', 'М', 'улица Труда', '14', '1' WHERE NOT EXISTS "
        "(SELECT FROM premises WHERE building_key = '|улица труда|14|') RETURNING id"
    )
    before = await kept(shared)
    browser = await shared.seat(await shared.hire())
    answer = await browser.submit("/outages", **{**FORM, **wrong})
    assert answer.status == 422
    assert said in answer.text
    if "cause" not in wrong:
        assert "порыв &lt;b&gt;трубы&lt;/b&gt;" in answer.text
    assert await kept(shared) == before


async def test_planned_work_needs_an_end(shared: DeskSite) -> None:
    browser = await shared.seat(await shared.hire())
    planned = {name: value for name, value in FORM.items() if name not in {"emergency", "until"}}
    assert "У плановых работ есть срок" in (await browser.submit("/outages", **planned)).text


@pytest.mark.parametrize("key", ["", "short", "a b c d e f g", "x" * 41, "ключ-ключ-ключ", "a/bcdefgh"])
async def test_a_form_without_a_name_of_its_own_is_none(shared: DeskSite, key: str) -> None:
    browser = await shared.seat(await shared.hire())
    assert (await browser.submit("/outages", **{**FORM, "key": key})).status == 400


async def test_another_organisations_outage_is_not_ones_own(desk: DeskSite, anna: Browser) -> None:
    await anna.submit("/outages", **FORM)
    heat = await desk.seat(await desk.hire("oleg", organisations=frozenset({HEAT})))
    assert "Отключений нет." in (await heat.get("/outages")).text
    assert (await heat.get("/outages/1")).status == 404
    for act in ("end", "update"):
        assert (await heat.post(f"/outages/1/{act}", {"key": "not-his-to-say", "text": "x"})).status == 404
    assert "другой организации" in (await heat.submit("/outages", **FORM)).text
    assert (await kept(desk))[0][2] is True


async def test_it_speaks_english(desk: DeskSite, anna: Browser) -> None:
    await anna.submit("/outages", **FORM)
    browser = await desk.seat(await desk.hire("john", language="en"))
    for path in ("/outages", "/outages/1"):
        page = words((await browser.get(path)).text).replace("порыв &lt;b&gt;трубы&lt;/b&gt;", "")
        assert re.findall(
            r"[А-Яа-яЁё]+", page.replace("улица Труда", "").replace("ВодоТепло", "").replace("квартал", "")
        ) in (
            [],
            ["Русский"],
        ), page
