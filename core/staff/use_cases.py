"""Who works at the desk: let in, changed, dismissed. `by` is the admin who does it, None the command line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.city import City
from core.errors import Rejected
from core.staff.looks import Looks
from core.staff.model import LANGUAGES, Member, MemberId, MemberState, NewMember, Role, SessionId
from core.staff.ports import Passwords, SessionStore, SignInAttempts, StaffStore
from core.staff.rules import is_login, is_name, made_password, normal_login, normal_name
from core.support.routing import organisations


@dataclass
class BadMember(Rejected):
    """`field` is what is wrong: login, name, organisations or language."""

    field: str


class Taken(Rejected):
    """Somebody has, or had, this login or this name: the history must stay clear."""


class LastAdmin(Rejected):
    """Nobody would be left who decides who works here."""


class NotAllowed(Rejected):
    """Only an admin may."""


@dataclass(frozen=True)
class Staff:
    store: StaffStore
    sessions: SessionStore
    attempts: SignInAttempts
    passwords: Passwords
    looks: Looks
    city: City

    async def everybody(self) -> Sequence[MemberState]:
        return await self.store.everybody()

    async def member(self, member: MemberId) -> Member:
        return await self.store.member(member)

    async def by_login(self, login: str) -> Member:
        return await self.store.by_login(normal_login(login))

    async def add(self, by: Member | None, new: NewMember) -> tuple[Member, str]:
        """Lets somebody in; the member, and a made password, which is told once and lives for some days.

        Raises NotAllowed, BadMember or Taken.
        """
        _check(by)
        tidy = self._tidy(new)
        password = made_password()
        number = await self.store.add(tidy, await self.passwords.make(password))
        if number is None:
            raise Taken
        member = await self.store.member(number)
        await self.looks.record(by, "staff.added", _subject(member), _facts(member))
        return member, password

    async def change(
        self, by: Member | None, member: MemberId, name: str, role: Role, organisations: frozenset[str] | None
    ) -> Member:
        """Raises NotAllowed, NotFound, BadMember, Taken or LastAdmin."""
        present = await self._hold(by, member)
        tidy = self._tidy(NewMember(present.login, name, role, organisations, present.language))
        changed = replace(present, name=tidy.name, role=tidy.role, organisations=tidy.organisations)
        await self._save(present, changed)
        await self.looks.record(by, "staff.changed", _subject(changed), _facts(changed))
        return changed

    async def dismiss(self, by: Member | None, member: MemberId) -> Member:
        """Their sessions end with this transaction. Raises NotAllowed, NotFound or LastAdmin."""
        present = await self._hold(by, member)
        gone = replace(present, active=False)
        await self._save(present, gone)
        await self.sessions.end_all(member)
        await self.looks.record(by, "staff.dismissed", _subject(gone), {"login": gone.login})
        return gone

    async def reset(self, by: Member | None, member: MemberId) -> str:
        """A made password, no second factor, no session, no failed tries; it lets a dismissed member in again.

        Raises NotAllowed or NotFound.
        """
        present = await self._hold(by, member)
        password = made_password()
        await self.store.reset(member, await self.passwords.make(password))
        await self.store.save(replace(present, active=True))
        await self.sessions.end_all(member)
        await self.attempts.forget(present.login)
        await self.looks.record(by, "staff.reset", _subject(present), {"login": present.login})
        return password

    async def speak(self, member: Member, language: str) -> Member:
        """The desk in another language, for this member. Raises BadMember."""
        if language not in LANGUAGES:
            raise BadMember("language")
        await self.store.speak(member.id, language)
        return replace(member, language=language)

    async def standing(self, sessions: Collection[SessionId]) -> Mapping[SessionId, Member]:
        """Those that are still in force, with their members as they are now: what stays open for long (a live page)
        asks once a second."""
        return await self.sessions.standing(sessions)

    async def _hold(self, by: Member | None, member: MemberId) -> Member:
        """The member as they stand, and stay until this is saved."""
        _check(by)
        await self.store.hold()
        return await self.store.member(member)

    async def _save(self, present: Member, changed: Member) -> None:
        was, stays = _is_admin(present), _is_admin(changed)
        if was and not stays and await self.store.admins() <= 1:
            raise LastAdmin
        if not await self.store.save(changed):
            raise Taken

    def _tidy(self, new: NewMember) -> NewMember:
        """As it is kept. Who decides who works here sees all organisations."""
        login, name = normal_login(new.login), normal_name(new.name)
        chosen = None if new.role is Role.ADMIN else new.organisations
        wrong = {
            "login": not is_login(login),
            "name": not is_name(name),
            "organisations": chosen is not None and not (chosen and chosen <= set(organisations(self.city))),
            "language": new.language not in LANGUAGES,
        }
        for field, bad in wrong.items():
            if bad:
                raise BadMember(field)
        return replace(new, login=login, name=name, organisations=chosen)


def _check(by: Member | None) -> None:
    if by is not None and not by.role.covers(Role.ADMIN):
        raise NotAllowed


def _is_admin(member: Member) -> bool:
    return member.active and member.role is Role.ADMIN


def _subject(member: Member) -> str:
    return f"member:{member.id}"


def _facts(member: Member) -> dict[str, object]:
    chosen = None if member.organisations is None else sorted(member.organisations)
    return {"login": member.login, "role": member.role.value, "organisations": chosen}
