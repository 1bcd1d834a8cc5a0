"""Reading the codes on a photo that a resident sent: fetched from its messenger, answered as an update of the chat."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from core.errors import Rejected
from dialogs.internal import write_codes
from dialogs.ports import ChatAddress, Inbox, Incoming, Json

Fetch = Callable[[str], Awaitable[bytes]]
"""Downloads what a person sent. Raises Rejected for what cannot be had, Unavailable for what may be had later."""


@dataclass(frozen=True)
class PhotoReading:
    """The job `read_photo`. `fetches` are by messenger and bot; `read` uses the processor, and raises ValueError for
    what is no picture."""

    fetches: Mapping[tuple[str, str], Fetch]
    read: Callable[[bytes], tuple[bytes, ...]]
    inbox: Inbox
    wake: Callable[[Iterable[ChatAddress]], None]

    async def __call__(self, payload: Json) -> None:
        """Running it twice changes nothing: the answer's key is the job's."""
        chat = ChatAddress(str(payload["messenger"]), str(payload["bot"]), str(payload["peer"]))
        await self._answer(payload, await self._codes(self.fetches[chat.messenger, chat.bot], str(payload["file"])))

    async def given_up(self, _: str, payload: Json) -> None:
        """Nobody could fetch it: the resident is told that nothing was read, rather than left waiting."""
        await self._answer(payload, ())

    async def _codes(self, fetch: Fetch, file: str) -> tuple[bytes, ...]:
        try:
            return await asyncio.to_thread(self.read, await fetch(file))
        except (Rejected, ValueError):
            return ()

    async def _answer(self, payload: Json, codes: tuple[bytes, ...]) -> None:
        chat = ChatAddress(str(payload["messenger"]), str(payload["bot"]), str(payload["peer"]))
        update = Incoming(chat, str(payload["key"]), write_codes(codes), internal=True)
        self.wake(await self.inbox.add([update]))
