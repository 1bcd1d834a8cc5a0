"""The Bot API stand-in: what it takes, what it refuses, and in which words."""

import json

import pytest

from sandbox.telegram.limits import Limits

USER = 100


@pytest.fixture
def phone(stand):
    return stand.telegram.phone(USER)


def inline(*labels, data="x"):
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label in labels]]}


async def test_a_sent_text_comes_back_as_a_full_message_and_shows_on_the_phone(stand, phone):
    answer = await stand.bot("sendMessage", chat_id=USER, text="Здравствуйте", reply_markup=inline("Меню"))
    message = answer["result"]
    assert message["chat"] == {"id": USER, "type": "private", "first_name": "Анна"}
    assert message["from"]["is_bot"] is True
    assert message["date"] == int(stand.clock.now)
    assert message["reply_markup"] == inline("Меню")
    assert [b.label for b in phone.buttons()] == ["Меню"]
    assert phone.last().text == "Здравствуйте"


async def test_form_multipart_and_json_requests_are_all_taken(stand, phone):
    url = f"{stand.base}/telegram/bot{stand.telegram.token}/sendMessage"
    for how in ({"data": {"chat_id": USER, "text": "a"}}, {"json": {"chat_id": USER, "text": "b"}}):
        async with stand.session.post(url, **how) as response:
            assert (await response.json())["ok"]
    async with stand.session.get(url, params={"chat_id": USER, "text": "c"}) as response:
        assert (await response.json())["ok"]
    assert [bubble.text for bubble in phone.bubbles] == ["a", "b", "c"]


async def test_a_body_that_is_no_json_is_refused(stand):
    url = f"{stand.base}/telegram/bot{stand.telegram.token}/sendMessage"
    async with stand.session.post(url, data="{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


async def test_a_wrong_token_is_unauthorized_and_an_unknown_method_not_found(stand):
    async with stand.session.post(f"{stand.base}/telegram/bot1:wrong/getMe") as response:
        assert response.status == 401
        assert (await response.json())["description"] == "Unauthorized"
    assert await stand.refusal("sendTelepathy") == "Not Found: method not found"


async def test_method_names_are_taken_in_any_case(stand):
    assert (await stand.bot("GETME"))["result"]["username"] == "vodoteplo_bot"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "я" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "a", "parse_mode": "XML"}, "unsupported parse_mode"),
        ({"text": "a", "reply_markup": inline("Я", data="я" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": inline(*"a" * 101)}, "reply markup is too long"),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "vk"}]]}},
            "inline keyboard button URL 'vk' is invalid: Wrong HTTP URL",
        ),
    ],
)
async def test_a_bad_text_or_keyboard_is_refused_in_the_servers_words(stand, phone, params, words):
    assert await stand.refusal("sendMessage", chat_id=USER, **params) == f"Bad Request: {words}"
    assert phone.bubbles == []


async def test_limits_count_after_the_markup_is_read(stand, phone):
    text = "<b>" + "a" * 4096 + "</b>"
    assert (await stand.bot("sendMessage", chat_id=USER, text=text, parse_mode="HTML"))["ok"]
    assert (await stand.bot("sendMessage", chat_id=USER, text="x", reply_markup=inline("Я", data="я" * 32)))["ok"]
    assert (await stand.bot("sendMessage", chat_id=USER, text="x", reply_markup=inline(*"a" * 100)))["ok"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("цена <5 руб", 'Unsupported start tag "5" at byte offset 9'),
        ("<b>жир", 'Can\'t find end tag corresponding to start tag "b"'),
        ("жир</b>", "Unexpected end tag at byte offset 6"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("a <b", "Unclosed start tag at byte offset 2"),
    ],
)
async def test_bad_markup_names_the_place_in_bytes(stand, phone, text, words):
    said = await stand.refusal("sendMessage", chat_id=USER, text=text, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {words}"


async def test_good_markup_becomes_entities_in_utf16_units_and_harmless_html(stand, phone):
    text = '😀 <b>к&lt;б</b> <a href="javascript:x">a</a> <a href="https://e.org/?a=1&amp;b">сайт</a>'
    message = (await stand.bot("sendMessage", chat_id=USER, text=text, parse_mode="HTML"))["result"]
    assert message["text"] == "😀 к<б a сайт"
    assert message["entities"][0] == {"type": "bold", "offset": 3, "length": 3}
    assert message["entities"][-1] == {"type": "text_link", "offset": 9, "length": 4, "url": "https://e.org/?a=1&b"}
    assert "javascript" not in phone.last().text
    assert phone.last().format == "html"
    assert phone.last().plain == message["text"]


async def test_a_chat_the_bot_does_not_know_is_not_found(stand):
    assert await stand.refusal("sendMessage", chat_id=555, text="x") == "Bad Request: chat not found"
    shy = stand.telegram.phone(556, started=False)
    assert await stand.refusal("sendMessage", chat_id=556, text="x") == "Bad Request: chat not found"
    await shy.start()
    assert (await stand.bot("sendMessage", chat_id=556, text="x"))["ok"]


async def test_a_person_who_blocked_the_bot_is_403_until_they_return(stand, phone):
    await phone.block()
    answer = await stand.bot("sendMessage", chat_id=USER, text="x")
    assert (answer["status"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    await phone.start("ref")
    assert (await stand.bot("sendMessage", chat_id=USER, text="x"))["ok"]
    updates = (await stand.bot("getUpdates"))["result"]
    states = [u["my_chat_member"]["new_chat_member"]["status"] for u in updates if "my_chat_member" in u]
    assert states == ["kicked", "member"]
    assert updates[-1]["message"]["text"] == "/start ref"


async def test_an_edit_that_changes_nothing_is_refused(stand, phone):
    sent = (await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup=inline("x")))["result"]
    same = {"chat_id": USER, "message_id": sent["message_id"], "text": "a", "reply_markup": inline("x")}
    assert "message is not modified: specified new message content" in await stand.refusal("editMessageText", **same)
    edited = (await stand.bot("editMessageText", **{**same, "text": "b"}))["result"]
    assert edited["edit_date"]
    assert (phone.last().text, phone.last().edited) == ("b", True)
    gone = await stand.bot("editMessageReplyMarkup", chat_id=USER, message_id=sent["message_id"])
    assert "reply_markup" not in gone["result"]
    assert phone.buttons() == []
    assert "not modified" in await stand.refusal("editMessageReplyMarkup", chat_id=USER, message_id=sent["message_id"])


async def test_only_own_existing_messages_can_be_edited(stand, phone):
    await phone.say("моё")
    own = phone.bubbles[0].id
    change = {"chat_id": USER, "text": "x"}
    assert await stand.refusal("editMessageText", message_id=own, **change) == "Bad Request: message can't be edited"
    assert "message to edit not found" in await stand.refusal("editMessageText", message_id=999, **change)


async def test_a_deleted_message_leaves_the_phone_and_old_ones_cannot_be_deleted(stand, phone):
    sent = (await stand.bot("sendMessage", chat_id=USER, text="a"))["result"]["message_id"]
    old = (await stand.bot("sendMessage", chat_id=USER, text="b"))["result"]["message_id"]
    assert (await stand.bot("deleteMessage", chat_id=USER, message_id=sent))["result"] is True
    assert [bubble.text for bubble in phone.bubbles] == ["b"]
    assert "message to delete not found" in await stand.refusal("deleteMessage", chat_id=USER, message_id=sent)
    stand.clock.now += 48 * 3600 + 1
    assert "can't be deleted" in await stand.refusal("deleteMessage", chat_id=USER, message_id=old)


async def test_a_press_is_answered_once_and_within_150_seconds(stand, phone):
    await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup=inline("Жми", data="d"))
    await phone.tap("жми")
    query = (await stand.bot("getUpdates"))["result"][0]["callback_query"]
    assert query["data"] == "d"
    assert query["message"]["text"] == "a"
    answered = {"callback_query_id": query["id"], "text": "Есть"}
    long = {"callback_query_id": query["id"], "text": "x" * 201}
    assert "MESSAGE_TOO_LONG" in await stand.refusal("answerCallbackQuery", **long)
    assert (await stand.bot("answerCallbackQuery", **answered))["result"] is True
    assert phone.toast == "Есть"
    assert "query is too old" in await stand.refusal("answerCallbackQuery", **answered)
    await phone.tap("жми")
    late = (await stand.bot("getUpdates", offset=-1))["result"][0]["callback_query"]["id"]
    stand.clock.now += 151
    assert "query is too old" in await stand.refusal("answerCallbackQuery", callback_query_id=late)


async def test_reply_keyboards_show_share_contacts_and_go_away(stand, phone):
    rows = [[{"text": "Показания"}, {"text": "Номер", "request_contact": True}]]
    markup = {"keyboard": rows, "one_time_keyboard": True}
    await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup=markup)
    assert [button.kind for button in phone.keyboard[0]] == ["text", "contact"]
    await phone.tap("номер")
    assert phone.keyboard == []
    contact = (await stand.bot("getUpdates"))["result"][-1]["message"]["contact"]
    assert contact == {"phone_number": phone.user.phone, "first_name": "Анна", "user_id": USER}
    await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup={"keyboard": rows})
    await stand.bot("sendMessage", chat_id=USER, text="b", reply_markup={"remove_keyboard": True})
    assert phone.keyboard == []


async def test_a_contact_cannot_be_asked_for_in_a_group(stand):
    stand.telegram.group_phone(-1001)
    markup = {"keyboard": [[{"text": "Номер", "request_contact": True}]]}
    said = await stand.refusal("sendMessage", chat_id=-1001, text="a", reply_markup=markup)
    assert said == "Bad Request: phone number can be requested in private chats only"


async def test_typing_shows_until_the_next_message(stand, phone):
    await stand.bot("sendChatAction", chat_id=USER, action="typing")
    assert phone.typing is True
    await stand.bot("sendMessage", chat_id=USER, text="a")
    assert phone.typing is False


async def test_a_parameter_or_field_outside_the_schema_is_refused(stand, phone, need_schemas):
    say = {"chat_id": USER, "text": "a"}
    assert "unknown" in await stand.refusal("sendMessage", disable_web_page_preview=True, **say)
    assert "must be an integer" in await stand.refusal("deleteMessage", chat_id=USER, message_id="x1")
    assert "required" in await stand.refusal("deleteMessage", chat_id=USER)
    bad = {"inline_keyboard": [[{"text": "x", "callback_data": "y", "colour": "red"}]]}
    assert 'has no field "colour"' in await stand.refusal("sendMessage", reply_markup=bad, **say)
    assert "is not valid JSON" in await stand.refusal("sendMessage", reply_markup="{", **say)
    assert "the sandbox does not play sendDice" in await stand.refusal("sendDice", chat_id=USER)


async def test_menus_and_descriptions_are_checked_and_kept(stand):
    commands = [{"command": "menu", "description": "Меню"}]
    assert (await stand.bot("setMyCommands", commands=commands))["result"] is True
    assert stand.telegram.about.settings["commands"] == commands
    capital = [{"command": "Menu", "description": "Меню"}]
    assert await stand.refusal("setMyCommands", commands=capital) == "Bad Request: BOT_COMMAND_INVALID"
    assert (await stand.bot("setMyDescription", description="о боте"))["ok"]
    assert "too long" in await stand.refusal("setMyDescription", description="x" * 513)
    assert (await stand.bot("setChatMenuButton", menu_button={"type": "commands"}))["ok"]


async def test_a_chat_takes_a_burst_then_one_message_a_second(start):
    stand = await start(Limits(per_chat_burst=5))
    stand.telegram.phone(USER)
    for _ in range(5):
        assert (await stand.bot("sendMessage", chat_id=USER, text="a"))["ok"]
    answer = await stand.bot("sendMessage", chat_id=USER, text="a")
    assert answer["status"] == 429
    assert answer["description"] == "Too Many Requests: retry after 1"
    assert answer["parameters"] == {"retry_after": 1}
    stand.telegram.phone(USER + 1)
    assert (await stand.bot("sendMessage", chat_id=USER + 1, text="a"))["ok"]


async def test_all_chats_together_are_held_only_when_the_limit_is_set(start):
    stand = await start(Limits(overall=3))
    for user in range(1, 5):
        stand.telegram.phone(user)
    answers = [await stand.bot("sendMessage", chat_id=user, text="a") for user in range(1, 5)]
    assert [answer["status"] for answer in answers] == [200, 200, 200, 429]


async def test_a_group_takes_twenty_messages_a_minute(start):
    stand = await start(Limits(per_chat=None))
    stand.telegram.group_phone(-1001)
    answers = [await stand.bot("sendMessage", chat_id=-1001, text="a") for _ in range(21)]
    assert answers[19]["ok"]
    assert answers[20]["parameters"]["retry_after"] > 50


async def test_answers_follow_the_published_schema(stand, phone, png, need_schemas):
    check = need_schemas.telegram.check_type
    sent = await stand.bot("sendMessage", chat_id=USER, text="<i>a</i>", parse_mode="HTML", reply_markup=inline("x"))
    photo = await stand.bot("sendPhoto", chat_id=USER, photo=("a.png", png(30, 20)), caption="к")
    document = await stand.bot("sendDocument", chat_id=USER, document=("a.pdf", b"%PDF"))
    for answer in (sent, photo, document):
        assert check("Message", answer["result"]) is None
    assert check("User", (await stand.bot("getMe"))["result"]) is None
    assert check("WebhookInfo", (await stand.bot("getWebhookInfo"))["result"]) is None
    file_id = document["result"]["document"]["file_id"]
    assert check("File", (await stand.bot("getFile", file_id=file_id))["result"]) is None
    assert check("Message", {**sent["result"], "extra": 1}) == 'Message has no field "extra"'


async def test_updates_of_everything_a_person_can_send_follow_the_schema(stand, phone, png, need_schemas):
    await stand.bot("sendMessage", chat_id=USER, text="a", reply_markup=inline("x"))
    await phone.start("p")
    await phone.tap("x")
    await phone.press_data(31337, "old")
    await phone.share_contact()
    await phone.share_contact("+7900", user_id=0)
    await phone.send_photo(png(2000, 100), "подпись")
    await phone.send_document(b"x", "a.txt", "text/plain")
    await phone.send_voice(b"OggS")
    await phone.send_sticker()
    await phone.send_location(53.4, 59.0)
    await phone.send_poll()
    await phone.say("a")
    await phone.edit_last("b")
    await phone.block()
    updates = (await stand.bot("getUpdates"))["result"]
    assert len(updates) == 14
    assert [need_schemas.telegram.check_type("Update", update) for update in updates] == [None] * 14
    assert "user_id" not in updates[4]["message"]["contact"]
    assert json.dumps(updates).count("edited_message") == 1
