"""Reports of false bots: work for an operator, with what the resident has seen and nothing of the resident."""

from dataclasses import dataclass
from typing import Final, Protocol

from core.clock import CityClock
from core.errors import Rejected
from core.ids import ChatId
from core.tasks import NewTask, TaskStore

FAKE_BOT: Final = "fake_bot"
"""The kind of these tasks."""
LONGEST_REPORT: Final = 3000


class ReportTooLong(Rejected):
    """More signs than an operator's page shows."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """What was seen. `key` makes repeating it harmless."""

    key: str
    chat: ChatId
    text: str


class ReportStore(Protocol):
    async def add(self, report: NewReport) -> int:
        """Its number; the one that is there for the same key."""
        ...


@dataclass(frozen=True)
class FakeReports:
    reports: ReportStore
    tasks: TaskStore
    clock: CityClock

    async def report(self, key: str, chat: ChatId, messenger: str, text: str, *, photo: bool) -> int:
        """Keeps a report and opens its task; the report's number. Raises ReportTooLong."""
        if len(text) > LONGEST_REPORT:
            raise ReportTooLong
        now = self.clock.now()
        number = await self.reports.add(NewReport(key, chat, text))
        facts = {"report": number, "messenger": messenger, "text": text, "photo": photo}
        await self.tasks.open(NewTask(f"{FAKE_BOT}:{number}", FAKE_BOT, facts, now))
        return number
