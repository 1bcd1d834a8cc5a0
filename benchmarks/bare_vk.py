"""The yardstick for VK: vkbottle's echo bot on a callback server, its state in Redis, nothing durable.

Each update costs two Redis commands: GET (by vkbottle's view) and SET.
"""

import argparse
import json

from aiohttp import web
from redis.asyncio import Redis
from vkbottle import API, ABCStateDispenser, BaseStateGroup, Bot, StatePeer
from vkbottle.bot import Message

from benchmarks.bare import arguments, listen


class Talk(BaseStateGroup):
    GOING = "going"


class RedisDispenser(ABCStateDispenser):
    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)

    async def get(self, peer_id: int) -> StatePeer | None:
        stored = await self._redis.get(f"vk:{peer_id}")
        if stored is None:
            return None
        saved = json.loads(stored)
        return StatePeer(peer_id=peer_id, state=saved["state"], payload=saved["payload"])

    async def set(self, peer_id: int, state: BaseStateGroup, **payload: object) -> None:
        await self._redis.set(f"vk:{peer_id}", json.dumps({"state": state.value, "payload": payload}))

    async def delete(self, peer_id: int) -> None:
        await self._redis.delete(f"vk:{peer_id}")


def build(given: argparse.Namespace) -> Bot:
    api = API(given.token)
    api.API_URL = f"{given.api}/method/"
    bot = Bot(api=api, state_dispenser=RedisDispenser(given.redis))

    @bot.on.message()
    async def echo(message: Message) -> None:
        count = message.state_peer.payload.get("count", 0) if message.state_peer else 0
        await bot.state_dispenser.set(message.peer_id, Talk.GOING, count=count + 1)
        await message.answer(message.text)

    return bot


def main() -> None:
    given = argparse.ArgumentParser(parents=[arguments()]).parse_args()
    bot = build(given)

    async def callback(request: web.Request) -> web.Response:
        event = await request.json()
        if event.get("secret") != given.secret:
            return web.Response(status=403)
        await bot.process_event(event)
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/webhook", callback)
    listen(app, given)


if __name__ == "__main__":
    main()
