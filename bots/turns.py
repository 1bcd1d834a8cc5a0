"""The turn runner: serves chats, each in order, different ones at once.

Theory of operation. A turn is one transaction for one update of one chat; the chat's row lock keeps turns of a chat
apart between processes, this runner keeps them apart within one, so that no worker sits waiting for a lock it holds
itself. `wake` counts how often a chat was named: each count is one turn to try, and a chat with counts left goes to
the end of the line, so a chat that floods the bot takes its turns between those of others. A turn that finds nothing
due ends the chat's counts, but never those that came while it looked.

What the counts miss (updates left by a crash, put off after a failure, or written by another process) is found by
asking the inbox every second; a chat found that way is served until nothing of it is due.

A turn that raises is rolled back and counted as failed; the inbox puts the update off. Failing again, the update steps
aside: its chat goes on at once, and the resident is told one sorry. Later turns of it come by themselves, until it is
served or given up. Of a failure that is over in a second nothing is told. A turn during which the database fell silent
is nobody's failure: it is had again as soon as the look finds it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from bots.edge import Edge, Parsed
from bots.watch import NoWatch, Watch
from core.errors import where
from dialogs.engine import Engine
from dialogs.internal import parse_internal, sorry_for
from dialogs.ports import ChatAddress, Failure, Inbox, Incoming, OpenTurn, Outgoing, Turns

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

UNTIL_NONE_IS_DUE = 1_000_000

Hear = Callable[[Callable[[Iterable[ChatAddress]], None]], Awaitable[None]]
"""Runs as long as it can, calling back with chats that other processes have written updates for."""


@dataclass(eq=False)
class TurnRunner:
    """Serves the chats of this process's bots. `deliver` takes the calls of a turn right after its commit."""

    turns: Turns
    inbox: Inbox
    edges: Mapping[tuple[str, str], Edge]
    engine: Engine
    deliver: Callable[[Sequence[Outgoing]], None]
    hear: Hear | None = None
    watch: Watch = field(default_factory=NoWatch)
    at_once: int = 16
    look_every: float = 1.0
    _due: dict[ChatAddress, int] = field(default_factory=dict, init=False)
    _line: asyncio.Queue[ChatAddress] = field(default_factory=asyncio.Queue, init=False)
    _busy: int = field(default=0, init=False)
    _idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._idle.set()

    def wake(self, chats: Iterable[ChatAddress]) -> None:
        """Serve these chats soon: one turn for each time a chat is named."""
        for chat in chats:
            self._add(chat, 1)

    async def run(self) -> None:
        """Serves until cancelled; call `stop` first for turns to end in peace."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.at_once):
                tasks.create_task(self._serve_line())
            tasks.create_task(self._look_for_leftovers())
            if self.hear is not None:
                tasks.create_task(self._keep_hearing(self.hear))

    async def stop(self, timeout: float) -> bool:
        """Begins no more turns and waits for those begun; False when some have not ended in time."""
        self._stopping = True
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _add(self, chat: ChatAddress, turns: int) -> None:
        if (chat.messenger, chat.bot) not in self.edges:
            return
        if chat not in self._due:
            self._due[chat] = 0
            self._line.put_nowait(chat)
        self._due[chat] += turns

    async def _serve_line(self) -> None:
        while True:
            chat = await self._line.get()
            if self._stopping:
                continue
            before = self._due[chat]
            self._busy += 1
            self._idle.clear()
            try:
                served = await self._turn(chat)
            finally:
                self._busy -= 1
                if not self._busy:
                    self._idle.set()
            left = self._due[chat] - (1 if served else before)
            if left > 0:
                self._due[chat] = left
                self._line.put_nowait(chat)
            else:
                del self._due[chat]

    async def _look_for_leftovers(self) -> None:
        while True:
            try:
                for chat in await self.inbox.pending(self.edges, limit=1000):
                    if chat not in self._due:
                        self._add(chat, UNTIL_NONE_IS_DUE)
            except Exception as error:  # the database may be away: whatever it is, look again later
                log.warning("inbox cannot be read", error=type(error).__name__)
            await asyncio.sleep(self.look_every)

    async def _keep_hearing(self, hear: Hear) -> None:
        while True:
            try:
                await hear(self.wake)
            except Exception as error:  # as above; until it hears again, the look every second finds the updates
                log.warning("wake-ups are not heard", error=type(error).__name__)
            await asyncio.sleep(self.look_every)

    async def _turn(self, chat: ChatAddress) -> bool:
        """One turn; whether there was anything to serve."""
        update: Incoming | None = None
        age = 0.0
        begun = time.monotonic()
        try:
            async with self.turns.open(chat) as turn:
                if turn is None:
                    return False
                update, age = turn.update, turn.age
                with bound_contextvars(turn=update.key):
                    outgoing = await self._serve(turn)
        except Exception as error:
            await self._failed(chat, update, error, begun)
            return False
        seconds = time.monotonic() - begun
        self.watch.turn(chat.messenger, "served", seconds)
        self.watch.served(chat.messenger, age + seconds)
        self.deliver(outgoing)
        # A turn that says something is told of by its sends.
        level = log.debug if outgoing else log.info
        level("turn served", turn=update.key, messenger=chat.messenger, rows=[row.id for row in outgoing])
        return True

    async def _serve(self, turn: OpenTurn) -> Sequence[Outgoing]:
        """What the update means, what the dialog makes of it, and the calls that show it."""
        update = turn.update
        edge = self.edges[update.chat.messenger, update.chat.bot]
        parsed = Parsed(parse_internal(update.raw)) if update.internal else edge.parse(update)
        served = await self.engine.serve(turn, parsed.event, parsed.private, parsed.language)
        translator = self.engine.translator(served.language)
        calls = [call for screen in served.screens for call in edge.render(screen, served.rev, translator)]
        return await turn.finish(served.state, served.language, calls)

    async def _failed(self, chat: ChatAddress, update: Incoming | None, error: Exception, begun: float) -> None:
        """Counts the failure, unless the database was silent: that is no fault of the update. The log names the update
        by its key: texts and people stay out of it."""
        outcome = Failure.PUT_OFF
        try:
            if update is None:
                log.warning("turn was not opened", messenger=chat.messenger, error=type(error).__name__)
            elif not isinstance(error, TimeoutError):
                outcome = await self.turns.failed(update, type(error).__name__)
                if outcome is not Failure.PUT_OFF:
                    self._add(chat, UNTIL_NONE_IS_DUE)  # it is out of the way of the younger ones
                    await self._say_sorry(update)
        except Exception as second:  # the update stays pending, as it was
            log.warning("failure was not stored", messenger=chat.messenger, error=type(second).__name__)
        if update is not None:
            log.error("turn failed", turn=update.key, messenger=chat.messenger, outcome=outcome.value, **where(error))
        self.watch.turn(chat.messenger, outcome.value, time.monotonic() - begun)

    async def _say_sorry(self, update: Incoming) -> None:
        """Once for an update, however often it fails: the sorry has the key of what it is for."""
        sorry = sorry_for(update)
        if sorry is not None:
            self.wake(await self.inbox.add([sorry]))
