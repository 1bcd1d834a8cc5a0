"""Catching up: messages whose events never came are found in the community's conversations (docs/adr/0011).

VK gives up an event after its tries (1 h 43 min of an outage), its long poll may have lost some (`failed` 1 and 3), and
either may drop one silently. The messages themselves stay in the conversations, and the presses of our buttons are
messages. So one process looks there now and again: what was said since the last look, and after the newest message of
that chat which the inbox knows, goes through the same intake as the events. Whichever comes first, the event or its
message, the inbox keeps one of them: both bear the message's number and date.

1. A look is over when all it found is committed; only then the bookmark moves. Whoever dies before begins it anew.
2. The messages of a chat go in together and in their order, and only those that are newer than everything the chat has
   had from its person: an old message that a newer one has overtaken is not served out of its turn. Such are counted,
   each once: a look counts those that no later look will see, when their events have had their time to come.
3. Calls obey the pace of the token, 25 histories in one of them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from bots.http import UnreachableError
from bots.intake import Intake
from bots.raw import as_list, as_object, integer, write
from bots.vk.api import VkApi
from bots.vk.bookmark import Bookmark
from bots.vk.errors import VkError, passes_by_itself
from bots.vk.updates import Place, as_event, is_private, place_of
from bots.watch import NoWatch, Watch
from dialogs.ports import Json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOK_EVERY: Final = 600.0
"""Seconds between looks while all seems well. One costs a call, and one more for 25 chats in which something was said;
an event that was lost unnoticed is then answered within ten minutes."""
LOOK_AFTER_A_BREAK: Final = 120.0
"""Seconds without a look after which one begins with it, instead of waiting for its time. While the database is away no
look can end and callbacks are refused, so after an outage of some minutes what VK has given up is found at once."""
OVERLAP: Final = 300
"""Seconds before the last look that are looked at again: a message may show a little later than its date says."""
DEPTH: Final = 24 * 3600
"""Seconds that a look goes back at most: as long as Telegram keeps what it could not deliver, less than the inbox keeps
what it took. An answer to what was said before that would surprise more than it helps."""
PAGE: Final = 200
"""Conversations a call gives at most."""
HISTORY: Final = 50
HISTORIES: Final = 25
"""Messages of one history in a call, and histories in one `execute`; together some 2 MB at worst."""
MOST_OF_A_CHAT: Final = 200
"""Messages of one chat that are caught up, the newest; more is a flood."""
PASSES: Final = 3
"""How often the list is read, until it shows nothing new: what moves to its top meanwhile may be missed in between."""
TRIES: Final = 5
FIRST_BACK_OFF: Final = 1.0
"""How often, and after how many seconds first, a look is tried again before polling goes on without it."""

Taken = Callable[[Sequence[str], int], Awaitable[Mapping[str, Collection[Place]]]]
"""The messages that the inbox has taken of each of these chats, of those said since then; a chat without one is left
out."""


@dataclass(slots=True)
class _Look:
    """One look at what was said since `since`. What was said before `settled` no later look will see again."""

    since: int
    settled: int
    found: int = 0
    overtaken: set[tuple[int, Place]] = field(default_factory=set)


@dataclass(slots=True)
class _Chat:
    """One conversation that is read backwards, down to `since`. `taken`: what the inbox has of it from then on."""

    peer: int
    since: int
    taken: Collection[Place]
    read: int = 0
    missed: list[tuple[Place, Json]] = field(default_factory=list)
    complete: bool = False

    def take(self, messages: Sequence[Json]) -> None:
        """One page of its history, newest first."""
        self.read += len(messages)
        for message in messages:
            place = place_of(message)
            if place is None:
                continue
            if place[0] < self.since:
                self.complete = True
                break
            if message.get("out") == 0 and message.get("from_id") == self.peer and place not in self.taken:
                self.missed.append((place, message))
        self.complete = self.complete or len(messages) < HISTORY or self.read >= MOST_OF_A_CHAT

    def found(self) -> list[Json]:
        """What is newer than all that was taken."""
        newest = max(self.taken, default=(0, 0))
        return [message for place, message in self.missed if place > newest]

    def overtaken(self) -> list[Place]:
        """What a newer one that was taken has left behind."""
        newest = max(self.taken, default=(0, 0))
        return [place for place, _message in self.missed if place < newest]


@dataclass(eq=False)
class CatchingUp:
    """One community's looks into its conversations. `bookmark` keeps when the last one began, by VK's clock."""

    api: VkApi
    group_id: int
    intake: Intake
    taken: Taken
    bookmark: Bookmark
    watch: Watch = field(default_factory=NoWatch)
    _due: float = field(default=0.0, init=False)
    _if_older: float = field(default=LOOK_EVERY, init=False)

    async def run(self) -> None:
        """Looks until cancelled: for intake by callback, beside it. It is begun anew with the lease, and so whenever
        the database has come back."""
        self._due, self._if_older = 0.0, LOOK_AFTER_A_BREAK
        while True:
            try:
                await self.look_if_due()
            except Exception as error:  # the database is away, or the lease: the bookmark has not moved
                log.warning("catching up failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY / 20)

    async def look_if_due(self) -> int:
        """Looks when the last look is long enough ago, whoever it was that looked: who takes over from another in peace
        has missed nothing, and is waited for."""
        return await self.look(self._if_older) if asyncio.get_running_loop().time() >= self._due else 0

    async def look(self, if_older: float = 0.0) -> int:
        """Takes in what was missed, unless the last look began less than `if_older` seconds ago; how many messages that
        were.

        Trouble at VK that passes is waited out for half a minute; then, and when VK will not have it at all, life goes
        on without, until the next look is due. Raises what the database raises.
        """
        for number in range(TRIES):
            try:
                found, again_in = await self._look(if_older)
            except (VkError, UnreachableError) as error:
                log.warning("conversations cannot be seen", reason=str(error))
                if not passes_by_itself(error):
                    break
                await asyncio.sleep(FIRST_BACK_OFF * 2**number)
            else:
                self._if_older = LOOK_EVERY
                self._look_again_in(again_in)
                return found
        self._look_again_in(LOOK_EVERY / 10)
        return 0

    def _look_again_in(self, seconds: float) -> None:
        self._due = asyncio.get_running_loop().time() + seconds

    async def _look(self, if_older: float) -> tuple[int, float]:
        """How many messages were missed, and in how many seconds to look again."""
        began = integer(await self.api.call("utils.getServerTime", {}))
        if began is None:
            raise UnreachableError("no time of the server")
        kept = await self.bookmark.load() or ""
        if not kept.isdecimal():
            # What was taken before this code looked the first time bears no number of a message: it stays untouched.
            await self.bookmark.save(str(began + OVERLAP))
            return 0, LOOK_EVERY
        if -OVERLAP <= began - int(kept) < if_older:
            return 0, if_older - (began - int(kept))
        look = _Look(max(min(int(kept), began + OVERLAP) - OVERLAP, began - DEPTH), settled=began - OVERLAP)
        await self._since(look)
        await self.bookmark.save(str(began))
        self._tell(look)
        return look.found, LOOK_EVERY

    def _tell(self, look: _Look) -> None:
        if look.found:
            log.warning("messages caught up", count=look.found, since=look.since)
        if look.overtaken:
            log.warning("overtaken messages were left", count=len(look.overtaken), since=look.since)
            self.watch.overtaken(len(look.overtaken))

    async def _since(self, look: _Look) -> None:
        seen: dict[int, Place] = {}
        for _ in range(PASSES):
            moved = {peer: last for peer, last in (await self._moved(look.since)).items() if seen.get(peer) != last}
            if not moved:
                break
            seen |= moved
            await self._catch_up(list(moved), look)

    async def _moved(self, since: int) -> dict[int, Place]:
        """Private conversations in which something was said since then, with the place of the last of it."""
        moved: dict[int, Place] = {}
        offset = 0
        while True:
            asked: dict[str, str | int] = {"count": PAGE, "offset": offset, "filter": "all"}
            items = _items(await self.api.call("messages.getConversations", asked))
            lasts = [as_object(as_object(item).get("last_message")) for item in items]
            places = ((integer(last.get("peer_id")), place_of(last)) for last in lasts)
            fresh = {peer: place for peer, place in places if peer and place and place[0] >= since}
            moved |= fresh
            offset += PAGE
            if len(items) < PAGE or not fresh:
                # Chats of several people get no more than a line that says so: no use in catching up.
                return {peer: place for peer, place in moved.items() if is_private(peer)}

    async def _catch_up(self, peers: Sequence[int], look: _Look) -> None:
        for first in range(0, len(peers), HISTORIES):
            some = peers[first : first + HISTORIES]
            taken = await self.taken([str(peer) for peer in some], look.since)
            chats = [_Chat(peer, look.since, set(taken.get(str(peer), ()))) for peer in some]
            await self._read(chats)
            # All of a chat in one taking, oldest first: it is kept whole or not at all.
            found = sorted((message for chat in chats for message in chat.found()), key=_by_place)
            events = [as_event(message, self.group_id, self.api.veiled) for message in found]
            await self.intake.take([write(event) for event in events])
            look.found += len(found)
            look.overtaken |= {(chat.peer, at) for chat in chats for at in chat.overtaken() if at[0] < look.settled}

    async def _read(self, chats: Sequence[_Chat]) -> None:
        while reading := [chat for chat in chats if not chat.complete]:
            asked = [{"peer_id": chat.peer, "count": HISTORY, "offset": chat.read} for chat in reading]
            for chat, history in zip(reading, await self._histories(asked), strict=True):
                chat.take([as_object(message) for message in _items(history)])

    async def _histories(self, asked: Sequence[Mapping[str, int]]) -> Sequence[object]:
        """As many as were asked for. `execute` hides why one of them failed: that one is asked for alone."""
        code = "return [" + ",".join(f"API.messages.getHistory({json.dumps(one)})" for one in asked) + "];"
        answers = as_list(await self.api.call("execute", {"code": code}))
        if len(answers) != len(asked):
            raise UnreachableError("execute answered for another number of histories")
        pairs = zip(asked, answers, strict=True)
        return [answer if answer is not False else await self._history(one) for one, answer in pairs]

    async def _history(self, asked: Mapping[str, int]) -> object:
        """An empty one for a chat that VK will not show: it must not hold up the others."""
        try:
            return await self.api.call("messages.getHistory", dict(asked))
        except VkError as error:
            if passes_by_itself(error):
                raise
            log.warning("a conversation cannot be seen", reason=str(error))
            return {"items": []}


def _items(answer: object) -> list[object]:
    """What a list holds. An answer of another shape must not pass for an empty one: the bookmark would move."""
    items = as_object(answer).get("items")
    if not isinstance(items, list):
        raise UnreachableError("an answer without items")
    return items


def _by_place(message: Json) -> Place:
    return place_of(message) or (0, 0)
