"""What the city knows of a messenger: where its bot is found, and how much it may be told of a resident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class PersonalData(StrEnum):
    """How much of a resident the messages of a messenger may carry.

    MINIMAL: no name, no address, no sum; what has them is shown by a one-time page of the web part. Since 2025 public
    bodies and municipal enterprises may not use foreign messengers for such messages (docs/running.md, 41-FZ).
    """

    FULL = "full"
    MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Messenger:
    """A messenger as residents and the city file name it. `address` is None where the bot's is not known.

    `parameter` is what a deep link calls its payload; `intents`: what the messenger wants to be told of each kind of
    mailing (core.broadcasts.model.MailingKind). `bulk_rate`: calls a second that go to many; `chat_rate`: messages a
    second into one chat (None: as many as there are), once `chat_burst` have left at once.
    """

    code: str
    name: str
    address: str | None = None
    parameter: str = "start"
    personal_data: PersonalData = PersonalData.FULL
    demo: bool = False
    bulk_rate: Decimal = Decimal(16)
    chat_rate: Decimal | None = None
    chat_burst: int = 10
    intents: Mapping[str, str] = field(default_factory=dict)

    def deep_link(self, payload: str) -> str | None:
        """The address that opens the bot with a payload; letters, digits, _ and - alone (messengers.md)."""
        return f"{self.address}?{self.parameter}={payload}" if self.address else None
