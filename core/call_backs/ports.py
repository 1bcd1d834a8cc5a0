"""What calls need from outside. The store works inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.call_backs.model import CallBack, Caller, CallStatus
from core.ids import CallBackId, ChatId, ResidentId


@dataclass(frozen=True, slots=True)
class NewCallBack:
    """A call to store. `key` makes repeating it harmless."""

    key: str
    chat: ChatId
    resident: ResidentId
    organisation: str
    phone: str = field(repr=False)
    vouched: bool
    word: str = field(repr=False)
    wanted_at: datetime
    asked_at: datetime


class CallBackStore(Protocol):
    """The resident's side."""

    async def ask(self, new: NewCallBack) -> CallBack:
        """Stores it, or changes number and hour of the one that waits for this resident and organisation; the same key
        again returns what is there."""
        ...

    async def asked_lately(self, resident: ResidentId) -> int:
        """How many the resident has asked for within a day, by the database's clock."""
        ...

    async def stored(self, key: str) -> CallBack | None: ...

    async def open_of(self, resident: ResidentId) -> Sequence[CallBack]:
        """Oldest first."""
        ...

    async def get(self, call: CallBackId, resident: ResidentId) -> CallBack:
        """Raises NotFound for one that is not theirs."""
        ...

    async def cancel(self, call: CallBackId) -> None:
        """Nothing for one that does not wait (any more)."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a call that waits: `by` is the operator."""

    status: CallStatus
    wanted_at: datetime
    attempts: int
    by: str


class CallListStore(Protocol):
    """The operators' side."""

    async def waiting(self, organisations: frozenset[str] | None, limit: int) -> Sequence[CallBack]:
        """Those that wait, by their hour."""
        ...

    async def find(self, call: CallBackId) -> tuple[CallBack, Caller]:
        """Raises NotFound."""
        ...

    async def take(self, call: CallBackId, rev: int, by: str, *, over: bool) -> CallBack | None:
        """Marks who is calling, for a quarter of an hour by the database's clock; None when the call has changed since
        `rev`, or somebody else is calling (`over` takes it from them)."""
        ...

    async def change(self, call: CallBackId, rev: int, change: Change) -> bool:
        """False when the call has changed since `rev`, or does not wait: then nothing is done."""
        ...

    async def tell_missed(self, call: CallBackId) -> None:
        """Has the resident told, in the chat used last, that nobody answered."""
        ...
