"""What the desk's staff needs from outside. Stores work inside the caller's transaction, by the database's clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.staff.model import DeskSession, Look, Member, MemberId, MemberState, NewMember, SessionId


@dataclass(frozen=True, slots=True)
class Keys:
    """How a member proves who they are. `seed` is what the second factor is made of, None before there is one; it is
    in force once `confirmed`. `password_dead`: a made password that nobody used in time."""

    member: Member
    password: str
    password_made: bool = False
    password_dead: bool = False
    seed: bytes | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed tries to sign in, as ages: of one login and of one address, the oldest first; of a day at most."""

    login: Sequence[timedelta] = ()
    address: Sequence[timedelta] = ()


class StaffStore(Protocol):
    async def add(self, new: NewMember, password: str) -> MemberId | None:
        """A member with a made password (its hash). None: the login or the name is taken."""
        ...

    async def member(self, member: MemberId) -> Member:
        """Raises NotFound."""
        ...

    async def by_login(self, login: str) -> Member:
        """Raises NotFound."""
        ...

    async def everybody(self) -> Sequence[MemberState]:
        """Active ones first, by name."""
        ...

    async def hold(self) -> None:
        """Until the transaction ends nobody else changes who works here: what is read now is what is saved over."""
        ...

    async def admins(self) -> int:
        """How many active ones there are."""
        ...

    async def save(self, member: Member) -> bool:
        """Role, name, organisations, whether active. False: the name is taken."""
        ...

    async def speak(self, member: MemberId, language: str) -> None:
        """The language alone."""
        ...

    async def reset(self, member: MemberId, password: str) -> None:
        """A made password, and no second factor any more."""
        ...


class KeyStore(Protocol):
    """Passwords and second factors, as hashes and seeds."""

    async def find(self, login: str) -> Keys | None:
        """Of an active member. Until the transaction ends nobody resets or dismisses them."""
        ...

    async def of(self, member: MemberId) -> Keys:
        """The same, of whoever is active. Raises NotFound."""
        ...

    async def set_password(self, member: MemberId, password: str) -> None:
        """One's own from now on."""
        ...

    async def set_seed(self, member: MemberId, seed: bytes) -> bytes:
        """Sets the seed of a second factor that is being set up, unless one is there already; the one that is."""
        ...

    async def confirm_seed(self, member: MemberId) -> None: ...

    async def use_step(self, member: MemberId, step: int) -> bool:
        """Burns a step of the second factor and all before it. False: it is burnt already."""
        ...

    async def set_backup_codes(self, member: MemberId, digests: Collection[bytes]) -> None:
        """In place of those there were."""
        ...

    async def use_backup_code(self, member: MemberId, digest: bytes) -> bool: ...

    async def backup_codes_left(self, member: MemberId) -> int: ...

    async def now(self) -> datetime:
        """The database's clock: codes of the second factor go by the real time."""
        ...


class SessionStore(Protocol):
    async def open(self, member: MemberId, digest: bytes, *, proved: bool) -> SessionId:
        """`proved`: the second factor was shown."""
        ...

    async def find(self, digest: bytes, *, touch: bool) -> DeskSession | None:
        """The session in force: of an active member, neither idle nor too old. `touch`: it has been used now."""
        ...

    async def standing(self, sessions: Collection[SessionId]) -> Mapping[SessionId, Member]:
        """Those of them that are in force, with their members."""
        ...

    async def end(self, session: SessionId) -> bool:
        """False: it has been ended already."""
        ...

    async def end_all(self, member: MemberId) -> int:
        """How many."""
        ...


class SignInAttempts(Protocol):
    """Tries to sign in: counted as failed first, struck off when they held."""

    async def begin(self, login: str, address: str) -> Failures:
        """Until the transaction ends, nobody else begins one with this login or from this address."""
        ...

    async def count(self, login: str, address: str) -> int:
        """Its number."""
        ...

    async def held(self, attempt: int) -> None: ...

    async def forget(self, login: str) -> None:
        """All of this login: it was reset."""
        ...


class LookStore(Protocol):
    async def record(
        self, by: str, member: MemberId | None, what: str, subject: str, facts: Mapping[str, object]
    ) -> None: ...

    async def page(self, *, by: str | None, what: str | None, before: int | None, limit: int) -> Sequence[Look]:
        """The newest first; `before` is the number of the last one that was read."""
        ...


class Passwords(Protocol):
    """Hashing of passwords: slow by intent, never on the event loop."""

    async def make(self, password: str) -> str: ...

    async def fits(self, kept: str | None, said: str) -> bool:
        """Takes as long for a login that does not exist (None), and is False then."""
        ...

    def outdated(self, kept: str) -> bool:
        """Whether it was made with weaker parameters than are usual now."""
        ...


class SecondFactor(Protocol):
    """Codes that change every half a minute (RFC 6238), made of a seed and a key of the house."""

    def step(self, member: MemberId, seed: bytes, code: str, at: datetime) -> int | None:
        """The step whose code this is, of the present one and its neighbours; None for a wrong one."""
        ...

    def backup_digest(self, member: MemberId, code: str) -> bytes: ...

    def secret(self, member: MemberId, seed: bytes) -> str:
        """As it is typed into an authenticator: base32."""
        ...

    def address(self, member: MemberId, login: str, seed: bytes) -> str:
        """As a QR code gives it to one: otpauth://…"""
        ...
