"""Tries to prove something: counted first, looked at then, and struck off again if they held.

A try is one transaction: whoever begins one holds the chat, and the account that is tried, until it ends. So of fifty
at once exactly as many are looked at as may fail; the others find the count full. Time is the database's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from core.accounts.codes import CodePurpose, CodeRefused, OneTimeCodes, Redeemed
from core.accounts.model import AccountRef, Alarm
from core.accounts.ports import AlarmStore, AttemptStore
from core.accounts.tally import Tally, enumerates, wait_of
from core.clock import CityClock
from core.errors import Rejected
from core.ids import ChatId, ProviderCode
from core.link_settings import ProofLimits
from core.tasks import NewTask, TaskStore

TASK_KINDS = {
    Alarm.ENUMERATION: "link_enumeration",
    Alarm.WEAK_CODE: "link_weak_code",
    Alarm.CITY: "link_city",
}
"""Kinds of the tasks that alarms open; facts: `chat` or `account`."""


class ProofFailed(Rejected):
    """No such account or code, or the proof does not hold: nobody is told which."""


@dataclass
class ProofsLocked(Rejected):
    """Too many failures: this chat's proofs are not looked at until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try with what had failed before it."""

    number: int
    chat: ChatId
    tally: Tally


@dataclass(frozen=True)
class Tries:
    attempts: AttemptStore
    alarms: AlarmStore
    tasks: TaskStore
    limits: ProofLimits
    clock: CityClock

    async def check(self, chat: ChatId, ref: AccountRef | None = None) -> None:
        """Raises ProofsLocked when this chat must wait, whatever it tries, or before it tries this account."""
        self._check(await self.attempts.seen(chat, ref))

    async def begin(self, chat: ChatId, ref: AccountRef) -> Try:
        """Counts a try, as failed until it holds. Raises ProofsLocked; such a try is not counted."""
        tally = await self.attempts.begin(chat, ref)
        self._check(tally)
        return Try(await self.attempts.count(chat, ref), chat, tally)

    async def held(self, attempt: Try) -> None:
        await self.attempts.held(attempt.number)

    async def failed(self, attempt: Try) -> None:
        """Raises the alarms that this failure is one too many for."""
        if enumerates(attempt.tally, self.limits):
            await self.alarm(Alarm.ENUMERATION, str(attempt.chat), chat=int(attempt.chat))
        if attempt.tally.city_lately + 1 >= self.limits.city_alarm:
            await self.alarm(Alarm.CITY, "")

    async def alarm(self, kind: Alarm, about: str, **facts: object) -> None:
        """A metric and a log line, once a day for each thing; with them a task for an operator."""
        if await self.alarms.raise_alarm(kind, about):
            now = self.clock.now()
            key = f"{TASK_KINDS[kind]}:{about}:{now.date()}"
            await self.tasks.open(NewTask(key=key, kind=TASK_KINDS[kind], facts=facts, at=now))

    def _check(self, tally: Tally) -> None:
        wait = wait_of(tally, self.limits)
        if wait:
            raise ProofsLocked(self.clock.now() + wait)


@dataclass(frozen=True)
class TypedCodes:
    """One-time codes that people type: forty bits, so every try is counted among the chat's proofs."""

    tries: Tries
    codes: OneTimeCodes

    async def redeem(
        self,
        chat: ChatId,
        purpose: CodePurpose,
        code: str,
        may: Callable[[Redeemed], Awaitable[None]] | None = None,
    ) -> Redeemed:
        """Burns a code. `may` looks at what it stands for before it is burnt, and raises what speaks against it.

        Raises ProofFailed or ProofsLocked.
        """
        attempt = await self.tries.begin(chat, AccountRef(ProviderCode(""), f"code:{purpose}"))
        try:
            found = await self.codes.peek(purpose, code)
            if may is not None:
                await may(found)
            await self.codes.redeem(purpose, code)
        except CodeRefused:
            await self.tries.failed(attempt)
            raise ProofFailed from None
        except Rejected:
            await self.tries.held(attempt)
            raise
        await self.tries.held(attempt)
        return found
