"""Methods that send: texts, pictures, files, albums."""

from dataclasses import dataclass

from sandbox.phone import Bubble, Media
from sandbox.pictures import picture_size
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.files import FileKind, StoredFile
from sandbox.telegram.html import Formatted, parse_html, utf16_length
from sandbox.telegram.keyboards import Markup, read_markup
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.world import Chat, World
from sandbox.wire import Json, Params, Upload, as_list, as_object

Files = dict[str, Upload]


def read_text(params: Params, name: str, limit: int, *, needed: bool) -> Formatted:
    """A text or caption with its parse_mode, trimmed and held to its limit (UTF-16 units after parsing)."""
    source = params.text(name)
    mode = params.text("parse_mode").lower()
    if not source.strip() and needed:
        raise bad_request("message text is empty")
    if mode not in ("", "html", "none"):
        raise bad_request("unsupported parse_mode")
    formatted = parse_html(source.strip()) if mode == "html" else Formatted(source.strip(), [])
    if needed and not formatted.text.strip():
        raise bad_request("text must be non-empty")
    if utf16_length(formatted.text) > limit:
        raise bad_request("message is too long" if needed else "message caption is too long")
    if len(formatted.entities) > 100:
        formatted = Formatted(formatted.text, formatted.entities[:100], formatted.html)
    return formatted


def text_content(formatted: Formatted, name: str) -> Json:
    """The fields of a Message that carry a text or a caption."""
    if not formatted.text:
        return {}
    content: Json = {name: formatted.text}
    if formatted.entities:
        content["entities" if name == "text" else "caption_entities"] = formatted.entities
    return content


def make_bubble(world: World, message: Json, formatted: Formatted, markup: Markup, media: Media | None) -> Bubble:
    """The bubble of a bot's message."""
    return Bubble(
        id=int(str(message["message_id"])),
        mine=False,
        text=formatted.text if formatted.html is None else formatted.html,
        format="plain" if formatted.html is None else "html",
        rows=markup.rows if markup.kind == "inline" else [],
        media=media,
        at=world.moment(),
        plain=formatted.text,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    formatted: Formatted
    content: Json
    markup: Markup
    file: StoredFile | None = None


class Sending:
    """sendMessage, sendPhoto, sendDocument, sendVoice, sendMediaGroup, sendChatAction."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send_message(self, params: Params, _files: Files) -> Json:
        chat = self._world.writable(params.values.get("chat_id"))
        formatted = read_text(params, "text", 4096, needed=True)
        markup = read_markup(params.structure("reply_markup"), private=chat.type == "private")
        self._world.paced(chat)
        return self._deliver(chat, _Draft(formatted, text_content(formatted, "text"), markup))

    async def send_photo(self, params: Params, files: Files) -> Json:
        return self._send_media("photo", params, files)

    async def send_document(self, params: Params, files: Files) -> Json:
        return self._send_media("document", params, files)

    async def send_voice(self, params: Params, files: Files) -> Json:
        return self._send_media("voice", params, files)

    async def send_chat_action(self, params: Params, _files: Files) -> bool:
        chat = self._world.writable(params.values.get("chat_id"))
        for phone in chat.phones:
            phone.typing = True
            phone.changed()
        return True

    async def send_media_group(self, params: Params, files: Files) -> list[Json]:
        chat = self._world.writable(params.values.get("chat_id"))
        items = [as_object(item) for item in as_list(params.structure("media"))]
        if not 2 <= len(items) <= 10:
            raise bad_request("media group must include 2-10 items")
        kinds = {str(item.get("type")) for item in items}
        if len(kinds) > 1 and kinds & {"document", "audio"}:
            raise bad_request("documents and audio can't be mixed with other media types in an album")
        drafts = [self._album_item(item, files) for item in items]
        self._world.paced(chat, len(drafts))
        return [self._deliver(chat, draft) for draft in drafts]

    def _album_item(self, item: Json, files: Files) -> _Draft:
        kind = item.get("type")
        if kind not in ("photo", "document"):
            raise bad_request(f"the sandbox sends albums of photos or documents, not of {kind}")
        formatted = read_text(Params(item), "caption", 1024, needed=False)
        file = self._file("photo" if kind == "photo" else "document", str(item.get("media", "")), None, files)
        return self._media_draft(file, formatted, Markup())

    def _send_media(self, kind: FileKind, params: Params, files: Files) -> Json:
        chat = self._world.writable(params.values.get("chat_id"))
        formatted = read_text(params, "caption", 1024, needed=False)
        markup = read_markup(params.structure("reply_markup"), private=chat.type == "private")
        file = self._file(kind, params.text(kind), files.get(kind), files)
        self._world.paced(chat)
        return self._deliver(chat, self._media_draft(file, formatted, markup))

    def _media_draft(self, file: StoredFile, formatted: Formatted, markup: Markup) -> _Draft:
        shown: object = file.described()
        if file.kind == "photo":
            shown = [size.photo_size() for size in self._world.files.sizes(file.file_id)]
        return _Draft(formatted, {file.kind: shown, **text_content(formatted, "caption")}, markup, file)

    def _file(self, kind: FileKind, reference: str, upload: Upload | None, files: Files) -> StoredFile:
        """The file of a request: uploaded under its own name, attached, or known by file_id."""
        if reference.startswith("attach://"):
            upload = files.get(reference.removeprefix("attach://"))
        if upload is not None:
            return self._store(kind, upload)
        if not reference:
            raise bad_request(f"there is no {kind} in the request")
        if reference.startswith(("http://", "https://")):
            raise bad_request("the sandbox fetches nothing from the Internet: wrong file identifier/HTTP URL specified")
        file = self._world.files.find(reference)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
        return file

    def _store(self, kind: FileKind, upload: Upload) -> StoredFile:
        limits, store = self._world.limits, self._world.files
        if len(upload.content) > limits.upload_bytes:
            raise ApiError(413, "Request Entity Too Large")
        if not upload.content:
            raise bad_request("file must be non-empty")
        if kind != "photo":
            return store.add(kind, upload.content, upload.name, upload.mime)
        if len(upload.content) > limits.photo_bytes:
            raise bad_request(f"too big file specified: photo must be at most {limits.photo_bytes} bytes")
        size = picture_size(upload.content)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(size) > 10_000 or max(size) > 20 * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return store.add_photo(upload.content)[-1]

    def _deliver(self, chat: Chat, draft: _Draft) -> Json:
        """Store the message, show it on the phones, and answer it as the server does."""
        world = self._world
        content = dict(draft.content)
        if draft.markup.kind == "inline":
            content["reply_markup"] = draft.markup.raw
        message = world.message(chat, world.bot, content)
        media = world.show(draft.file) if draft.file is not None and chat.phones else None
        for phone in chat.phones:
            _set_keyboard(phone, draft.markup)
        world.bubble_shown(chat, make_bubble(world, message, draft.formatted, draft.markup, media))
        return message


def _set_keyboard(phone: TelegramPhone, markup: Markup) -> None:
    if markup.kind == "reply":
        phone.keyboard = markup.rows
        phone.one_time = bool(markup.raw.get("one_time_keyboard"))
    elif markup.kind == "remove":
        phone.keyboard = []
