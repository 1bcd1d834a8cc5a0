"""Methods about the bot itself: who it is, updates, webhook, menu, files."""

import asyncio

from sandbox.telegram.errors import ApiError, bad_request, flood
from sandbox.telegram.sending import Files
from sandbox.telegram.webhook import Webhook
from sandbox.telegram.world import World
from sandbox.wire import Json, Params, as_list, as_object


class About:
    """getMe, getUpdates, the webhook methods, getFile, and the texts and menus of the bot."""

    def __init__(self, world: World, webhook: Webhook) -> None:
        self._world = world
        self._webhook = webhook
        self._last_set = -1e9
        self.settings: dict[str, object] = {}

    async def get_me(self, _params: Params, _files: Files) -> Json:
        return {
            **self._world.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def get_updates(self, params: Params, _files: Files) -> list[Json]:
        limit = min(max(params.whole("limit", 100), 1), 100)
        timeout = min(max(params.whole("timeout", 0), 0), 50)
        return await self._world.updates.poll(params.whole("offset", 0), limit, timeout, _allowed(params))

    async def set_webhook(self, params: Params, files: Files) -> bool:
        url = params.text("url")
        if not url:
            return await self.delete_webhook(params, files)
        now = asyncio.get_running_loop().time()
        if now - self._last_set < 1.0:
            raise flood(1)
        self._last_set = now
        connections = params.whole("max_connections", 40)
        if not 1 <= connections <= 100:
            raise bad_request("max_connections must be between 1 and 100")
        self._drop_pending(params)
        allowed = _allowed(params)
        if allowed is not None:
            self._world.updates.allowed = allowed
        await self._webhook.set(url, params.text("secret_token"), connections)
        return True

    async def delete_webhook(self, params: Params, _files: Files) -> bool:
        self._drop_pending(params)
        await self._webhook.delete()
        return True

    async def get_webhook_info(self, _params: Params, _files: Files) -> Json:
        return self._webhook.info()

    async def set_my_commands(self, params: Params, _files: Files) -> bool:
        commands = [as_object(item) for item in as_list(params.structure("commands"))]
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            name, description = str(command.get("command", "")), str(command.get("description", ""))
            if not 1 <= len(name) <= 32 or name != name.lower():
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.settings["commands"] = commands
        return True

    async def set_my_description(self, params: Params, _files: Files) -> bool:
        if len(params.text("description")) > 512:
            raise bad_request("description is too long")
        self.settings["description"] = params.text("description")
        return True

    async def set_my_short_description(self, params: Params, _files: Files) -> bool:
        if len(params.text("short_description")) > 120:
            raise bad_request("short description is too long")
        self.settings["short_description"] = params.text("short_description")
        return True

    async def set_chat_menu_button(self, params: Params, _files: Files) -> bool:
        self.settings["menu_button"] = params.structure("menu_button")
        return True

    async def get_file(self, params: Params, _files: Files) -> Json:
        file = self._world.files.find(params.text("file_id"))
        if file is None:
            raise bad_request("invalid file_id")
        if len(file.content) > self._world.limits.download_bytes:
            raise bad_request("file is too big")
        return {
            "file_id": file.file_id,
            "file_unique_id": file.unique_id,
            "file_size": len(file.content),
            "file_path": file.path,
        }

    def _drop_pending(self, params: Params) -> None:
        if params.flag("drop_pending_updates"):
            self._world.updates.pending.clear()


def _allowed(params: Params) -> list[str] | None:
    """The wanted kinds of updates; None keeps what was asked for before."""
    value = params.structure("allowed_updates")
    if value is None:
        return None
    if not isinstance(value, list):
        raise ApiError(400, "Bad Request: can't parse allowed updates: expected an Array of String")
    return [str(kind) for kind in value]
