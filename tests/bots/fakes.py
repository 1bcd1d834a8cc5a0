"""Hand-written fakes of the durable path's ports, small enough to be seen whole."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from bots.edge import Delivered, Outcome, Parsed
from bots.raw import read_object
from core.errors import NotFound
from core.ids import ChatId
from dialogs.event import Event, Said
from dialogs.ports import Call, ChatAddress, Failure, FileContent, Incoming, Outgoing, PutOff, SavedSession
from dialogs.screen import File, Lines, Msg, Plain, Plural, Screen, Text, Translator

BOT = ("telegram", "1")
STEPS_ASIDE_AFTER = 2


def chat(peer: object, bot: tuple[str, str] = BOT) -> ChatAddress:
    return ChatAddress(*bot, str(peer))


def update(peer: object, key: object, text: str = "привет") -> Incoming:
    return Incoming(chat(peer), str(key), json.dumps({"text": text}))


def outgoing(number: int, peer: object, text: str = "", file: File | None = None) -> Outgoing:
    return Outgoing(number, chat(peer), Call("sendMessage", {"text": text or str(number)}, file), number)


class Russian:
    """A translator that shows msgids as they are."""

    def text(self, text: Text) -> str:
        match text:
            case Plain(plain):
                return plain
            case Msg(msgid, arguments):
                return msgid.format_map(arguments)
            case Plural(_one, many, n):
                return many.format(n=n)
            case Lines(parts, gap):
                return ("\n\n" if gap else "\n").join(self.text(part) for part in parts)


@dataclass
class _Stored:
    update: Incoming
    due: float = 0.0
    attempts: int = 0
    done: bool = False
    dead: bool = False

    def stands_in_line(self) -> bool:
        return not self.done and (self.attempts < STEPS_ASIDE_AFTER or self.due <= time.monotonic())


@dataclass
class FakeTurn:
    update: Incoming
    attempt: int
    session: SavedSession
    database: "FakeDatabase"
    late: bool = False
    age: float = 0.0
    use_cases: None = None
    finished: Sequence[Call] | None = None
    outgoing: list[Outgoing] = field(default_factory=list)

    async def finish(self, state: object, language: str, calls: Sequence[Call]) -> Sequence[Outgoing]:
        self.finished = calls
        self.outgoing = [self.database.new_row(self.update.chat, call) for call in calls]
        return self.outgoing

    async def start_job(self, name: str, payload: object, key: str) -> None:
        raise AssertionError("no jobs here")


class FakeDatabase:
    """Inbox, turns and outbox in memory, with locks for chats and transactions that can be lost."""

    def __init__(self, gives_up_after: int = 2, puts_off: float = 0.05) -> None:
        self.inbox: list[_Stored] = []
        self.gives_up_after = gives_up_after
        self.puts_off = puts_off
        self.away = False
        self.opened = 0
        self.waited = 0
        self.committed: list[Outgoing] = []
        self._rows = 0
        self._locks: dict[ChatAddress, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def add(self, updates: Sequence[Incoming]) -> Sequence[ChatAddress]:
        self._check()
        known = {(stored.update.chat.messenger, stored.update.key) for stored in self.inbox}
        self.inbox += [_Stored(one) for one in updates if (one.chat.messenger, one.key) not in known]
        return list(dict.fromkeys(one.chat for one in updates))

    async def pending(self, served: Iterable[tuple[str, str]], limit: int) -> Sequence[ChatAddress]:
        self._check()
        served = set(served)
        oldest: dict[ChatAddress, _Stored] = {}
        for stored in self.inbox:
            chat = stored.update.chat
            if stored.stands_in_line() and (chat.messenger, chat.bot) in served:
                oldest.setdefault(stored.update.chat, stored)
        return [chat for chat, stored in oldest.items() if stored.due <= time.monotonic()][:limit]

    @asynccontextmanager
    async def open(self, chat: ChatAddress) -> AsyncIterator[FakeTurn | None]:
        self._check()
        self.opened += 1
        self.waited += self._locks[chat].locked()
        async with self._locks[chat]:
            stored = next((one for one in self.inbox if one.update.chat == chat and one.stands_in_line()), None)
            if stored is None or stored.due > time.monotonic():
                yield None
                return
            turn = FakeTurn(stored.update, stored.attempts, SavedSession(ChatId(1), "ru", None), self)
            yield turn
            await asyncio.sleep(0)
            if turn.finished is not None:
                stored.done = True
                self.committed += turn.outgoing

    async def failed(self, update: Incoming, error: str) -> Failure:
        stored = next(one for one in self.inbox if one.update.key == update.key)
        stored.attempts += 1
        stored.due = time.monotonic() + self.puts_off
        stored.done = stored.dead = stored.attempts >= self.gives_up_after
        if stored.dead:
            return Failure.GIVEN_UP
        return Failure.ASIDE if stored.attempts >= STEPS_ASIDE_AFTER else Failure.PUT_OFF

    def new_row(self, chat: ChatAddress, call: Call) -> Outgoing:
        self._rows += 1
        return Outgoing(self._rows, chat, call, self._rows)

    def _check(self) -> None:
        if self.away:
            raise ConnectionError("the database is away")


@dataclass
class FakeServed:
    state: dict[str, object]
    language: str
    rev: int
    screens: tuple[Screen, ...]


class FakeEngine:
    """Answers every text with itself; `before` may wait, or raise."""

    def __init__(self) -> None:
        self.served: list[tuple[str, Event]] = []
        self.running: set[ChatAddress] = set()
        self.most_at_once = 0

    def translator(self, language: str) -> Translator:
        return Russian()

    async def before(self, turn: FakeTurn, event: Event) -> None:
        await asyncio.sleep(0)

    async def serve(self, turn: FakeTurn, event: Event, private: bool, hint: str | None) -> FakeServed:
        chat = turn.update.chat
        assert chat not in self.running, "two turns of one chat at once"
        self.running.add(chat)
        self.most_at_once = max(self.most_at_once, len(self.running))
        try:
            await self.before(turn, event)
        finally:
            self.running.discard(chat)
        self.served.append((turn.update.chat.peer, event))
        text = event.text if isinstance(event, Said) else repr(event)
        return FakeServed({}, "ru", 1, (Screen(Plain(text)),))


class FakeEdge:
    """A messenger that remembers what was sent. `outcome` may be replaced by a test."""

    shares_phone: bool = False
    knows_again: float | None = None

    def __init__(self, bot: tuple[str, str] = BOT) -> None:
        self.messenger, self.bot = bot
        self.sent: list[Outgoing] = []
        self.files: list[tuple[FileContent | None, str | None]] = []
        self.acknowledged: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.per_chat: dict[ChatAddress, int] = defaultdict(int)

    def identify(self, raw: str) -> Incoming | None:
        event = read_object(raw)
        if "peer" not in event:
            return None
        return Incoming(chat(event["peer"], (self.messenger, self.bot)), str(event["key"]), raw)

    def parse(self, update: Incoming) -> Parsed:
        return Parsed(Said(str(read_object(update.raw).get("text"))))

    def render(self, screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
        return [Call("sendMessage", {"text": translator.text(screen.text)}, screen.file)]

    async def outcome(self, row: Outgoing) -> Outcome:
        await asyncio.sleep(0)
        return Delivered()

    async def send(self, outgoing: Outgoing, file: FileContent | None, remote: str | None) -> Outcome:
        self.at_once += 1
        self.per_chat[outgoing.chat] += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.per_chat[outgoing.chat] == 1, "two calls of one chat on their way at once"
        try:
            outcome = await self.outcome(outgoing)
        finally:
            self.at_once -= 1
            self.per_chat[outgoing.chat] -= 1
        if isinstance(outcome, Delivered):
            self.sent.append(outgoing)
            self.files.append((file, remote))
        return outcome

    async def acknowledge(self, raw: str) -> None:
        self.acknowledged.append(raw)

    async def fetch(self, file: str) -> bytes:
        return b""

    def texts(self) -> list[object]:
        return [row.call.params["text"] for row in self.sent]


class FakeOutbox:
    """Unsent rows with leases."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Outgoing, float]] = {}
        self.done: list[int] = []
        self.batches: list[list[int]] = []
        self.put_offs: list[tuple[list[int], float]] = []
        self.given_up: dict[int, str] = {}
        self.renewed: list[int] = []
        self.away = False

    def left_behind(self, *rows: Outgoing) -> None:
        """Rows whose lease has run out."""
        self.rows |= {row.id: (row, 0.0) for row in rows}

    async def lease(self, limit: int, of_a_chat: int) -> Sequence[Outgoing]:
        self._check()
        now = time.monotonic()
        places: dict[ChatAddress, Iterator[int]] = defaultdict(count)
        first = [number for number in sorted(self.rows) if next(places[self.rows[number][0].chat]) < of_a_chat]
        free = [number for number in first if self.rows[number][1] <= now][:limit]
        for number in free:
            row = self.rows[number][0]
            self.rows[number] = (replace(row, attempt=row.attempt + 1), now + 30)
        return [self.rows[number][0] for number in free]

    async def renew(self, calls: Sequence[Outgoing]) -> Sequence[int]:
        self._check()
        now = time.monotonic()
        kept = [one.id for one in calls if one.id in self.rows and self.rows[one.id][1] > now]
        self.rows |= {number: (self.rows[number][0], now + 30) for number in kept}
        self.renewed += kept
        return kept

    async def sent(self, ids: Sequence[int]) -> None:
        self._check()
        self.batches.append(list(ids))
        self.done += ids
        for number in ids:
            self.rows.pop(number, None)

    async def put_off(self, calls: Sequence[PutOff], seconds: float) -> None:
        self._check()
        self.put_offs.append(([one.id for one in calls], seconds))
        for number, _attempt, tries in calls:
            if number in self.rows:
                self.rows[number] = (replace(self.rows[number][0], attempt=tries), time.monotonic() + seconds)

    async def give_up(self, ids: Sequence[int], outcome: str) -> None:
        self._check()
        self.given_up |= dict.fromkeys(ids, outcome)
        for number in ids:
            self.rows.pop(number, None)

    def _check(self) -> None:
        if self.away:
            raise ConnectionError("the database is away")


class FakeFiles:
    """Files whose content is their form's name; `gone` ones are not found."""

    def __init__(self) -> None:
        self.uploads: dict[tuple[str, str], str] = {}
        self.made = 0
        self.gone = False
        self.language = ""

    async def get(self, file: File, chat: ChatAddress, language: str) -> FileContent:
        if self.gone:
            raise NotFound
        self.made += 1
        self.language = language
        return FileContent(f"key of {file.form}", "file.pdf", file.form.encode())

    async def uploaded(self, bot: ChatAddress, key: str) -> str | None:
        return self.uploads.get((bot.bot, key))

    async def remember_upload(self, bot: ChatAddress, key: str, remote: str) -> None:
        self.uploads[bot.bot, key] = remote


async def until(condition: object, timeout: float = 3.0) -> None:
    """Waits for a condition to come true; fails the test when it does not."""
    assert callable(condition)
    ends = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < ends, "it did not come true in time"
        await asyncio.sleep(0.005)
