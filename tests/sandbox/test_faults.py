"""Faults of calls: what the caller sees, whether the call took effect, and what the log says; and when they are met."""

import asyncio
import json
import time

import aiohttp
import pytest

from sandbox.faults import (
    Fault,
    FaultPlan,
    accepted,
    accepted_then_drop,
    broken_json,
    drop_before,
    empty_photo,
    gateway_timeout,
    hang,
    html_502,
    late,
    longpoll_failed,
    not_text,
    server_error,
    telegram_conflict,
    telegram_error,
    telegram_flood,
    torn,
    vk_error,
)
from tests.sandbox.conftest import GROUP, TOKEN, VK_TOKEN, Stand, Start

ANNA = 7
RESET, TORN, SILENCE, UNREADABLE = "reset", "torn", "silence", "unreadable"

FAULTS: list[tuple[Fault, object, bool]] = [
    (telegram_flood(9), 429, False),
    (telegram_error(403, "Forbidden: bot was blocked by the user"), 403, False),
    (vk_error(901), 200, False),
    (server_error(), 500, False),
    (html_502(), 502, False),
    (gateway_timeout(), 504, False),
    (broken_json(), UNREADABLE, False),
    (not_text(), UNREADABLE, False),
    (drop_before(), RESET, False),
    (hang(), SILENCE, False),
    (torn(), TORN, True),
    (late(0.05), 200, True),
    (accepted_then_drop(), RESET, True),
    (accepted(hang()), SILENCE, True),
    (accepted(server_error()), 500, True),
    (accepted(html_502()), 502, True),
    (accepted(broken_json()), UNREADABLE, True),
]
NAMES = [fault.name for fault, _seen, _taken in FAULTS]


async def seen(stand: Stand, url: str, data: dict[str, object]) -> object:
    """What a client gets for a call: the HTTP status, or how it failed."""
    try:
        timeout = aiohttp.ClientTimeout(total=0.3)
        async with stand.session.post(url, data=data, timeout=timeout) as response:
            body = await response.read()
            if response.status == 200:
                json.loads(body)
            return response.status
    except TimeoutError:
        return SILENCE
    except aiohttp.ClientPayloadError:
        return TORN
    except (aiohttp.ClientConnectionError, ConnectionError):
        return RESET
    except ValueError:
        return UNREADABLE


def test_names_of_faults_tell_them_apart() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(("fault", "what", "taken"), FAULTS, ids=NAMES)
async def test_a_telegram_call_meets_a_fault(stand: Stand, fault: Fault, what: object, taken: bool) -> None:
    phone = stand.telegram.phone(ANNA)
    stand.telegram.faults.next("sendMessage", fault)
    url = f"{stand.base}/telegram/bot{TOKEN}/sendMessage"
    assert await seen(stand, url, {"chat_id": ANNA, "text": "раз"}) == what
    assert [bubble.text for bubble in phone.bubbles] == ["раз"] * taken
    assert await seen(stand, url, {"chat_id": ANNA, "text": "два"}) == 200
    log = [(call.method, call.accepted, call.fault) for call in stand.telegram.calls]
    assert log == [("sendMessage", taken, fault.name), ("sendMessage", True, "")]


@pytest.mark.parametrize(("fault", "what", "taken"), FAULTS, ids=NAMES)
async def test_a_vk_call_meets_a_fault(stand: Stand, fault: Fault, what: object, taken: bool) -> None:
    phone = stand.vk.phone(ANNA)
    stand.vk.faults.next("messages.send", fault)
    url = f"{stand.base}/vk/method/messages.send?access_token={VK_TOKEN}&v=5.199"
    assert await seen(stand, url, {"peer_id": ANNA, "message": "раз", "random_id": 1}) == what
    assert [bubble.text for bubble in phone.bubbles] == ["раз"] * taken
    assert await seen(stand, url, {"peer_id": ANNA, "message": "два", "random_id": 2}) == 200
    log = [(call.method, call.accepted, call.fault) for call in stand.vk.calls]
    assert log == [("messages.send", taken, fault.name), ("messages.send", True, "")]


async def test_a_refusal_of_the_method_itself_is_no_fault_and_not_accepted(stand: Stand) -> None:
    assert await stand.refusal("sendMessage", chat_id=999, text="a")
    assert await stand.code("messages.send", peer_id=999, message="a", random_id=1) == 901
    for calls in (stand.telegram.calls, stand.vk.calls):
        assert [(call.accepted, call.fault) for call in calls] == [(False, "")]


async def test_calls_over_vks_pace_are_in_the_log_as_not_accepted(start: Start) -> None:
    stand = await start()
    stand.vk.phone(ANNA)
    answers = [await stand.api("utils.getServerTime") for _ in range(22)]
    assert [answer["error"]["error_code"] for answer in answers if "error" in answer] == [6, 6]
    assert [call.accepted for call in stand.vk.calls] == [True] * 20 + [False] * 2


async def test_a_late_answer_is_true_and_its_call_took_effect_at_once(stand: Stand) -> None:
    phone = stand.telegram.phone(ANNA)
    stand.telegram.faults.next("sendMessage", late(0.2))
    begun = time.monotonic()
    sending = asyncio.create_task(stand.bot("sendMessage", chat_id=ANNA, text="раз"))
    await phone.wait_for("раз", timeout=1)
    assert time.monotonic() - begun < 0.15
    assert (await sending)["result"]["text"] == "раз"
    assert time.monotonic() - begun >= 0.2


async def test_silence_ends_for_the_server_when_the_caller_goes(stand: Stand) -> None:
    stand.vk.faults.next("messages.send", hang())
    before = len(asyncio.all_tasks())
    url = f"{stand.base}/vk/method/messages.send?access_token={VK_TOKEN}&v=5.199"
    assert await seen(stand, url, {}) == SILENCE
    async with asyncio.timeout(1):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)


async def test_inside_execute_an_error_befalls_its_call_alone(stand: Stand) -> None:
    phone = stand.vk.phone(ANNA)
    stand.vk.faults.next("messages.send", vk_error(9))
    answer = await stand.api("execute", code=script(1, 2))
    assert answer["response"][0] is False
    assert answer["response"][1] > 0
    assert [(error["method"], error["error_code"]) for error in answer["execute_errors"]] == [("messages.send", 9)]
    assert [bubble.text for bubble in phone.bubbles] == ["2"]
    log = [(call.method, call.accepted, call.fault) for call in stand.vk.calls]
    assert log == [("execute", True, ""), ("messages.send", False, "error 9"), ("messages.send", True, "")]


async def test_inside_execute_what_befalls_the_connection_takes_the_whole_answer(stand: Stand) -> None:
    phone = stand.vk.phone(ANNA)
    stand.vk.faults.next("messages.send", drop_before())
    stand.vk.faults.next("messages.send", accepted_then_drop())
    url = f"{stand.base}/vk/method/execute?access_token={VK_TOKEN}&v=5.199"
    assert await seen(stand, url, {"code": script(1, 2, 3)}) == RESET
    assert [bubble.text for bubble in phone.bubbles] == ["2", "3"]
    assert [call.accepted for call in stand.vk.calls] == [True, False, True, True]
    assert (await stand.api("execute", code=script(1, 2, 3)))["response"][0] > 0
    assert [bubble.text for bubble in phone.bubbles] == ["2", "3", "1"]


def script(*numbers: int) -> str:
    calls = (f'API.messages.send({{"peer_id":{ANNA},"random_id":{number},"message":"{number}"}})' for number in numbers)
    return "return [" + ",".join(calls) + "];"


@pytest.mark.parametrize("code", [1, 2, 3])
async def test_long_poll_loses_its_place_in_truth(stand: Stand, code: int) -> None:
    server = (await stand.api("groups.getLongPollServer", group_id=GROUP))["response"]
    await stand.vk.phone(ANNA).say("до")
    stand.vk.faults.next("longpoll", longpoll_failed(code))
    for _attempt in range(2):
        check = {"act": "a_check", "key": server["key"], "ts": server["ts"], "wait": "0"}
        async with stand.session.get(server["server"], params=check) as response:
            assert (await response.json())["failed"] == code
    again = (await stand.api("groups.getLongPollServer", group_id=GROUP))["response"]
    assert (again["key"] != server["key"]) == (code != 1)
    assert again["ts"] != server["ts"]


async def test_a_second_poller_is_a_conflict_on_order(stand: Stand) -> None:
    stand.telegram.faults.next("getUpdates", telegram_conflict())
    assert (await stand.refusal("getUpdates")).startswith("Conflict: terminated by other getUpdates request")


async def test_uploads_and_downloads_meet_faults_under_names_of_their_own(stand: Stand) -> None:
    url = (await stand.api("photos.getMessagesUploadServer"))["response"]["upload_url"]
    stand.vk.faults.next("upload_photo", empty_photo())
    assert (await stand.upload(url, "photo", b"x"))["photo"] == ""
    stand.vk.faults.next("upload_photo", gateway_timeout())
    assert await seen(stand, url, {}) == 504
    stand.vk.faults.next("upload_photo", drop_before())
    assert await seen(stand, url, {}) == RESET
    phone = stand.telegram.phone(ANNA)
    await phone.send_document(b"content", "a.pdf", "application/pdf")
    file = (await stand.bot("getUpdates"))["result"][0]["message"]["document"]["file_id"]
    path = (await stand.bot("getFile", file_id=file))["result"]["file_path"]
    stand.telegram.faults.next("file", torn())
    with pytest.raises(aiohttp.ClientPayloadError):
        async with stand.session.get(f"{stand.base}/telegram/file/bot{TOKEN}/{path}") as response:
            await response.read()


# --- when


def drawn(plan: FaultPlan[str], name: str, times: int) -> list[str | None]:
    return [plan.take(name) for _ in range(times)]


def test_without_a_plan_nothing_happens() -> None:
    assert drawn(FaultPlan(), "sendMessage", 3) == [None] * 3


def test_orders_are_met_in_turn_and_a_method_goes_before_any() -> None:
    plan: FaultPlan[str] = FaultPlan()
    plan.next("*", "any")
    plan.next("sendMessage", "a", times=2)
    plan.next("SENDMESSAGE", "b")
    assert drawn(plan, "sendmessage", 5) == ["a", "a", "b", "any", None]


def test_a_seed_repeats_the_same_faults_however_methods_mix() -> None:
    def plan(seed: int) -> FaultPlan[str]:
        made: FaultPlan[str] = FaultPlan(seed)
        made.sometimes("a", (0.3, "x"), (0.3, "y"))
        made.sometimes("b", (0.5, "z"))
        return made

    alone, mixed, other = plan(1), plan(1), plan(2)
    expected = drawn(alone, "a", 50)
    assert [(mixed.take("a"), mixed.take("b"))[0] for _ in range(50)] == expected
    assert drawn(other, "a", 50) != expected
    assert set(expected) == {"x", "y", None}


def test_chances_come_true() -> None:
    plan: FaultPlan[str] = FaultPlan(5)
    plan.sometimes("*", (0.1, "x"), (0.2, "y"))
    plan.sometimes("quiet")
    got = drawn(plan, "a", 10_000)
    assert 800 < got.count("x") < 1200
    assert 1700 < got.count("y") < 2300
    assert drawn(plan, "quiet", 100) == [None] * 100
    plan.next("a", "ordered")
    assert plan.take("a") == "ordered"
    plan.clear()
    assert drawn(plan, "a", 100) == [None] * 100


@pytest.mark.parametrize("chances", [(0.6, 0.6), (-0.1,)])
def test_impossible_chances_are_refused(chances: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="chances"):
        FaultPlan().sometimes("a", *((chance, "x") for chance in chances))
