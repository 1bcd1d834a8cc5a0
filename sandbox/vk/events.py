"""Community events: the Long Poll server and the Callback API.

Each event gets one event_id and goes to both ways, to each only if its kind is ticked there. Neither promises order or
that an event comes once; the sandbox keeps order on Long Poll, sends callbacks side by side, and doubles on demand.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from sandbox.vk.limits import Limits
from sandbox.wire import Json

VERSION = "5.199"
KINDS = ("message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_event")


@dataclass(slots=True)
class LongPoll:
    """History of events with its key. A new community has only message_new ticked."""

    history_size: int
    enabled: bool = True
    ticked: set[str] = field(default_factory=lambda: {"message_new"})
    key: str = field(default_factory=lambda: uuid4().hex)
    ts: int = 1
    events: deque[Json] = field(default_factory=deque)
    lost: bool = False
    closed: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, event: Json) -> None:
        """One more event; the oldest is forgotten when there are too many."""
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
                return {"ts": str(self.ts), "updates": list(self.events)[len(self.events) - news :] if news else []}
            await self._wait(left)

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


class Callback:
    """The Callback API: posts events to one registered address, with VK's schedule of retries."""

    def __init__(self, group_id: int, limits: Limits, secret: str | None, confirmation: str) -> None:
        self.url: str | None = None
        self.ticked: set[str] = set()
        self.double_next = 0
        self._group_id = group_id
        self._limits = limits
        self._secret = secret
        self.confirmation = confirmation
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(limits.callback_connections)
        self._session: aiohttp.ClientSession | None = None

    def push(self, event: Json) -> None:
        """Send an event, twice when doubling was asked for."""
        times = 1
        if self.double_next > 0:
            self.double_next -= 1
            times = 2
        for _ in range(times):
            task = asyncio.get_running_loop().create_task(self._deliver(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def confirm(self) -> bool:
        """Ask the address for its confirmation code, as pressing «Подтвердить» does; whether it was right."""
        body: Json = {"type": "confirmation", "group_id": self._group_id, "v": VERSION}
        if self._secret is not None:
            body["secret"] = self._secret
        status, answer, _wait = await self._post(body, 0)
        return status == 200 and answer == self.confirmation

    async def close(self) -> None:
        """Stop delivering."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver(self, event: Json) -> None:
        body = {**event, "secret": self._secret} if self._secret is not None else event
        for attempt, delay in enumerate((*self._limits.retry_delays, None)):
            async with self._gate:
                status, answer, asked = await self._post(body, attempt)
            if status == 200 and answer == "remove":
                self.url = None
            if self.url is None or (status == 200 and answer == "ok") or delay is None:
                return
            await asyncio.sleep(asked if asked is not None else delay * self._limits.retry_scale)

    async def _post(self, body: Json, attempt: int) -> tuple[int, str, float | None]:
        """(status, body, seconds the receiver asked to wait); status 0 when there was no answer."""
        if self.url is None:
            return 0, "", None
        headers = {"Content-Type": "application/json"}
        if attempt:
            headers["X-Retry-Counter"] = str(attempt)
        data = json.dumps(body, ensure_ascii=False).encode()
        timeout = aiohttp.ClientTimeout(total=self._limits.callback_timeout)
        try:
            async with self._client().post(self.url, data=data, headers=headers, timeout=timeout) as response:
                text = (await response.text(errors="replace")).strip()
                after = response.headers.get("Retry-After", "")
                honoured = response.status in (410, 429, 503) and after.isdigit() and int(after) < 3 * 3600
                return response.status, text, float(after) if honoured else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, "", None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


class Events:
    """Makes events and hands them to both ways."""

    def __init__(self, group_id: int, longpoll: LongPoll, callback: Callback) -> None:
        self._group_id = group_id
        self._longpoll = longpoll
        self._callback = callback

    def push(self, kind: str, body: Callable[[], Json]) -> None:
        """An event of a kind; its body is made only when somebody gets it."""
        polled = self._longpoll.enabled and kind in self._longpoll.ticked
        called = self._callback.url is not None and kind in self._callback.ticked
        if not polled and not called:
            return
        event: Json = {
            "group_id": self._group_id,
            "type": kind,
            "event_id": uuid4().hex,
            "v": VERSION,
            "object": body(),
        }
        if polled:
            self._longpoll.push(event)
        if called:
            self._callback.push(event)
