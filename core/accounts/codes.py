"""One-time codes: what is handed to a person, typed or pressed once, and burnt with its effect.

A code is bound to a purpose and says nothing by itself: what it stands for (its subject) is kept here, beside its HMAC
under SECRET_KEY. It ends by the database's clock. `redeem` burns it inside the caller's transaction: if what it was
for is rolled back, the code is whole again, and of two who bring the same code at once one wins.

Two forms. LONG has 128 bits, for links that are pressed: whoever has it need not be slowed down. SHORT has 40 bits, for
people who type: tries of it must be counted by the caller first (core.accounts.tries), and it lives a day at most.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Final, Protocol

from core.errors import Rejected
from core.ids import ResidentId

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs, none of which looks like another (no 0 O 1 I): five bits each."""
LONGEST_LIFE: Final = timedelta(hours=24)
LONGEST_CODE: Final = 64
"""Signs of a code that are looked at; a deep link holds no more (messengers.md §1.4)."""


class CodePurpose(StrEnum):
    """What a code is for. Values stand in rows and in what is hashed: never reused."""

    HELPER = "helper"
    """The right to submit readings for a flat. Subject: the grant's number."""
    SECOND_CHAT = "second_chat"
    """Another messenger of the same resident. Subject: the resident's number."""
    DEEP_LINK = "deep_link"
    """A link that opens a place in the bot. Subject: the place."""
    LINK = "link"
    """A link code from an operator. Subject: the flat's number."""
    PAGE = "page"
    """A page that is shown once (core.personal.pages). Subject: what it shows."""
    PAGE_FILE = "page_file"
    """A file of such a page. Subject: what it holds."""


class CodeForm(Enum):
    """How many signs a code has."""

    SHORT = 8
    LONG = 26


class CodeRefused(Rejected):
    """No such code, another purpose, past its time or used up: nobody is told which."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to keep. `by` is the resident who had it made; a resident who is forgotten takes the codes along.

    `made_by` is the operator who made it for somebody, else empty.
    """

    digest: bytes
    purpose: CodePurpose
    subject: str
    by: ResidentId | None
    lives: timedelta
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a code stood for, and who had it made (None: an operator)."""

    subject: str
    by: ResidentId | None


class CodeStore(Protocol):
    """Works inside the caller's transaction, by the database's clock."""

    async def add(self, code: NewCode) -> None: ...

    async def find(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        """The code that is alive, not burnt by looking."""
        ...

    async def burn(self, purpose: CodePurpose, digest: bytes) -> Redeemed | None:
        """Marks the living code as used; None for everybody but the first."""
        ...

    async def withdraw(self, purpose: CodePurpose, subject: str) -> None:
        """Ends every living code of that purpose and subject."""
        ...


class CodeDigester(Protocol):
    def one_time(self, purpose: str, code: str) -> bytes:
        """HMAC-SHA-256 of the normalised code under SECRET_KEY, bound to its purpose."""
        ...


@dataclass(frozen=True)
class OneTimeCodes:
    store: CodeStore
    digester: CodeDigester

    async def issue(
        self,
        purpose: CodePurpose,
        subject: str,
        lives: timedelta,
        *,
        by: ResidentId | None = None,
        form: CodeForm = CodeForm.LONG,
        made_by: str = "",
    ) -> str:
        """A new code, shown once and kept only as its digest. Earlier ones of the same subject end."""
        if not timedelta() < lives <= LONGEST_LIFE:
            raise ValueError("a one-time code lives for a day at most")
        await self.store.withdraw(purpose, subject)
        code = "".join(secrets.choice(ALPHABET) for _ in range(form.value))
        await self.store.add(NewCode(self._digest(purpose, code), purpose, subject, by, lives, made_by))
        return code

    async def peek(self, purpose: CodePurpose, code: str) -> Redeemed:
        """What a living code stands for; it stays whole. Raises CodeRefused."""
        return _known(await self.store.find(purpose, self._digest(purpose, code)))

    async def redeem(self, purpose: CodePurpose, code: str) -> Redeemed:
        """Burns the code with the caller's effect. Raises CodeRefused."""
        return _known(await self.store.burn(purpose, self._digest(purpose, code)))

    async def withdraw(self, purpose: CodePurpose, subject: str) -> None:
        """Ends what was issued and not used yet."""
        await self.store.withdraw(purpose, subject)

    def _digest(self, purpose: CodePurpose, code: str) -> bytes:
        return self.digester.one_time(purpose.value, code[:LONGEST_CODE])


def grouped(code: str) -> str:
    """A code as people read it out: «K7M2-9QXA»."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _known(found: Redeemed | None) -> Redeemed:
    if found is None:
        raise CodeRefused
    return found
