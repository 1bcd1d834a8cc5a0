"""Keeping the picture of a false bot: fetched from the messenger it came by, made anew, put beside the report."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.errors import Rejected
from dialogs.ports import Json

Fetch = Callable[[str], Awaitable[bytes]]
"""Downloads what a person sent. Raises Rejected for what cannot be had, Unavailable for what may be had later."""


class ReportArchive(Protocol):
    async def keep(self, key: str, content: bytes) -> None:
        """Puts a picture beside the report of that key; nothing where it has been erased."""
        ...


@dataclass(frozen=True)
class ReportPhotos:
    """The job `keep_report_photo`. `make_anew` uses the processor, and raises ValueError for what is no picture."""

    fetches: Mapping[tuple[str, str], Fetch]
    make_anew: Callable[[bytes], bytes]
    archive: ReportArchive

    async def __call__(self, payload: Json) -> None:
        """Running it twice changes nothing. A picture that cannot be had is missing: the report stands without it."""
        fetch = self.fetches[str(payload["messenger"]), str(payload["bot"])]
        try:
            content = await asyncio.to_thread(self.make_anew, await fetch(str(payload["file"])))
        except (Rejected, ValueError):
            return
        await self.archive.keep(str(payload["key"]), content)
