"""Uploads of pictures and documents: ask for an address, send the file there, save it (messengers.md §2.5)."""

from bots.http import ANSWER_WITHIN, UnreachableError
from bots.raw import as_list, as_object, integer, string
from bots.vk.api import VkApi
from dialogs.ports import FileContent, Json


async def upload(api: VkApi, file: FileContent, peer: int, *, picture: bool, timeout: float = ANSWER_WITHIN) -> str:
    """The attachment's name for messages.send. Raises VkError or UnreachableError.

    `timeout`: seconds for each call; the file itself may take twice as long.
    """
    return await (_picture if picture else _document)(api, file, peer, timeout)


async def _picture(api: VkApi, file: FileContent, peer: int, timeout: float) -> str:
    server = as_object(await api.call("photos.getMessagesUploadServer", {"peer_id": peer}, timeout))
    answer = await api.upload(string(server.get("upload_url")), "photo", file.content, file.name, 2 * timeout)
    photo = string(answer.get("photo"))
    if photo in ("", "[]"):
        # The upload host answers 200 without a picture when it is out of sorts; saving that would be error 100.
        raise UnreachableError("an upload that took no picture")
    number = integer(answer.get("server")) or 0
    saved = await api.call(
        "photos.saveMessagesPhoto", {"photo": photo, "server": number, "hash": string(answer.get("hash"))}, timeout
    )
    return _name("photo", as_object(next(iter(as_list(saved)), None)))


async def _document(api: VkApi, file: FileContent, peer: int, timeout: float) -> str:
    server = as_object(await api.call("docs.getMessagesUploadServer", {"type": "doc", "peer_id": peer}, timeout))
    answer = await api.upload(string(server.get("upload_url")), "file", file.content, file.name, 2 * timeout)
    token = string(answer.get("file"))
    if not token:
        raise UnreachableError("an upload that took no file")
    saved = as_object(await api.call("docs.save", {"file": token, "title": file.name}, timeout))
    return _name("doc", as_object(saved.get("doc")))


def _name(kind: str, saved: Json) -> str:
    owner, number = integer(saved.get("owner_id")), integer(saved.get("id"))
    if owner is None or number is None:
        raise UnreachableError("a saved file without a name")
    key = string(saved.get("access_key"))
    return f"{kind}{owner}_{number}" + (f"_{key}" if key else "")
