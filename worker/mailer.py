"""The sender of what many are told: one for each bot, in one process at a time (it runs under the bot's lease).

Theory of operation. Deliveries are read ahead, composed and packed into parcels, one call each; a bounded queue of them
waits, so that the pace is never kept waiting for the database. For each parcel a moment of the pace is taken as it
comes near; until then its deliveries are begun (durably: see dialogs.mailings). Then the call leaves, and what became
of it is written.

1. A letter leaves at most once. What the messenger surely did not take goes back and waits; what is unclear is unknown,
   unless the messenger drops repeats by itself. The writes after a call are repeated until the database takes them.
2. "Stop everybody" answers pause the bot in all processes, replies included: that is how messengers mean it.
3. At most `at_once` calls are on their way: as many as a kill can leave unknown.
4. More urgent mailings, a pause, quiet hours and the end of a mailing's time are looked at every second; `begin` itself
   refuses what may not be sent any more, so a pause holds from the moment it is committed.
5. A file is uploaded once: where the messenger names it only with its first message, one letter goes ahead alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from core.broadcasts.model import DeliveryState
from core.broadcasts.rules import expired, may_send
from core.errors import where
from core.ids import DeliveryId, MailingId
from dialogs.mailings import Batch, Courier, Fate, Letter, Mailing, NotTaken, Refused, Settled, Taken, Unclear
from dialogs.ports import FileContent
from worker.packing import MailRoom, Packer, Parcel

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LOOKS_EVERY: Final = 1.0
PARCELS_AHEAD: Final = 64
TRIES: Final = 40
UNCLEAR_AGAIN_AFTER: Final = 5.0
WRITES_AGAIN_AFTER: Final = 0.5
ENDS_WITHIN: Final = 5.0
"""Seconds that calls on their way have when the sender must stop; what has no outcome by then is unknown."""


@dataclass(eq=False)
class Mailer:
    """Sends for one bot what its packer makes ready."""

    courier: Courier
    room: MailRoom
    minimal: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _looked: float = field(default=-1e9, init=False)
    _first: MailingId | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.token = (self.courier.messenger, self.courier.bot)
        self._packer = Packer(self.courier, self.room, self.minimal)
        self._gate = asyncio.Semaphore(self.courier.at_once)

    async def run(self) -> None:
        """Sends whatever is to be sent, until cancelled."""
        await self.room.deliveries.take_over(self.token, self.courier.repeats_within)
        self._first = None
        try:
            while not self._stopping.is_set():
                mailing = await self._next()
                if mailing is None or not await self._round(mailing):
                    await self._rest(LOOKS_EVERY)
        finally:
            await self._end_calls(ENDS_WITHIN)

    async def stop(self, timeout: float) -> None:
        """Begins nothing more; what is on its way has so long to come to an end."""
        self._stopping.set()
        await self._end_calls(timeout)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _end_calls(self, within: float) -> None:
        """Lets calls on their way end, since what became of them is worth knowing."""
        if not self._tasks:
            return
        _done, late = await asyncio.wait(self._tasks, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # --- which mailing

    async def _next(self) -> Mailing | None:
        """The mailing whose turn it is; None when there is none that may be sent now."""
        try:
            await self.room.deliveries.end(self.room.clock.now())
            mailings = await self.room.deliveries.mailings(self.token)
            await self.room.deliveries.touch([mailing.id for mailing in mailings])
        except Exception as error:  # the database is away: look again later
            log.warning("mailings cannot be read", bot=self.token[0], **where(error))
            return None
        self._looked = time.monotonic()
        ready = [mailing for mailing in mailings if self._may(mailing)]
        self._first = ready[0].id if ready else None
        return ready[0] if ready else None

    def _may(self, mailing: Mailing) -> bool:
        if not self.room.may_send() or mailing.kind not in self.room.composers:
            return False
        now = self.room.clock.now()
        return not expired(mailing.not_after, now) and may_send(
            mailing.kind, self.room.clock.local(now), self.room.rules
        )

    async def _still(self, mailing: Mailing) -> bool:
        """Whether this mailing goes on: looked at afresh every second."""
        if self._stopping.is_set():
            return False
        if time.monotonic() - self._looked >= LOOKS_EVERY:
            await self._next()
        return self._first == mailing.id and self._may(mailing)

    # --- one round: all that waits now

    async def _round(self, mailing: Mailing) -> bool:
        """Sends what waits of a mailing; False when nothing left."""
        queue: asyncio.Queue[Parcel | None] = asyncio.Queue(PARCELS_AHEAD)
        packing = asyncio.create_task(self._pack(mailing, queue))
        sent = False
        try:
            while (parcel := await queue.get()) is not None and await self._still(mailing):
                await self._send(mailing, parcel)
                sent = True
        finally:
            packing.cancel()
            await asyncio.gather(packing, return_exceptions=True)
        if self._tasks:
            await asyncio.wait(self._tasks)
        return sent

    async def _pack(self, mailing: Mailing, queue: asyncio.Queue[Parcel | None]) -> None:
        """Keeps the queue full; None at the end."""
        try:
            async for parcel in self._packer.parcels(mailing):
                await queue.put(parcel)
        except Exception as error:  # the database or a file is away: the rest is taken up in the next round
            log.warning("mailing cannot be packed", mailing=mailing.id, **where(error))
        await queue.put(None)

    async def _send(self, mailing: Mailing, parcel: Parcel) -> None:
        """Takes a moment of the pace and lets the parcel go then."""
        await self._gate.acquire()
        try:
            moment = await self.room.pace.next_bulk(self.token)
        except BaseException:
            self._gate.release()
            raise
        task = asyncio.get_running_loop().create_task(self._carried(mailing, parcel, moment))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- one parcel

    async def _carried(self, mailing: Mailing, parcel: Parcel, moment: float) -> None:
        try:
            if self._stopping.is_set():
                return
            begun = await self._begun(mailing, parcel.letters)
            letters = [letter for letter in parcel.letters if letter.id in begun]
            if not letters:
                return
            await self.room.pace.leave(self.token, moment)
            if (left := await self.room.pace.paused(self.token)) > 0:
                await self._put_back(letters, left)
                return
            await self._told(letters, await self.courier.carry(letters, parcel.file), parcel.file)
        finally:
            self._gate.release()
            if parcel.gone is not None:
                parcel.gone.set()

    async def _begun(self, mailing: Mailing, letters: Sequence[Letter]) -> "set[DeliveryId]":
        ids = [letter.id for letter in letters]
        try:
            batch = Batch(self.token, mailing.id, ids, self.courier.repeats_within)
            return set(await self.room.deliveries.begin(batch))
        except Exception as error:  # whether it was committed is not known, but nothing has left
            log.warning("deliveries were not begun", mailing=mailing.id, **where(error))
            await self._put_back(letters, LOOKS_EVERY)
            return set()

    async def _told(self, letters: Sequence[Letter], fates: Sequence[Fate], file: FileContent | None) -> None:
        """Writes what became of letters."""
        pauses = [fate.after for fate in fates if isinstance(fate, NotTaken) and fate.everyone]
        if pauses:
            await self.room.pace.pause(self.token, max(pauses))
        settled: list[Settled] = []
        again: dict[tuple[float, bool], list[Letter]] = {}
        for letter, fate in zip(letters, fates, strict=True):
            outcome = self._outcome(letter, fate)
            self.room.counts.letter(self.token[0], outcome.state.value if outcome else "again")
            if outcome is not None:
                settled.append(outcome)
            else:
                again.setdefault(self._when(letter, fate), []).append(letter)
            if isinstance(fate, Taken) and file is not None:
                await self._packer.named(letter, fate)
        if settled:
            await self._surely(partial(self.room.deliveries.settle, settled))
        for (seconds, unclear), some in again.items():
            await self._put_back(some, seconds, unclear=unclear)

    def _outcome(self, letter: Letter, fate: Fate) -> Settled | None:
        """None when it is to be carried again."""
        match fate:
            case Taken():
                return Settled(letter.id, DeliveryState.SENT)
            case Refused(state, reason):
                return Settled(letter.id, state, reason)
            case Unclear(reason) if self.courier.repeats_within is None:
                return Settled(letter.id, DeliveryState.UNKNOWN, reason)
            case NotTaken(reason=reason, everyone=False, apart=False) if letter.attempts >= TRIES:
                return Settled(letter.id, DeliveryState.FAILED, reason)
        return None

    def _when(self, letter: Letter, fate: Fate) -> tuple[float, bool]:
        """After how many seconds a letter is carried again, and whether it may have arrived already."""
        match fate:
            case NotTaken(after, apart=apart, stale=stale):
                if apart:
                    self._packer.carry_apart(letter)
                if stale:
                    self._packer.name_is_stale(letter)
                return after, False
        return UNCLEAR_AGAIN_AFTER, True

    async def _put_back(self, letters: Sequence[Letter], seconds: float, *, unclear: bool = False) -> None:
        ids = [letter.id for letter in letters]
        await self._surely(partial(self.room.deliveries.put_back, self.token, ids, seconds, unclear=unclear))

    async def _surely(self, write: Callable[[], Awaitable[None]]) -> None:
        """Writes until the database takes it: what is known of a call must not be lost while this process lives."""
        while True:
            try:
                return await write()
            except Exception as error:  # the database is away, in any of its ways
                log.warning("outcome cannot be written", **where(error))
                await asyncio.sleep(WRITES_AGAIN_AFTER)
