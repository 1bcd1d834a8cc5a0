"""What a phone promises to who holds it: waiting, pressing by word, news and listeners. Both messengers alike."""

import asyncio

import pytest

USER = 100
MESSENGERS = ["telegram", "vk"]


class Hand:
    """A phone and the bot's way of writing to it, whichever the messenger."""

    def __init__(self, stand, messenger):
        self.stand = stand
        self.telegram = messenger == "telegram"
        self.phone = (stand.telegram if self.telegram else stand.vk).phone(USER)

    async def bot_says(self, text, *labels, bottom=False):
        if self.telegram:
            await self.stand.bot("sendMessage", chat_id=USER, text=text, **self._telegram(labels, bottom=bottom))
        else:
            markup = self._vk(labels, bottom=bottom)
            await self.stand.api("messages.send", peer_id=USER, message=text, random_id=0, **markup)

    def _telegram(self, labels, *, bottom):
        if not labels:
            return {}
        if bottom:
            return {"reply_markup": {"keyboard": [[{"text": label} for label in labels]]}}
        return {"reply_markup": {"inline_keyboard": [[{"text": label, "callback_data": label} for label in labels]]}}

    def _vk(self, labels, *, bottom):
        if not labels:
            return {}
        kind = "text" if bottom else "callback"
        row = [{"action": {"type": kind, "label": label, "payload": f'"{label}"'}} for label in labels]
        return {"keyboard": {"inline": not bottom, "buttons": [row]}}


@pytest.fixture(params=MESSENGERS)
def hand(stand, request):
    return Hand(stand, request.param)


async def test_waiting_takes_what_comes_later(hand):
    async def later():
        await asyncio.sleep(0.05)
        await hand.bot_says("ответ")

    task = asyncio.create_task(later())
    assert (await hand.phone.wait_for("ответ")).text == "ответ"
    await task


async def test_waiting_never_takes_an_answer_to_an_earlier_action(hand):
    await hand.bot_says("меню")
    await hand.phone.say("ещё")
    with pytest.raises(AssertionError, match="no such answer"):
        await hand.phone.wait_for("меню", timeout=0.05)
    await hand.bot_says("меню")
    assert (await hand.phone.wait_for(lambda bubble: bubble.text == "меню")).mine is False


async def test_a_failed_wait_tells_what_the_bot_said(hand):
    await hand.bot_says("совсем другое")
    with pytest.raises(AssertionError, match="совсем другое"):
        await hand.phone.wait_for("меню", timeout=0.01)


async def test_tap_finds_the_newest_button_by_a_word_in_any_case(hand):
    await hand.bot_says("старое", "💧 Показания", "Баланс")
    await hand.bot_says("новое", "Передать показания")
    await hand.bot_says("низ", "Настройки", bottom=True)
    assert [button.label for button in hand.phone.buttons()] == ["Настройки"]
    pressed = []

    async def press(bubble_id, row, column):
        pressed.append(hand.phone.bubble(bubble_id).rows[row][column].label)

    hand.phone.press = press
    await hand.phone.tap("ПОКАЗАНИЯ")
    await hand.phone.tap("баланс")
    assert pressed == ["Передать показания", "Баланс"]


async def test_tap_without_such_a_button_lists_what_there_is(hand):
    await hand.bot_says("меню", "Баланс")
    with pytest.raises(AssertionError, match="no button with «Квитанция»; there are \\['Баланс'\\]"):
        await hand.phone.tap("Квитанция")


async def test_tap_can_wait_for_its_button(hand):
    async def later():
        await asyncio.sleep(0.05)
        await hand.bot_says("меню", "Баланс")

    task = asyncio.create_task(later())
    await hand.phone.tap("баланс", timeout=2)
    await task


async def test_a_pressed_keyboard_button_is_a_written_message(hand):
    await hand.bot_says("низ", "Настройки", bottom=True)
    await hand.phone.tap("настройки")
    assert (hand.phone.bubbles[-1].mine, hand.phone.bubbles[-1].text) == (True, "Настройки")


async def test_listeners_hear_each_change_and_a_slow_one_holds_nobody(hand):
    heard = []
    hand.phone.on_change.add(lambda phone: heard.append(len(phone.bubbles)))
    slow = asyncio.Event()

    async def wait(phone):
        await slow.wait()

    hand.phone.on_change.add(wait)
    await hand.phone.say("a")
    await hand.bot_says("b")
    slow.set()
    assert heard[-1] == 2


async def test_an_own_edit_changes_the_own_bubble(hand):
    await hand.phone.say("a")
    await hand.bot_says("b")
    await hand.phone.edit_last("c")
    assert [(bubble.text, bubble.edited) for bubble in hand.phone.bubbles] == [("c", True), ("b", False)]


async def test_a_phone_is_the_same_each_time_and_others_do_not_see_its_chat(hand):
    server = hand.stand.telegram if hand.telegram else hand.stand.vk
    other = server.phone(USER + 1)
    await hand.bot_says("a")
    assert server.phone(USER) is hand.phone
    assert other.bubbles == []


async def test_opening_a_link_tells_the_bot_nothing(stand):
    phone = stand.telegram.phone(USER)
    markup = {"inline_keyboard": [[{"text": "Сайт", "url": "https://example.org"}]]}
    await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup=markup)
    await phone.tap("сайт")
    assert phone.opened == ["https://example.org"]
    assert (await stand.bot("getUpdates"))["result"] == []


async def test_bubbles_bear_the_sandbox_clock(hand):
    await hand.bot_says("a")
    assert hand.phone.last().at.timestamp() == hand.stand.clock.now
