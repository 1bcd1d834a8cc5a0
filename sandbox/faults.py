"""Faults on order: the next call of a method is answered, broken or lost as a test asks."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from sandbox.wire import Json, as_object

FaultKind = Literal["answer", "drop_before", "accepted_then_drop"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of the usual answer.

    `answer`: nothing is done, `status` and `body` come back. `drop_before`: nothing is done and the connection closes.
    `accepted_then_drop`: the call takes effect and the connection closes before the answer.
    """

    kind: FaultKind
    status: int = 200
    body: Json | str = ""

    @property
    def vk_code(self) -> int | None:
        """The code of a VK error, which may also befall a call inside `execute`."""
        code = as_object(as_object(self.body).get("error")).get("error_code")
        return code if isinstance(code, int) else None

    def response(self) -> web.Response:
        """The answer of an `answer` fault: JSON for an object, HTML for text."""
        if isinstance(self.body, dict):
            return web.json_response(self.body, status=self.status)
        return web.Response(text=self.body, status=self.status, content_type="text/html")


def answer(status: int, body: Json | str) -> Fault:
    """Any answer, given without doing anything."""
    return Fault("answer", status, body)


def telegram_flood(retry_after: int) -> Fault:
    """Telegram's 429."""
    text = f"Too Many Requests: retry after {retry_after}"
    body: Json = {"ok": False, "error_code": 429, "description": text, "parameters": {"retry_after": retry_after}}
    return Fault("answer", 429, body)


def telegram_error(code: int, description: str) -> Fault:
    """Any Bot API error."""
    return Fault("answer", code, {"ok": False, "error_code": code, "description": description})


def vk_error(code: int, message: str = "", **more: object) -> Fault:
    """Any VK error; it comes with HTTP 200, as VK does it. `more` is for captcha_sid and the like."""
    error: Json = {"error_code": code, "error_msg": message or f"Error {code}", "request_params": [], **more}
    return Fault("answer", 200, {"error": error})


def html_502() -> Fault:
    """A page of a broken gateway where JSON was expected."""
    return Fault("answer", 502, "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>")


def drop_before() -> Fault:
    """The connection closes, nothing was done."""
    return Fault("drop_before")


def accepted_then_drop() -> Fault:
    """The call took effect, the caller never learns it."""
    return Fault("accepted_then_drop")


class Faults:
    """Queues of faults, one a method; "*" stands for any method."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Fault]] = {}

    def next(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of the method meet this fault."""
        self._queues.setdefault(method.lower(), deque()).extend([fault] * times)

    def clear(self) -> None:
        """Forget what was ordered."""
        self._queues.clear()

    def take(self, method: str) -> Fault | None:
        """The fault this call meets, if any."""
        if not self._queues:
            return None
        queue = self._queues.get(method.lower()) or self._queues.get("*")
        return queue.popleft() if queue else None


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
