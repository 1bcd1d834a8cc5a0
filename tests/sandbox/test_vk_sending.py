"""The VK API stand-in: sending, keyboards, answers to presses, execute, and the errors of each."""

import json

import pytest

from sandbox.faults import vk_error
from sandbox.vk.limits import Limits

USER = 200
CHAT = 2_000_000_001


@pytest.fixture
def phone(stand):
    return stand.vk.phone(USER)


def text_button(label="Меню", payload=None):
    action = {"type": "text", "label": label}
    return {"action": action if payload is None else {**action, "payload": payload}}


def callback_button(label="Жми", payload='{"c":1}'):
    return {"action": {"type": "callback", "label": label, "payload": payload}, "color": "primary"}


def keyboard(*rows, **more):
    return {"one_time": False, "buttons": list(rows), **more}


async def test_one_recipient_answers_a_number_and_several_an_array(stand, phone):
    one = await stand.api("messages.send", peer_id=USER, message="a", random_id=1)
    assert one == {"response": 1}
    assert (await stand.api("messages.send", user_id=USER, message="b", random_id=2))["response"] == 2
    several = await stand.api("messages.send", peer_ids=f"{USER},999", message="c", random_id=3)
    assert several["response"] == [
        {"peer_id": USER, "message_id": 3, "conversation_message_id": 3},
        {
            "peer_id": 999,
            "message_id": 0,
            "conversation_message_id": 0,
            "error": {"code": 901, "description": "Can't send messages for users without permission"},
        },
    ]
    assert [bubble.text for bubble in phone.bubbles] == ["a", "b", "c"]


async def test_a_repeated_random_id_sends_nothing_within_an_hour(stand, phone):
    send = {"peer_id": USER, "message": "a", "random_id": 5}
    first = await stand.api("messages.send", **send)
    assert await stand.api("messages.send", **send) == first
    assert len(phone.bubbles) == 1
    stand.clock.now += 3601
    assert await stand.api("messages.send", **send) != first
    for _ in range(2):
        await stand.api("messages.send", peer_id=USER, message="a", random_id=0)
    assert len(phone.bubbles) == 4


async def test_a_random_id_is_forgotten_after_a_hundred_messages(stand, phone):
    first = await stand.api("messages.send", peer_id=USER, message="a", random_id=1)
    for number in range(2, 102):
        await stand.api("messages.send", peer_id=USER, message="a", random_id=number)
    assert await stand.api("messages.send", peer_id=USER, message="a", random_id=1) != first


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"message": "a"}, 100),
        ({"message": "a", "random_id": 2**31}, 100),
        ({"message": "", "random_id": 1}, 100),
        ({"message": "a" * 4097, "random_id": 1}, 914),
        ({"message": "a", "random_id": 1, "peer_id": 999}, 901),
        ({"message": "a", "random_id": 1, "peer_id": CHAT + 5}, 927),
        ({"message": "a", "random_id": 1, "attachment": "photo-1_1"}, 100),
        ({"message": "a", "random_id": 1, "attachment": "nonsense"}, 100),
        ({"message": "a", "random_id": 1, "keyboard": "{"}, 911),
    ],
)
async def test_a_bad_message_is_refused_by_its_code(stand, phone, params, code):
    assert await stand.code("messages.send", **{"peer_id": USER, **params}) == code
    assert phone.bubbles == []


async def test_who_forbade_or_hid_or_was_banned_gets_nothing(stand, phone):
    send = {"peer_id": USER, "message": "a", "random_id": 0}
    await phone.block()
    assert await stand.code("messages.send", **send) == 901
    await phone.unblock()
    phone.conversation.closed = True
    assert await stand.code("messages.send", **send) == 902
    stand.vk.world.blacklist.add(USER)
    assert await stand.code("messages.send", **send) == 900
    stranger = stand.vk.phone(USER + 1, allowed=False)
    assert await stand.code("messages.send", **{**send, "peer_id": USER + 1}) == 901
    await stranger.say("пишу первым")
    assert "response" in await stand.api("messages.send", **{**send, "peer_id": USER + 1})


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (keyboard(*[[text_button()]] * 11), "too many rows"),
        (keyboard([text_button()] * 6), "too many buttons in a row"),
        (keyboard(*[[text_button()] * 5] * 9), "too many buttons"),
        (keyboard(*[[text_button()]] * 7, inline=True), "too many rows"),
        (keyboard(*[[text_button()] * 3] * 4, inline=True), "too many buttons, at most 10"),
        (keyboard([text_button()], inline=True, one_time=True), "one_time can't be used with inline"),
        (keyboard([]), "non-empty"),
        (keyboard(inline=True), "must have buttons"),
        (keyboard([text_button("я" * 41)]), "label is too long"),
        (keyboard([text_button(" ")]), "label is empty"),
        (keyboard([text_button(payload='"' + "x" * 254 + '"')]), "payload is too long"),
        (keyboard([text_button(payload="{")]), "payload is not valid JSON"),
        (keyboard([{"action": {"type": "magic", "label": "x"}}]), "unknown action type"),
        (keyboard([{"action": {"type": "open_link", "label": "x", "link": "vk"}}]), "link of an open_link"),
        (keyboard([{**text_button(), "color": "red"}]), "unknown color"),
        (keyboard([{**text_button(), "size": 1}]), "unknown fields"),
        ({"one_time": False}, "buttons must be an array"),
        ({"buttons": [], "extra": 1}, "unknown fields"),
    ],
)
async def test_a_bad_keyboard_is_911_and_says_why(stand, phone, markup, words):
    answer = await stand.api("messages.send", peer_id=USER, message="a", random_id=0, keyboard=markup)
    assert answer["error"]["error_code"] == 911
    assert words in answer["error"]["error_msg"]


async def test_the_largest_keyboards_pass_and_an_empty_one_removes(stand, phone):
    send = {"peer_id": USER, "message": "a", "random_id": 0}
    assert "response" in await stand.api("messages.send", **send, keyboard=keyboard(*[[text_button()] * 4] * 10))
    assert len(phone.keyboard) == 10
    inline = keyboard(*[[callback_button()] * 2] * 5, inline=True)
    assert "response" in await stand.api("messages.send", **send, keyboard=inline)
    assert len(phone.last().rows) == 5
    await stand.api("messages.send", **send, keyboard={"buttons": []})
    assert phone.keyboard == []


async def test_a_one_time_keyboard_goes_after_a_press(stand, phone):
    markup = keyboard([text_button(payload={"menu": 1})], one_time=True)
    await stand.api("messages.send", peer_id=USER, message="a", random_id=0, keyboard=markup)
    await phone.tap("меню")
    assert phone.keyboard == []
    history = (await stand.api("messages.getHistory", peer_id=USER))["response"]["items"]
    assert (history[0]["text"], history[0]["payload"]) == ("Меню", '{"menu":1}')


async def press(stand, phone):
    """Send an inline callback button, press it, and give the event's id."""
    markup = keyboard([callback_button()], inline=True)
    await stand.api("messages.send", peer_id=USER, message="a", random_id=0, keyboard=markup)
    await phone.tap("жми")
    return next(reversed(stand.vk.world.presses))


async def test_a_press_is_answered_once_by_a_snackbar(stand, phone):
    event = {"event_id": await press(stand, phone), "user_id": USER, "peer_id": USER}
    data = {"type": "show_snackbar", "text": "Принято"}
    assert await stand.code("messages.sendMessageEventAnswer", **{**event, "user_id": 1}, event_data=data) == 100
    long = {"type": "show_snackbar", "text": "x" * 1000}
    assert await stand.code("messages.sendMessageEventAnswer", **event, event_data=long) == 100
    assert (await stand.api("messages.sendMessageEventAnswer", **event, event_data=data))["response"] == 1
    assert phone.toast == "Принято"
    assert await stand.code("messages.sendMessageEventAnswer", **event) == 100


async def test_a_press_cannot_be_answered_after_its_minute(stand, phone):
    event = {"event_id": await press(stand, phone), "user_id": USER, "peer_id": USER}
    stand.clock.now += 61
    assert await stand.code("messages.sendMessageEventAnswer", **event) == 100


async def test_a_message_can_be_edited_for_a_day(stand, phone):
    markup = keyboard([callback_button()], inline=True)
    sent = await stand.api("messages.send", peer_id=USER, message="a", random_id=0, keyboard=markup)
    change = {"peer_id": USER, "message_id": sent["response"], "message": "b"}
    assert (await stand.api("messages.edit", **change))["response"] == 1
    assert (phone.last().text, phone.last().rows, phone.last().edited) == ("b", [], True)
    assert await stand.code("messages.edit", peer_id=USER, message_id=99, message="b") == 920
    stand.clock.now += 86_401
    assert await stand.code("messages.edit", **change) == 909


async def test_chats_give_message_id_zero_and_show_on_every_phone(stand):
    first, second = stand.vk.group_phone(1, 300), stand.vk.group_phone(CHAT, 301)
    await first.say("привет")
    sent = await stand.api("messages.send", peer_ids=str(CHAT), message="a", random_id=0)
    assert sent["response"][0] == {"peer_id": CHAT, "message_id": 0, "conversation_message_id": 2}
    assert [bubble.mine for bubble in first.bubbles] == [True, False]
    assert [bubble.text for bubble in second.bubbles] == ["привет", "a"]
    assert (await stand.api("messages.edit", peer_id=CHAT, cmid=2, message="b"))["response"] == 1
    assert [phone.last().text for phone in (first, second)] == ["b", "b"]


async def test_execute_runs_up_to_25_calls_and_lists_their_errors(stand, phone):
    def call(peer, number):
        params = {"peer_id": peer, "message": f"№{number}", "random_id": number}
        return f"API.messages.send({json.dumps(params)})"

    code = f"return [{call(USER, 1)}, {call(999, 2)}, {call(USER, 3)}];"
    answer = await stand.api("execute", code=code)
    assert answer["response"] == [1, False, 2]
    assert [(error["method"], error["error_code"]) for error in answer["execute_errors"]] == [("messages.send", 901)]
    assert [bubble.text for bubble in phone.bubbles] == ["№1", "№3"]
    assert (await stand.api("execute", code="return API.utils.getServerTime();"))["response"] == int(stand.clock.now)
    many = "return [" + ",".join([call(USER, 0)] * 26) + "];"
    assert await stand.code("execute", code=many) == 13
    for broken in ("API.users.get()", "return [API.users.get({]", "return [API.users.get({}) 1];"):
        assert await stand.code("execute", code=broken) == 12


async def test_an_ordered_error_befalls_a_call_inside_execute(stand, phone):
    stand.vk.faults.next("messages.send", vk_error(9))
    params = json.dumps({"peer_id": USER, "message": "a", "random_id": 1})
    answer = await stand.api("execute", code=f"return [API.messages.send({params}), API.messages.send({params})];")
    assert answer["response"] == [False, 1]
    assert answer["execute_errors"][0]["error_code"] == 9


async def test_execute_takes_nested_keyboards_and_lists_of_peers(stand, phone):
    stand.vk.phone(USER + 1)
    params = {
        "peer_ids": [USER, USER + 1],
        "message": "a",
        "random_id": 7,
        "keyboard": keyboard([text_button()]),
        "dont_parse_links": True,
    }
    answer = await stand.api("execute", code=f"return [API.messages.send({json.dumps(params, ensure_ascii=False)})];")
    assert [item["peer_id"] for item in answer["response"][0]] == [USER, USER + 1]
    assert phone.keyboard[0][0].label == "Меню"


async def test_the_token_may_come_as_a_bearer_and_a_wrong_one_is_5(stand):
    url = f"{stand.base}/vk/method/users.get"
    async with stand.session.post(url, data={"v": "5.199"}) as response:
        assert (await response.json())["error"]["error_code"] == 5
    headers = {"Authorization": f"Bearer {stand.vk.token}"}
    async with stand.session.post(url, data={"v": "5.199"}, headers=headers) as response:
        assert (await response.json()) == {"response": []}
    async with stand.session.post(url, json={"v": "5.199"}, headers=headers) as response:
        assert (await response.json())["error"]["error_code"] == 8


async def test_an_error_never_echoes_the_token(stand):
    answer = await stand.api("messages.nothing", a="b")
    assert answer["error"]["error_code"] == 3
    assert stand.vk.token not in json.dumps(answer)


async def test_parameters_outside_the_schema_are_refused(stand, phone, need_schemas):
    send = {"peer_id": USER, "message": "a", "random_id": 0}
    assert await stand.code("messages.send", **send, colour="red") == 100
    assert await stand.code("messages.send", **{**send, "peer_id": "двести"}) == 100
    assert await stand.code("messages.send", **send, intent="spam") == 100
    assert await stand.code("messages.setActivity", peer_id=USER, type="dancing") == 100
    assert await stand.code("photos.saveMessagesPhoto") == 100
    assert "does not play" in (await stand.api("messages.pin", peer_id=1))["error"]["error_msg"]


async def test_the_twenty_first_call_in_a_second_is_6(start):
    stand = await start(vk=Limits())
    answers = [await stand.api("utils.getServerTime") for _ in range(21)]
    assert all("response" in answer for answer in answers[:20])
    assert answers[20]["error"]["error_code"] == 6


async def test_typing_shows_and_the_person_is_known(stand, phone):
    assert (await stand.api("messages.setActivity", peer_id=USER, type="typing"))["response"] == 1
    assert phone.typing is True
    assert (await stand.api("users.get", user_ids=f"{USER},1"))["response"][0]["first_name"] == "Анна"
