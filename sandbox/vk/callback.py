"""The Callback API: events posted to the community's server, with VK's schedule of retries (messengers.md §2.1)."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import aiohttp

from sandbox.faults import Handover, Mishap
from sandbox.vk.limits import Limits
from sandbox.wire import Json

VERSION: Final = "5.199"


class _Answer(NamedTuple):
    """What the bot answered: status 0 when nothing; `wait`: the seconds it asked for."""

    status: int = 0
    text: str = ""
    wait: float | None = None

    @property
    def ok(self) -> bool:
        return self.status == 200 and self.text == "ok"


_NONE: Final = _Answer()


class Callback:
    """The Callback API: posts events to one registered address, with VK's schedule of retries.

    While `suspended`, attempts fail without being made.
    """

    def __init__(
        self,
        group_id: int,
        limits: Limits,
        secret: str | None,
        confirmation: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url: str | None = None
        self.ticked: set[str] = set()
        self.handovers: list[Handover] = []
        self.suspended = False
        self._clock = clock
        self._failures = 0
        self._group_id = group_id
        self._limits = limits
        self._secret = secret
        self.confirmation = confirmation
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(limits.callback_connections)
        self._session: aiohttp.ClientSession | None = None

    def push(self, event: Json, mishap: Mishap | None = None) -> None:
        """Send an event."""
        task = asyncio.get_running_loop().create_task(self._deliver(event, mishap))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def suspend(self) -> None:
        """Stop sending, as VK does after errors in a row."""
        self.suspended = True

    def resume(self) -> None:
        """Send again, as is switched on by hand in the community's settings."""
        self.suspended = False
        self._failures = 0

    async def confirm(self) -> bool:
        """Ask the address for its confirmation code, as pressing «Подтвердить» does; whether it was right."""
        body: Json = {"type": "confirmation", "group_id": self._group_id, "v": VERSION}
        if self._secret is not None:
            body["secret"] = self._secret
        answer = await self._post(body, 0, self.url)
        return answer.status == 200 and answer.text == self.confirmation

    async def close(self) -> None:
        """Stop delivering."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver(self, event: Json, mishap: Mishap | None) -> None:
        for attempt, delay in enumerate((*self._limits.retry_delays, None)):
            async with self._gate:
                answer = await self._attempt(event, attempt, mishap)
            if answer.status == 200 and answer.text == "remove":
                self.url = None
            if self.url is None or answer.ok or delay is None:
                return
            await asyncio.sleep(answer.wait if answer.wait is not None else delay * self._limits.retry_scale)

    async def _attempt(self, event: Json, attempt: int, mishap: Mishap | None) -> _Answer:
        first = mishap.kind if mishap is not None and attempt == 0 else ""
        if first == "unsent" or self.suspended:
            return _NONE
        if first == "no_secret":
            await self._told(event, event, attempt, mishap)
        body = {**event, "secret": self._secret} if self._secret is not None else event
        answer = await self._told(event, body, attempt, mishap)
        self._failures = 0 if answer.ok else self._failures + 1
        if self._limits.suspend_after is not None and self._failures >= self._limits.suspend_after:
            self.suspend()
        return _NONE if first == "unheard" else answer

    async def _told(self, event: Json, body: Json, attempt: int, mishap: Mishap | None) -> _Answer:
        answer = await self._post(body, attempt, mishap.to if mishap is not None and mishap.to else self.url)
        key, kind, name = str(event["event_id"]), str(event["type"]), mishap.kind if mishap is not None else ""
        forged = self._secret is not None and body is event
        self.handovers.append(Handover(key, kind, "callback", answer.status, self._clock(), name, forged))
        return answer

    async def _post(self, body: Json, attempt: int, url: str | None) -> _Answer:
        if url is None:
            return _NONE
        headers = {"Content-Type": "application/json"}
        if attempt:
            headers["X-Retry-Counter"] = str(attempt)
        data = json.dumps(body, ensure_ascii=False).encode()
        timeout = aiohttp.ClientTimeout(total=self._limits.callback_timeout)
        try:
            async with self._client().post(url, data=data, headers=headers, timeout=timeout) as response:
                text = (await response.text(errors="replace")).strip()
                after = response.headers.get("Retry-After", "")
                honoured = response.status in (410, 429, 503) and after.isdigit() and int(after) < 3 * 3600
                return _Answer(response.status, text, float(after) if honoured else None)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return _NONE

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session
