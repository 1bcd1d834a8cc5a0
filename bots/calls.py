"""One call of the outbox, and what became of it: its file is made or found, and the edge sends it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from bots.edge import Delivered, Edge, GivenUp, Outcome, TryAgain
from bots.pace import Token
from core.errors import NotFound, where
from dialogs.ports import ChatAddress, FileContent, Files, Outgoing

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Calls:
    """`speaks` tells the language of a chat, for files with words in them."""

    files: Files
    edges: Mapping[Token, Edge]
    speaks: Callable[[ChatAddress], Awaitable[str]]

    async def send(self, row: Outgoing) -> Outcome:
        """Never raises."""
        try:
            content, remote = await self._file(row)
            outcome = await self.edges[row.chat.messenger, row.chat.bot].send(row, content, remote)
            if isinstance(outcome, Delivered) and content is not None and outcome.remote not in (None, remote):
                await self._remember(row.chat, content, outcome.remote)
        except NotFound:
            return GivenUp("dead", "what the file shows is gone")
        except Exception as error:  # a file that cannot be made just now, or a bug: the row must not be lost
            log.warning("call was not sent", turn=row.turn, row=row.id, method=row.call.method, **where(error))
            return TryAgain(1.0)
        return outcome

    async def _file(self, row: Outgoing) -> tuple[FileContent | None, str | None]:
        if row.call.file is None:
            return None, None
        content = await self.files.get(row.call.file, row.chat, await self.speaks(row.chat))
        return content, await self.files.uploaded(row.chat, content.key)

    async def _remember(self, chat: ChatAddress, content: FileContent, remote: str | None) -> None:
        try:
            if remote is not None:
                await self.files.remember_upload(chat, content.key, remote)
        except Exception as error:  # the file was sent: uploading it anew next time is no harm
            log.warning("upload was not remembered", error=type(error).__name__)
