"""Second factors: RFC 6238 by pyotp. A member's secret is made of a seed in the database and SECRET_KEY: a copy of the
database alone makes no codes."""

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

import pyotp

from core.staff.model import MemberId

SECONDS: Final = 30
DIGITS: Final = 6
NEIGHBOURS: Final = (0, -1, 1)
"""Steps a code may be of: clocks of phones differ, and people type slowly."""
SECRET_BYTES: Final = 20
ISSUER: Final = "Vodoteplo"


class TotpFactor:
    """`core.staff.ports.SecondFactor`."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("an empty key protects nothing")
        self._key = key

    def step(self, member: MemberId, seed: bytes, code: str, at: datetime) -> int | None:
        said = "".join(code.split())
        if len(said) != DIGITS or not said.isascii() or not said.isdecimal():
            return None
        now = int(at.timestamp()) // SECONDS
        totp = self._totp(member, seed)
        for step in (now + shift for shift in NEIGHBOURS):
            if hmac.compare_digest(totp.generate_otp(step), said):
                return step
        return None

    def backup_digest(self, member: MemberId, code: str) -> bytes:
        plain = "".join(sign for sign in code.casefold() if sign.isalnum())
        return self._hmac("backup-code", member, plain.encode("utf-8", "surrogatepass"))

    def secret(self, member: MemberId, seed: bytes) -> str:
        return base64.b32encode(self._hmac("second-factor", member, seed)[:SECRET_BYTES]).decode()

    def address(self, member: MemberId, login: str, seed: bytes) -> str:
        return self._totp(member, seed).provisioning_uri(name=login, issuer_name=ISSUER)

    def code(self, member: MemberId, seed: bytes, at: datetime) -> str:
        """The code of now: what an authenticator would show."""
        return self._totp(member, seed).generate_otp(int(at.timestamp()) // SECONDS)

    def _totp(self, member: MemberId, seed: bytes) -> pyotp.TOTP:
        return pyotp.TOTP(self.secret(member, seed), digits=DIGITS, interval=SECONDS)

    def _hmac(self, purpose: str, member: MemberId, told: bytes) -> bytes:
        return hmac.digest(self._key, f"{purpose}\0{member}\0".encode() + told, sha256)
