"""The libraries the bots use, aiogram and vkbottle, take the sandbox for the real thing."""

import asyncio
import json

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)
from vkbottle import API, Callback, Keyboard, OpenLink, Text, VKAPIError
from vkbottle.http import AiohttpClient
from vkbottle.polling import BotPolling
from vkbottle.tools import DocMessagesUploader, PhotoMessageUploader
from vkbottle.tools.mini_types.bot import message_min
from vkbottle_types.events.bot_events import MessageEvent

from sandbox import faults
from sandbox.telegram.limits import Limits

USER = 100


@pytest.fixture
async def bot(stand):
    made = connect(stand)
    yield made
    await made.session.close()


@pytest.fixture
async def vk(stand):
    made = API(stand.vk.token, http_client=AiohttpClient())
    made.API_URL = f"{stand.base}/vk/method/"
    yield made
    await made.http_client.close()


def connect(stand, token=None):
    return Bot(
        token or stand.telegram.token,
        session=AiohttpSession(api=TelegramAPIServer.from_base(f"{stand.base}/telegram")),
    )


async def test_aiogram_sends_texts_with_every_kind_of_keyboard(stand, bot):
    phone = stand.telegram.phone(USER)
    inline = InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text="Баланс", callback_data="b")],
            [InlineKeyboardButton(text="Сайт", url="https://example.org")],
        ]
    )
    sent = await bot.send_message(USER, "<b>Меню</b>", parse_mode="HTML", reply_markup=inline)
    assert sent.text == "Меню"
    assert sent.entities[0].type == "bold"
    reply = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Номер", request_contact=True)]], resize_keyboard=True)
    await bot.send_message(USER, "a", reply_markup=reply)
    assert [(button.label, button.kind) for row in phone.keyboard for button in row] == [("Номер", "contact")]
    edited = await bot.edit_message_text("b", chat_id=USER, message_id=sent.message_id)
    assert edited.text == "b"
    assert await bot.delete_message(USER, sent.message_id) is True
    assert await bot.set_my_commands([BotCommand(command="menu", description="Меню")]) is True
    assert (await bot.get_me()).username == "vodoteplo_bot"


async def test_aiogram_reads_every_update(stand, bot, png):
    phone = stand.telegram.phone(USER)
    group = stand.telegram.group_phone(-1001)
    await phone.start("x")
    await phone.press_data(1, "d")
    await phone.share_contact()
    await phone.send_photo(png(300, 300))
    await phone.send_document(b"x", "a.txt", "text/plain")
    await phone.send_voice(b"OggS")
    await phone.send_sticker()
    await phone.send_location(53.4, 59.0)
    await phone.send_poll()
    await phone.block()
    await group.say("из группы")
    updates = await bot.get_updates()
    assert len(updates) == 11
    assert {update.event_type for update in updates} == {"message", "callback_query", "my_chat_member"}
    assert updates[-1].message.chat.type == "supergroup"
    assert updates[1].callback_query.message.message_id == 1


async def test_aiogram_uploads_reuses_and_downloads_files(stand, bot, png):
    phone = stand.telegram.phone(USER)
    sent = await bot.send_photo(USER, BufferedInputFile(png(50, 50), "qr.png"), caption="QR")
    await bot.send_photo(USER, sent.photo[-1].file_id)
    document = await bot.send_document(USER, BufferedInputFile(b"%PDF-1.7", "квитанция.pdf"))
    assert phone.last().media.name == "квитанция.pdf"
    await bot.send_media_group(USER, [InputMediaPhoto(media=sent.photo[-1].file_id)] * 2)
    assert len(phone.bubbles) == 5
    downloaded = await bot.download(document.document.file_id)
    assert downloaded.read() == b"%PDF-1.7"


async def test_aiogram_sees_each_refusal_as_its_own_error(start, stand, bot):
    phone = stand.telegram.phone(USER)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(1, "a")
    await phone.block()
    with pytest.raises(TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(USER, "a")
    await bot.set_webhook("http://127.0.0.1:1/none")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    strict = await start(Limits(per_chat_burst=1, upload_bytes=10))
    strict.telegram.phone(USER)
    tight, stranger = connect(strict), connect(strict, "1:other")
    await tight.send_message(USER, "a")
    with pytest.raises(TelegramRetryAfter) as refused:
        await tight.send_message(USER, "a")
    assert refused.value.retry_after == 1
    with pytest.raises(TelegramEntityTooLarge):
        await tight.send_document(USER, BufferedInputFile(b"x" * 11, "a"))
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await tight.session.close()
    await stranger.session.close()


async def test_aiogram_meets_ordered_faults(stand, bot):
    phone = stand.telegram.phone(USER)
    order = stand.telegram.faults.next
    order("sendMessage", faults.telegram_flood(9))
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(USER, "a")
    assert refused.value.retry_after == 9
    order("sendMessage", faults.html_502())
    with pytest.raises(ClientDecodeError):
        await bot.send_message(USER, "b")
    order("sendMessage", faults.telegram_error(403, "Forbidden: user is deactivated"))
    with pytest.raises(TelegramForbiddenError, match="deactivated"):
        await bot.send_message(USER, "c")
    order("sendMessage", faults.drop_before())
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(USER, "d")
    assert phone.bubbles == []
    order("*", faults.accepted_then_drop())
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(USER, "e")
    assert [bubble.text for bubble in phone.bubbles] == ["e"]
    assert (await bot.send_message(USER, "f")).text == "f"
    assert [call.params["text"] for call in stand.telegram.calls] == list("abcdef")


async def test_a_webhook_body_is_an_update_for_aiogram(stand, bot):
    await stand.telegram.phone(USER).say("a")
    update = next(iter(stand.telegram.world.updates.pending.values()))
    assert Update.model_validate(update.json(), context={"bot": bot}).message.text == "a"


async def test_vkbottle_sends_by_both_forms_and_sees_errors(stand, vk):
    phone = stand.vk.phone(USER)
    keyboard = Keyboard(inline=True).add(Callback("Верно", {"c": 1})).row().add(OpenLink("https://e.org", "Сайт"))
    assert await vk.messages.send(peer_id=USER, message="a", random_id=1, keyboard=keyboard.get_json()) == 1
    assert [button.kind for button in phone.buttons()] == ["press", "url"]
    items = await vk.messages.send(peer_ids=[USER, 999], message="b", random_id=2)
    assert [item.error.code if item.error else None for item in items] == [None, 901]
    menu = Keyboard(one_time=False).add(Text("Меню", {"m": 1}))
    await vk.messages.send(peer_id=USER, message="c", random_id=3, keyboard=menu.get_json())
    assert phone.keyboard[0][0].label == "Меню"
    with pytest.raises(VKAPIError[901]):
        await vk.messages.send(peer_id=999, message="a", random_id=4)
    assert await vk.messages.edit(peer_id=USER, message_id=1, message="d")
    assert await vk.messages.set_activity(peer_id=USER, type="typing")
    assert (await vk.groups.get_by_id()).groups[0].id == 77
    assert (await vk.users.get(user_ids=[USER]))[0].first_name == "Анна"


@pytest.mark.parametrize("code", [6, 9, 10, 29])
async def test_vkbottle_meets_ordered_errors(stand, vk, code):
    phone = stand.vk.phone(USER)
    stand.vk.faults.next("messages.send", faults.vk_error(code))
    with pytest.raises(VKAPIError[code]):
        await vk.messages.send(peer_id=USER, message="a", random_id=1)
    assert phone.bubbles == []
    assert await vk.messages.send(peer_id=USER, message="a", random_id=1)


async def test_a_send_lost_on_the_way_back_is_not_doubled_by_its_random_id(stand, vk):
    phone = stand.vk.phone(USER)
    stand.vk.faults.next("messages.send", faults.accepted_then_drop())
    with pytest.raises(Exception, match="reset"):
        await vk.messages.send(peer_id=USER, message="a", random_id=1)
    assert await vk.messages.send(peer_id=USER, message="a", random_id=1) == 1
    assert len(phone.bubbles) == 1


async def test_vkbottle_uploads_a_photo_and_a_document(stand, vk, png):
    phone = stand.vk.phone(USER)
    photo = await PhotoMessageUploader(vk).upload(png(100, 100), peer_id=USER)
    document = await DocMessagesUploader(vk).upload(b"%PDF-1.7", title="квитанция.pdf", peer_id=USER)
    await vk.messages.send(peer_id=USER, message="вот", random_id=1, attachment=f"{photo},{document}")
    assert [bubble.media.content for bubble in phone.bubbles] == [png(100, 100), b"%PDF-1.7"]


async def test_vkbottle_polls_and_reads_everything_a_person_can_send(stand, vk, png):
    stand.vk.longpoll.ticked.add("message_event")
    polling = BotPolling(vk, group_id=77, wait=1)
    server = await polling.get_server()
    phone = stand.vk.phone(USER)
    await phone.start("ref")
    await phone.send_photo(png(100, 100), "подпись")
    await phone.send_document(b"%PDF", "a.pdf", "application/pdf")
    await phone.send_voice(b"OggS")
    await phone.send_sticker()
    await phone.send_location(53.4, 59.0)
    await phone.send_poll()
    await stand.vk.group_phone(5).say("из беседы")
    await phone.press_data(1, json.dumps({"rev": 1}))
    events = (await asyncio.wait_for(polling.get_event(server), 3))["updates"]
    messages = [message_min(event, vk) for event in events[:-1]]
    assert messages[0].ref == "ref"
    assert messages[0].payload == '{"command":"start"}'
    assert messages[1].attachments[0].photo.sizes[-1].url.startswith(stand.base)
    assert [m.attachments[0].type.value for m in messages[1:5]] == ["photo", "doc", "audio_message", "sticker"]
    assert messages[5].geo.coordinates.latitude == 53.4
    assert messages[7].peer_id == 2_000_000_005
    press = MessageEvent.from_dict(events[-1])
    assert press.object.payload == {"rev": 1}
    answer = json.dumps({"type": "show_snackbar", "text": "Ок"})
    event = press.object
    await vk.messages.send_message_event_answer(event.event_id, event.user_id, event.peer_id, event_data=answer)
    assert phone.toast == "Ок"
