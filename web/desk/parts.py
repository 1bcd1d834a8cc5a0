"""What the desk is built of: the wiring fills it in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from core.broadcasts.model import Draft
from core.city import City
from core.clock import CityClock
from core.desk import Desks
from core.entrance import Entrance
from core.errors import Rejected
from core.ids import MailingId
from core.live import Live, News
from core.sheets import SheetWriter
from core.support.model import FileKind
from core.support.ports import MadeFile
from dialogs.fit import FittedMessage

Network = IPv4Network | IPv6Network


MakeFile = Callable[[FileKind, str, bytes], MadeFile]
"""Checks a file and makes it harmless. It uses the processor: call it in a thread. Raises Rejected."""


class NoNews:
    """Where nobody tells anybody anything: pages ask by themselves."""

    def publish(self, topic: str, news: News) -> None:
        """Nobody hears it."""

    async def listen(self, heard: Callable[[str, News], None], standing: Callable[[bool], None]) -> None:
        standing(False)
        await asyncio.Event().wait()


def no_file(kind: FileKind, name: str, content: bytes) -> MadeFile:
    """Where nobody can tell what a file is, none is taken."""
    raise Rejected


Previews = Callable[[Draft, MailingId, str], Mapping[str, FittedMessage]]
"""A broadcast in a language as each messenger will show it, by the messenger's code."""


def no_previews(_draft: Draft, _broadcast: MailingId, _language: str) -> Mapping[str, FittedMessage]:
    """Where nobody knows how messengers look."""
    return {}


@dataclass(frozen=True)
class DeskParts:
    """`live`: news for open pages. `make_file`: what is done to attachments. `secure`: the desk is reached by https
    alone. `written_ahead`: broadcasts by the name they are asked for. `proxies`: whose word is taken for where a
    request comes from."""

    desks: Desks
    entrance: Entrance
    city: City
    clock: CityClock
    sheets: SheetWriter
    live: Live = field(default_factory=NoNews)
    make_file: MakeFile = no_file
    secure: bool = False
    proxies: Sequence[Network] = ()
    previews: Previews = no_previews
    written_ahead: Sequence[tuple[str, Draft]] = ()
