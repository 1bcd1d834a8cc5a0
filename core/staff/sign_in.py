"""Signing in, step by step. A session is opened by the password and says what it still waits for (`Stage`); every step
that proves something gives a new session in place of the old one, so no token from before is worth anything after.

Tries are counted as failed before they are looked at, by login and by address, whether or not there is such a login;
so fifty at once are not fifty tries, and a stranger learns nothing of who works here. Passwords are compared outside of
any transaction: core/entrance.py.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from core.errors import Rejected
from core.staff.looks import Looks
from core.staff.model import DeskSession, Member, Stage
from core.staff.ports import Keys, KeyStore, SecondFactor, SessionStore, SignInAttempts
from core.staff.rules import BACKUP_CODES, made_backup_code, normal_login, wait_of

SEED_BYTES: Final = 20
_LONGEST: Final = 200
"""Signs of a login or an address that are counted under."""


@dataclass
class SignInLocked(Rejected):
    """Too many failures: tries are not looked at for so long."""

    wait: timedelta


class WrongStage(Rejected):
    """The session is not at this step (any more)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted try; `keys` are those of the login, if it exists."""

    number: int
    keys: Keys | None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a second factor is set up with: typed in, or as a QR code."""

    secret: str
    address: str


@dataclass(frozen=True)
class SignIn:
    keys: KeyStore
    sessions: SessionStore
    attempts: SignInAttempts
    factor: SecondFactor
    looks: Looks

    async def begin(self, login: str, address: str) -> Attempt:
        """Counts a try. Raises SignInLocked; such a try is not counted."""
        tidy = normal_login(login[:_LONGEST])
        wait = wait_of(await self.attempts.begin(tidy, address[:_LONGEST]))
        if wait is not None:
            raise SignInLocked(wait)
        return Attempt(await self.attempts.count(tidy, address[:_LONGEST]), await self.keys.find(tidy))

    async def password_held(self, attempt: Attempt, renewed: str | None = None) -> str | None:
        """The token of a session that waits for the second factor; None when the login was dismissed or reset while
        its password was compared. `renewed` is the password under today's hash."""
        if attempt.keys is None or await self.keys.find(attempt.keys.member.login) != attempt.keys:
            return None
        member = attempt.keys.member
        await self.attempts.held(attempt.number)
        if renewed is not None:
            await self.keys.set_password(member.id, renewed)
        return await self._open(member, proved=False)

    async def find(self, token: str, *, touch: bool = True) -> DeskSession | None:
        """The session of a token as it stands in the database now."""
        return await self.sessions.find(digest_of(token), touch=touch)

    async def prove(self, session: DeskSession, code: str, address: str) -> str | None:
        """Signs in by a code of the second factor or a backup code; the new token, None for a wrong code.

        A wrong one is not raised: the try must stay counted. Raises SignInLocked or WrongStage.
        """
        _at(session, Stage.CODE)
        attempt = await self.begin(session.member.login, address)
        if attempt.keys is None or not await self._code_fits(attempt.keys, code):
            return None
        await self.attempts.held(attempt.number)
        return await self._enter(session)

    async def enrolment(self, session: DeskSession) -> Enrolment:
        """What to set the second factor up with; the same however often it is asked for. Raises WrongStage."""
        _at(session, Stage.ENROL)
        member = session.member
        seed = await self.keys.set_seed(member.id, secrets.token_bytes(SEED_BYTES))
        return Enrolment(self.factor.secret(member.id, seed), self.factor.address(member.id, member.login, seed))

    async def enrol(self, session: DeskSession, code: str, address: str) -> tuple[str, Sequence[str]] | None:
        """Puts the second factor in force by its first code: the new token and the backup codes, told once.

        None for a wrong code. Raises SignInLocked or WrongStage.
        """
        _at(session, Stage.ENROL)
        attempt = await self.begin(session.member.login, address)
        if attempt.keys is None or attempt.keys.seed is None or not await self._step_fits(attempt.keys, code):
            return None
        await self.attempts.held(attempt.number)
        await self.keys.confirm_seed(session.member.id)
        await self.looks.record(session.member, "staff.factor_set")
        codes = await self.new_backup_codes(session.member)
        return await self._enter(session), codes

    async def new_backup_codes(self, member: Member) -> Sequence[str]:
        """Ten codes, each good for one sign-in, in place of those before."""
        codes = [made_backup_code() for _ in range(BACKUP_CODES)]
        await self.keys.set_backup_codes(member.id, [self.factor.backup_digest(member.id, one) for one in codes])
        await self.looks.record(member, "staff.backup_codes")
        return codes

    async def backup_codes_left(self, member: Member) -> int:
        return await self.keys.backup_codes_left(member.id)

    async def choose_password(self, session: DeskSession, hashed: str, attempt: Attempt | None) -> str:
        """One's own password; all other sessions end. The new token. Raises WrongStage for an ended session."""
        member = session.member
        await self.keys.of(member.id)
        await self._end(session)
        if attempt is not None:
            await self.attempts.held(attempt.number)
        await self.keys.set_password(member.id, hashed)
        await self.sessions.end_all(member.id)
        await self.looks.record(member, "staff.password_set")
        return await self._open(member, proved=session.stage is Stage.IN)

    async def sign_out(self, session: DeskSession) -> None:
        await self.sessions.end(session.id)
        await self.looks.record(session.member, "staff.signed_out")

    async def sign_out_everywhere(self, session: DeskSession) -> int:
        """Ends every session of the member, this one too; how many."""
        ended = await self.sessions.end_all(session.member.id)
        await self.looks.record(session.member, "staff.signed_out_everywhere")
        return ended

    async def _enter(self, session: DeskSession) -> str:
        await self._end(session)
        token = await self._open(session.member, proved=True)
        await self.looks.record(session.member, "staff.signed_in")
        return token

    async def _end(self, session: DeskSession) -> None:
        if not await self.sessions.end(session.id):
            raise WrongStage

    async def _open(self, member: Member, *, proved: bool) -> str:
        token = secrets.token_urlsafe(32)
        await self.sessions.open(member.id, digest_of(token), proved=proved)
        return token

    async def _code_fits(self, keys: Keys, code: str) -> bool:
        if await self._step_fits(keys, code):
            return True
        used = await self.keys.use_backup_code(keys.member.id, self.factor.backup_digest(keys.member.id, code))
        if used:
            await self.looks.record(keys.member, "staff.backup_code_used")
        return used

    async def _step_fits(self, keys: Keys, code: str) -> bool:
        """Whether it is a code of now; it is burnt by that."""
        if keys.seed is None:
            return False
        step = self.factor.step(keys.member.id, keys.seed, code, await self.keys.now())
        return step is not None and await self.keys.use_step(keys.member.id, step)


def digest_of(token: str) -> bytes:
    """What the database keeps of a token of 256 bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _at(session: DeskSession, stage: Stage) -> None:
    if session.stage is not stage:
        raise WrongStage
