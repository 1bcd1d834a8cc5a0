"""What VK's events mean to us."""

import json
import logging
import warnings

import pytest
from hypothesis import given, settings

from bots.edge import Parsed
from bots.raw import read_object, write
from bots.vk.edge import VkEdge
from dialogs.event import Attachment, Command, Edited, Event, Kind, Pressed, Reachable, Said, Sent, Unreadable
from tests.bots.hostile import json_values, mutations_of

EDGE = VkEdge("token", 77, "http://127.0.0.1:1/vk")
CLIENT = {"button_actions": ["text", "callback"], "keyboard": True, "inline_keyboard": True, "lang_id": 0}


def event(kind: str, body: dict) -> dict:
    return {"type": kind, "event_id": "e5f", "v": "5.199", "group_id": 77, "object": body}


def message(**content: object) -> dict:
    common = {
        "date": 1_645_000_000,
        "from_id": 7,
        "id": 12,
        "version": 100,
        "out": 0,
        "conversation_message_id": 5,
        "peer_id": 7,
        "random_id": 0,
        "fwd_messages": [],
        "important": False,
        "is_hidden": False,
        "attachments": [],
        "text": "",
    }
    return event("message_new", {"message": {**common, **content}, "client_info": CLIENT})


def press(payload: object) -> dict:
    return event("message_event", {"user_id": 7, "peer_id": 7, "event_id": "p1", "payload": payload})


def photo(**more: object) -> dict:
    sizes = [
        {"type": kind, "url": f"https://sun1.userapi.com/{kind}.jpg", "width": side, "height": side}
        for kind, side in (("s", 75), ("w", 2560), ("x", 604))
    ]
    body = {"album_id": -3, "date": 1, "id": 5, "owner_id": 7, "has_tags": False, "text": "", "sizes": sizes, **more}
    return {"type": "photo", "photo": body}


def document(kind: int, title: str) -> dict:
    body = {"id": 5, "owner_id": 7, "title": title, "size": 10, "ext": title[-3:], "date": 1, "type": kind}
    return {"type": "doc", "doc": {**body, "url": "https://vk.com/doc7_5", "access_key": "k"}}


VOICE = {
    "type": "audio_message",
    "audio_message": {
        "id": 5,
        "owner_id": 7,
        "duration": 3,
        "link_mp3": "https://psv4.userapi.com/a.mp3",
        "link_ogg": "https://psv4.userapi.com/a.ogg",
        "waveform": [1],
        "access_key": "k",
    },
}
STICKER = {"type": "sticker", "sticker": {"sticker_id": 1, "product_id": 1, "inner_type": "base_sticker_new"}}
LINK = {"type": "link", "link": {"url": "https://example.org", "title": "x"}}
GEO = {"type": "point", "coordinates": {"latitude": 53.4, "longitude": 59.0}}


def parsed(update: dict) -> Parsed:
    incoming = EDGE.identify(write(update))
    assert incoming is not None
    meant = EDGE.parse(incoming)
    anew = read_object.__wrapped__(incoming.raw)
    assert read_object(incoming.raw) == anew, "it is remembered: whoever reads it leaves it as it is"
    return meant


MEANINGS: list[tuple[str, dict, Event]] = [
    ("a text", message(text="ХВС 123"), Said("ХВС 123")),
    ("the start button", message(text="Начать", payload='{"command":"start"}'), Command("start")),
    ("the word for start", message(text=" начать "), Command("start")),
    ("a deep link's first words", message(text="Здравствуйте", ref="r1"), Said("Здравствуйте", ref="r1")),
    ("start of a deep link", message(text="Начать", payload='{"command":"start"}', ref="r1"), Command("start", "r1")),
    ("a press of a text button", message(text="Меню", payload='{"choice":"3:menu"}'), Pressed("menu", 3)),
    ("a press of a callback button", press({"choice": "3:menu"}), Pressed("menu", 3)),
    ("a forged payload is the text above it", message(text="Меню", payload='{"cmd":"admin"}'), Said("Меню")),
    ("a payload that is no JSON", message(text="Меню", payload="{"), Said("Меню")),
    ("a payload that is a list", message(text="Меню", payload="[1]"), Said("Меню")),
    ("a choice of a strange kind", message(text="Меню", payload='{"choice":{"a":1}}'), Said("Меню")),
    ("a callback with a forged payload", press({"cmd": "admin"}), Unreadable()),
    ("a callback without a payload", press(None), Unreadable()),
    ("a callback with a list", press([1]), Unreadable()),
    (
        "the largest size of a photo",
        message(text="вот", attachments=[photo()]),
        Sent(Kind.PHOTO, "https://sun1.userapi.com/w.jpg", "вот"),
    ),
    ("a picture as a file", message(attachments=[document(4, "a.png")]), Sent(Kind.PHOTO, "https://vk.com/doc7_5")),
    ("a file", message(attachments=[document(1, "a.pdf")]), Sent(Kind.FILE, "https://vk.com/doc7_5")),
    ("a voice message", message(attachments=[VOICE]), Sent(Kind.VOICE, "https://psv4.userapi.com/a.ogg")),
    ("a sticker", message(attachments=[STICKER]), Sent(Kind.OTHER)),
    ("a link in a text", message(text="https://example.org", attachments=[LINK]), Said("https://example.org")),
    ("a place", message(geo=GEO), Sent(Kind.LOCATION)),
    ("nothing but a forwarded message", message(), Sent(Kind.OTHER)),
    ("an attachment of the future", message(attachments=[{"type": "hologram", "hologram": {}}]), Sent(Kind.OTHER)),
    ("someone was invited", message(action={"type": "chat_invite_user", "member_id": 8}), Unreadable(silent=True)),
    ("a community writes", message(text="реклама", from_id=-5), Unreadable(silent=True)),
    ("permission taken back", event("message_deny", {"user_id": 7}), Reachable(False)),
    ("permission given", event("message_allow", {"user_id": 7, "key": ""}), Reachable(True)),
    ("an edited message", event("message_edit", message(text="5")["object"]["message"]), Edited("5", "5")),
    ("a message that is broken", event("message_new", {"message": {"peer_id": 7}}), Unreadable()),
    ("a NUL and half of a sign", message(text="12\x00 и \ud83d!"), Said("12\ufffd и \ufffd!")),
]


@pytest.mark.parametrize(("update", "meaning"), [row[1:] for row in MEANINGS], ids=[row[0] for row in MEANINGS])
def test_an_event_means(update: dict, meaning: Event) -> None:
    assert parsed(update).event == meaning


def test_a_chat_of_several_is_not_private() -> None:
    assert parsed(message(text="привет", peer_id=2_000_000_001)).private is False
    assert parsed(message(text="привет")).private is True


def test_the_language_is_taken_only_where_its_number_is_known() -> None:
    assert parsed(message(text="x")).language == "ru"
    english = message(text="x")
    english["object"]["client_info"] = {**CLIENT, "lang_id": 3}
    assert parsed(english).language == "en"
    unknown = message(text="x")
    unknown["object"]["client_info"] = {**CLIENT, "lang_id": 777}
    assert parsed(unknown).language is None


def test_the_key_is_the_event_id_and_an_event_without_one_is_known_by_its_content() -> None:
    incoming = EDGE.identify(write(message(text="x")))
    assert incoming is not None
    assert (incoming.chat.messenger, incoming.chat.bot, incoming.chat.peer) == ("vk", "77", "7")
    assert incoming.key == "e5f"
    nameless = {**message(text="x"), "event_id": None}
    first, second = EDGE.identify(write(nameless)), EDGE.identify(write(nameless))
    other = EDGE.identify(write({**message(text="y"), "event_id": None}))
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.key == second.key != other.key


@pytest.mark.parametrize("kind", ["message_reply", "message_typing_state", "group_join", "wall_post_new", "", None])
def test_an_event_that_is_not_from_a_chat_is_passed_over(kind: str | None) -> None:
    body = {"peer_id": 7, "user_id": 7, "message": {"peer_id": 7}}
    assert EDGE.identify(write({**event("message_new", body), "type": kind})) is None


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


def test_loading_vkbottle_leaves_warnings_and_logging_as_they_were() -> None:
    before = warnings.showwarning
    EDGE.load()
    assert warnings.showwarning is before or "vkbottle" not in warnings.showwarning.__module__
    assert logging.getLogger("vkbottle").handlers == []


def test_everything_that_came_in_one_message_is_named() -> None:
    act = document(1, "акт.pdf")
    sent = parsed(message(text="два файла", attachments=[photo(), act, LINK, VOICE])).event
    assert isinstance(sent, Sent)
    assert sent.message == "5"
    assert [one.kind for one in sent.more] == [Kind.FILE, Kind.VOICE]
    assert sent.more[0] == Attachment(Kind.FILE, "https://vk.com/doc7_5", "акт.pdf")


def test_an_edit_of_our_own_message_says_nothing() -> None:
    body = {**message(text="5")["object"]["message"], "from_id": -5}
    assert parsed(event("message_edit", body)).event == Unreadable(silent=True)
