"""Updates that wait for the bot, and getUpdates.

Updates live in one ordered store. A queue key says which webhook queue an update belongs to: messages of a chat are one
queue, presses of a user another, so the two may cross on their way (reference/messengers.md §1.3).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.faults import FaultPlan, Handover, Mishap, Road, spoiled
from sandbox.telegram.errors import OTHER_POLL, WEBHOOK_ACTIVE, WEBHOOK_SET, ApiError, conflict
from sandbox.telegram.limits import Limits
from sandbox.wire import Json

QueueKey = tuple[str, int]
# What a bot gets unless it asks for more.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Update:
    """One update; `expires` is on the sandbox clock. A `copy` is given once, and confirmed by nothing."""

    id: int
    queue: QueueKey
    kind: str
    body: Json
    expires: float
    mishap: Mishap | None = None
    copy: bool = False

    def json(self) -> Json:
        """The Update object."""
        return {"update_id": self.id, self.kind: self.body}


class Updates:
    """The store, and the one long poll that may wait on it. `anew` makes the body of an update that is sent again."""

    def __init__(self, limits: Limits, clock: Callable[[], float], first_id: int = 500_000_001) -> None:
        self.pending: dict[int, Update] = {}
        self.allowed: list[str] = []
        self.webhook_active = False
        self.on_push: Callable[[Update], None] | None = None
        self.anew: Callable[[str, Json], Json] = lambda _kind, body: body
        self.mishaps: FaultPlan[Mishap] = FaultPlan()
        self.handovers: list[Handover] = []
        self._road = Road(self._hand, self._hand_copy, self._renewed)
        self._copies: list[Update] = []
        self._late: set[int] = set()
        self._limits = limits
        self._clock = clock
        self._next = first_id
        self._poll: asyncio.Future[None] | None = None
        self._last_offset: int | None = None
        self._last_start = -1e9
        self._last_conflict = -1e9
        self._closed = False

    def push(self, kind: str, body: Json, queue: QueueKey, life: float | None = None) -> None:
        """A new update, unless the bot did not ask for its kind."""
        if kind not in self.allowed if self.allowed else kind in NOT_BY_DEFAULT:
            return
        mishap = self.mishaps.take(kind)
        if mishap is not None and mishap.kind == "unreadable":
            body = spoiled(body, mishap.spoiling)
        expires = self._clock() + (self._limits.update_life if life is None else life)
        update = Update(self._next, queue, kind, body, expires, mishap)
        self._next += 1
        self._road.send(update, mishap)

    def drop(self, update: Update) -> None:
        """Delivered or dead."""
        if not update.copy:
            self.pending.pop(update.id, None)

    def alive(self, update: Update) -> bool:
        """Still pending and not expired."""
        return (update.copy or update.id in self.pending) and update.expires > self._clock()

    def handed(
        self, update: Update, way: Literal["webhook", "getUpdates"], answer: int, *, forged: bool = False
    ) -> None:
        """Remember that the bot was given an update, and what it answered."""
        mishap = update.mishap.kind if update.mishap is not None else ""
        self.handovers.append(Handover(str(update.id), update.kind, way, answer, self._clock(), mishap, forged))

    async def poll(self, offset: int, limit: int, timeout: float, allowed: list[str] | None) -> list[Json]:
        """getUpdates. Confirms what is below the offset; a second poll ends the first with 409."""
        if self.webhook_active:
            raise self._conflict(WEBHOOK_ACTIVE)
        self.end_poll(conflict(OTHER_POLL))
        if allowed is not None:
            self.allowed = allowed
        self._confirm(offset)
        limit, timeout = self._guard(offset, limit, timeout)
        if not self._ready(limit) and timeout > 0 and not self._closed:
            await self._wait(timeout)
        return self._give(self._ready(limit))

    def end_poll(self, error: ApiError | None = None) -> None:
        """End the waiting poll: with an error, or with what there is."""
        poll, self._poll = self._poll, None
        if poll is not None and not poll.done():
            if error is None:
                poll.set_result(None)
            else:
                poll.set_exception(error)

    def webhook_set(self) -> None:
        """A webhook takes over."""
        self.webhook_active = True
        self.end_poll(conflict(WEBHOOK_SET))

    def close(self) -> None:
        """The server stops: nobody waits any more."""
        self._closed = True
        self._road.close()
        self.end_poll()

    def _hand(self, update: Update, _mishap: Mishap | None) -> None:
        self.pending[update.id] = update
        if self.on_push is not None:
            self.on_push(update)
        self._wake()

    def _hand_copy(self, update: Update, mishap: Mishap) -> None:
        if mishap.kind == "late":
            self._late.add(update.id)
            self._hand(update, mishap)
            return
        # Beside the queue of its chat: a copy waits for nobody.
        copy = replace(update, queue=("copy", update.id), copy=True)
        if self.on_push is not None:
            self.on_push(copy)
        else:
            self._copies.append(copy)
            self._wake()

    def _renewed(self, update: Update) -> Update:
        self._next += 1
        return replace(update, id=self._next - 1, body=self.anew(update.kind, update.body))

    def _ready(self, limit: int) -> list[Update]:
        now = self._clock()
        for update in [update for update in self.pending.values() if update.expires <= now]:
            self.drop(update)
        return [*self.pending.values(), *self._copies][:limit]

    def _give(self, updates: list[Update]) -> list[Json]:
        for update in updates:
            self.handed(update, "getUpdates", 200)
            self._late.discard(update.id)
            if update.copy:
                self._copies.remove(update)
        return [update.json() for update in updates]

    def _confirm(self, offset: int) -> None:
        """What is below the offset is gone, but not what came late and was never given."""
        gone = list(self.pending)[:offset] if offset < 0 else [number for number in self.pending if number < offset]
        for number in gone:
            if number not in self._late:
                del self.pending[number]

    def _guard(self, offset: int, limit: int, timeout: float) -> tuple[int, float]:
        """The server slows down a bot that asks again with the same offset at once."""
        now = asyncio.get_running_loop().time()
        since = now - self._last_start
        same = offset == self._last_offset
        self._last_offset, self._last_start = offset, now
        if not (same and self._limits.poll_guard):
            return limit, timeout
        return (1 if since < 0.5 else limit), (max(timeout, 3.0) if since < 3.0 else timeout)

    async def _wait(self, timeout: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    def _wake(self) -> None:
        self.end_poll()

    def _conflict(self, description: str) -> ApiError:
        now = asyncio.get_running_loop().time()
        repeated = now - self._last_conflict < 3.0
        self._last_conflict = now
        return conflict(description, self._limits.conflict_delay if repeated else 0.0)
