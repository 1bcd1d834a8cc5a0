"""The counter and the phone, as a browser without scripts asks: what is shown, what is refused, what is recorded."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.call_backs.use_cases import CallWanted
from core.city import City
from core.clock import CityClock
from core.ids import ChatId, MeterId, PremisesId, ResidentId
from core.services import Service
from core.staff.model import Role
from infra.codes import HmacCodeHasher
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from tests.desks import Answer, Browser, DeskSite, desk_site
from tests.infra.db.story import JANUARY, TEPLOFIKACIYA, VODOKANAL, Story

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
EVIL = "<script>alert(1)</script>\"'>"
HASHER = HmacCodeHasher(b"a secret of thirty-two bytes or so")


@dataclass
class House:
    """A flat with both accounts and two meters, its resident, and who works at the counter."""

    desk: DeskSite
    db: Connection
    flat: PremisesId
    cold: MeterId
    hot: MeterId
    chat: ChatId
    anna: Browser
    gleb: Browser

    async def looked(self) -> list[str]:
        return [str(row[0]) for row in await self.desk.sql("SELECT what FROM desk_looks WHERE what NOT LIKE 'staff.%'")]

    async def values(self) -> list[tuple[object, ...]]:
        return await self.desk.sql("SELECT value, channel, status, current FROM readings ORDER BY seq")


@pytest.fixture
async def house(engine: AsyncEngine, city: City, city_clock: CityClock) -> AsyncIterator[House]:
    async with desk_site(engine, city, city_clock) as desk, driver_connection(engine) as db:
        story = Story(db, HASHER)
        flat = await story.premises()
        water, heat = await story.account(flat, "3000098765"), await story.account(flat, "700012345", TEPLOFIKACIYA)
        await db.execute("UPDATE accounts SET holder = $1", f"Иванова Мария {EVIL}")
        await db.execute("UPDATE premises SET address_key = 'магнитогорск|улица труда|14|25'")
        cold = await story.meter(
            water, "41000001", Service.COLD_WATER, last_value=Decimal(100), last_date=date(2022, 1, 24)
        )
        hot = await story.meter(
            heat, "42000001", Service.HOT_WATER, provider=TEPLOFIKACIYA, last_value=Decimal(50), place=EVIL
        )
        for account in (water, heat):
            await story.statement(account, JANUARY, 123450)
        await story.charge(water, JANUARY, Service.COLD_WATER, "5")
        chat = await story.chat()
        await db.execute("INSERT INTO residents (language) VALUES ('ru')")
        await db.execute("UPDATE chats SET resident_id = 1")
        await db.execute(
            "INSERT INTO links (resident_id, premises_id, name, linked_at) VALUES (1, $1, $2, now())", flat, EVIL
        )
        anna = await desk.seat(await desk.hire("anna", name="Анна", organisations=frozenset({WATER})))
        gleb = await desk.seat(await desk.hire("gleb", name="Глеб", organisations=frozenset({HEAT})))
        yield House(desk, db, flat, cold, hot, chat, anna, gleb)


def hidden(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


# --- search and card


async def test_a_flat_is_found_masked_and_opened_with_every_look_recorded(house: House) -> None:
    page = await house.anna.submit("/counter", q="труда 14")
    assert page.status == 200
    assert f'href="/desk/flats/{house.flat}"' in page.text
    assert "Иванова" not in page.text
    assert "3000098765" not in page.text
    card = await house.anna.get(f"/flats/{house.flat}")
    assert "••••••8765" in card.text
    assert "кв. ••" in card.text
    assert "Иванова" not in card.text
    assert "3000098765" not in card.text
    opened = await house.anna.get(f"/flats/{house.flat}/opened")
    assert "3000098765" in opened.text
    assert "ул. Труда, 14, кв. 25" in opened.text
    assert "Иванова Мария" in opened.text
    assert await house.looked() == ["counter.searched", "flat.seen", "flat.opened"]
    assert opened.headers["Cache-Control"] == "no-store, private"


async def test_an_organisation_sees_its_own_account_and_the_meters_it_needs(house: House) -> None:
    water = (await house.anna.get(f"/flats/{house.flat}/opened")).text
    assert "41000001" in water
    assert "42000001" in water, "wastewater needs hot water, too"
    assert "700012345" not in water
    assert "нужен для водоотведения" in water
    heat = (await house.gleb.get(f"/flats/{house.flat}/opened")).text
    assert "700012345" in heat
    assert "42000001" in heat
    assert "3000098765" not in heat
    assert "41000001" not in heat


async def test_names_of_people_never_run(house: House) -> None:
    for path in (f"/flats/{house.flat}", f"/flats/{house.flat}/opened"):
        page = await house.anna.get(path)
        assert "<script>alert" not in page.text
    found = await house.anna.submit("/counter", q=f"иванова {EVIL}")
    assert "<script>alert" not in found.text


@pytest.mark.parametrize("number", ["999999", "0", "1e3", "-1", "99999999999999999999", "%00", "../1"])
async def test_forged_flats_are_not_there(house: House, number: str) -> None:
    for path in (f"/flats/{number}", f"/flats/{number}/opened", f"/tickets/{number}/card"):
        assert (await house.anna.get(path)).status == 404
    await house.anna.get("/me")
    token = house.anna.token
    for path in (f"/flats/{number}/code", f"/flats/{number}/meters/{house.cold}", f"/calls/{number}/take"):
        assert (await house.anna.post(path, {"value": "1", "passport": "1", "rev": "0"}, token=token)).status == 404
    assert await house.looked() == []


async def test_who_lost_the_organisation_finds_nothing_at_the_next_request(house: House) -> None:
    await house.desk.sql("UPDATE members SET organisations = $1 WHERE login = 'anna' RETURNING id", [HEAT])
    await house.db.execute("UPDATE accounts SET closed_on = '2021-01-01' WHERE provider = 'teplofikaciya'")
    assert (await house.anna.get(f"/flats/{house.flat}")).status == 404
    assert (await house.anna.post(f"/flats/{house.flat}/code", {"passport": "1"})).status == 404
    assert "Ничего не нашлось" in (await house.anna.submit("/counter", q="труда 14")).text


async def test_too_short_a_search_says_so(house: House) -> None:
    page = await house.anna.submit("/counter", q="14")
    assert (page.status, "Слишком коротко" in page.text) == (422, True)


# --- readings


async def test_a_reading_is_checked_read_back_and_stored_once(house: House) -> None:
    meter = f"/flats/{house.flat}/meters/{house.cold}"
    await house.anna.get(f"/flats/{house.flat}")
    checked = await house.anna.post(meter, {"value": "00104,5 м3", "channel": "office"})
    assert "104,5" in checked.text
    assert "4,5 м³" in checked.text
    assert await house.values() == []
    form = {"value": hidden(checked, "value"), "key": hidden(checked, "key"), "channel": "office", "claim": "as_shown"}
    for _ in range(2):
        assert (await house.anna.post(f"{meter}/store", form)).status == 303
    assert await house.values() == [(Decimal("104.5"), "office", "accepted", True)]
    assert await house.desk.sql("SELECT actor FROM reading_events") == [("operator:Анна",)]
    assert (
        await house.anna.post(f"{meter}/store", {**form, "value": "105", "key": "k2", "channel": "phone"})
    ).status == 303
    assert [row[1] for row in await house.values()] == ["office", "phone"]


async def test_a_doubtful_reading_asks_what_the_resident_says_and_waits_for_an_operator(house: House) -> None:
    meter = f"/flats/{house.flat}/meters/{house.cold}"
    checked = await house.anna.post(meter, {"value": "99"})
    assert "Меньше прошлого" in checked.text
    assert "Счётчик заменили" in checked.text
    form = {"value": "99", "key": hidden(checked, "key"), "claim": "replaced", "note": f"новый № 5 {EVIL}"}
    stored = await house.anna.post(f"{meter}/store", form)
    assert stored.to == f"/desk/flats/{house.flat}"
    assert await house.values() == [(Decimal(99), "phone", "flagged", False)]
    task = await house.anna.get("/tasks/1")
    assert "новый № 5" in task.text
    assert "<script>alert" not in task.text
    assert (await house.gleb.get("/tasks/1")).status == 404
    assert (await house.anna.post("/tasks/1", {"outcome": "decline"})).status == 422
    assert (await house.anna.post("/tasks/1", {"outcome": "accept"})).to == "/desk/tasks"
    assert "Уже решено" in (await house.anna.post("/tasks/1", {"outcome": "accept"})).text
    assert [row[3] for row in await house.values()] == [True]


async def test_a_doubt_about_anothers_meter_is_not_settled_here(house: House) -> None:
    meter = f"/flats/{house.flat}/meters/{house.hot}"
    checked = await house.anna.post(meter, {"value": "9"})
    await house.anna.post(f"{meter}/store", {"value": "9", "key": hidden(checked, "key"), "claim": "as_shown"})
    assert "решает она" in (await house.anna.get("/tasks/1")).text
    refused = await house.anna.post("/tasks/1", {"outcome": "accept"})
    assert (refused.status, "решает она" in refused.text) == (422, True)
    assert (await house.gleb.post("/tasks/1", {"outcome": "accept"})).status == 303


@pytest.mark.parametrize("written", ["", "-5", "1 2", "сто", "1" * 300, EVIL, "1.2.3"])
async def test_what_is_no_number_is_said_and_not_stored(house: House, written: str) -> None:
    page = await house.anna.post(f"/flats/{house.flat}/meters/{house.cold}", {"value": written})
    assert (page.status, "<script>alert" in page.text) == (422, False)
    stored = await house.anna.post(f"/flats/{house.flat}/meters/{house.cold}/store", {"value": written, "key": "1"})
    assert stored.status == 422
    assert await house.values() == []


async def test_more_decimals_than_the_dial_has_are_cut_or_said_to_be_so(house: House) -> None:
    meter = f"/flats/{house.flat}/meters/{house.cold}"
    checked = await house.anna.post(meter, {"value": "104,12345"})
    assert "Записать 104,123" in checked.text
    assert (await house.anna.post(f"{meter}/store", {"value": "104,12345", "key": "1"})).status == 422
    assert (await house.anna.post(f"{meter}/store", {"value": "104,12345", "key": "1", "claim": "dial"})).status == 303
    assert [row[2] for row in await house.values()] == ["flagged"]


async def test_a_meter_of_others_is_not_read_here(house: House) -> None:
    assert (await house.gleb.post(f"/flats/{house.flat}/meters/{house.cold}", {"value": "104"})).status == 404
    stored = await house.gleb.post(f"/flats/{house.flat}/meters/{house.cold}/store", {"value": "104", "key": "1"})
    assert (stored.status, await house.values()) == (404, [])


# --- codes, words, windows


async def test_a_code_is_made_for_whoever_showed_a_passport_and_who_made_it_is_kept(house: House) -> None:
    assert (await house.anna.post(f"/flats/{house.flat}/code", {})).status == 422
    assert await house.desk.sql("SELECT 1 FROM one_time_codes") == []
    page = await house.anna.post(f"/flats/{house.flat}/code", {"passport": "1"})
    code = re.search(r"<code>([2-9A-Z]{4}-[2-9A-Z]{4})</code>", page.text)
    assert code
    assert "Есть код" in page.text
    assert await house.desk.sql("SELECT DISTINCT made_by FROM one_time_codes") == [("anna",)]
    assert await house.looked() == ["link_code.made"]


async def test_the_word_of_the_real_bot_is_confirmed_once(house: House, city: City, city_clock: CityClock) -> None:
    word = await build_use_cases(house.db, city, city_clock, HASHER).bot_checks.issue(house.chat)
    page = await house.anna.post("/counter/word", {"word": word.upper()})
    assert "Слово верное: Telegram" in page.text
    assert (await house.anna.post("/counter/word", {"word": word})).status == 422
    assert await house.looked() == ["bot_word.confirmed"]


async def test_a_senior_extends_the_window_of_their_own_provider(house: House) -> None:
    assert (await house.anna.get("/windows")).status == 403
    boss = await house.desk.seat(await house.desk.hire("olga", role=Role.SENIOR, organisations=frozenset({WATER})))
    asked = {"period": "2022-02", "until": "2022-02-28", "reason": f"авария {EVIL}", "provider": VODOKANAL}
    assert (await boss.post("/windows", {**asked, "provider": TEPLOFIKACIYA})).status == 422
    assert (await boss.post("/windows", {**asked, "provider": ""})).status == 422
    assert (await boss.post("/windows", {**asked, "until": "x"})).status == 422
    assert (await boss.post("/windows", {**asked, "street": "Труда"})).status == 422
    assert (await boss.post("/windows", asked)).status == 303
    again = await boss.post("/windows", asked)
    assert (again.status, "нужен более поздний" in again.text) == (422, True)
    assert "<script>alert" not in (await boss.get("/windows")).text
    assert await house.desk.sql("SELECT provider, made_by FROM window_extensions") == [(VODOKANAL, "olga")]


# --- calls


async def test_a_call_is_taken_shown_and_settled_once(house: House, city: City, city_clock: CityClock) -> None:
    hour = datetime(2022, 2, 17, 5, 0, tzinfo=UTC)
    wanted = CallWanted("7:1", house.chat, ResidentId(1), WATER, "9001112233", vouched=False, hour=hour)
    call = await build_use_cases(house.db, city, city_clock, HASHER).call_backs.ask(wanted)
    page = await house.anna.get("/calls")
    assert "••-33" in page.text
    assert "111-22" not in page.text
    assert "Звонков никто не ждёт" in (await house.gleb.get("/calls")).text
    assert (await house.gleb.post(f"/calls/{call.id}/take", {"rev": "0"})).status == 404
    assert (await house.anna.post(f"/calls/{call.id}/take", {"rev": "0"})).to == f"/desk/calls/{call.id}"
    shown = await house.anna.get(f"/calls/{call.id}")
    assert "+7 900 111-22-33" in shown.text
    assert call.word in shown.text
    olga = await house.desk.seat(await house.desk.hire("olga", name="Ольга"))
    taken = await olga.post(f"/calls/{call.id}/take", {"rev": "1"})
    assert (taken.status, "Уже звонит Анна" in taken.text) == (409, True)
    assert (await olga.get(f"/calls/{call.id}")).to == "/desk/calls"
    assert (
        await house.anna.post(f"/calls/{call.id}", {"rev": "1", "outcome": "again", "again": "вчера"})
    ).status == 422
    assert (await house.anna.post(f"/calls/{call.id}", {"rev": "1", "outcome": "no_answer"})).status == 303
    again = await house.anna.post(f"/calls/{call.id}", {"rev": "1", "outcome": "no_answer"})
    assert (again.status, await house.desk.sql("SELECT attempts FROM call_backs")) == (409, [(1,)])
    assert (await house.anna.post(f"/calls/{call.id}", {"rev": "2", "outcome": "done"})).status == 303
    assert await house.desk.sql("SELECT status, settled_by FROM call_backs") == [("done", "Анна")]


# --- beside a conversation


async def test_the_card_of_whoever_asks_is_a_part_or_a_page(house: House) -> None:
    await house.db.execute(
        "INSERT INTO tickets (key, chat_id, resident_id, topic, organisation, opened_at)"
        " VALUES ('1', $1, 1, 'other', $2, now())",
        *(house.chat, WATER),
    )
    part = await house.anna.get("/tickets/1/card", Desk_Fetch="part")
    assert "<html" not in part.text
    assert f'href="/desk/flats/{house.flat}"' in part.text
    assert "кв. ••" in part.text
    assert "<script>alert" not in part.text
    assert "<html" in (await house.anna.get("/tickets/1/card")).text
    assert (await house.gleb.get("/tickets/1/card")).status == 404
    assert "••••••8765" in part.text
    assert await house.looked() == ["resident.seen", "flat.seen"] * 2


async def test_pictures_of_a_dial_are_seen_by_whom_the_task_concerns(house: House) -> None:
    meter = f"/flats/{house.flat}/meters/{house.cold}"
    checked = await house.anna.post(meter, {"value": "99"})
    await house.anna.post(f"{meter}/store", {"value": "99", "key": hidden(checked, "key")})
    await house.db.execute(
        "INSERT INTO dial_photos (key, chat_id, meter_id, reading_id, content)"
        " SELECT '1', $1, $2, id, 'JPEG' FROM readings",
        *(house.chat, house.cold),
    )
    assert "/desk/tasks/1/photos/0" in (await house.anna.get("/tasks/1")).text
    picture = await house.anna.get("/tasks/1/photos/0")
    assert (picture.status, picture.text, picture.headers["Content-Type"]) == (200, "JPEG", "image/jpeg")
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    for browser, path in (
        (house.gleb, "/tasks/1/photos/0"),
        (house.anna, "/tasks/1/photos/1"),
        (house.anna, "/tasks/2"),
    ):
        assert (await browser.get(path)).status == 404
    assert "task.photos" in await house.looked()
