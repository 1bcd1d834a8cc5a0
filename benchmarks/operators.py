"""Operators with the desk open, as its scripts behave: news are listened to, and what they name is asked for again."""

import asyncio
import contextlib
import random
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from core.desk import Desks
from core.staff.model import NewMember, Role
from core.staff.sign_in import digest_of

ANSWER_WITHIN = 30.0
SOON = (0.12, 0.25)
"""Seconds between news and the queue's being asked for again, as static/talk.js waits."""
_TOKEN = re.compile(r'name="desk-token" content="([0-9a-f]*)"')
_FIELD = re.compile(r'name="(form|seen|holder)" value="([^"]*)"')


async def hire(desks: Desks, count: int, organisations: tuple[str, ...]) -> list[str]:
    """The tokens of so many signed-in operators: of one organisation or another, every tenth of all of them."""
    tokens = []
    for number in range(count):
        own = frozenset({organisations[number % len(organisations)]}) if number % 10 else None
        async with desks.open() as cases:
            new = NewMember(f"operator{number}", f"Оператор {number}", Role.SENIOR, own)
            member, _ = await cases.staff.add(None, new)
            await cases.sign_in.keys.set_password(member.id, "opens nothing")
            await cases.sign_in.keys.set_seed(member.id, b"opens nothing either")
            await cases.sign_in.keys.confirm_seed(member.id)
            token = secrets.token_urlsafe(32)
            await cases.sign_in.sessions.open(member.id, digest_of(token), proved=True)
        tokens.append(token)
    return tokens


@dataclass(eq=False)
class OpenDesk:
    """A browser with the queue open, and perhaps tickets. `listeners` are told which tickets the news name, at once."""

    http: aiohttp.ClientSession
    address: str
    listeners: set[Callable[[int], None]] = field(default_factory=set)
    token: str = ""
    asked: int = 0
    standing: asyncio.Event = field(default_factory=asyncio.Event)
    _drawing: asyncio.Task[None] | None = None

    async def get(self, path: str, *, background: bool = False) -> str:
        """A page; raises for anything but a page."""
        headers = {"Desk-Fetch": "background"} if background else {}
        async with self.http.get(f"{self.address}/desk{path}", headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == 200, (path, answer.status)
        if found := _TOKEN.search(text):
            self.token = found[1]
        self.asked += 1
        return text

    async def timed(self, path: str) -> float:
        begun = time.perf_counter()
        await self.get(path)
        return time.perf_counter() - begun

    async def answer(self, ticket: int, text: str) -> float:
        """Opens the ticket and answers it, as a browser sends the form; the moment it was sent."""
        page = await self.get(f"/tickets/{ticket}")
        form = page[page.index('id="answer"') :]
        fields = {"text": text, "token": self.token, **dict(_FIELD.findall(form)[:2])}
        path = f"{self.address}/desk/tickets/{ticket}/answer"
        form_data = aiohttp.FormData(fields, default_to_multipart=True)
        begun = time.perf_counter()
        async with self.http.post(path, data=form_data, allow_redirects=False) as done:
            assert done.status == 303, done.status
        return begun

    async def listen(self) -> None:
        """Follows the news until cancelled."""
        timeout, headers = aiohttp.ClientTimeout(total=None), {"Accept": "text/event-stream"}
        async with self.http.get(f"{self.address}/desk/live", timeout=timeout, headers=headers) as stream:
            event = ""
            async for line in stream.content:
                if line.startswith(b"event: "):
                    event = line[7:].strip().decode()
                elif line.startswith(b"data: "):
                    self._hear(event, int(line[6:]))

    def _hear(self, event: str, number: int) -> None:
        if event == "standing" and number:
            self.standing.set()
        if event != "ticket":
            return
        for listener in self.listeners:
            listener(number)
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.create_task(self._draw())

    async def _draw(self) -> None:
        await asyncio.sleep(random.uniform(*SOON))
        await self.get("/tickets/list", background=True)

    async def leave(self, listening: asyncio.Task[None]) -> None:
        """The browser is closed, whatever it was waiting for."""
        for task in (listening, self._drawing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def talk(self, ticket: int) -> str:
        """What a page with that ticket asks for when the ticket was named."""
        return await self.get(f"/tickets/{ticket}/talk?read=1", background=True)


@asynccontextmanager
async def open_desk(address: str, token: str) -> AsyncIterator[OpenDesk]:
    """A browser that is signed in and listens to the news."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        jar.update_cookies({"desk": token}, response_url=URL(address))
        desk = OpenDesk(http, address)
        await desk.get("/tickets")
        listening = asyncio.create_task(desk.listen())
        async with asyncio.timeout(ANSWER_WITHIN):
            await desk.standing.wait()
        try:
            yield desk
        finally:
            await desk.leave(listening)
