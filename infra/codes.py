"""Digests of codes: what the database keeps in place of an access code printed on a receipt, or of a one-time code."""

import hmac
from hashlib import sha256

from core.accounts.model import AccountRef
from core.accounts.rules import normal_code

_PURPOSE = "access-code"
_ONE_TIME = "one-time-code"


class HmacCodeHasher:
    """HMAC-SHA-256 under SECRET_KEY, bound to what the code is for (contracts: exchange, `pin`).

    Every part is written after its length, so no two different triples give the same message. Equal codes of two
    accounts have different digests, and the same file imported again has the same ones.
    """

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("an empty key protects nothing")
        self._secret = secret

    def digest(self, ref: AccountRef, code: str) -> bytes:
        """32 bytes for the code as people write it: spaces, hyphens and case do not matter."""
        return self._hmac(_PURPOSE, ref.provider, ref.number, normal_code(code))

    def one_time(self, purpose: str, code: str) -> bytes:
        """32 bytes for a one-time code of that purpose, written as freely."""
        return self._hmac(_ONE_TIME, purpose, normal_code(code))

    def _hmac(self, *parts: str) -> bytes:
        return hmac.digest(self._secret, b"".join(_framed(part) for part in parts), sha256)


def _framed(part: str) -> bytes:
    # Lone surrogates can come out of JSON: they must not raise for a stranger's input.
    written = part.encode("utf-8", "surrogatepass")
    return len(written).to_bytes(4, "big") + written
