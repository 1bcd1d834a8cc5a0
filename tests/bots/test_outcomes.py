"""What becomes of a send: every way it may end, over both edges, and how many copies a person gets in the end.

One table for the promise of bots/edge.py: Delivered, TryAgain (after how long, and whether the whole token waits) or
GivenUp (the person is out of reach, or the call is wrong). Libraries must not send again by themselves: the log of the
sandbox has as many calls as were asked for.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

import pytest

from bots.edge import Delivered, Edge, GivenUp, Outcome, TryAgain
from bots.telegram.edge import TelegramEdge
from bots.vk.edge import VkEdge
from dialogs.ports import Call, FileContent
from dialogs.screen import File, Form
from sandbox.faults import (
    Fault,
    accepted,
    accepted_then_drop,
    answer,
    broken_json,
    drop_before,
    empty_photo,
    gateway_timeout,
    hang,
    html_502,
    late,
    not_text,
    server_error,
    telegram_error,
    telegram_flood,
    torn,
    vk_error,
)
from sandbox.servers import Sandbox
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.telegram.server import TelegramServer
from sandbox.vk.limits import Limits as VkLimits
from sandbox.vk.server import VkServer
from sandbox.wire import Call as Logged
from tests.bots.stands import ANNA, GROUP, PDF, TELEGRAM_BOT, TELEGRAM_TOKEN, VK_BOT, VK_TOKEN, picture, row

PATIENCE: Final = 0.3
"""Seconds that the edges of these tests wait for an answer."""

SOON, UNCLEAR = TryAgain(1.0), TryAgain(1.0, unclear=True)
BLOCKED, DEAD = GivenUp("blocked"), GivenUp("dead")


@dataclass(frozen=True)
class Side:
    """One messenger: its server, our edge, how a text is sent there."""

    name: str
    server: TelegramServer | VkServer
    edge: Edge
    method: str
    field: str
    bot: tuple[str, str]
    person: int = ANNA

    async def send(self, number: int = 1) -> Outcome:
        """One try of the outbox row of that number; the text is the number."""
        call = Call(self.method, {self.field: str(number)})
        return await self.edge.send(row(self.bot, call, number, self.person), None, None)

    async def send_until_settled(self, number: int = 1) -> list[Outcome]:
        """As delivery does it, without the waits; the outcome of each try."""
        outcomes: list[Outcome] = []
        while not outcomes or isinstance(outcomes[-1], TryAgain):
            outcomes.append(await self.send(number))
        return outcomes

    async def send_file(self, file: FileContent) -> Outcome:
        is_picture = file.name.endswith("png")
        method = self.method if self.name == "vk" else "sendPhoto" if is_picture else "sendDocument"
        form = Form.PAYMENT_QR if is_picture else Form.RECEIPT_PDF
        text = {"message": "вот"} if self.name == "vk" else {"caption": "вот"}
        return await self.edge.send(row(self.bot, Call(method, text, File(form)), 1, self.person), file, None)

    def shown(self) -> list[str]:
        return [bubble.text for bubble in self.server.phone(self.person).bubbles]

    def calls(self) -> list[Logged]:
        return [call for call in self.server.calls if call.method == self.method]


@dataclass(frozen=True)
class Standing:
    """The sandbox and the edges, which all tests of this file share: closing a client takes its time."""

    telegram: Side
    vk: Side


@pytest.fixture(scope="module")
async def standing() -> AsyncIterator[Standing]:
    telegram = TelegramServer(TELEGRAM_TOKEN, limits=TelegramLimits().without_pace())
    vk = VkServer(VK_TOKEN, GROUP, limits=VkLimits().without_pace())
    sandbox = Sandbox(telegram, vk)
    base = await sandbox.start()
    telegram_edge = TelegramEdge(TELEGRAM_TOKEN, f"{base}/telegram", timeout=PATIENCE)
    vk_edge = VkEdge(VK_TOKEN, GROUP, f"{base}/vk", timeout=PATIENCE)
    yield Standing(
        Side("telegram", telegram, telegram_edge, "sendMessage", "text", TELEGRAM_BOT),
        Side("vk", vk, vk_edge, "messages.send", "message", VK_BOT),
    )
    await telegram_edge.close()
    await vk_edge.close()
    await sandbox.stop()


PERSONS = itertools.count(ANNA)


def begun(side: Side) -> Side:
    """A clean log, no faults, and a person nobody has written to: `random_id` is compared within a conversation."""
    side.server.calls.clear()
    side.server.faults.clear()
    made = replace(side, person=next(PERSONS))
    side.server.phone(made.person)
    return made


@pytest.fixture
def on_telegram(standing: Standing) -> Side:
    return begun(standing.telegram)


@pytest.fixture
def on_vk(standing: Standing) -> Side:
    return begun(standing.vk)


@pytest.fixture(params=["telegram", "vk"])
def side(request: pytest.FixtureRequest) -> Side:
    """Each messenger in turn."""
    made = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(made, Side)
    return made


def kind(outcome: Outcome) -> Outcome:
    """Without the words of the server."""
    return replace(outcome, reason="") if isinstance(outcome, GivenUp) else outcome


EVERYWHERE: list[tuple[Fault, Outcome]] = [
    (drop_before(), UNCLEAR),
    (server_error(), UNCLEAR),
    (html_502(), UNCLEAR),
    (gateway_timeout(), UNCLEAR),
    (broken_json(), UNCLEAR),
    (not_text(), UNCLEAR),
    (answer(200, "[]"), UNCLEAR),
    (answer(403, "<html>403 Forbidden</html>"), UNCLEAR),
    (hang(), UNCLEAR),
    (torn(), UNCLEAR),
    (late(PATIENCE / 3), Delivered(None)),
    (replace(late(PATIENCE * 2), name="accepted, then too late"), UNCLEAR),
    (accepted_then_drop(), UNCLEAR),
    (accepted(hang()), UNCLEAR),
    (accepted(server_error()), UNCLEAR),
    (accepted(html_502()), UNCLEAR),
    (accepted(broken_json()), UNCLEAR),
    (accepted(not_text()), UNCLEAR),
]
ON_TELEGRAM: list[tuple[Fault, Outcome]] = [
    (telegram_flood(7), TryAgain(7.0, everyone=True)),
    (replace(telegram_flood(10_072), name="429 for hours"), TryAgain(10_072.0, everyone=True)),
    (telegram_error(429, "Too Many Requests"), TryAgain(1.0, everyone=True)),
    (answer(429, "<html>429 Too Many Requests</html>"), TryAgain(1.0, everyone=True)),
    (telegram_error(500, "Internal Server Error"), UNCLEAR),
    (accepted(telegram_error(500, "Internal Server Error")), UNCLEAR),
    (telegram_error(409, "Conflict: terminated by other getUpdates request"), UNCLEAR),
    (telegram_error(401, "Unauthorized"), TryAgain(60.0, everyone=True)),
    (telegram_error(404, "Not Found"), TryAgain(60.0, everyone=True)),
    (telegram_error(403, "Forbidden: bot was blocked by the user"), BLOCKED),
    (telegram_error(403, "Forbidden: user is deactivated"), BLOCKED),
    (telegram_error(403, "Forbidden: bot can't initiate conversation with a user"), BLOCKED),
    (telegram_error(400, "Bad Request: chat not found"), BLOCKED),
    (telegram_error(400, "Bad Request: message is too long"), DEAD),
    (telegram_error(413, "Request Entity Too Large"), DEAD),
    (answer(413, "<html>413 Request Entity Too Large</html>"), DEAD),
]
ON_VK: list[tuple[Fault, Outcome]] = [
    (vk_error(1), UNCLEAR),
    (vk_error(6), TryAgain(1.0, everyone=True)),
    (vk_error(9), TryAgain(10.0)),
    (vk_error(10), UNCLEAR),
    (accepted(vk_error(10)), UNCLEAR),
    *((vk_error(code), SOON) for code in (12, 13, 32, 36)),
    *(
        (vk_error(code), TryAgain(60.0, everyone=True))
        for code in (2, 5, 14, 17, 23, 27, 28, 29, 42, 43, 979, 984, 1117)
    ),
    *((vk_error(code), BLOCKED) for code in (7, 18, 37, 900, 901, 902, 936, 3610)),
    *((vk_error(code), BLOCKED) for code in (917, 922, 925, 927, 932, 945, 946, 962, 985, 987, 988, 1012, 1021)),
    # Closed windows: nothing may be sent until the person writes again.
    *((vk_error(code), BLOCKED) for code in (943, 944, 950)),
    *((vk_error(code), DEAD) for code in (3, 8, 15, 100, 113, 909, 911, 912, 913, 914, 921, 940, 969)),
    (vk_error(77_777), DEAD),
]


def table(*rows: tuple[Fault, Outcome]) -> pytest.MarkDecorator:
    names = [f"{number} {fault.name}" for number, (fault, _outcome) in enumerate(rows)]
    return pytest.mark.parametrize(("fault", "outcome"), rows, ids=names)


async def check(side: Side, fault: Fault, outcome: Outcome) -> None:
    side.server.faults.next(side.method, fault)
    assert kind(await side.send()) == outcome
    (call,) = side.calls()
    assert (call.fault, call.accepted) == (fault.name, fault.accepted)
    assert side.shown() == ["1"] * fault.accepted


@table(*EVERYWHERE)
async def test_a_send_ends_alike_on_both(side: Side, fault: Fault, outcome: Outcome) -> None:
    await check(side, fault, outcome)


@table(*ON_TELEGRAM)
async def test_a_send_ends_on_telegram(on_telegram: Side, fault: Fault, outcome: Outcome) -> None:
    await check(on_telegram, fault, outcome)


@table(*ON_VK)
async def test_a_send_ends_on_vk(on_vk: Side, fault: Fault, outcome: Outcome) -> None:
    await check(on_vk, fault, outcome)


async def test_a_server_that_is_not_there_is_tried_again(side: Side) -> None:
    nowhere = (
        TelegramEdge(TELEGRAM_TOKEN, "http://127.0.0.1:1")
        if side.name == "telegram"
        else VkEdge(VK_TOKEN, GROUP, "http://127.0.0.1:1")
    )
    assert await replace(side, edge=nowhere).send() == SOON
    await nowhere.close()


async def test_silence_is_waited_for_only_so_long(side: Side) -> None:
    side.server.faults.next(side.method, hang())
    began = asyncio.get_running_loop().time()
    await side.send()
    assert PATIENCE * 0.9 <= asyncio.get_running_loop().time() - began < PATIENCE + 0.5


# --- copies

AMBIGUOUS = [fault for fault, outcome in EVERYWHERE if outcome == UNCLEAR]


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=[fault.name for fault in AMBIGUOUS])
async def test_telegram_gives_at_most_one_copy_more_for_each_ambiguous_error(on_telegram: Side, fault: Fault) -> None:
    on_telegram.server.faults.next("sendMessage", fault)
    assert await on_telegram.send_until_settled() == [UNCLEAR, Delivered(None)]
    assert on_telegram.shown() == ["1"] * (1 + fault.accepted)


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=[fault.name for fault in AMBIGUOUS])
async def test_vk_never_gives_a_second_copy(on_vk: Side, fault: Fault) -> None:
    on_vk.server.faults.next("messages.send", fault, times=2)
    assert await on_vk.send_until_settled() == [UNCLEAR, UNCLEAR, Delivered(None)]
    assert on_vk.shown() == ["1"]
    assert {call.params["random_id"] for call in on_vk.calls()} == {"1"}


async def test_without_its_random_id_vk_would_give_copies(on_vk: Side) -> None:
    """The twin of the test above, with the protection taken away."""
    on_vk.server.faults.next("messages.send", accepted_then_drop(), times=2)
    bare = row(VK_BOT, Call("messages.send", {"message": "1"}), 0, on_vk.person)
    for _attempt in range(3):
        await on_vk.edge.send(bare, None, None)
    assert on_vk.shown() == ["1"] * 3


async def test_a_storm_of_faults_loses_nothing_and_every_copy_has_its_ambiguous_error(side: Side) -> None:
    side.server.faults.seed = 11
    chance = 0.5 / len(EVERYWHERE)
    patient = [(chance, fault) for fault, _outcome in EVERYWHERE if fault.end != "silence" and fault.after < PATIENCE]
    side.server.faults.sometimes(side.method, *patient)
    sends = range(1, 151)
    tries = {number: await side.send_until_settled(number) for number in sends}
    assert all(outcomes[-1] == Delivered(None) for outcomes in tries.values())
    taken = [call for call in side.calls() if call.accepted]
    assert len(side.calls()) == sum(map(len, tries.values()))
    assert len({call.fault for call in side.calls()}) > len(patient) / 2
    shown = side.shown()
    assert set(shown) == {str(number) for number in sends}
    if side.name == "vk":
        assert len(shown) == len(sends) < len(taken)
    else:
        assert len(shown) == len(taken) > len(sends)
        for number, outcomes in tries.items():
            assert shown.count(str(number)) <= 1 + outcomes.count(UNCLEAR)


@pytest.mark.parametrize("method", ["execute", "messages.send"])
@pytest.mark.parametrize("fault", AMBIGUOUS, ids=[fault.name for fault in AMBIGUOUS])
async def test_a_batch_of_vk_whose_answer_was_lost_is_shown_once(on_vk: Side, method: str, fault: Fault) -> None:
    gate = asyncio.Event()
    api_url = on_vk.server.world.base_url
    edge = VkEdge(VK_TOKEN, GROUP, api_url, gate.wait, timeout=PATIENCE)
    side = replace(on_vk, edge=edge)
    on_vk.server.faults.next(method, fault)
    sends = [asyncio.create_task(side.send_until_settled(number)) for number in range(1, 11)]
    await asyncio.sleep(0)
    gate.set()
    outcomes = await asyncio.gather(*sends)
    await edge.close()
    assert [tries[0] for tries in outcomes] == [UNCLEAR] * 10
    assert [tries[-1] for tries in outcomes] == [Delivered(None)] * 10
    assert sorted(on_vk.shown(), key=int) == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("code", [12, 13])
async def test_a_batch_that_vk_cannot_run_is_sent_one_by_one(on_vk: Side, code: int) -> None:
    """None of its messages need be at fault, and one that is must not take the others with it."""
    gate = asyncio.Event()
    calls = 0

    async def paced() -> None:
        nonlocal calls
        calls += 1
        await gate.wait()

    edge = VkEdge(VK_TOKEN, GROUP, on_vk.server.world.base_url, paced, timeout=PATIENCE)
    side = replace(on_vk, edge=edge)
    on_vk.server.faults.next("execute", vk_error(code))
    on_vk.server.faults.next("messages.send", vk_error(911))
    sends = [asyncio.create_task(side.send(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    gate.set()
    outcomes = await asyncio.gather(*sends)
    await edge.close()
    assert [kind(outcome) for outcome in outcomes] == [DEAD, *[Delivered(None)] * 4]
    assert on_vk.shown() == ["2", "3", "4", "5"]
    assert calls == 6, "each call waits for the pace"


# --- uploads

STEPS = ["photos.getMessagesUploadServer", "upload_photo", "photos.saveMessagesPhoto", "messages.send"]
UPLOAD_FAULTS = [
    drop_before(),
    accepted_then_drop(),
    hang(),
    html_502(),
    gateway_timeout(),
    broken_json(),
    not_text(),
    torn(),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", UPLOAD_FAULTS, ids=[fault.name for fault in UPLOAD_FAULTS])
async def test_an_upload_to_vk_that_broke_anywhere_is_tried_again(on_vk: Side, step: str, fault: Fault) -> None:
    """Until the message itself leaves nothing can have been shown."""
    on_vk.server.faults.next(step, fault)
    assert await on_vk.send_file(picture()) == (UNCLEAR if step == "messages.send" else SOON)
    assert isinstance(await on_vk.send_file(picture()), Delivered)
    assert on_vk.shown() == ["вот"]


async def test_an_upload_that_took_no_picture_is_tried_again(on_vk: Side) -> None:
    on_vk.server.faults.next("upload_photo", empty_photo())
    assert await on_vk.send_file(picture()) == SOON
    assert isinstance(await on_vk.send_file(picture()), Delivered)


@pytest.mark.parametrize("file", [picture(), PDF], ids=["picture", "document"])
@pytest.mark.parametrize("fault", UPLOAD_FAULTS, ids=[fault.name for fault in UPLOAD_FAULTS])
async def test_a_file_for_telegram_that_broke_on_its_way_is_tried_again(
    on_telegram: Side, file: FileContent, fault: Fault
) -> None:
    on_telegram.server.faults.next("*", fault)
    assert await on_telegram.send_file(file) == UNCLEAR
    assert isinstance(await on_telegram.send_file(file), Delivered)
    assert len(on_telegram.shown()) == 1 + fault.accepted
