"""Community events: the Long Poll server, and how events get there and to the Callback API.

Each event gets one event_id and goes to both ways, to each only if its kind is ticked there. Neither promises order or
that an event comes once; the sandbox keeps order on Long Poll, sends callbacks side by side, and doubles, delays and
spoils as the plan of mishaps says (sandbox.faults).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

from sandbox.faults import FaultPlan, Handover, Mishap, Road, spoiled
from sandbox.vk.callback import VERSION, Callback
from sandbox.wire import Json

KINDS = ("message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_event")


@dataclass(slots=True)
class LongPoll:
    """History of events with its key. A new community has only message_new ticked.

    `mishaps` remembers by event_id what befell an event.
    """

    history_size: int
    enabled: bool = True
    ticked: set[str] = field(default_factory=lambda: {"message_new"})
    key: str = field(default_factory=lambda: uuid4().hex)
    ts: int = 1
    events: deque[Json] = field(default_factory=deque)
    lost: bool = False
    closed: bool = False
    clock: Callable[[], float] = time.time
    handovers: list[Handover] = field(default_factory=list)
    mishaps: dict[str, str] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, event: Json, mishap: Mishap | None = None) -> None:
        """One more event; the oldest is forgotten when there are too many."""
        if mishap is not None:
            self.mishaps[str(event["event_id"])] = mishap.kind
        self.events.append(event)
        self.ts += 1
        while len(self.events) > self.history_size:
            self.events.popleft()
        self.wake()

    def wake(self) -> None:
        """Let waiting checks look again."""
        self._news.set()
        self._news = asyncio.Event()

    def expire_key(self) -> None:
        """The key dies: the next check gets failed 2."""
        self.key = uuid4().hex
        self.wake()

    def forget_history(self) -> None:
        """Old events go: a check with an old ts gets failed 1."""
        self.events.clear()
        self.wake()

    def lose(self) -> None:
        """Information is lost: checks get failed 3 until a new key and ts are asked for."""
        self.lost = True
        self.wake()

    def fail(self, code: int) -> Json:
        """Come into the state of a failure; what the check is answered."""
        if code == 1:
            self.forget_history()
            return {"failed": 1, "ts": str(self.ts)}
        if code == 2:
            self.expire_key()
        else:
            self.lose()
        return {"failed": code}

    def renew(self) -> None:
        """groups.getLongPollServer was called."""
        if self.lost:
            self.lost = False
            self.key = uuid4().hex
            self.events.clear()

    async def check(self, key: str, ts: str, wait: float) -> Json:
        """`act=a_check`: the events after ts, or a failure."""
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            failure = self._failure(key, ts)
            if failure is not None:
                return failure
            news = self.ts - int(ts)
            left = deadline - asyncio.get_running_loop().time()
            if news or left <= 0 or self.closed:
                return {"ts": str(self.ts), "updates": self._given(news)}
            await self._wait(left)

    def _given(self, news: int) -> list[Json]:
        given = list(self.events)[len(self.events) - news :] if news else []
        for event in given:
            key, mishap = str(event["event_id"]), self.mishaps.get(str(event["event_id"]), "")
            self.handovers.append(Handover(key, str(event["type"]), "longpoll", 200, self.clock(), mishap))
        return given

    async def _wait(self, timeout: float) -> None:
        waiting = asyncio.ensure_future(self._news.wait())
        await asyncio.wait({waiting}, timeout=timeout)
        waiting.cancel()

    def _failure(self, key: str, ts: str) -> Json | None:
        if self.lost:
            return {"failed": 3}
        if key != self.key:
            return {"failed": 2}
        if not ts.isdigit() or not self.ts - len(self.events) <= int(ts) <= self.ts:
            return {"failed": 1, "ts": str(self.ts)}
        return None


class Events:
    """Makes events and hands them to both ways. `anew` makes the body of an event that is sent again."""

    def __init__(self, group_id: int, longpoll: LongPoll, callback: Callback) -> None:
        self.mishaps: FaultPlan[Mishap] = FaultPlan()
        self.anew: Callable[[str, Json], Json] = lambda _kind, body: body
        self._road = Road(self._hand, self._hand_copy, self._renewed)
        self._group_id = group_id
        self._longpoll = longpoll
        self._callback = callback

    def push(self, kind: str, body: Callable[[], Json]) -> None:
        """An event of a kind; its body is made only when somebody gets it."""
        if not self._polled(kind) and not self._called(kind):
            return
        mishap = self.mishaps.take(kind)
        event: Json = {
            "group_id": self._group_id,
            "type": kind,
            "event_id": uuid4().hex,
            "v": VERSION,
            "object": body(),
        }
        if mishap is not None and mishap.kind == "unreadable":
            event["object"] = spoiled(body(), mishap.spoiling)
        self._road.send(event, mishap)

    def close(self) -> None:
        """What is held leaves no more."""
        self._road.close()

    def _polled(self, kind: str) -> bool:
        return self._longpoll.enabled and kind in self._longpoll.ticked

    def _called(self, kind: str) -> bool:
        return self._callback.url is not None and kind in self._callback.ticked

    def _hand(self, event: Json, mishap: Mishap | None) -> None:
        # The other address of a mishap is for the copy alone.
        self._hand_copy(event, mishap if mishap is None else replace(mishap, to=""))

    def _hand_copy(self, event: Json, mishap: Mishap | None) -> None:
        kind = str(event["type"])
        if self._polled(kind):
            self._longpoll.push(event, mishap)
        if self._called(kind):
            self._callback.push(event, mishap)

    def _renewed(self, event: Json) -> Json:
        body = event["object"]
        kind = str(event["type"])
        return {**event, "event_id": uuid4().hex, "object": self.anew(kind, body if isinstance(body, dict) else {})}
