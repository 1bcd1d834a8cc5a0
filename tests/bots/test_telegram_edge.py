"""The Telegram edge against the sandbox, over HTTP: what leaves, and what every answer means."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from bots.edge import Delivered, GivenUp, Outcome, TryAgain
from bots.http import UnreachableError
from bots.raw import write
from bots.telegram.api import ApiError
from bots.telegram.edge import TelegramEdge
from bots.telegram.render import render
from bots.telegram.setup import describe_commands, register_webhook
from core.errors import Rejected, Unavailable
from dialogs.ports import Call
from dialogs.screen import Choice, File, Form, Plain, Screen, rows
from sandbox.faults import Fault, accepted_then_drop, answer, drop_before, html_502, telegram_error, telegram_flood
from tests.bots.fakes import Russian, until
from tests.bots.stands import ANNA, PDF, TELEGRAM_BOT, TELEGRAM_TOKEN, Stand, picture, row

TEXT = Call("sendMessage", {"text": "привет"})
RECEIPT = File(Form.RECEIPT_PDF)
QR = File(Form.PAYMENT_QR)


def shown(*choices: Choice, text: str = "Меню", file: File | None = None) -> list[Call]:
    return list(render(Screen(Plain(text), rows(*choices), file=file), 5, Russian()))


def test_a_text_with_buttons_is_one_plain_message() -> None:
    calls = shown(Choice("ok", Plain("Верно"), confirm=True), Choice("back", Plain("Назад")))
    assert calls == [
        Call(
            "sendMessage",
            {
                "text": "Меню",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Верно", "callback_data": "5:ok"}],
                        [{"text": "Назад", "callback_data": "5:back"}],
                    ]
                },
            },
        )
    ]


def test_markup_in_the_text_of_people_stays_text() -> None:
    (call,) = shown(text="<b>Вася</b> & *Ко* [x](y)")
    assert call.params["text"] == "<b>Вася</b> & *Ко* [x](y)"
    assert "parse_mode" not in call.params


@pytest.mark.parametrize(("file", "method"), [(QR, "sendPhoto"), (RECEIPT, "sendDocument")])
def test_a_file_bears_a_short_text_as_its_caption(file: File, method: str) -> None:
    (call,) = shown(text="К оплате", file=file)
    assert (call.method, call.file, dict(call.params)) == (method, file, {"caption": "К оплате"})


def test_a_long_text_follows_the_file_as_a_message_of_its_own_with_the_buttons() -> None:
    first, second = shown(Choice("back", Plain("Назад")), text="я" * 1025, file=QR)
    assert (first.method, dict(first.params)) == ("sendPhoto", {})
    assert second.method == "sendMessage"
    assert "reply_markup" in second.params


async def test_a_screen_arrives_as_it_was_rendered(stand: Stand) -> None:
    phone = stand.telegram_server.phone(ANNA)
    for call in shown(Choice("ok", Plain("Верно")), text="x" * 5000):
        assert await stand.telegram.send(row(TELEGRAM_BOT, call), None, None) == Delivered(None)
    assert sum(len(bubble.text) for bubble in phone.bubbles) == 5000
    assert [button.label for button in phone.buttons()] == ["Верно"]


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_file_is_uploaded_and_then_known_by_its_name(stand: Stand, kind: str) -> None:
    phone = stand.telegram_server.phone(ANNA)
    file = picture() if kind == "photo" else PDF
    (call,) = shown(text="вот", file=QR if kind == "photo" else RECEIPT)
    first = await stand.telegram.send(row(TELEGRAM_BOT, call), file, None)
    assert isinstance(first, Delivered)
    assert first.remote is not None
    again = await stand.telegram.send(row(TELEGRAM_BOT, call), file, first.remote)
    assert isinstance(again, Delivered)
    uploads = [logged.files for logged in stand.telegram_server.calls]
    assert [len(files) for files in uploads] == [1, 0]
    media = phone.bubbles[-1].media
    assert media is not None
    assert media.content == file.content
    if kind == "document":
        assert media.name == "Квитанция.pdf"


async def test_a_large_file_is_uploaded_without_a_warning(stand: Stand) -> None:
    stand.telegram_server.phone(ANNA)
    large = replace(PDF, content=b"%PDF" + b"x" * 3 * 1024 * 1024)
    assert isinstance(await stand.telegram.send(row(TELEGRAM_BOT, *shown(file=RECEIPT)), large, None), Delivered)


async def test_a_name_that_the_server_has_forgotten_is_uploaded_anew(stand: Stand) -> None:
    stand.telegram_server.phone(ANNA)
    outcome = await stand.telegram.send(row(TELEGRAM_BOT, *shown(file=RECEIPT)), PDF, "forgotten-file-id")
    assert isinstance(outcome, Delivered)
    assert outcome.remote not in (None, "forgotten-file-id")


UNCLEAR = TryAgain(1.0, unclear=True)
FLOOD = TryAgain(7.0, everyone=True)
ANSWERS: list[tuple[str, Fault, Outcome]] = [
    ("a flood limit", telegram_flood(7), FLOOD),
    ("a flood limit without a time", telegram_error(429, "Too Many Requests"), TryAgain(1.0, everyone=True)),
    ("a wrong token", telegram_error(401, "Unauthorized"), TryAgain(60.0, everyone=True)),
    ("a deleted bot", telegram_error(404, "Not Found"), TryAgain(60.0, everyone=True)),
    ("an internal error", telegram_error(500, "Internal Server Error"), UNCLEAR),
    ("a gateway's page", html_502(), UNCLEAR),
    ("an answer that is no object", answer(200, "[]"), UNCLEAR),
    ("a connection closed before the answer", drop_before(), UNCLEAR),
    ("a message taken and the answer lost", accepted_then_drop(), UNCLEAR),
    (
        "someone who left Telegram",
        telegram_error(403, "Forbidden: user is deactivated"),
        GivenUp("blocked", "Forbidden: user is deactivated"),
    ),
    (
        "a message that is wrong",
        telegram_error(400, "Bad Request: message is too long"),
        GivenUp("dead", "Bad Request: message is too long"),
    ),
]


@pytest.mark.parametrize(("fault", "outcome"), [one[1:] for one in ANSWERS], ids=[one[0] for one in ANSWERS])
async def test_an_answer_means(stand: Stand, fault: Fault, outcome: Outcome) -> None:
    stand.telegram_server.phone(ANNA)
    stand.telegram_server.faults.next("sendMessage", fault)
    assert await stand.telegram.send(row(TELEGRAM_BOT, TEXT), None, None) == outcome


async def test_someone_who_blocked_the_bot_or_never_wrote_is_out_of_reach(stand: Stand) -> None:
    await stand.telegram_server.phone(ANNA).block()
    blocked = await stand.telegram.send(row(TELEGRAM_BOT, TEXT), None, None)
    assert blocked == GivenUp("blocked", "Forbidden: bot was blocked by the user")
    unknown = await stand.telegram.send(row(TELEGRAM_BOT, TEXT, peer=999), None, None)
    assert unknown == GivenUp("blocked", "Bad Request: chat not found")


async def test_a_call_that_no_server_would_take_is_given_up_and_not_raised(stand: Stand) -> None:
    stand.telegram_server.phone(ANNA)
    for wrong in ({"text": ""}, {}):
        outcome = await stand.telegram.send(row(TELEGRAM_BOT, Call("sendMessage", wrong)), None, None)
        assert isinstance(outcome, GivenUp)
        assert outcome.outcome == "dead"


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    edge = TelegramEdge(TELEGRAM_TOKEN, "http://127.0.0.1:1")
    assert await edge.send(row(TELEGRAM_BOT, TEXT), None, None) == TryAgain(1.0)
    with pytest.raises(UnreachableError):
        await edge.api.call("getMe", {})
    await edge.close()


async def test_a_message_whose_answer_holds_what_aiogram_does_not_know_is_sent_all_the_same(stand: Stand) -> None:
    strange = {"ok": True, "result": {"message_id": "from the future", "chat": 5}}
    stand.telegram_server.faults.next("sendMessage", answer(200, strange))
    assert await stand.telegram.send(row(TELEGRAM_BOT, TEXT), None, None) == Delivered(None)


async def test_a_press_is_acknowledged_and_other_updates_are_not(stand: Stand) -> None:
    phone = stand.telegram_server.phone(ANNA)
    await stand.telegram.send(row(TELEGRAM_BOT, *shown(Choice("ok", Plain("Верно")))), None, None)
    await phone.tap("Верно")
    await phone.say("текст")
    updates = await stand.telegram.api.call("getUpdates", {"timeout": 0})
    assert isinstance(updates, list)
    for one in updates:
        await stand.telegram.acknowledge(write(one))
    assert [call.method for call in stand.telegram_server.calls].count("answerCallbackQuery") == 1


async def test_what_a_person_sent_can_be_fetched(stand: Stand) -> None:
    phone = stand.telegram_server.phone(ANNA)
    await phone.send_document(b"content", "a.pdf", "application/pdf")
    (update,) = await stand.telegram.api.call("getUpdates", {"timeout": 0})
    file = update["message"]["document"]["file_id"]
    assert await stand.telegram.fetch(file) == b"content"
    with pytest.raises(Rejected):
        await stand.telegram.fetch("no-such-file")
    stand.telegram_server.faults.next("file", html_502())
    with pytest.raises(Unavailable):
        await stand.telegram.fetch(file)
    stand.telegram_server.faults.next("getFile", html_502())
    with pytest.raises(Unavailable):
        await stand.telegram.fetch(file)


async def test_a_file_larger_than_it_said_is_cut_off(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = stand.telegram_server.phone(ANNA)
    await phone.send_document(b"x" * 200_000, "a.bin", "application/octet-stream")
    (update,) = await stand.telegram.api.call("getUpdates", {"timeout": 0})
    file = update["message"]["document"]["file_id"]
    lie = {"ok": True, "result": {"file_id": file, "file_unique_id": "u", "file_size": 5}}
    honest = await stand.telegram.api.call("getFile", {"file_id": file})
    stand.telegram_server.faults.next("getFile", answer(200, {**lie, "result": {**honest, "file_size": 5}}))
    monkeypatch.setattr("bots.http.LARGEST_FILE", 100_000)
    with pytest.raises(Rejected):
        await stand.telegram.fetch(file)


async def test_a_file_that_is_gone_is_not_asked_for_again(stand: Stand) -> None:
    phone = stand.telegram_server.phone(ANNA)
    await phone.send_document(b"x", "a.bin", "application/octet-stream")
    (update,) = await stand.telegram.api.call("getUpdates", {"timeout": 0})
    stand.telegram_server.faults.next("file", answer(404, ""))
    with pytest.raises(Rejected, match="gone"):
        await stand.telegram.fetch(update["message"]["document"]["file_id"])


async def test_the_webhook_is_registered_with_secret_and_events_as_soon_as_telegram_answers(stand: Stand) -> None:
    stand.telegram_server.faults.next("setWebhook", html_502())
    url = "http://127.0.0.1:1/telegram/webhook"
    await register_webhook(stand.telegram.api, url, "s3cret")
    call = [call for call in stand.telegram_server.calls if call.method == "setWebhook"][-1]
    assert call.params["secret_token"] == "s3cret"
    assert call.params["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    info = await stand.telegram.api.call("getWebhookInfo", {})
    assert isinstance(info, dict)
    assert info["url"] == url
    with pytest.raises(ApiError):
        await register_webhook(stand.telegram.api, "no address", "s3cret")


async def test_commands_are_described_and_it_is_no_matter_when_they_cannot_be(stand: Stand) -> None:
    await describe_commands(stand.telegram.api)
    call = stand.telegram_server.calls[-1]
    assert [one["command"] for one in call.params["commands"]] == ["menu", "help", "cancel", "start"]
    stand.telegram_server.faults.next("setMyCommands", html_502())
    await describe_commands(stand.telegram.api)


async def test_the_token_never_reaches_logs_or_errors(
    stand: Stand, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.telegram_server.phone(ANNA)
    told = ""
    for fault in [one[1] for one in ANSWERS]:
        stand.telegram_server.faults.next("sendMessage", fault)
        told += repr(await stand.telegram.send(row(TELEGRAM_BOT, TEXT), None, None))
        stand.telegram_server.faults.next("getMe", fault)
        try:
            await stand.telegram.api.call("getMe", {})
        except (ApiError, UnreachableError) as error:
            told += repr(error) + repr(error.__context__ if not error.__suppress_context__ else "")
    told += caplog.text + "".join(capsys.readouterr())
    assert TELEGRAM_TOKEN.partition(":")[2] not in told


def test_importing_the_edge_does_not_load_aiogram() -> None:
    code = (
        "import sys, bots.telegram.edge, bots.telegram.polling, bots.telegram.webhook; print('aiogram' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def test_many_sends_share_connections(stand: Stand) -> None:
    stand.telegram_server.phone(ANNA)
    outcomes = await asyncio.gather(
        *(stand.telegram.send(row(TELEGRAM_BOT, TEXT, number), None, None) for number in range(15))
    )
    assert set(outcomes) == {Delivered(None)}
    await until(lambda: len(stand.telegram_server.calls) == 15)
