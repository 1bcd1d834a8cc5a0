"""Broadcasts on their way to both messengers: every class of recipient, what stops them, what they survive."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.pace import Bulk, Pace, Token
from bots.telegram.courier import TelegramCourier
from core.broadcasts.model import Audience, Button, DeliveryState, Draft, Enclosure, Halt, MailingKind, Status
from core.ids import MailingId
from dialogs.mailings import Fate, Letter
from dialogs.ports import FileContent
from sandbox.faults import Fault, accepted_then_drop, drop_before, hang, telegram_error, telegram_flood, torn, vk_error
from sandbox.phone import Phone
from sandbox.telegram.server import TelegramServer
from sandbox.vk.server import VkServer
from tests.bots.stands import picture
from tests.worker.office import TEXT, Office

SLOW = Pace(bulk={("telegram", "4242"): Bulk(20.0), ("vk", "77"): Bulk(20.0)})


def server_of(office: Office, messenger: str) -> TelegramServer | VkServer:
    return office.stand.telegram_server if messenger == "telegram" else office.stand.vk_server


def method_of(messenger: str) -> str:
    return "sendMessage" if messenger == "telegram" else "messages.send"


def texts(phone: Phone) -> list[str]:
    return [bubble.plain for bubble in phone.bubbles if not bubble.mine]


async def reasons(office: Office, broadcast: MailingId) -> set[str]:
    rows = await office.db.fetch("SELECT DISTINCT reason FROM deliveries WHERE mailing_id = $1", broadcast)
    return {row["reason"] for row in rows}


# --- every class of recipient, in both messengers


async def test_everybody_is_told_once_in_the_own_language(office: Office, messenger: str) -> None:
    people = await office.people(messenger, 5) + await office.people(messenger, 3, language="en")
    broadcast = await office.told(None, messenger)
    assert await office.states(broadcast) == {"sent": 8}
    got = [texts(await office.phone(resident)) for resident in people]
    assert got == [[TEXT["ru"]]] * 5 + [[TEXT["en"]]] * 3
    assert (await office.get(broadcast)).recipients == 8


async def test_who_has_blocked_the_bot_is_blocked_and_not_asked_again(office: Office, messenger: str) -> None:
    (gone, there) = await office.people(messenger, 2)
    await (await office.phone(gone)).block()
    broadcast = await office.told(None, messenger)
    assert await office.states(broadcast) == {"blocked": 1, "sent": 1}
    assert await office.states(await office.told(None, messenger)) == {"sent": 1}
    assert len(texts(await office.phone(there))) == 2


async def test_who_opts_out_after_the_start_is_not_told(office: Office, messenger: str) -> None:
    (tired, blocked, there) = await office.people(messenger, 3)
    broadcast = await office.started()
    await office.crowd.opt_out(tired)
    await office.crowd.block(blocked, messenger)
    async with office.sends(messenger):
        await office.until(broadcast, Status.FINISHED)
    assert await office.states(broadcast) == {"opted_out": 1, "blocked": 1, "sent": 1}
    assert texts(await office.phone(tired)) == []
    assert texts(await office.phone(there)) == [TEXT["ru"]]


@pytest.mark.parametrize("fault", [telegram_error(400, "Bad Request: BUTTON_URL_INVALID"), vk_error(911)])
async def test_what_is_refused_for_good_has_failed(office: Office, fault: Fault) -> None:
    messenger = "telegram" if fault.status == 400 else "vk"
    await office.people(messenger, 1)
    server_of(office, messenger).faults.next(method_of(messenger), fault)
    broadcast = await office.told(None, messenger)
    assert await office.states(broadcast) == {"failed": 1}


@pytest.mark.parametrize("fault", [accepted_then_drop(), torn(), telegram_error(500, "Internal Server Error")])
async def test_on_telegram_what_is_unclear_is_unknown_and_never_sent_again(office: Office, fault: Fault) -> None:
    (resident, other) = await office.people("telegram", 2)
    office.stand.telegram_server.faults.next("sendMessage", fault)
    broadcast = await office.told(None, "telegram")
    assert await office.states(broadcast) == {"unknown": 1, "sent": 1}
    for one in (resident, other):
        assert len(texts(await office.phone(one))) <= 1
    async with office.desk() as desk:
        unknown = [line async for line in desk.lines(broadcast, DeliveryState.UNKNOWN)]
    assert [line.messenger for line in unknown] == ["telegram"]
    assert unknown[0].peer


@pytest.mark.parametrize("fault", [accepted_then_drop(), torn(), drop_before(), vk_error(10)])
async def test_on_vk_what_is_unclear_is_repeated_and_arrives_once(
    office: Office, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.mailer.UNCLEAR_AGAIN_AFTER", 0.05)
    people = await office.people("vk", 3)
    office.stand.vk_server.faults.next("messages.send", fault)
    broadcast = await office.told(None, "vk")
    assert await office.states(broadcast) == {"sent": 3}
    assert [texts(await office.phone(one)) for one in people] == [[TEXT["ru"]]] * 3


async def test_on_vk_what_stays_unclear_for_an_hour_is_unknown(office: Office) -> None:
    await office.people("vk", 1)
    broadcast = await office.started()
    await office.db.execute(
        "UPDATE deliveries SET state = 'waiting', reason = 'unclear', begun_at = now() - interval '56 minutes'"
    )
    async with office.sends("vk"):
        await office.until(broadcast, Status.FINISHED)
    assert await office.states(broadcast) == {"unknown": 1}
    assert office.stand.vk_server.calls == []


# --- pace


async def test_a_flood_limit_stops_everything_for_as_long_as_it_says(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment it is known: what was on its way by then was not told to wait."""
    await office.people("telegram", 6)
    office.stand.telegram_server.faults.next("sendMessage", telegram_flood(1))
    carry, pause, begun, known = TelegramCourier.carry, office.pace.pause, list[float](), list[float]()

    async def carried(courier: TelegramCourier, parcel: Sequence[Letter], file: FileContent | None) -> Sequence[Fate]:
        begun.append(time.monotonic())
        return await carry(courier, parcel, file)

    async def paused(token: Token, seconds: float) -> None:
        known.append(time.monotonic())
        await pause(token, seconds)

    monkeypatch.setattr(TelegramCourier, "carry", carried)
    monkeypatch.setattr(office.pace, "pause", paused)
    broadcast = await office.told(None, "telegram")
    assert await office.states(broadcast) == {"sent": 6}
    assert [at for at in begun if known[0] < at < known[0] + 0.99] == []
    assert begun[-1] >= known[0] + 0.99


async def test_identical_texts_leave_by_the_hundred_and_personal_ones_by_twenty_five(office: Office) -> None:
    await office.people("vk", 130)
    broadcast = await office.told(None, "vk")
    assert await office.states(broadcast) == {"sent": 130}
    calls = [call for call in office.stand.vk_server.calls if call.method in {"messages.send", "execute"}]
    assert sorted(len(str(call.params["peer_ids"]).split(",")) for call in calls) == [30, 100]
    office.stand.vk_server.calls.clear()
    flat = await office.crowd.flat()
    await office.db.execute(
        "INSERT INTO links (resident_id, premises_id, name, linked_at) SELECT id, $1, 'Дом ' || id, now() "
        "FROM residents LIMIT 60",
        flat,
    )
    personal = Draft("Долг", {"ru": "«{flat}»: долг {owed}."}, Audience(linked=True))
    assert await office.states(await office.told(personal, "vk")) == {"sent": 60}
    methods = [call.method for call in office.stand.vk_server.calls if "v" in call.params]
    assert methods == ["execute"] * 3


async def test_errors_of_single_recipients_are_read_from_the_answer_to_all(office: Office) -> None:
    people = await office.people("vk", 4)
    await (await office.phone(people[0])).block()
    office.stand.vk_server.world.blacklist.add((await office.phone(people[1])).user.id)
    broadcast = await office.told(None, "vk")
    assert await office.states(broadcast) == {"blocked": 2, "sent": 2}
    assert await reasons(office, broadcast) == {"", "error 900", "error 901"}


async def test_of_a_call_that_is_refused_as_a_whole_each_is_tried_alone(office: Office) -> None:
    people = await office.people("vk", 3)
    office.stand.vk_server.faults.next("messages.send", vk_error(100, "peer_ids is invalid"))
    broadcast = await office.told(None, "vk")
    assert await office.states(broadcast) == {"sent": 3}
    assert [len(texts(await office.phone(one))) for one in people] == [1, 1, 1]


# --- what is said


async def test_a_picture_is_uploaded_once_and_reused(office: Office, messenger: str) -> None:
    people = await office.people(messenger, 4)
    file = picture()
    broadcast = await office.told(None, messenger, enclosure=Enclosure(file.name, True, file.content))
    assert await office.states(broadcast) == {"sent": 4}
    for resident in people:
        (bubble,) = (await office.phone(resident)).bubbles
        assert bubble.media is not None
        assert bubble.plain == TEXT["ru"]
    calls = server_of(office, messenger).calls
    if messenger == "telegram":
        assert [bool(call.files) for call in calls if call.method == "sendPhoto"] == [True, False, False, False]
    else:
        assert sum(call.method == "photos.saveMessagesPhoto" for call in calls) == 1


async def test_placeholders_buttons_and_the_stop_under_it(office: Office, messenger: str) -> None:
    flat = await office.crowd.flat()
    (resident,) = await office.people(messenger, 1, flat=flat)
    await office.crowd.owes(flat, "vodokanal", 123_450)
    draft = Draft(
        "Долг",
        {"ru": "{city}: за «{flat}» долг {owed}, телефон {phone}."},
        Audience(linked=True),
        buttons=(Button({"ru": "Баланс"}, opens="balance"), Button({"ru": "Сайт"}, link="https://example.org/a?b=1")),
    )
    await office.told(draft, messenger)
    (bubble,) = (await office.phone(resident)).bubbles
    assert bubble.plain.replace("\u00a0", " ").startswith("Магнитогорск: за «улица Труда, 1•, кв. •» долг 1 234,50")
    (balance,), (site,), (stop,) = bubble.rows
    assert (balance.label, site.url, stop.label) == ("Баланс", "https://example.org/a?b=1", "Не присылать объявления")


# --- people hold it up


async def test_a_pause_holds_and_a_resume_goes_on(office: Office, messenger: str) -> None:
    office.pace = SLOW
    people = await office.people(messenger, 20 if messenger == "telegram" else 450)
    broadcast = await office.started()
    async with office.sends(messenger):
        while not (await office.states(broadcast))["sent"]:
            await asyncio.sleep(0.01)
        async with office.desk() as desk:
            await desk.pause(broadcast, "boris")
        await asyncio.sleep(0.3)
        held = await office.states(broadcast)
        await asyncio.sleep(0.3)
        assert await office.states(broadcast) == held
        assert held["waiting"] > 0
        async with office.desk() as desk:
            await desk.resume(broadcast, "boris")
        await office.until(broadcast, Status.FINISHED)
    assert await office.states(broadcast) == {"sent": len(people)}


async def test_a_cancelled_broadcast_tells_nobody_else(office: Office) -> None:
    office.pace = SLOW
    people = await office.people("telegram", 20)
    broadcast = await office.started()
    async with office.sends("telegram"):
        while not (await office.states(broadcast))["sent"]:
            await asyncio.sleep(0.01)
        async with office.desk() as desk:
            await desk.cancel(broadcast, "boris")
        await asyncio.sleep(0.3)
    states = await office.states(broadcast)
    assert states["sent"] + states["dropped"] == len(people)
    assert states["dropped"] > 0


async def test_nothing_leaves_in_quiet_hours_but_emergencies(office: Office) -> None:
    (resident,) = await office.people("telegram", 1)
    office.clock.set(datetime(2022, 2, 16, 17, 0, tzinfo=UTC))  # 22:00 in the city
    quiet, loud = await office.started(), await office.started(kind=MailingKind.EMERGENCY, texts={"ru": "Авария!"})
    async with office.sends("telegram"):
        await office.until(loud, Status.FINISHED)
        assert texts(await office.phone(resident)) == ["Авария!"]
        assert (await office.get(quiet)).status is Status.SENDING
        office.clock.move(hours=11)
        await office.until(quiet, Status.FINISHED)
    assert texts(await office.phone(resident)) == ["Авария!", TEXT["ru"]]


async def test_who_has_not_been_told_by_then_will_not_be(office: Office) -> None:
    await office.people("telegram", 3)
    broadcast = await office.started(not_after=office.clock.now() + timedelta(hours=1))
    office.clock.move(hours=2)
    async with office.sends("telegram"):
        await office.until(broadcast, Status.EXPIRED)
    assert await office.states(broadcast) == {"dropped": 3}
    assert office.stand.telegram_server.calls == []


async def test_with_sending_off_nothing_leaves(office: Office) -> None:
    await office.people("telegram", 2)
    office.sending = False
    broadcast = await office.started()
    async with office.sends("telegram"):
        await asyncio.sleep(0.2)
        assert await office.states(broadcast) == {"waiting": 2}
        office.sending = True
        await office.until(broadcast, Status.FINISHED)


async def test_a_start_can_be_taken_back_while_nothing_has_left(office: Office) -> None:
    office.city = replace(office.city, broadcasts=replace(office.city.broadcasts, undo_seconds=15))
    await office.people("telegram", 2)
    broadcast = await office.started()
    async with office.sends("telegram"):
        await asyncio.sleep(0.3)
        async with office.desk() as desk:
            undone = await desk.undo(broadcast, "anna")
        assert (undone.status, undone.recipients) == (Status.DRAFT, None)
        await asyncio.sleep(0.3)
    assert await office.states(broadcast) == {}
    assert office.stand.telegram_server.calls == []


async def test_what_nobody_has_had_in_hand_for_long_waits_for_somebody_to_look(office: Office) -> None:
    await office.people("telegram", 2)
    broadcast = await office.started()
    await office.db.execute("UPDATE mailings SET alive_at = now() - interval '31 minutes'")
    async with office.sends("telegram"):
        found = await office.until(broadcast, Status.PAUSED)
        assert found.halt is Halt.LATE
        async with office.desk() as desk:
            await desk.resume(broadcast, "anna")
        await office.until(broadcast, Status.FINISHED)
    assert await office.states(broadcast) == {"sent": 2}


async def test_an_emergency_goes_before_an_announcement_on_its_way(office: Office) -> None:
    office.pace = SLOW
    await office.people("telegram", 40)
    slow = await office.started()
    async with office.sends("telegram"):
        while not (await office.states(slow))["sent"]:
            await asyncio.sleep(0.01)
        urgent = await office.started(kind=MailingKind.EMERGENCY, texts={"ru": "Авария!"})
        await office.until(urgent, Status.FINISHED)
        assert (await office.states(slow))["waiting"] > 0


class OneByOne(TelegramCourier):
    at_once = 1


async def test_a_sender_that_is_stopped_begins_nothing_more_and_waits_for_a_hanging_call_once(office: Office) -> None:
    await office.people("telegram", 3)
    courier = OneByOne(office.stand.telegram)
    office.stand.telegram_server.faults.sometimes("sendMessage", (1.0, hang()))
    broadcast = await office.started()
    async with office.sends("telegram", courier=courier) as (mailer,):
        async with asyncio.timeout(10):
            while not office.stand.telegram_server.calls:
                await asyncio.sleep(0.01)
        begun = time.monotonic()
        await mailer.stop(0.3)
    assert time.monotonic() - begun < 0.3 + 1.0, "the time it was given is not given a second time"
    assert await office.states(broadcast) == {"sending": 1, "waiting": 2}
