"""Sends ready calls through aiogram, and says what became of each. Loads aiogram: import it late."""

import json
from collections.abc import Mapping
from typing import Final, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, SendDocument, SendMessage, SendPhoto, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import BufferedInputFile, Message
from aiohttp import BytesPayload, FormData
from pydantic import ValidationError

from bots.edge import Delivered, GivenUp, Outcome, TryAgain
from bots.http import ANSWER_WITHIN, NEVER_LEFT
from bots.raw import as_list, as_object, string, write
from dialogs.ports import Call, ChatAddress, FileContent, Outgoing

_METHODS: Final[dict[str, type[TelegramMethod[Message]]]] = {
    "sendMessage": SendMessage,
    "sendPhoto": SendPhoto,
    "sendDocument": SendDocument,
}
_FILE_FIELDS: Final = {"sendPhoto": "photo", "sendDocument": "document"}

# 400 answers that mean the person is out of reach, and those that mean an upload must be made anew.
_OUT_OF_REACH: Final = ("chat not found", "user is deactivated", "PEER_ID_INVALID", "have no rights to send a message")
STALE_FILE: Final = ("wrong file identifier", "wrong remote file", "can't use file of type", "file reference")

# What a gateway before the API may say for itself, in HTML, and be believed. Its 403 is about us, not about a person.
_PLAIN: Final = {413: "Request Entity Too Large", 429: "Too Many Requests"}

WRONG_TOKEN_WAIT: Final = 60.0
UNCLEAR: Final = TryAgain(1.0, unclear=True)
"""No answer, or one that does not say what was done."""


class _Ready:
    """A call whose parameters stand as they go out. Of a method aiogram asks no more than its name and its result:
    its own would be read field by field, only to be written again."""

    __returning__ = Message

    def __init__(self, name: str, params: Mapping[str, object]) -> None:
        self.__api_method__ = name
        self.params = params


class _Session(AiohttpSession):
    """Leaves accepted answers unparsed: a field that aiogram does not know yet must not make a sent message unsent.

    Calls without an upload go as JSON: aiogram's form takes ten times the work.
    """

    def build_form_data(self, bot: Bot, method: TelegramMethod[TelegramType]) -> FormData:
        if not isinstance(method, _Ready):
            return super().build_form_data(bot, method)
        # aiohttp takes a payload wherever it takes a form.
        return cast("FormData", BytesPayload(write(method.params).encode(), content_type="application/json"))

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        try:
            answer = as_object(json.loads(content))
        except (ValueError, RecursionError):
            answer = {}
        if answer.get("ok") is True:
            return Response.model_construct(ok=True, result=cast("TelegramType", answer.get("result")))
        if not answer and status_code in _PLAIN:
            content = json.dumps({"ok": False, "error_code": status_code, "description": _PLAIN[status_code]})
        return super().check_response(bot, method, status_code, content)


class Sender:
    """One bot's sends."""

    def __init__(self, token: str, api_url: str, timeout: float = ANSWER_WITHIN) -> None:
        self._bot = Bot(token, session=_Session(api=TelegramAPIServer.from_base(api_url), timeout=timeout))

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        """One call; an upload that the server has forgotten is made again. Never raises what a server can cause."""
        outcome = await self._try(outgoing, file, remote)
        stale = isinstance(outcome, GivenUp) and any(text in outcome.reason for text in STALE_FILE)
        return await self._try(outgoing, file, None) if remote is not None and stale else outcome

    async def close(self) -> None:
        await self._bot.session.close()

    async def _try(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        try:
            return Delivered(await self.call(outgoing.call, outgoing.chat, file, remote))
        except (AiogramError, ValidationError) as error:
            return classify(error)
        except UnicodeDecodeError:
            return UNCLEAR

    async def call(self, call: Call, chat: ChatAddress, file: FileContent | None, remote: str | None) -> str | None:
        """One call, as it is; the name of what was uploaded. Raises AiogramError, ValidationError, and
        UnicodeDecodeError for an answer that is no text, which aiogram lets through."""
        params: dict[str, object] = {**call.params, "chat_id": int(chat.peer)}
        method, field = _METHODS[call.method], _FILE_FIELDS.get(call.method, "")
        if field and remote is not None:
            params[field] = remote
        elif field and file is not None:
            params[field] = BufferedInputFile(file.content, file.name)
        uploads = field and remote is None
        ready = (
            method.model_validate(params) if uploads else cast("TelegramMethod[Message]", _Ready(call.method, params))
        )
        result = await self._bot(ready)
        return _remote(as_object(result).get(field)) if field else None


def classify(error: AiogramError | ValidationError) -> TryAgain | GivenUp:
    """What an error of aiogram means for the call (messengers.md §1.2, §3.1).

    Unclear ones (no answer, or none that can be read) are tried again: replies are delivered at least once.
    """
    text = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
    match error:
        case TelegramRetryAfter():
            return TryAgain(error.retry_after, everyone=True)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return TryAgain(WRONG_TOKEN_WAIT, everyone=True)
        case TelegramEntityTooLarge():
            return GivenUp("dead", text)
        case TelegramNetworkError():
            return TryAgain(1.0, unclear=not isinstance(error.__context__, NEVER_LEFT))
        case TelegramServerError() | TelegramConflictError() | ClientDecodeError():  # sends meet no real conflict
            return UNCLEAR
    if "Too Many Requests" in text:
        return TryAgain(1.0, everyone=True)
    blocked = isinstance(error, TelegramForbiddenError) or any(words in text for words in _OUT_OF_REACH)
    return GivenUp("blocked" if blocked else "dead", text)


def _remote(sent: object) -> str | None:
    """The file_id in a sent message: of the largest size of a photo, or of a document."""
    sizes = as_list(sent)
    return string(as_object(sizes[-1] if sizes else sent).get("file_id")) or None
