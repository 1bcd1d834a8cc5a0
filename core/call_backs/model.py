"""A call a resident has asked for: «Перезвоните мне», with a number and an hour."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.ids import CallBackId


class CallStatus(StrEnum):
    """`missed`: nobody answered, time and again. The values stand in rows."""

    OPEN = "open"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"


class CallOutcome(StrEnum):
    """What came of a call. `again`: they agreed on another hour."""

    DONE = "done"
    NO_ANSWER = "no_answer"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class CallBack:
    """`phone`: ten digits, empty when it is erased; `vouched`: the messenger says it is the resident's own.

    `word` is what the operator says first, so that the resident knows who calls. `rev` rises with every change: an act
    names the one it was decided on.
    """

    id: CallBackId
    organisation: str
    phone: str = field(repr=False)
    vouched: bool
    word: str = field(repr=False)
    wanted_at: datetime
    asked_at: datetime
    status: CallStatus = CallStatus.OPEN
    attempts: int = 0
    rev: int = 0
    taken_by: str = ""
    """The operator who is calling at this moment."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call came from, for the desk: the resident's chat, and the flats they have linked."""

    messenger: str
    flats: tuple[int, ...] = ()
