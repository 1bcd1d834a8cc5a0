"""A screen that asks for the reader's own phone number: a button of Telegram's, and nothing in VK."""

import json

from bots.telegram.render import render as telegram
from bots.vk.render import render as vk
from dialogs.screen import Choice, Plain, Screen, rows
from tests.bots.fakes import Russian

ASKS = Screen(Plain("Передайте номер"), rows(Choice("back", Plain("Назад"))), contact=Plain("Передать мой номер"))


def test_telegram_shows_it_in_the_place_of_the_keyboard_with_the_other_buttons() -> None:
    (call,) = telegram(ASKS, 5, Russian())
    assert call.params["reply_markup"] == {
        "keyboard": [[{"text": "Передать мой номер", "request_contact": True}], [{"text": "Назад"}]],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_vk_has_no_such_button_and_shows_the_rest() -> None:
    (call,) = vk(ASKS, 5, Russian())
    rows_shown = json.loads(str(call.params["keyboard"]))["buttons"]
    assert [[button["action"]["label"] for button in row] for row in rows_shown] == [["Назад"]]
