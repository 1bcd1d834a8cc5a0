"""The VK edge against the sandbox, over HTTP: what leaves, and what every answer means."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from bots.edge import Delivered, GivenUp, Outcome, TryAgain
from bots.http import UnreachableError
from bots.pace import Pace
from bots.raw import write
from bots.vk.edge import CALLS_PER_SECOND, VkEdge
from bots.vk.errors import VkError
from bots.vk.fetching import allowed
from bots.vk.render import render
from core.errors import Rejected, Unavailable
from dialogs.ports import Call
from dialogs.screen import Choice, File, Form, Plain, Screen, rows
from sandbox.faults import Fault, accepted_then_drop, answer, drop_before, html_502, vk_error
from sandbox.vk.limits import Limits
from tests.bots.fakes import Russian
from tests.bots.stands import ANNA, GROUP, PDF, VK_BOT, VK_TOKEN, Stand, picture, row

TEXT = Call("messages.send", {"message": "привет"})
RECEIPT = File(Form.RECEIPT_PDF)
QR = File(Form.PAYMENT_QR)


def shown(*choices: Choice, text: str = "Меню", file: File | None = None) -> list[Call]:
    return list(render(Screen(Plain(text), rows(*choices), file=file), 5, Russian()))


def test_a_text_with_buttons_is_one_message_with_text_buttons_that_old_clients_know() -> None:
    (call,) = shown(Choice("ok", Plain("Верно"), confirm=True))
    assert call.method == "messages.send"
    keyboard = json.loads(str(call.params["keyboard"]))
    assert keyboard == {
        "inline": True,
        "buttons": [
            [
                {
                    "action": {"type": "text", "label": "Верно", "payload": '{"choice":"5:ok"}'},
                    "color": "secondary",
                }
            ]
        ],
    }


def test_mentions_and_links_in_the_text_of_people_stay_text() -> None:
    (call,) = shown(text="[id1|Вася] @all https://example.org")
    assert call.params["message"] == "[id1|Вася] @all https://example.org"
    assert call.params["disable_mentions"] == call.params["dont_parse_links"] == 1


def test_long_labels_are_shortened_to_what_vk_takes() -> None:
    (call,) = shown(Choice("x", Plain("О" * 60)))
    (button,) = json.loads(str(call.params["keyboard"]))["buttons"][0]
    assert len(button["action"]["label"]) == 40


async def test_a_screen_arrives_as_it_was_rendered_and_its_buttons_come_back_as_presses(stand: Stand) -> None:
    phone = stand.vk_server.phone(ANNA)
    await stand.vk.api.call("groups.setLongPollSettings", {"group_id": GROUP, "message_new": 1})
    for number, call in enumerate(shown(Choice("ok", Plain("Верно")), text="x" * 5000), 1):
        assert await stand.vk.send(row(VK_BOT, call, number), None, None) == Delivered(None)
    assert sum(len(bubble.text) for bubble in phone.bubbles) == 5000
    await phone.tap("Верно")
    event = stand.vk_server.longpoll.events[-1]
    incoming = stand.vk.identify(write(event))
    assert incoming is not None
    parsed = stand.vk.parse(incoming)
    assert (parsed.event.choice, parsed.event.rev) == ("ok", 5)


async def test_a_form_carries_every_character_of_a_text(stand: Stand) -> None:
    phone = stand.vk_server.phone(ANNA)
    odd = "1+1=2 & 100 % ;#?/:@'\"\\\u2028\x01 Счётчик ғ 😀\nконец"
    for number, text in enumerate((odd, "я" * 4096), 1):
        call = Call("messages.send", {"message": text})
        assert await stand.vk.send(row(VK_BOT, call, number), None, None) == Delivered(None)
        assert phone.bubbles[-1].text == text


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_file_is_uploaded_and_then_known_by_its_name(stand: Stand, kind: str) -> None:
    phone = stand.vk_server.phone(ANNA)
    file = picture() if kind == "photo" else PDF
    (call,) = shown(text="вот", file=QR if kind == "photo" else RECEIPT)
    first = await stand.vk.send(row(VK_BOT, call), file, None)
    assert isinstance(first, Delivered)
    assert first.remote is not None
    assert first.remote.startswith(f"{'photo' if kind == 'photo' else 'doc'}-{GROUP}_")
    calls = len(stand.vk_server.calls)
    assert await stand.vk.send(row(VK_BOT, call, 2), file, first.remote) == first
    assert len(stand.vk_server.calls) == calls + 1
    assert len(phone.bubbles) == 2
    media = phone.bubbles[-1].media
    assert media is not None
    assert media.content == file.content
    if kind == "document":
        assert media.name == "Квитанция.pdf"


async def test_a_large_file_is_uploaded_without_a_warning(stand: Stand) -> None:
    stand.vk_server.phone(ANNA)
    large = replace(PDF, content=b"%PDF" + b"x" * 3 * 1024 * 1024)
    assert isinstance(await stand.vk.send(row(VK_BOT, *shown(file=RECEIPT)), large, None), Delivered)


async def test_an_attachment_that_vk_has_forgotten_is_uploaded_anew(stand: Stand) -> None:
    stand.vk_server.phone(ANNA)
    outcome = await stand.vk.send(row(VK_BOT, *shown(file=RECEIPT)), PDF, "doc-77_1")
    assert isinstance(outcome, Delivered)
    assert outcome.remote not in (None, "doc-77_1")


EMPTY = answer(200, {"server": 1, "photo": "", "hash": "h"})


@pytest.mark.parametrize(
    ("method", "fault"),
    [("upload_photo", EMPTY), ("upload_photo", answer(504, "<html>")), ("photos.saveMessagesPhoto", vk_error(1))],
    ids=["took no picture", "was away", "could not save"],
)
async def test_an_upload_that_failed_is_tried_again(stand: Stand, method: str, fault: Fault) -> None:
    stand.vk_server.phone(ANNA)
    stand.vk_server.faults.next(method, fault)
    (call,) = shown(file=QR)
    assert await stand.vk.send(row(VK_BOT, call), picture(), None) == TryAgain(1.0)
    assert isinstance(await stand.vk.send(row(VK_BOT, call), picture(), None), Delivered)


UNCLEAR = TryAgain(1.0, unclear=True)
WAIT_ALL = TryAgain(60.0, everyone=True)
ANSWERS: list[tuple[str, Fault, Outcome]] = [
    ("too many a second", vk_error(6), TryAgain(1.0, everyone=True)),
    ("flood control", vk_error(9), TryAgain(10.0)),
    ("an internal error", vk_error(10), UNCLEAR),
    ("a quota", vk_error(29), WAIT_ALL),
    ("a captcha", vk_error(14, captcha_sid="1", captcha_img="https://vk.com/c"), WAIT_ALL),
    ("a captcha without its picture", vk_error(14), WAIT_ALL),
    ("a wrong token", vk_error(5), WAIT_ALL),
    ("a group without rights", vk_error(27), WAIT_ALL),
    ("an application without rights", vk_error(28), WAIT_ALL),
    ("a gateway's page", html_502(), UNCLEAR),
    ("an answer without a response", answer(200, {"strange": 1}), UNCLEAR),
    ("an error of no shape", answer(200, {"error": "no"}), UNCLEAR),
    ("a connection closed before the answer", drop_before(), UNCLEAR),
    ("blacklist", vk_error(900, "text"), GivenUp("blocked", "900 text")),
    ("no permission", vk_error(901, "text"), GivenUp("blocked", "901 text")),
    ("privacy", vk_error(902, "text"), GivenUp("blocked", "902 text")),
    ("a deleted page", vk_error(18, "text"), GivenUp("blocked", "18 text")),
    ("too long", vk_error(914, "text"), GivenUp("dead", "914 text")),
    ("a wrong keyboard", vk_error(911, "text"), GivenUp("dead", "911 text")),
    ("a wrong parameter", vk_error(100, "text"), GivenUp("dead", "100 text")),
]


@pytest.mark.parametrize(("fault", "outcome"), [one[1:] for one in ANSWERS], ids=[one[0] for one in ANSWERS])
async def test_an_answer_means(stand: Stand, fault: Fault, outcome: Outcome) -> None:
    stand.vk_server.phone(ANNA)
    stand.vk_server.faults.next("messages.send", fault)
    assert await stand.vk.send(row(VK_BOT, TEXT), None, None) == outcome


async def test_a_message_taken_whose_answer_was_lost_is_sent_again_and_shown_once(stand: Stand) -> None:
    phone = stand.vk_server.phone(ANNA)
    stand.vk_server.faults.next("messages.send", accepted_then_drop())
    assert await stand.vk.send(row(VK_BOT, TEXT, 17), None, None) == UNCLEAR
    assert await stand.vk.send(row(VK_BOT, TEXT, 17), None, None) == Delivered(None)
    assert [bubble.text for bubble in phone.bubbles] == ["привет"]


async def test_someone_who_blocked_the_community_is_out_of_reach(stand: Stand) -> None:
    await stand.vk_server.phone(ANNA).block()
    outcome = await stand.vk.send(row(VK_BOT, TEXT), None, None)
    assert isinstance(outcome, GivenUp)
    assert outcome.outcome == "blocked"


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    edge = VkEdge(VK_TOKEN, GROUP, "http://127.0.0.1:1")
    assert await edge.send(row(VK_BOT, TEXT), None, None) == TryAgain(1.0)
    with pytest.raises(UnreachableError):
        await edge.api.call("groups.getById", {})
    await edge.close()


async def test_what_waits_for_the_pace_leaves_together_in_one_call(stand: Stand) -> None:
    pace = Pace({VK_BOT: CALLS_PER_SECOND})
    edge = VkEdge(VK_TOKEN, GROUP, f"{stand.base}/vk", lambda: pace.next_call(VK_BOT))
    phones = [stand.vk_server.phone(person) for person in range(100, 160)]
    await phones[3].block()
    rows_ = [row(VK_BOT, Call("messages.send", {"message": f"Вам «{n}»\n\\ \"'"}), n + 1, 100 + n) for n in range(60)]
    outcomes = await asyncio.gather(*(edge.send(one, None, None) for one in rows_))
    assert outcomes[:3] == [Delivered(None)] * 3
    assert isinstance(outcomes[3], GivenUp)
    assert outcomes[4:] == [Delivered(None)] * 56
    assert [phone.bubbles[-1].text for phone in phones[4:]] == [f"Вам «{n}»\n\\ \"'" for n in range(4, 60)]
    assert [call.method for call in stand.vk_server.calls].count("execute") == 3
    await edge.close()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (vk_error(6), TryAgain(1.0, everyone=True)),
        (html_502(), UNCLEAR),
        (answer(200, {"response": [1]}), UNCLEAR),
        (answer(200, {"response": [False] * 3}), UNCLEAR),
    ],
    ids=["refused", "away", "another number of answers", "errors that are not told"],
)
async def test_a_batch_that_failed_fails_for_each_of_its_messages(stand: Stand, fault: Fault, outcome: Outcome) -> None:
    stand.vk_server.phone(ANNA)
    gate = asyncio.Event()
    edge = VkEdge(VK_TOKEN, GROUP, f"{stand.base}/vk", gate.wait)
    stand.vk_server.faults.next("execute", fault)
    sends = [asyncio.create_task(edge.send(row(VK_BOT, TEXT, number), None, None)) for number in (1, 2, 3)]
    await asyncio.sleep(0.01)
    gate.set()
    assert await asyncio.gather(*sends) == [outcome] * 3
    await edge.close()


async def test_our_pace_keeps_under_vks_limit(stand: Stand) -> None:
    assert Limits().calls_per_second == 20
    stand.vk_server.phone(ANNA)
    pace = Pace({VK_BOT: CALLS_PER_SECOND})
    edge = VkEdge(VK_TOKEN, GROUP, f"{stand.base}/vk", lambda: pace.next_call(VK_BOT))
    calls = (edge.api.call("utils.getServerTime", {}) for _ in range(40))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    await edge.close()
    # On a machine that stalls some leave together; without a pace half of them would be refused.
    assert sum(isinstance(answer, VkError) for answer in answers) <= 4


async def test_a_press_of_a_callback_button_is_acknowledged_and_other_events_are_not(stand: Stand) -> None:
    phone = stand.vk_server.phone(ANNA)
    await stand.vk.api.call("groups.setLongPollSettings", {"group_id": GROUP, "message_new": 1, "message_event": 1})
    await phone.say("текст")
    await phone.press_data(1, '{"choice": "5:ok"}')
    for event in stand.vk_server.longpoll.events:
        await stand.vk.acknowledge(write(event))
    assert [call.method for call in stand.vk_server.calls].count("messages.sendMessageEventAnswer") == 1


async def test_what_a_person_sent_can_be_fetched(stand: Stand) -> None:
    phone = stand.vk_server.phone(ANNA)
    await stand.vk.api.call("groups.setLongPollSettings", {"group_id": GROUP, "message_new": 1})
    await phone.send_photo(picture().content, "вот")
    incoming = stand.vk.identify(write(stand.vk_server.longpoll.events[-1]))
    assert incoming is not None
    sent = stand.vk.parse(incoming).event
    assert await stand.vk.fetch(sent.file) == picture().content
    stand.vk_server.faults.next("media", html_502())
    with pytest.raises(Unavailable):
        await stand.vk.fetch(sent.file)
    with pytest.raises(Rejected):
        await stand.vk.fetch(sent.file + "gone")
    with pytest.raises(Rejected):
        await stand.vk.fetch("http://127.0.0.1:9/inner")


@pytest.mark.parametrize(
    "url",
    [
        "https://sun9-1.userapi.com/c1/a.jpg",
        "https://vk.com/doc7_5?hash=1",
        "https://psv4.VKUSERPHOTO.ru/x",
        "https://i.mycdn.me/image?id=1",
    ],
)
def test_an_address_of_vk_is_fetched(url: str) -> None:
    assert allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://sun9-1.userapi.com/a.jpg",
        "https://userapi.com.evil.org/a.jpg",
        "https://eviluserapi.com/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/a",
        "https://vk.com@evil.org/a",
        "https://user:word@vk.com/a",
        "https://vk.com:22/a",
        "https://vk.com:x/a",
        "file:///etc/passwd",
        "https://[::1]/a",
        "//vk.com/a",
        "",
    ],
)
def test_an_address_that_is_not_vks_is_never_fetched(url: str) -> None:
    assert not allowed(url)


async def test_the_token_never_reaches_logs_or_errors(
    stand: Stand, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.vk_server.phone(ANNA)
    caplog.set_level(0)
    told = ""
    for fault in [one[1] for one in ANSWERS[:12]]:
        stand.vk_server.faults.next("messages.send", fault)
        told += repr(await stand.vk.send(row(VK_BOT, TEXT), None, None))
        stand.vk_server.faults.next("groups.getById", fault)
        try:
            await stand.vk.api.call("groups.getById", {})
        except (VkError, UnreachableError) as error:
            told += repr(error) + repr(error.__context__ if not error.__suppress_context__ else "")
    told += caplog.text + "".join(capsys.readouterr())
    assert VK_TOKEN not in told


def test_importing_the_edge_does_not_load_vkbottle() -> None:
    code = "import sys, bots.vk.edge, bots.vk.longpoll, bots.vk.callback; print('vkbottle' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
