"""Cookies of the desk. Over https their names begin with __Host-: no neighbour on the domain can set or read them."""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from aiohttp import web

SESSION: Final = "desk"
FORM: Final = "desk-form"
"""Stands in for the session before there is one, so that the sign-in form has a token, too."""
SAID: Final = "desk-said"
WANTED: Final = "desk-wanted"
"""The page that was asked for before signing in."""
LANGUAGE: Final = "desk-language"
LONG: Final = 365 * 24 * 3600
TOKEN_FIELD: Final = "token"  # noqa: S105 - the name of a field
TOKEN_HEADER: Final = "X-Desk-Token"  # noqa: S105 - the name of a header


@dataclass(frozen=True, slots=True)
class Cookies:
    secure: bool

    def read(self, request: web.Request, name: str) -> str | None:
        return request.cookies.get(self._name(name)) or None

    def write(self, response: web.StreamResponse, name: str, value: str, max_age: int | None = None) -> None:
        """For the browser's session, unless `max_age` (seconds) is given. Scripts cannot read it."""
        response.set_cookie(
            self._name(name), value, max_age=max_age, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )

    def forget(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(self._name(name), path="/", secure=self.secure, httponly=True, samesite="Lax")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


def new_form_token() -> str:
    return secrets.token_urlsafe(32)


def csrf_of(token: str) -> str:
    """What a form must bring along: it follows from the session's token, and tells nothing of it."""
    return hmac.digest(token.encode("utf-8", "surrogatepass"), b"csrf", sha256).hex()


def csrf_fits(token: str, said: str) -> bool:
    return hmac.compare_digest(csrf_of(token).encode(), said.encode("utf-8", "surrogatepass"))


def pack(text: str, facts: Mapping[str, object]) -> str:
    """What is said on the next page, as a cookie holds it."""
    return base64.urlsafe_b64encode(json.dumps([text, facts], ensure_ascii=False).encode()).decode()


def unpack(packed: str) -> tuple[str, dict[str, object]] | None:
    """Whatever somebody put into the cookie: None for anything but ours."""
    try:
        text, facts = json.loads(base64.urlsafe_b64decode(packed.encode()))
    except (ValueError, TypeError):
        return None
    return (text, facts) if isinstance(text, str) and isinstance(facts, dict) else None
