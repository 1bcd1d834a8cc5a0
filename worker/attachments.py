"""Keeping what a resident sent to a ticket: fetched from its messenger, made harmless, put away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.errors import Rejected
from core.support.model import FileKind
from core.support.ports import MadeFile
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from dialogs.ports import ChatAddress, Inbox, Incoming, Json

Fetch = Callable[[str], Awaitable[bytes]]
"""Downloads what a person sent. Raises Rejected for what cannot be had, Unavailable for what may be had later."""


class Archive(Protocol):
    """Where files wait under a number."""

    async def keep(self, file: int, made: MadeFile) -> None: ...

    async def lose(self, file: int) -> bool:
        """Nobody waits for this file any more; False when it has been kept."""
        ...


@dataclass(frozen=True)
class Attachments:
    """The job `keep_attachment`. `make` uses the processor, and raises Rejected for what is not kept."""

    fetches: Mapping[tuple[str, str], Fetch]
    make: Callable[[FileKind, str, bytes], MadeFile]
    archive: Archive
    inbox: Inbox
    wake: Callable[[Iterable[ChatAddress]], None]

    async def __call__(self, payload: Json) -> None:
        """Running it twice changes nothing: a file that is there stays."""
        chat, kind = _chat(payload), FileKind(str(payload["kind"]))
        try:
            sent = await self.fetches[chat.messenger, chat.bot](str(payload["file"]))
            made = await asyncio.to_thread(self.make, kind, str(payload["name"]), sent)
        except Rejected:
            await self.given_up("", payload)
        else:
            await self.archive.keep(_number(payload), made)

    async def given_up(self, _: str, payload: Json) -> None:
        """The resident is told: an operator would look for what is not there."""
        file = _number(payload)
        if not await self.archive.lose(file):
            return
        notice = Notice(NoticeKind.FILE_LOST, str(file))
        update = Incoming(_chat(payload), f"notice:{notice.kind}:{file}", write_notice(notice), internal=True)
        self.wake(await self.inbox.add([update]))


def _number(payload: Json) -> int:
    return int(str(payload["number"]))


def _chat(payload: Json) -> ChatAddress:
    return ChatAddress(str(payload["messenger"]), str(payload["bot"]), str(payload["peer"]))
