"""The front door of the desk: what takes long (hashing a password) happens between transactions, never inside one."""

from dataclasses import dataclass

from core.desk import Desks
from core.errors import Rejected
from core.staff.model import DeskSession, Stage
from core.staff.ports import Passwords
from core.staff.rules import LONGEST_PASSWORD, is_password
from core.staff.sign_in import Attempt, WrongStage


class WrongPassword(Rejected):
    """No such login, another password, a made one that is too old, or dismissed: nobody is told which."""


class WeakPassword(Rejected):
    """Too short, too simple, or made of the login or the name."""


@dataclass(frozen=True)
class Entrance:
    desks: Desks
    passwords: Passwords

    async def enter(self, login: str, password: str, address: str) -> str:
        """The token of a session that waits for the second factor. Raises SignInLocked or WrongPassword."""
        attempt = await self._tried(login, password, address)
        if attempt.keys is None or attempt.keys.password_dead:
            raise WrongPassword
        kept = attempt.keys.password
        # A made password stays a made one, whatever it is hashed with: it is not one's own.
        renew = not attempt.keys.password_made and self.passwords.outdated(kept)
        renewed = await self.passwords.make(password) if renew else None
        async with self.desks.open() as cases:
            token = await cases.sign_in.password_held(attempt, renewed)
        if token is None:
            raise WrongPassword
        return token

    async def choose_password(self, session: DeskSession, present: str | None, wanted: str, address: str) -> str:
        """One's own password: in place of a made one at the sign-in, or of `present` later. The new token.

        Raises SignInLocked, WrongPassword, WeakPassword or WrongStage.
        """
        member = session.member
        if session.stage is not (Stage.PASSWORD if present is None else Stage.IN):
            raise WrongStage
        if not is_password(wanted, member.login, member.name):
            raise WeakPassword
        attempt = None if present is None else await self._tried(member.login, present, address)
        hashed = await self.passwords.make(wanted)
        async with self.desks.open() as cases:
            return await cases.sign_in.choose_password(session, hashed, attempt)

    async def _tried(self, login: str, password: str, address: str) -> Attempt:
        """A counted try whose password fits."""
        async with self.desks.open() as cases:
            attempt = await cases.sign_in.begin(login, address)
        kept = attempt.keys.password if attempt.keys else None
        if len(password) > LONGEST_PASSWORD or not await self.passwords.fits(kept, password):
            raise WrongPassword
        return attempt
