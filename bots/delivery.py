"""Delivery: sends outbox rows, in order within a chat, chats side by side.

Theory of operation. Rows come from a turn that has just committed (they are born leased to this process) or from the
sweeper, which leases what a crash, or a put-off, left behind. Each chat with rows has a lane: a list in the order of
the rows' ids and one task that sends its first row, and looks at the next only when the first is done with. A token
has at most `at_once` calls on their way.

1. A row is sent only under its lease, which is short, and kept as long as this process lives: after a kill others soon
   take the rows over. What was not kept goes back to the outbox, so two processes never send one row; memory holds
   no more than `holds` rows.
2. A short wait (a flood limit, a hiccup of the network) is spent in the lane. For a long one the whole lane goes back,
   and later rows of that chat follow it until it may come again, so that none overtakes another. So do rows of a chat
   whose earlier ones are in the hands of another process: the sweeper takes a row only with all unsent ones before it.
3. "Stop everybody" answers pause the token for all lanes and all processes; they are nobody's failure.
4. Marks are written in batches after the fact: a crash between a send and its mark sends a reply twice (VK drops the
   second by its random_id). That is the promise for replies: at least once.
"""

import asyncio
import time
from bisect import insort
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars

from bots.edge import Delivered, Edge, GivenUp, Outcome, TryAgain
from bots.marks import Marks
from bots.pace import Pace, Token
from bots.watch import NoWatch, Watch
from core.errors import NotFound, where
from dialogs.ports import ChatAddress, FileContent, Files, Outbox, Outgoing

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FIRST_BACK_OFF: Final = 0.5
LONGEST_BACK_OFF: Final = 300.0
TRIES: Final = 40
"""With back-off that is about three hours of a messenger being away; then a reply has lost its sense."""
NO_SUCH_BOT: Final = 600.0
"""How long rows of a bot that this process does not have are left to others."""


@dataclass(frozen=True)
class Bounds:
    """How much delivery holds and how long it waits, in seconds. `lease` is what the outbox gives, or less."""

    at_once: int = 64
    holds: int = 1000
    lease: float = 6.0
    renew_every: float = 2.0
    patience: float = 10.0
    sweep_every: float = 2.0
    lease_rows: int = 200


@dataclass(slots=True)
class _Held:
    """A row in memory. `until`: when its lease must be taken for lost."""

    row: Outgoing
    until: float
    tries: int = 0
    since: float = field(default_factory=time.monotonic)


def always() -> bool:
    """For those who have no switch."""
    return True


@dataclass(eq=False)
class Delivery:
    """Sends for the bots of this process. `speaks` tells the language of a chat, for files with words in them; with
    `may_send` off (bots.sending) rows stay in the outbox."""

    outbox: Outbox
    files: Files
    edges: Mapping[Token, Edge]
    pace: Pace
    speaks: Callable[[ChatAddress], Awaitable[str]]
    watch: Watch = field(default_factory=NoWatch)
    bounds: Bounds = field(default_factory=Bounds)
    may_send: Callable[[], bool] = always
    _lanes: dict[ChatAddress, list[_Held]] = field(default_factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _ids: set[int] = field(default_factory=set, init=False)
    _away: dict[ChatAddress, float] = field(default_factory=dict, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._marks = Marks(self.outbox)
        self._gates = {token: asyncio.Semaphore(self.bounds.at_once) for token in self.edges}

    # --- rows come in

    def accept(self, rows: Sequence[Outgoing]) -> None:
        """Takes rows that have just been committed, and sends them at once."""
        now = time.monotonic()
        if not self.may_send():
            self._marks.put_off([row.id for row in rows], 0.0)
            return
        for row in rows:
            away = self._away.get(row.chat, 0.0) - now
            if away > 0:
                self._marks.put_off([row.id], away)
            elif self._others_come_first(row):
                self._send_away(row.chat, [_Held(row, now)], 0.0)
            else:
                self._hold(row, now + self.bounds.lease)

    def _others_come_first(self, row: Outgoing) -> bool:
        """Whether an earlier call of the chat is in other hands: of a process that died, or of another that lives."""
        return any(earlier not in self._ids and not self._marks.knows(earlier) for earlier in row.behind)

    async def run(self) -> None:
        """Sweeps and writes marks until cancelled; call `drain` first to end in peace."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._marks.run())
            tasks.create_task(self._sweep())
            tasks.create_task(self._keep_leases())

    async def drain(self, timeout: float) -> None:
        """Takes nothing more, sends what is held as far as time allows, gives the rest back."""
        self._stopping.set()
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._marks.flush()

    def _hold(self, row: Outgoing, until: float) -> None:
        if row.id in self._ids or self._marks.knows(row.id):
            return
        if (row.chat.messenger, row.chat.bot) not in self.edges:
            self._marks.put_off([row.id], NO_SUCH_BOT)
            return
        if self._stopping.is_set() or len(self._ids) >= self.bounds.holds:
            self._send_away(row.chat, [_Held(row, until)], 0.0 if self._stopping.is_set() else self.bounds.sweep_every)
            return
        self._ids.add(row.id)
        lane = self._lanes.get(row.chat)
        if lane is None:
            self._lanes[row.chat] = [_Held(row, until)]
            task = asyncio.create_task(self._send_lane(row.chat))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            # The first row of a lane may be on its way: nothing goes before it.
            insort(lane, _Held(row, until), lo=min(1, len(lane)), key=lambda held: held.row.id)

    async def _keep_leases(self) -> None:
        """Says that this process lives, for the rows that it has held for a while."""
        while True:
            await asyncio.sleep(self.bounds.renew_every)
            held = {one.row.id: one for lane in self._lanes.values() for one in lane}
            if not held:
                continue
            asked_at = time.monotonic()
            try:
                for row in await self.outbox.renew(list(held)):
                    held[row].until = asked_at + self.bounds.lease
            except Exception as error:  # the database may be away: the leases run out, and the rows are given back
                log.warning("leases cannot be kept", error=type(error).__name__)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.bounds.sweep_every)
            now = time.monotonic()
            self._away = {chat: until for chat, until in self._away.items() if until > now}
            try:
                while await self._lease():
                    continue
            except Exception as error:  # the database may be away: whatever it is, try again later
                log.warning("outbox cannot be read", error=type(error).__name__)

    async def _lease(self) -> bool:
        """Takes leftovers while there is room; whether more may be there."""
        room = min(self.bounds.holds - len(self._ids), self.bounds.lease_rows)
        if room <= 0 or self._stopping.is_set() or not self.may_send():
            return False
        leased_at = time.monotonic()
        rows = await self.outbox.lease(room)
        for row in rows:
            self._hold(row, leased_at + self.bounds.lease)
        return len(rows) == room

    # --- one chat's lane

    async def _send_lane(self, chat: ChatAddress) -> None:
        lane = self._lanes[chat]
        try:
            while lane:
                wait = await self._send_first(lane)
                if wait is not None and not await self._waited(lane[0], wait):
                    self._send_away(chat, lane, wait)
        except asyncio.CancelledError:
            # The first may be on its way: its lease runs out by itself. The others never left.
            self._send_away(chat, lane[1:], 0.0)
            raise
        finally:
            self._ids.difference_update(held.row.id for held in lane)
            del self._lanes[chat]

    async def _send_first(self, lane: list[_Held]) -> float | None:
        """Sends the first row of a lane; None when it is done with, else the seconds to wait."""
        held = lane[0]
        token = (held.row.chat.messenger, held.row.chat.bot)
        async with self._gates[token]:
            if not self.may_send():
                return self.bounds.patience + 1.0  # longer than a lane waits: its rows go back
            paused = await self.pace.paused(token)
            if paused > 0:
                self.watch.paced(token[0], paused)
                return paused
            if time.monotonic() >= held.until:
                self._lease_lost(lane)
                return None
            begun = time.monotonic()
            bind_contextvars(turn=held.row.turn, row=held.row.id)  # of the lane's own task
            outcome = await self._send(held.row, token)
        self.watch.send(token[0], _named(outcome), time.monotonic() - begun)
        await self.pace.spent(token)
        return await self._settle(lane, outcome, token)

    async def _settle(self, lane: list[_Held], outcome: Outcome, token: Token) -> float | None:
        match outcome:
            case Delivered():
                self._delivered(lane[0])
                self._drop(lane, 1)
            case GivenUp():
                self._give_up(lane, outcome)
            case TryAgain(after, everyone=True):
                await self.pace.pause(token, after)
                return after
            case TryAgain(after):
                return self._back_off(lane, after)
        return None

    def _delivered(self, held: _Held) -> None:
        row = held.row
        self._marks.sent(row.id)
        self.watch.delivered(row.chat.messenger, row.age + time.monotonic() - held.since)
        log.info("call sent", turn=row.turn, row=row.id, messenger=row.chat.messenger, method=row.call.method)

    def _back_off(self, lane: list[_Held], after: float) -> float | None:
        held = lane[0]
        held.tries += 1
        tries = held.row.attempt + held.tries
        if tries >= TRIES:
            self._give_up(lane, GivenUp("dead", f"tried {tries} times"))
            return None
        return max(after, min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(tries - 1, 16)))

    def _give_up(self, lane: list[_Held], given_up: GivenUp) -> None:
        """One row, or the whole lane when the person is out of reach."""
        row = lane[0].row
        count = len(lane) if given_up.outcome == "blocked" else 1
        self._marks.give_up([held.row.id for held in lane[:count]], given_up.outcome)
        self._drop(lane, count)
        level = log.info if given_up.outcome == "blocked" else log.error
        about = {"turn": row.turn, "row": row.id, "method": row.call.method}
        level("call was given up", **about, outcome=given_up.outcome, why=given_up.reason)

    async def _waited(self, held: _Held, seconds: float) -> bool:
        """Waits in the lane, if that is short and the lease lasts; False when the lane should go back instead."""
        if seconds > self.bounds.patience or time.monotonic() + seconds >= held.until:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    def _send_away(self, chat: ChatAddress, lane: list[_Held], seconds: float) -> None:
        """Gives rows back to the outbox. Later rows of the chat keep behind them until the sweeper has seen both."""
        self._away[chat] = max(self._away.get(chat, 0.0), time.monotonic() + seconds + 2 * self.bounds.sweep_every)
        self._marks.put_off([held.row.id for held in lane], seconds)
        self._drop(lane, len(lane))

    def _lease_lost(self, lane: list[_Held]) -> None:
        """Gives back what is still ours. The rest is anybody's by now: it must be neither sent nor touched."""
        now = time.monotonic()
        ours = [held for held in lane if held.until > now]
        self._drop(lane, len(lane))
        if ours:
            self._send_away(ours[0].row.chat, ours, 0.0)

    def _drop(self, lane: list[_Held], count: int) -> None:
        self._ids.difference_update(held.row.id for held in lane[:count])
        del lane[:count]

    # --- one call

    async def _send(self, row: Outgoing, token: Token) -> Outcome:
        edge = self.edges[token]
        try:
            content, remote = await self._file(row)
            outcome = await edge.send(row, content, remote)
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


def _named(outcome: Outcome) -> str:
    match outcome:
        case Delivered():
            return "sent"
        case TryAgain():
            return "again"
        case GivenUp(name):
            return name
