"""Who works at the desk: members, what each may do, and the sessions in which they do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, NewType

from core.ids import MemberId
from core.support.model import Operator

__all__ = [
    "LANGUAGES",
    "DeskSession",
    "Look",
    "Member",
    "MemberId",
    "MemberState",
    "NewMember",
    "Role",
    "SessionId",
    "Stage",
]

SessionId = NewType("SessionId", int)

LANGUAGES: Final = ("ru", "en")
"""Of the desk; the first is spoken where nothing else is asked for."""


class Role(StrEnum):
    """What a member may do; each may do what those before it may. Values stand in rows: never reused.

    `operator` answers; `senior` sees the numbers and may extend the window; `admin` decides who works here.
    """

    OPERATOR = "operator"
    SENIOR = "senior"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may sign in at the desk. `organisations` are those whose tickets they see; None is all of them.

    `name` is unique among all members there ever were: it stands in the history of tickets.
    """

    id: MemberId
    login: str
    name: str
    role: Role
    organisations: frozenset[str] | None = None
    active: bool = True
    language: str = LANGUAGES[0]

    @property
    def operator(self) -> Operator:
        """The member as the use cases of questions know them."""
        return Operator(self.name, self.organisations, self.id, self.role.covers(Role.SENIOR))


class Stage(Enum):
    """What a session still waits for. Only `IN` opens the desk."""

    CODE = "code"
    """The password held; a code of the second factor is wanted."""
    PASSWORD = "password"  # noqa: S105 - the name of a stage
    """The password was made by somebody else: one's own is wanted."""
    ENROL = "enrol"
    """There is no second factor yet: it is set up now."""
    IN = "in"


@dataclass(frozen=True, slots=True)
class DeskSession:
    """A session as it stands now: read from the database with its member at every request."""

    id: SessionId
    member: Member
    stage: Stage
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class MemberState:
    """What admins see of a member beside what they are. `factor`: whether a second factor is set up."""

    member: Member
    factor: bool
    password_made: bool
    signed_in: bool
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to be let in. Raises nothing: `core.staff.use_cases.Staff` checks."""

    login: str
    name: str
    role: Role = Role.OPERATOR
    organisations: frozenset[str] | None = None
    language: str = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Look:
    """A line of the book of looks: who did or saw what, and when. `by` is a login, or who sat at the console.

    `facts` never hold words of people or personal data: a line stays for ever.
    """

    id: int
    at: datetime
    by: str
    what: str
    subject: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
