"""Delivery to a webhook: one queue a chat, the next update only after 2xx for the one before."""

import asyncio
import contextlib
import json
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from sandbox.telegram.errors import bad_request
from sandbox.telegram.limits import Limits
from sandbox.telegram.updates import QueueKey, Update, Updates
from sandbox.wire import Json, as_object

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_NOT_IN_ANSWERS = ("get", "setwebhook", "deletewebhook", "close", "logout")
_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Answered = Callable[[str, Json], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Target:
    """A registered webhook."""

    url: str
    secret: str
    connections: int


@dataclass(slots=True)
class _Queue:
    updates: deque[Update] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Webhook:
    """Sends pending updates to the registered address. `answered` runs a method named in the webhook's answer."""

    def __init__(self, updates: Updates, limits: Limits, clock: Callable[[], float], answered: Answered) -> None:
        self._updates = updates
        self._limits = limits
        self._clock = clock
        self._answered = answered
        self._target: Target | None = None
        self._queues: dict[QueueKey, _Queue] = {}
        self._gate = asyncio.Semaphore(40)
        self._session: aiohttp.ClientSession | None = None
        self._last_error: tuple[float, str] | None = None

    async def set(self, url: str, secret: str, connections: int) -> None:
        """Register an address; what is pending goes there at once. http:// passes: the sandbox is for trials."""
        if not re.match(r"https?://[^\s/]+", url):
            raise bad_request("bad webhook: invalid webhook URL specified")
        if secret and not _SECRET.match(secret):
            raise bad_request("secret token contains unallowed characters")
        target = Target(url, secret, connections)
        if target == self._target:
            return  # set already: what is on its way stays on its way
        await self.delete()
        self._target = target
        self._gate = asyncio.Semaphore(connections)
        self._updates.webhook_set()
        self._updates.on_push = self._take
        for update in list(self._updates.pending.values()):
            self._take(update)

    async def delete(self) -> None:
        """Forget the address; pending updates stay for getUpdates."""
        self._target = None
        self._updates.webhook_active = False
        self._updates.on_push = None
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        self._queues.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop delivering."""
        await self.delete()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        """The WebhookInfo object."""
        target = self._target
        info: Json = {
            "url": target.url if target else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending),
        }
        if target is not None:
            info["max_connections"] = target.connections
        if self._last_error is not None:
            info["last_error_date"], info["last_error_message"] = int(self._last_error[0]), self._last_error[1]
        if self._updates.allowed:
            info["allowed_updates"] = self._updates.allowed
        return info

    def _take(self, update: Update) -> None:
        queue = self._queues.setdefault(update.queue, _Queue())
        queue.updates.append(update)
        if queue.task is None or queue.task.done():
            queue.task = asyncio.get_running_loop().create_task(self._drain(update.queue, queue))

    async def _drain(self, key: QueueKey, queue: _Queue) -> None:
        while queue.updates:
            update = queue.updates[0]
            await self._deliver(update)
            queue.updates.popleft()
            self._updates.drop(update)
        if self._queues.get(key) is queue:
            del self._queues[key]

    async def _deliver(self, update: Update) -> None:
        delay = self._limits.webhook_retry
        cap = random.uniform(*self._limits.webhook_retry_cap)  # noqa: S311  # spreading retries is no secret
        mishap = update.mishap.kind if update.mishap is not None else ""
        while self._updates.alive(update):
            async with self._gate:
                wait = await self._attempt(update, mishap)
            if wait is None:
                return
            mishap = ""
            await asyncio.sleep(wait or delay)
            delay = min(delay * 2, cap)

    async def _attempt(self, update: Update, mishap: str) -> float | None:
        """None when taken, else the seconds the receiver asked us to wait (0 when it did not say)."""
        if mishap == "unsent":
            return 0.0
        if mishap == "no_secret":
            await self._post(update, with_secret=False)
        status, answer, asked = await self._post(update)
        if not 200 <= status < 300:
            return min(float(asked), 3600.0) if asked.isdigit() else 0.0
        if mishap == "unheard":
            return 0.0
        await self._run_answer(answer)
        return None

    async def _post(self, update: Update, *, with_secret: bool = True) -> tuple[int, bytes, str]:
        """The receiver's status (0: no answer), its answer and its Retry-After."""
        target = self._target
        assert target is not None
        headers = {"Content-Type": "application/json"}
        if target.secret and with_secret:
            headers[_HEADER] = target.secret
        body = json.dumps(update.json(), ensure_ascii=False).encode()
        timeout = aiohttp.ClientTimeout(total=self._limits.webhook_timeout)
        url = update.mishap.to if update.copy and update.mishap is not None and update.mishap.to else target.url
        try:
            async with self._client().post(url, data=body, headers=headers, timeout=timeout) as response:
                status, answer, asked = response.status, await response.read(), response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._last_error = (self._clock(), f"Connection failed: {type(error).__name__}")
            status, answer, asked = 0, b"", ""
        self._updates.handed(update, "webhook", status, forged=not with_secret)
        if status and not 200 <= status < 300:
            self._last_error = (self._clock(), f"Wrong response from the webhook: {status}")
        return status, answer, asked

    async def _run_answer(self, answer: bytes) -> None:
        """A method named in the answer is carried out; its outcome is seen by nobody, as on the real server."""
        if not answer.startswith(b"{"):
            return
        with contextlib.suppress(ValueError):
            call = as_object(json.loads(answer))
            method = call.pop("method", None)
            if isinstance(method, str) and not method.lower().startswith(_NOT_IN_ANSWERS):
                await self._answered(method, call)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session
