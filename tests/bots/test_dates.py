"""When a person wrote, as each messenger dates it: a reading counts by that."""

import json
from datetime import UTC, datetime

import pytest

from bots.telegram.parse import parse as of_telegram
from bots.vk.parse import parse as of_vk
from dialogs.event import Pressed, Said, Sent

SENT = datetime(2022, 2, 25, 18, 59, 50, tzinfo=UTC)
STAMP = int(SENT.timestamp())
ALWAYS = {
    "attachments": [],
    "conversation_message_id": 1,
    "fwd_messages": [],
    "important": False,
    "is_hidden": False,
    "random_id": 0,
    "version": 1,
}
"""What VK's messages always have."""


def telegram(**more: object) -> str:
    message = {"message_id": 1, "date": STAMP, "chat": {"id": 5, "type": "private"}, **more}
    return json.dumps({"update_id": 1, "message": {**message, "from": {"id": 5, "is_bot": False, "first_name": "A"}}})


def vk(**more: object) -> str:
    message = {"id": 1, "date": STAMP, "peer_id": 7, "from_id": 7, "text": "", "out": 0, **ALWAYS, **more}
    given = {"type": "message_new", "group_id": 1, "event_id": "x", "v": "5.199"}
    return json.dumps({**given, "object": {"message": message, "client_info": {}}})


def test_what_was_said_has_the_messengers_date() -> None:
    for event in (of_telegram(telegram(text="104")).event, of_vk(vk(text="104")).event):
        assert event == Said("104")
        assert isinstance(event, Said)
        assert event.at == SENT


def test_a_photo_has_it_too() -> None:
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    event = of_telegram(telegram(photo=photo, caption="104")).event
    assert isinstance(event, Sent)
    assert (event.text, event.at) == ("104", SENT)


def test_a_press_that_comes_as_a_message_has_it_and_one_that_does_not_has_none() -> None:
    pressed = of_vk(vk(text="Верно", payload=json.dumps({"choice": "3:right"}))).event
    assert isinstance(pressed, Pressed)
    assert pressed.at == SENT
    user = {"id": 5, "is_bot": False, "first_name": "A"}
    query = {"id": "1", "from": user, "chat_instance": "1", "data": "3:right"}
    event = of_telegram(json.dumps({"update_id": 1, "callback_query": query})).event
    assert isinstance(event, Pressed)
    assert event.at is None


@pytest.mark.parametrize("stamp", [0, -5, 10**11, 10**15, 2**63])
def test_no_date_breaks_the_reading_of_an_update(stamp: int) -> None:
    of_telegram(telegram(text="104", date=stamp))
    of_vk(vk(text="104", date=stamp))
