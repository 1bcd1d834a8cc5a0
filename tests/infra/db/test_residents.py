"""Residents: consent, links, and the right to take one's data along or have it erased."""

import json
from datetime import timedelta

import pytest
from asyncpg import Connection

from core.accounts.model import AccountRef, Consent, NewLink
from core.call_backs.ports import NewCallBack
from core.ids import ResidentId
from core.services import Service
from core.support.model import Topic
from core.support.ports import NewTicket
from infra.db.attempts import PostgresAttempts
from infra.db.call_backs import PostgresCallBacks
from infra.db.links import PostgresLinks
from infra.db.meters import PostgresReadings
from infra.db.residents import PostgresResidents
from infra.db.support import PostgresTickets
from tests.infra.db.story import NOON, TEPLOFIKACIYA, VODOKANAL, Story, reading

CONSENT = Consent("service", "1", "abc", "ru", "telegram", NOON)


async def test_a_chat_gets_one_resident_however_often_it_agrees(db: Connection, story: Story) -> None:
    chat = await story.chat()
    residents = PostgresResidents(db)
    assert await residents.of_chat(chat) is None
    first = await residents.create(chat, "tt")
    assert await residents.create(chat, "ru") == first
    assert await residents.of_chat(chat) == first
    assert first.language == "tt"
    await residents.set_language(first.id, "ba")
    assert (await residents.of_chat(chat) or first).language == "ba"


async def test_the_first_consent_to_a_version_is_kept_for_each_channel(db: Connection, story: Story) -> None:
    residents = PostgresResidents(db)
    resident = await residents.create(await story.chat(), "ru")
    await residents.record_consent(resident.id, CONSENT)
    await residents.record_consent(resident.id, Consent("service", "1", "abc", "ru", "vk", NOON + timedelta(days=1)))
    await residents.record_consent(resident.id, Consent("service", "1", "abc", "ru", "vk", NOON + timedelta(days=9)))
    await residents.record_consent(resident.id, Consent("service", "2", "def", "ru", "vk", NOON + timedelta(days=2)))
    rows = await db.fetch("SELECT version, channel, given_at FROM consents ORDER BY id")
    assert [(row["version"], row["channel"], row["given_at"]) for row in rows] == [
        ("1", "telegram", NOON),
        ("1", "vk", NOON + timedelta(days=1)),
        ("2", "vk", NOON + timedelta(days=2)),
    ]


async def test_linking_a_flat_again_changes_nothing(db: Connection, story: Story) -> None:
    resident = (await PostgresResidents(db).create(await story.chat(), "ru")).id
    links, home, mother = PostgresLinks(db), await story.premises("25"), await story.premises("26")
    later = await links.add(NewLink(resident, mother, None, "Мама", NOON + timedelta(hours=1)))
    first = await links.add(NewLink(resident, home, None, "Дом", NOON))
    assert await links.add(NewLink(resident, home, None, "Другое имя", NOON + timedelta(days=1))) is None
    assert [(link.id, link.name) for link in await links.of_resident(resident)] == [(first, "Дом"), (later, "Мама")]


async def test_a_link_is_renamed_and_only_its_own_resident_removes_it(db: Connection, story: Story) -> None:
    resident = (await PostgresResidents(db).create(await story.chat(), "ru")).id
    links = PostgresLinks(db)
    link = await links.add(NewLink(resident, await story.premises(), None, "Дом", NOON))
    assert link is not None
    await links.rename(link, "Дача")
    await links.remove(ResidentId(resident + 1), link)
    assert [one.name for one in await links.of_resident(resident)] == ["Дача"]
    await links.remove(resident, link)
    await links.remove(resident, link)
    assert await links.of_resident(resident) == ()


class Life:
    """A resident with everything that can be kept about one."""

    def __init__(self, db: Connection, story: Story) -> None:
        self.db, self.story = db, story

    async def begin(self) -> ResidentId:
        db, story = self.db, self.story
        self.chat = await story.chat()
        resident = await PostgresResidents(db).create(self.chat, "ru")
        await PostgresResidents(db).record_consent(resident.id, CONSENT)
        flat = await story.premises()
        account = await story.account(flat)
        await story.account(flat, "700012345", TEPLOFIKACIYA)
        await PostgresLinks(db).add(NewLink(resident.id, flat, account, "Дом", NOON))
        meter = await story.meter(account, "40123456", Service.COLD_WATER)
        await PostgresReadings(db).add(reading(meter, "123.450", resident=resident.id))
        for key, owner in (("before consent", None), ("after", resident.id)):
            question = NewTicket(key, self.chat, owner, Topic.QUALITY, "Водоканал", f"Вода ржавая: {key}", NOON)
            ticket = await PostgresTickets(db).open(question)
        answer = "INSERT INTO ticket_messages (ticket_id, at, from_resident, text) VALUES ($1, $2, false, 'Проверим')"
        await db.execute(answer, ticket.id, NOON)
        call = NewCallBack("7:9", self.chat, resident.id, "Водоканал", "9001112233", True, "сосна 48", NOON, NOON)
        await PostgresCallBacks(db).ask(call)
        await PostgresAttempts(db).count(self.chat, AccountRef(VODOKANAL, "1"))
        await db.execute("UPDATE chats SET state = '{\"rev\": 7}' WHERE id = $1", self.chat)
        await db.execute(
            """
            INSERT INTO inbox (messenger, bot, peer, key, raw, done_at) VALUES
                ('telegram', '1', '500', 'old', 'вода ржавая', now()), ('telegram', '1', '500', 'now', 'удалить', NULL),
                ('telegram', '1', '501', 'other', 'чужое', now())
            """
        )
        await db.execute(
            """
            INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until, sent_at) VALUES
                ('telegram', '1', '500', 'sendMessage', '{"text": "ул. Труда"}', 1, now(), now()),
                ('telegram', '1', '500', 'sendMessage', '{"text": "прощайте"}', 2, now(), NULL)
            """
        )
        return resident.id


async def test_the_export_holds_everything_kept_about_the_resident(db: Connection, story: Story) -> None:
    resident = await Life(db, story).begin()
    data = await PostgresResidents(db).export(resident)
    assert list(data) == [
        *("язык", "чаты", "согласия", "адреса", "ждут решения оператора", "кому вы доверили передавать показания"),
        *("кому вы помогаете", "снимки счётчиков", "сообщения о подделках", "проверки бота"),
        *("сообщения об отключениях", "чего вам не присылать", "когда напоминать", "что вам сообщали"),
        *("заказанные звонки", "показания", "обращения"),
    ]
    written = json.dumps(data, ensure_ascii=False)
    for word in (
        "ул. Труда",
        "vodokanal 3000012345",
        "teplofikaciya 700012345",
        "40123456",
        "123.450",
        "Дом",
        "abc",
        "9001112233",
    ):
        assert word in written
    for word in ("Вода ржавая: before consent", "Вода ржавая: after", "Проверим", "2022-02-16T07:00:00+00:00"):
        assert word in written
    assert "+79000000000" not in written, "the holder's data are not the resident's"


async def test_nobody_elses_export_is_empty_handed(db: Connection, story: Story) -> None:
    resident = await Life(db, story).begin()
    assert await PostgresResidents(db).export(ResidentId(resident + 1)) == {}


async def test_forgetting_erases_the_person_and_keeps_the_readings(db: Connection, story: Story) -> None:
    life = Life(db, story)
    resident = await life.begin()
    await PostgresResidents(db).forget(resident)
    assert await PostgresResidents(db).of_chat(life.chat) is None
    for table in ("residents", "consents", "links"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await db.fetchval("SELECT state FROM chats WHERE id = $1", life.chat) == {"rev": 7}, "keys come never again"
    kept = await db.fetchrow("SELECT value, resident_id FROM readings")
    assert (str(kept["value"]), kept["resident_id"]) == ("123.450", None)
    texts = await db.fetch("SELECT text FROM ticket_messages ORDER BY id")
    assert [row["text"] for row in texts] == ["", "", "Проверим"]
    assert await db.fetchval("SELECT count(*) FROM tickets WHERE resident_id IS NULL") == 2
    call = await db.fetchrow("SELECT phone, word, status, resident_id FROM call_backs")
    assert tuple(call) == ("", "", "cancelled", None)


async def test_forgetting_empties_what_went_through_the_chat_and_spares_what_is_under_way(
    db: Connection, story: Story
) -> None:
    await PostgresResidents(db).forget(await Life(db, story).begin())
    raws = {row["key"]: row["raw"] for row in await db.fetch("SELECT key, raw FROM inbox")}
    assert raws == {"old": "", "now": "удалить", "other": "чужое"}
    assert [row[0] for row in await db.fetch("SELECT params FROM outbox ORDER BY id")] == [{}, {"text": "прощайте"}]


async def test_forgetting_does_not_unlock_a_door(db: Connection, story: Story) -> None:
    life = Life(db, story)
    await PostgresResidents(db).forget(await life.begin())
    assert len((await PostgresAttempts(db).seen(life.chat, None)).chat) == 1


@pytest.mark.parametrize("times", [1, 2])
async def test_whoever_was_forgotten_can_begin_anew(db: Connection, story: Story, times: int) -> None:
    life = Life(db, story)
    resident = await life.begin()
    for _ in range(times):
        await PostgresResidents(db).forget(resident)
    again = await PostgresResidents(db).create(life.chat, "ru")
    assert again.id != resident
