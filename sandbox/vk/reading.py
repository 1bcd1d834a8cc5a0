"""Methods that read or set up: the community, Long Poll, conversations, people, uploads."""

from sandbox.vk.callback import VERSION
from sandbox.vk.errors import ApiError, invalid
from sandbox.vk.events import KINDS
from sandbox.vk.world import CHAT_PEERS, Conversation, World
from sandbox.wire import Json, Params


class Reading:
    """groups.*, messages.get*, photos.*, docs.*, users.get, utils.getServerTime."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def group(self, params: Params) -> Json:
        wanted = params.text("group_id") or params.text("group_ids")
        if wanted and wanted != str(self._world.group_id):
            raise invalid("group_ids is invalid")
        group: Json = {
            "id": self._world.group_id,
            "name": "ВодоТепло",
            "screen_name": f"club{self._world.group_id}",
            "is_closed": 0,
            "type": "group",
        }
        return {"groups": [group], "profiles": []}

    async def long_poll_server(self, params: Params) -> Json:
        self._own_group(params)
        longpoll = self._world.longpoll
        if not longpoll.enabled:
            raise invalid("longpoll for this group is not enabled")
        longpoll.renew()
        server = f"{self._world.base_url}/longpoll/{self._world.group_id}"
        return {"key": longpoll.key, "server": server, "ts": str(longpoll.ts)}

    async def long_poll_settings(self, params: Params) -> Json:
        self._own_group(params)
        longpoll = self._world.longpoll
        events: Json = {kind: kind in longpoll.ticked for kind in KINDS}
        return {"api_version": VERSION, "events": events, "is_enabled": longpoll.enabled}

    async def set_long_poll_settings(self, params: Params) -> int:
        self._own_group(params)
        longpoll = self._world.longpoll
        if "enabled" in params:
            longpoll.enabled = params.flag("enabled")
        for kind in KINDS:
            if kind in params:
                (longpoll.ticked.add if params.flag(kind) else longpoll.ticked.discard)(kind)
        return 1

    async def confirmation_code(self, params: Params) -> Json:
        self._own_group(params)
        return {"code": self._world.callback.confirmation}

    async def token_permissions(self, _params: Params) -> Json:
        rights = {"photos": 4, "messages": 4096, "docs": 131_072, "manage": 262_144}
        settings = [{"name": name, "setting": mask} for name, mask in rights.items()]
        return {"mask": sum(rights.values()), "permissions": settings}

    async def conversations(self, params: Params) -> Json:
        every = [one for one in self._world.conversations.values() if one.messages]
        if params.text("filter") in ("unread", "unanswered"):
            every = [one for one in every if not one.messages[-1]["out"]]
        every.sort(key=lambda one: int(str(one.messages[-1]["version"])), reverse=True)
        offset, count = params.whole("offset", 0), min(params.whole("count", 20), 200)
        items = [{"conversation": _described(one), "last_message": one.messages[-1]} for one in every]
        return {"count": len(every), "items": items[offset : offset + count]}

    async def history(self, params: Params) -> Json:
        conversation = self._world.conversation(params.whole("peer_id", 0) or params.whole("user_id", 0))
        messages = list(conversation.messages)
        if not params.whole("rev", 0):
            messages.reverse()
        start = params.integer("start_message_id")
        if start is not None:
            messages = [message for message in messages if int(str(message["id"])) <= start]
        offset, count = params.whole("offset", 0), min(params.whole("count", 20), 200)
        return {"count": len(conversation.messages), "items": messages[offset : offset + count]}

    async def mark_as_read(self, params: Params) -> int:
        self._world.conversation(params.whole("peer_id", 0)).unread = 0
        return 1

    async def photo_upload_server(self, _params: Params) -> Json:
        return {"album_id": -64, "upload_url": f"{self._world.base_url}/upload/photo", "user_id": 0}

    async def save_photo(self, params: Params) -> list[Json]:
        return [self._world.library.save_photo(params.text("photo")).json]

    async def doc_upload_server(self, params: Params) -> Json:
        kind = params.text("type") or "doc"
        if kind not in ("doc", "audio_message"):
            raise invalid("the sandbox takes documents of type doc and audio_message")
        return {"upload_url": f"{self._world.base_url}/upload/{kind}"}

    async def save_doc(self, params: Params) -> Json:
        return self._world.library.save_file(params.text("file"), params.text("title")).shown()

    async def users(self, params: Params) -> list[Json]:
        wanted = [part.strip() for part in params.text("user_ids").split(",") if part.strip()]
        people = {one.user.id: one.user for talk in self._world.conversations.values() for one in talk.phones}
        found = [people[int(part)] for part in wanted if part.isdigit() and int(part) in people]
        return [
            {
                "id": person.id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "can_access_closed": True,
                "is_closed": False,
            }
            for person in found
        ]

    async def server_time(self, _params: Params) -> int:
        return self._world.now()

    def _own_group(self, params: Params) -> None:
        if params.integer("group_id") != self._world.group_id:
            raise ApiError(15, "no access to the group")


def _described(conversation: Conversation) -> Json:
    last = conversation.messages[-1]
    private = conversation.peer_id < CHAT_PEERS
    peer: Json = {"id": conversation.peer_id, "type": "user" if private else "chat", "local_id": conversation.peer_id}
    described: Json = {
        "peer": peer,
        "last_message_id": last["id"],
        "last_conversation_message_id": last["conversation_message_id"],
        "in_read": last["id"],
        "out_read": last["id"],
        "unread_count": conversation.unread,
        "can_write": {"allowed": conversation.allowed},
        "version": last["version"],
    }
    if conversation.keyboard is not None:
        described["current_keyboard"] = conversation.keyboard
    return described
