"""Keeping a photo of a dial: fetched from its messenger, made anew without what the camera wrote into it, put away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.errors import Rejected
from dialogs.event import Notice, NoticeKind
from dialogs.internal import write_notice
from dialogs.ports import ChatAddress, Inbox, Incoming, Json

Fetch = Callable[[str], Awaitable[bytes]]
"""Downloads what a person sent. Raises Rejected for what cannot be had, Unavailable for what may be had later."""


class Archive(Protocol):
    async def keep(self, key: str, content: bytes) -> None: ...

    async def lost(self, key: str) -> None:
        """Nobody waits for this photo any more."""
        ...


@dataclass(frozen=True)
class DialPhotos:
    """The job `keep_dial_photo`. `make_anew` uses the processor, and raises ValueError for what is no picture."""

    fetches: Mapping[tuple[str, str], Fetch]
    make_anew: Callable[[bytes], bytes]
    archive: Archive
    inbox: Inbox
    wake: Callable[[Iterable[ChatAddress]], None]

    async def __call__(self, payload: Json) -> None:
        """Running it twice changes nothing: a photo that is there stays."""
        chat = _chat(payload)
        try:
            photo = await self.fetches[chat.messenger, chat.bot](str(payload["file"]))
            content = await asyncio.to_thread(self.make_anew, photo)
        except (Rejected, ValueError):
            await self.given_up("", payload)
        else:
            await self.archive.keep(str(payload["key"]), content)

    async def given_up(self, _: str, payload: Json) -> None:
        """The resident is told: somebody may count on the evidence. The reading stands without it."""
        key = str(payload["key"])
        await self.archive.lost(key)
        notice = Notice(NoticeKind.DIAL_PHOTO_LOST, key)
        update = Incoming(_chat(payload), f"notice:{key}", write_notice(notice), internal=True)
        self.wake(await self.inbox.add([update]))


def _chat(payload: Json) -> ChatAddress:
    return ChatAddress(str(payload["messenger"]), str(payload["bot"]), str(payload["peer"]))
