"""Uploads of pictures and documents: ask for an address, send the file there, save it (messengers.md §2.5)."""

from bots.raw import Json, as_list, as_object, integer, string
from bots.vk.api import VkApi
from bots.vk.errors import UnreachableError
from dialogs.ports import FileContent


async def upload(api: VkApi, file: FileContent, peer: int, *, picture: bool) -> str:
    """The attachment's name for messages.send. Raises VkError or UnreachableError."""
    return await (_picture(api, file, peer) if picture else _document(api, file, peer))


async def _picture(api: VkApi, file: FileContent, peer: int) -> str:
    server = as_object(await api.call("photos.getMessagesUploadServer", {"peer_id": peer}))
    answer = await api.upload(string(server.get("upload_url")), "photo", file.content, file.name)
    photo = string(answer.get("photo"))
    if photo in ("", "[]"):
        # The upload host answers 200 without a picture when it is out of sorts; saving that would be error 100.
        raise UnreachableError("an upload that took no picture")
    number = integer(answer.get("server")) or 0
    saved = await api.call(
        "photos.saveMessagesPhoto", {"photo": photo, "server": number, "hash": string(answer.get("hash"))}
    )
    return _name("photo", as_object(next(iter(as_list(saved)), None)))


async def _document(api: VkApi, file: FileContent, peer: int) -> str:
    server = as_object(await api.call("docs.getMessagesUploadServer", {"type": "doc", "peer_id": peer}))
    answer = await api.upload(string(server.get("upload_url")), "file", file.content, file.name)
    token = string(answer.get("file"))
    if not token:
        raise UnreachableError("an upload that took no file")
    saved = as_object(await api.call("docs.save", {"file": token, "title": file.name}))
    return _name("doc", as_object(saved.get("doc")))


def _name(kind: str, saved: Json) -> str:
    owner, number = integer(saved.get("owner_id")), integer(saved.get("id"))
    if owner is None or number is None:
        raise UnreachableError("a saved file without a name")
    key = string(saved.get("access_key"))
    return f"{kind}{owner}_{number}" + (f"_{key}" if key else "")
