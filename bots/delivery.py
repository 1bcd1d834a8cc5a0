"""Delivery: sends outbox rows, in order within a chat, chats side by side.

Theory of operation. Rows come from a turn that has just committed (they are born leased to this process) or from the
sweeper, which leases what a crash, or a put-off, left behind. Each chat with rows has a lane: a list in the order of
the rows' ids and one task that sends its first row, and looks at the next only when the first is done with. A token
has at most `at_once` calls on their way; who answers a person goes before news from the desk (`bots.gate`).

1. A row is sent only under its lease, which is short, and kept as long as this process lives: after a kill others soon
   take the rows over. What was not kept goes back to the outbox, so two processes never send one row; memory holds
   no more than `holds` rows.
2. A short wait (a flood limit, a hiccup of the network) is spent in the lane. For a long one the whole lane goes back,
   and later rows of that chat follow it until it may come again, so that none overtakes another. So do rows of a chat
   whose earlier ones are in the hands of another process: the sweeper takes a row only with all unsent ones before it.
3. "Stop everybody" answers pause the token for all lanes and all processes; they are nobody's failure, and a row that
   was only held and given back has not been tried.
4. Who is spoken to faster than the messenger allows in one chat waits in that lane alone (`bots.chat_pace`), and a lane
   is no longer than `lane` rows: nobody fills the memory with answers to themselves.
5. Marks are written in batches after the fact: a crash between a send and its mark sends a reply twice (VK drops the
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

from bots.calls import Calls
from bots.chat_pace import ChatPace
from bots.edge import Delivered, Edge, GivenUp, Outcome, TryAgain
from bots.gate import Gate
from bots.held import Held
from bots.marks import Marks
from bots.pace import Pace, Token
from bots.watch import NoWatch, Watch
from dialogs.ports import ChatAddress, Files, Outbox, Outgoing

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
    lane: int = 30
    lease: float = 6.0
    renew_every: float = 2.0
    patience: float = 10.0
    sweep_every: float = 2.0
    lease_rows: int = 200


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
    chat_pace: ChatPace = field(default_factory=ChatPace)
    _lanes: dict[ChatAddress, list[Held]] = field(default_factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _held: dict[int, Held] = field(default_factory=dict, init=False)
    _away: dict[ChatAddress, float] = field(default_factory=dict, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._marks = Marks(self.outbox)
        self._calls = Calls(self.files, self.edges, self.speaks)
        self._gates = {token: Gate(self.bounds.at_once) for token in self.edges}

    # --- rows come in

    def accept(self, rows: Sequence[Outgoing]) -> None:
        """Takes rows that have just been committed, and sends them at once."""
        now = time.monotonic()
        for held in (Held(row, now + self.bounds.lease) for row in rows):
            away = self._away.get(held.row.chat, 0.0) - now
            if away > 0 or not self.may_send():
                self._marks.put_off([held.put_off], max(0.0, away))
            elif self._others_come_first(held.row):
                self._send_away(held.row.chat, [held], 0.0)
            else:
                self._hold(held)

    def _others_come_first(self, row: Outgoing) -> bool:
        """Whether an earlier call of the chat is in other hands: of a process that died, or of another that lives."""
        return any(earlier not in self._held and not self._marks.knows(earlier) for earlier in row.behind)

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

    def _hold(self, held: Held) -> None:
        row = held.row
        if self._marks.knows(row.id):
            return
        if (known := self._held.get(row.id)) is not None:
            known.row, known.until = row, held.until  # our own lease had run out: from now on the new one counts
            return
        if (row.chat.messenger, row.chat.bot) not in self.edges:
            self._marks.put_off([held.put_off], NO_SUCH_BOT)
            return
        lane = self._lanes.get(row.chat)
        if self._stopping.is_set() or len(self._held) >= self.bounds.holds or len(lane or ()) >= self.bounds.lane:
            self._send_away(row.chat, [held], 0.0 if self._stopping.is_set() else self.bounds.sweep_every)
            return
        self._held[row.id] = held
        if lane is None:
            self._lanes[row.chat] = [held]
            task = asyncio.create_task(self._send_lane(row.chat))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            # The first row of a lane may be on its way: nothing goes before it.
            insort(lane, held, lo=min(1, len(lane)), key=lambda one: one.row.id)

    async def _keep_leases(self) -> None:
        """Says that this process lives, for the rows that it has held for a while."""
        while True:
            await asyncio.sleep(self.bounds.renew_every)
            held = dict(self._held)
            if not held:
                continue
            asked_at = time.monotonic()
            try:
                for row in await self.outbox.renew([one.row for one in held.values()]):
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
        room = min(self.bounds.holds - len(self._held), self.bounds.lease_rows)
        if room <= 0 or self._stopping.is_set() or not self.may_send():
            return False
        leased_at = time.monotonic()
        rows = await self.outbox.lease(room, self.bounds.lane)
        for row in rows:
            self._hold(Held(row, leased_at + self.bounds.lease))
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
            # What is on its way may be accepted yet: its lease runs out by itself. The others never left.
            self._send_away(chat, [held for held in lane if not held.leaves], 0.0)
            raise
        finally:
            self._drop(lane, len(lane))
            del self._lanes[chat]

    async def _send_first(self, lane: list[Held]) -> float | None:
        """Sends the first row of a lane; None when it is done with, else the seconds to wait."""
        held = lane[0]
        token = (held.row.chat.messenger, held.row.chat.bot)
        if not held.placed and (wait := await self._placed(held)) > 0:
            return wait
        async with self._gates[token].passed(0 if held.row.reply else 1):
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
            held.first = held.first or (begun if not held.row.tries else None)
            held.leaves = True
            outcome = await self._calls.send(held.row)
        self.watch.send(token[0], _named(outcome), time.monotonic() - begun)
        await self.pace.spent(token)
        held.leaves = False
        return await self._settle(lane, outcome, token)

    async def _placed(self, held: Held) -> float:
        """Takes the moment of a message in its chat; the seconds until then."""
        wait = await self.chat_pace.take(held.row.chat)
        held.placed = True
        if wait > 0:
            self.watch.paced(held.row.chat.messenger, wait)
        return wait

    async def _settle(self, lane: list[Held], outcome: Outcome, token: Token) -> float | None:
        match outcome:
            case Delivered():
                self._delivered(lane[0])
                self._drop(lane, 1)
            case GivenUp():
                self._give_up(lane, outcome)
            case TryAgain(after, everyone=True):
                await self.pace.pause(token, after)
                return after
            case TryAgain(after, unclear=unclear):
                return self._back_off(lane, after, unclear=unclear)
        return None

    def _delivered(self, held: Held) -> None:
        row = held.row
        self._marks.sent(row.id)
        self.watch.delivered(row.chat.messenger, row.age + time.monotonic() - held.since)
        log.info("call sent", turn=row.turn, row=row.id, messenger=row.chat.messenger, method=row.call.method)

    def _back_off(self, lane: list[Held], after: float, *, unclear: bool) -> float | None:
        held = lane[0]
        held.tries += 1
        tries = held.row.tries + held.tries
        if tries >= TRIES or (unclear and self._shown_twice(held)):
            self._give_up(lane, GivenUp("unknown" if unclear else "dead", f"tried {tries} times"))
            return None
        return max(after, min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(tries - 1, 16)))

    def _shown_twice(self, held: Held) -> bool:
        """Whether one try more could show the call a second time, where the messenger has kept copies away so far."""
        known = self.edges[held.row.chat.messenger, held.row.chat.bot].knows_again
        # Who was before us may have tried as soon as it was made.
        first = held.first if held.first is not None else held.since - held.row.age
        return known is not None and time.monotonic() - first >= known

    def _give_up(self, lane: list[Held], given_up: GivenUp) -> None:
        """One row, or the whole lane when the person is out of reach."""
        row = lane[0].row
        count = len(lane) if given_up.outcome == "blocked" else 1
        self._marks.give_up([held.row.id for held in lane[:count]], given_up.outcome)
        self._drop(lane, count)
        level = log.info if given_up.outcome == "blocked" else log.error
        about = {"turn": row.turn, "row": row.id, "method": row.call.method}
        level("call was given up", **about, outcome=given_up.outcome, why=given_up.reason)

    async def _waited(self, held: Held, seconds: float) -> bool:
        """Waits in the lane, if that is short and the lease lasts; False when the lane should go back instead."""
        if seconds > self.bounds.patience or time.monotonic() + seconds >= held.until:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    def _send_away(self, chat: ChatAddress, lane: list[Held], seconds: float) -> None:
        """Gives rows back to the outbox. Later rows of the chat keep behind them until the sweeper has seen both."""
        self._away[chat] = max(self._away.get(chat, 0.0), time.monotonic() + seconds + 2 * self.bounds.sweep_every)
        self._marks.put_off([held.put_off for held in lane], seconds)
        self._drop(lane, len(lane))

    def _lease_lost(self, lane: list[Held]) -> None:
        """Gives back what is still ours. The rest is anybody's by now: it must be neither sent nor touched."""
        now = time.monotonic()
        ours = [held for held in lane if held.until > now]
        self._drop(lane, len(lane))
        if ours:
            self._send_away(ours[0].row.chat, ours, 0.0)

    def _drop(self, lane: list[Held], count: int) -> None:
        for held in lane[:count]:
            self._held.pop(held.row.id, None)
        del lane[:count]


def _named(outcome: Outcome) -> str:
    match outcome:
        case Delivered():
            return "sent"
        case TryAgain(everyone=True):
            return "wait"
        case TryAgain():
            return "again"
        case GivenUp(name):
            return name
