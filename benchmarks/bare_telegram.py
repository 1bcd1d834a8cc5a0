"""The yardstick for Telegram: aiogram's echo bot on a webhook, its state in Redis, nothing durable.

Each update costs four Redis commands: GET (the state, by aiogram's middleware), GET (the data), SET, SET.
"""

import argparse

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from benchmarks.bare import arguments, listen


class Talk(StatesGroup):
    going = State()


async def echo(message: Message, state: FSMContext) -> None:
    data = await state.get_data()
    await state.set_state(Talk.going)
    await state.set_data({"count": data.get("count", 0) + 1})
    await message.answer(message.text or "")


def main() -> None:
    given = argparse.ArgumentParser(parents=[arguments()]).parse_args()
    bot = Bot(given.token, session=AiohttpSession(api=TelegramAPIServer.from_base(given.api)))
    dispatcher = Dispatcher(storage=RedisStorage.from_url(given.redis))
    dispatcher.message.register(echo)
    app = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=given.secret)
    handler.register(app, "/webhook")
    listen(app, given)


if __name__ == "__main__":
    main()
