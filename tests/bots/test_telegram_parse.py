"""What Telegram's updates mean to us."""

import json

import pytest
from hypothesis import given, settings

from bots.edge import Parsed
from bots.raw import read_object, write
from bots.telegram.edge import TelegramEdge
from dialogs.event import Command, Edited, Event, Kind, Pressed, Reachable, Said, Sent, Unreadable
from tests.bots.hostile import json_values, mutations_of

EDGE = TelegramEdge("42:token", "http://127.0.0.1:1")
ANNA = {"id": 7, "is_bot": False, "first_name": "Анна", "language_code": "ru-RU"}
CHAT = {"id": 7, "type": "private", "first_name": "Анна"}
SIZE = {"file_unique_id": "u", "width": 90, "height": 60}


def message(**content: object) -> dict:
    return {
        "update_id": 500,
        "message": {"message_id": 3, "date": 1_645_000_000, "chat": CHAT, "from": ANNA, **content},
    }


def press(data: str | None = "3:menu") -> dict:
    query = {"id": "99", "from": ANNA, "chat_instance": "1", "message": message(text="Меню")["message"]}
    return {"update_id": 501, "callback_query": query if data is None else {**query, "data": data}}


def parsed(update: dict) -> Parsed:
    incoming = EDGE.identify(write(update))
    assert incoming is not None
    meant = EDGE.parse(incoming)
    anew = read_object.__wrapped__(incoming.raw)
    assert read_object(incoming.raw) == anew, "it is remembered: whoever reads it leaves it as it is"
    return meant


FILE = {"file_id": "doc", "file_unique_id": "u"}

MEANINGS: list[tuple[str, dict, Event]] = [
    ("a text", message(text="ХВС 123"), Said("ХВС 123")),
    ("a text with spaces is left as it is", message(text=" 12 "), Said(" 12 ")),
    ("start", message(text="/start"), Command("start")),
    ("start of a deep link", message(text="/start flat_7-a"), Command("start", "flat_7-a")),
    ("a command for us by name", message(text="/Menu@vodoteplo_bot"), Command("menu")),
    ("a command with words after it", message(text="/help \n me"), Command("help", "me")),
    ("a slash alone is a text", message(text="/ 5"), Said("/ 5")),
    ("a fraction is a text", message(text="1/2"), Said("1/2")),
    ("a press", press("3:menu"), Pressed("menu", 3)),
    ("a choice with colons", press("12:a:b"), Pressed("a:b", 12)),
    ("a press of a forged button", press("menu"), Unreadable()),
    ("a press with a sign no rev has", press("-1:menu"), Unreadable()),
    ("a press with foreign digits", press("٣:menu"), Unreadable()),
    ("a press of a game", press(None), Unreadable()),
    (
        "the largest size of a photo",
        message(
            photo=[{**SIZE, "file_id": "small"}, {**SIZE, "file_id": "big", "width": 900}, {**SIZE, "file_id": "s"}],
            caption="вот",
        ),
        Sent(Kind.PHOTO, "big", "вот"),
    ),
    ("a picture sent as a file", message(document={**FILE, "mime_type": "image/png"}), Sent(Kind.PHOTO, "doc")),
    ("a file", message(document={**FILE, "mime_type": "application/pdf"}), Sent(Kind.FILE, "doc")),
    ("a file of no type", message(document=FILE), Sent(Kind.FILE, "doc")),
    ("a voice message", message(voice={**FILE, "duration": 3}), Sent(Kind.VOICE, "doc")),
    (
        "the own contact",
        message(contact={"phone_number": "+79001234567", "first_name": "Анна", "user_id": 7}),
        Sent(Kind.CONTACT, None, "+79001234567"),
    ),
    (
        "another's contact",
        message(contact={"phone_number": "+79009999999", "first_name": "Борис", "user_id": 8}),
        Sent(Kind.CONTACT, "foreign", ""),
    ),
    (
        "a contact that is nobody's",
        message(contact={"phone_number": "+79009999999", "first_name": "Борис"}),
        Sent(Kind.CONTACT, "foreign", ""),
    ),
    ("a place", message(location={"latitude": 53.4, "longitude": 59.0}), Sent(Kind.LOCATION)),
    (
        "a sticker",
        message(sticker={**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}),
        Sent(Kind.OTHER),
    ),
    ("a die", message(dice={"emoji": "🎲", "value": 3}), Sent(Kind.OTHER)),
    ("a content of the future", message(hologram={"depth": 3}), Sent(Kind.OTHER)),
    ("service talk", message(pinned_message=message(text="x")["message"]), Unreadable(silent=True)),
    ("an edited message", {"update_id": 1, "edited_message": message(text="5")["message"]}, Edited("3", "5")),
    ("an update type of the future", {"update_id": 1, "oracle": {"chat": CHAT}}, Unreadable()),
    ("a message that is broken", {"update_id": 1, "message": {"chat": CHAT}}, Unreadable()),
    ("a NUL and half of a sign", message(text="12\x00 и \ud83d!"), Said("12\ufffd и \ufffd!")),
    ("a whole sign", message(text="😀"), Said("😀")),
]


@pytest.mark.parametrize(("update", "event"), [row[1:] for row in MEANINGS], ids=[row[0] for row in MEANINGS])
def test_an_update_means(update: dict, event: Event) -> None:
    assert parsed(update).event == event


def test_a_blocked_bot_is_told_and_stays_silent() -> None:
    member = {"user": {"id": 42, "is_bot": True, "first_name": "bot"}, "status": "kicked", "until_date": 0}
    change = {"chat": CHAT, "from": ANNA, "date": 1, "old_chat_member": {**member, "status": "member"}}
    assert parsed({"update_id": 1, "my_chat_member": {**change, "new_chat_member": member}}) == Parsed(Reachable(False))
    change["old_chat_member"] = member
    assert parsed(
        {"update_id": 2, "my_chat_member": {**change, "new_chat_member": {**member, "status": "member"}}}
    ) == (Parsed(Reachable(True)))


def test_a_group_is_not_private_whatever_happens_in_it() -> None:
    group = {"id": -100, "type": "supergroup", "title": "Соседи"}
    said = message(text="привет")
    said["message"]["chat"] = group
    assert parsed(said).private is False
    pressed = press()
    pressed["callback_query"]["message"]["chat"] = group
    assert parsed(pressed).private is False
    assert parsed(message(text="привет")).private is True


@pytest.mark.parametrize("kind", ["channel_post", "message_reaction", "purple_event", "message"])
def test_a_channel_is_not_private_whatever_kind_of_update_it_sends(kind: str) -> None:
    body = {"chat": {"id": -100, "type": "channel", "title": "Новости"}, "message_id": 1, "date": 1}
    assert parsed({"update_id": 1, kind: body}).private is False


def test_the_language_is_the_plain_code() -> None:
    assert parsed(message(text="x")).language == "ru"
    assert parsed(press()).language == "ru"


def test_the_key_is_the_update_id_and_the_chat_is_the_messages() -> None:
    incoming = EDGE.identify(write(press()))
    assert incoming is not None
    assert (incoming.chat.messenger, incoming.chat.bot, incoming.chat.peer) == ("telegram", "42", "7")
    assert incoming.key == "501"
    assert not incoming.internal


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 100_000,
        '{"update_id": 1}',
        '{"update_id": true, "message": {"chat": {"id": 1}}}',
        '{"update_id": 1, "message": {"chat": {"id": 1.5}}}',
        '{"update_id": 1, "message": {"chat": {"id": 1' + "0" * 400 + "}}}",
        '{"message": {"chat": {"id": 1}}}',
        '{"update_id": 1, "poll": {"id": "1"}}',
    ],
    ids=range(11),
)
def test_an_update_of_no_chat_is_passed_over(raw: str) -> None:
    assert EDGE.identify(raw) is None


@settings(max_examples=150, deadline=None)
@given(json_values | mutations_of(*(row[1] for row in MEANINGS)))
def test_nothing_that_can_come_raises(update: object) -> None:
    raw = json.dumps(update)
    incoming = EDGE.identify(raw)
    if incoming is not None:
        text = repr(EDGE.parse(incoming))
        assert "\\x00" not in text
        assert "\\ud8" not in text
        int(incoming.chat.peer)


def test_what_was_said_bears_its_number_and_a_document_its_name() -> None:
    said = parsed(message(text="Почему?")).event
    assert isinstance(said, Said)
    assert said.message == "3"
    document = {"file_id": "D", "file_unique_id": "d", "file_name": "акт.pdf", "mime_type": "application/pdf"}
    sent = parsed(message(document=document)).event
    assert isinstance(sent, Sent)
    assert (sent.message, sent.name) == ("3", "акт.pdf")
