"""The ports of core.personal kept in memory: words, reports of false bots, chats of residents."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.accounts.model import Resident
from core.call_backs.model import CallBack, CallStatus
from core.call_backs.ports import NewCallBack
from core.errors import NotFound
from core.ids import CallBackId, ChatId, ResidentId
from core.personal.bot_check import ConfirmedWord
from core.personal.reports import NewReport
from core.personal.second_chat import ChatNews, ResidentChat
from tests.dialogs.fake_links import FakeClaims
from tests.dialogs.fakes import FakeClock, FakeResidents

MESSENGERS = {ChatId(7): "telegram", ChatId(8): "vk", ChatId(9): "vk"}
"""Of the chats that tests talk in."""


@dataclass
class FakeWords:
    clock: FakeClock
    words: dict[bytes, tuple[ChatId, datetime]] = field(default_factory=dict)

    async def add(self, chat: ChatId, digest: bytes, lives: timedelta) -> bool:
        self.words = {known: (own, until) for known, (own, until) in self.words.items() if own != chat}
        if digest in self.words:
            return False
        self.words[digest] = (chat, self.clock.now() + lives)
        return True

    async def confirm(self, digest: bytes) -> ConfirmedWord | None:
        chat, until = self.words.pop(digest, (None, None))
        if chat is None or until is None or until <= self.clock.now():
            return None
        return ConfirmedWord(chat, MESSENGERS[chat], self.clock.now())


@dataclass
class FakeReportStore:
    reports: list[NewReport] = field(default_factory=list)

    async def add(self, report: NewReport) -> int:
        keys = [one.key for one in self.reports]
        if report.key not in keys:
            self.reports.append(report)
            keys.append(report.key)
        return keys.index(report.key) + 1


@dataclass
class FakeChats:
    residents: FakeResidents
    claims: FakeClaims
    clock: FakeClock
    asked: dict[ResidentId, tuple[ChatId, str, datetime]] = field(default_factory=dict)
    told: list[tuple[ResidentId, ChatNews, ChatId]] = field(default_factory=list)

    async def of_resident(self, resident: ResidentId) -> Sequence[ResidentChat]:
        own = sorted(chat for chat, one in self.residents.chats.items() if one.id == resident)
        return [ResidentChat(chat, MESSENGERS.get(chat, "telegram")) for chat in own]

    async def hold(self, *residents: ResidentId) -> None:
        if not {one.id for one in self.residents.chats.values()} >= set(residents):
            raise NotFound

    async def has_open_claims(self, resident: ResidentId) -> bool:
        return any(claim.resident == resident for claim in await self.claims.waiting())

    async def merge(self, gone: ResidentId, into: ResidentId) -> None:
        chats = self.residents.chats
        self.residents.chats = {
            chat: Resident(into, one.language) if one.id == gone else one for chat, one in chats.items()
        }
        self.residents.links.links.pop(gone, None)

    async def leave(self, chat: ChatId, resident: ResidentId) -> None:
        if chat not in self.residents.chats or self.residents.chats[chat].id != resident:
            raise NotFound
        del self.residents.chats[chat]

    async def ask(self, chat: ChatId, resident: ResidentId, number: str, lives: timedelta) -> int:
        self.asked[resident] = (chat, number, self.clock.now() + lives)
        return len(self.told)

    async def asking(self, resident: ResidentId) -> tuple[ResidentChat, str] | None:
        chat, number, until = self.asked.get(resident, (None, "", None))
        if chat is None or until is None or until <= self.clock.now():
            return None
        return ResidentChat(chat, MESSENGERS[chat]), number

    async def settle(self, resident: ResidentId, number: str) -> ResidentChat | None:
        found = await self.asking(resident)
        self.asked.pop(resident, None)
        return found[0] if found and found[1] == number else None

    async def tell(self, resident: ResidentId, news: ChatNews, about: ChatId, key: str, apart: ChatId | None) -> None:
        self.told.append((resident, news, about))


@dataclass
class FakeCallBacks:
    """Calls with whose they are and the key they were asked under last; nothing is older than a day."""

    calls: dict[CallBackId, CallBack] = field(default_factory=dict)
    owners: dict[CallBackId, ResidentId] = field(default_factory=dict)
    keys: dict[str, CallBackId] = field(default_factory=dict)

    async def stored(self, key: str) -> CallBack | None:
        return self.calls[self.keys[key]] if key in self.keys else None

    async def ask(self, new: NewCallBack) -> CallBack:
        there = next((one for one in await self.open_of(new.resident) if one.organisation == new.organisation), None)
        number = there.id if there else CallBackId(len(self.calls) + 1)
        call = CallBack(
            *(number, new.organisation, new.phone, new.vouched, new.word, new.wanted_at, new.asked_at),
            rev=there.rev + 1 if there else 0,
        )
        self.keys = {key: known for key, known in self.keys.items() if known != number} | {new.key: number}
        self.calls[number], self.owners[number] = call, new.resident
        return call

    async def asked_lately(self, resident: ResidentId) -> int:
        return list(self.owners.values()).count(resident)

    async def open_of(self, resident: ResidentId) -> Sequence[CallBack]:
        own = [self.calls[number] for number, whose in self.owners.items() if whose == resident]
        return [call for call in own if call.status is CallStatus.OPEN]

    async def get(self, call: CallBackId, resident: ResidentId) -> CallBack:
        if self.owners.get(call) != resident:
            raise NotFound
        return self.calls[call]

    async def cancel(self, call: CallBackId) -> None:
        self.put(call, status=CallStatus.CANCELLED)

    def put(self, call: CallBackId, **changed: object) -> None:
        """What happens to a call at the desk."""
        self.calls[call] = replace(self.calls[call], **changed)  # type: ignore[arg-type]  # fields by name
