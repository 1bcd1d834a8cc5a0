"""Questions of residents: which organisation answers, and the ticket that remembers them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import TicketId


class Topic(StrEnum):
    CHARGES = "charges"
    READINGS = "readings"
    METER = "meter"
    PAYMENT = "payment"
    QUALITY = "quality"
    OTHER = "other"


class TicketStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question with its number and the organisation that answers; its messages stay in the store."""

    id: TicketId
    topic: Topic
    organisation: str
    status: TicketStatus
    opened_at: datetime
