"""The pace of one chat: a messenger takes a few messages at once there, and then one by one (messengers.md §1.1).

Who goes faster is refused, and a refusal stops the whole bot. So somebody who presses a button a hundred times would
stop it for the city, were the answers not held back: they wait in that chat's own lane, and nobody else does.

People seldom hear more than a few messages in a row. Those leave without asking anybody; only a chat that goes on takes
its moments from the bucket that all processes share, and the first of them pays for what went before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

import structlog

from bots.pace import SHARE_ALONE, Token
from dialogs.ports import ChatAddress

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

UNASKED: Final = 4
"""Messages in a row that a process sends into a chat without a look at the shared bucket."""


@dataclass(frozen=True, slots=True)
class Spell:
    """How a bot may speak in one chat: `burst` messages at once, and `rate` a second after that."""

    rate: float
    burst: int

    @property
    def quiet(self) -> float:
        """Seconds of silence after which a whole burst may leave again."""
        return self.burst / self.rate


class ChatBucket(Protocol):
    """Free moments of chats."""

    async def take_of_burst(self, name: str, spell: Spell, count: int) -> float:
        """Takes so many; the seconds until the last of them may leave."""
        ...


@dataclass
class LocalChatBucket:
    """The bucket of one process."""

    clock: Callable[[], float] = monotonic
    _free: dict[str, float] = field(default_factory=dict)

    async def take_of_burst(self, name: str, spell: Spell, count: int) -> float:
        now = self.clock()
        free = max(self._free.pop(name, 0.0), now) + count / spell.rate
        self._free = {one: until for one, until in self._free.items() if until > now} | {name: free}
        return max(0.0, free - now - spell.quiet)


@dataclass(slots=True)
class _Talk:
    said: int
    at: float


class ChatPace:
    """The pace of all chats. Bots without a spell are not held."""

    def __init__(
        self,
        spells: Mapping[Token, Spell] | None = None,
        shared: ChatBucket | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._spells = dict(spells or {})
        self._clock = clock
        self._local = LocalChatBucket(clock)
        self._shared = shared
        self._talks: dict[ChatAddress, _Talk] = {}

    async def take(self, chat: ChatAddress) -> float:
        """Takes the moment of one message into a chat; the seconds until it may leave."""
        spell = self._spells.get((chat.messenger, chat.bot))
        if spell is None:
            return 0.0
        said = self._said(chat, spell.quiet)
        if said <= UNASKED:
            return 0.0
        return await self._take(
            ":".join((chat.messenger, chat.bot, chat.peer)), spell, said if said == UNASKED + 1 else 1
        )

    def _said(self, chat: ChatAddress, quiet: float) -> int:
        """How many in a row this makes: a row ends when nothing was said for long."""
        now = self._clock()
        while self._talks and next(iter(self._talks.values())).at < now - quiet:
            del self._talks[next(iter(self._talks))]
        talk = self._talks.pop(chat, None) or _Talk(0, now)
        self._talks[chat] = talk  # the last of them, as the one that spoke last
        talk.said, talk.at = talk.said + 1, now
        return talk.said

    async def _take(self, name: str, spell: Spell, count: int) -> float:
        if self._shared is not None:
            try:
                return await self._shared.take_of_burst(name, spell, count)
            except Exception as error:  # whatever it is, the chat goes on at a careful pace of its own
                log.warning("shared pace is away", error=type(error).__name__)
                spell = Spell(spell.rate * SHARE_ALONE, spell.burst)
        return await self._local.take_of_burst(name, spell, count)
