"""What may happen to a call of the API; the table is in the docstring of the package."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from aiohttp import web

from sandbox.wire import Json, as_object

End = Literal["answer", "torn", "reset", "silence"]

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: the peer gets a reset and not a polite end."""
_LOOKS_EVERY: Final = 0.02


@dataclass(frozen=True, slots=True)
class Fault:
    """`accepted`: the call takes effect first. `end`: what the caller sees then, `after` so many seconds.

    An answer is `body` with `status` (an object as JSON, text as HTML, bytes as they are); with `body` None it is the
    true answer, which there is only when the call was accepted.
    """

    name: str
    end: End = "answer"
    accepted: bool = False
    status: int = 200
    body: Json | str | bytes | None = None
    after: float = 0.0

    @property
    def vk_code(self) -> int | None:
        """The code of a VK error, which may also befall a call inside `execute`."""
        code = as_object(as_object(self.body).get("error")).get("error_code")
        return code if isinstance(code, int) and not self.accepted else None

    def response(self, true: web.Response | None = None) -> web.Response:
        """The answer as it leaves; `true` is what an accepted call would have got."""
        if isinstance(self.body, dict):
            return web.json_response(self.body, status=self.status)
        if isinstance(self.body, bytes):
            return web.Response(body=self.body, status=self.status, content_type="application/json")
        if self.body is None:
            return true or web.Response(status=self.status)
        return web.Response(text=self.body, status=self.status, content_type="text/html")


def accepted(fault: Fault) -> Fault:
    """The same end of a call that took effect."""
    return replace(fault, accepted=True, name=f"accepted, then {fault.name}")


def answer(status: int, body: Json | str | bytes) -> Fault:
    """Any answer, given without doing anything."""
    return Fault(f"answer {status}", status=status, body=body)


def telegram_flood(retry_after: int) -> Fault:
    """Telegram's 429."""
    text = f"Too Many Requests: retry after {retry_after}"
    body: Json = {"ok": False, "error_code": 429, "description": text, "parameters": {"retry_after": retry_after}}
    return Fault("429", status=429, body=body)


def telegram_error(code: int, description: str) -> Fault:
    """Any Bot API error."""
    return Fault(str(code), status=code, body={"ok": False, "error_code": code, "description": description})


def telegram_conflict() -> Fault:
    """What getUpdates says while another process polls."""
    other = "terminated by other getUpdates request; make sure that only one bot instance is running"
    return telegram_error(409, f"Conflict: {other}")


def vk_error(code: int, message: str = "", **more: object) -> Fault:
    """Any VK error; it comes with HTTP 200, as VK does it. `more` is for captcha_sid and the like."""
    error: Json = {"error_code": code, "error_msg": message or f"Error {code}", "request_params": [], **more}
    return Fault(f"error {code}", body={"error": error})


def server_error() -> Fault:
    """500 without JSON."""
    return Fault("500", status=500, body="Internal Server Error")


def html_502() -> Fault:
    """A page of a broken gateway where JSON was expected."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return Fault("502", status=502, body=page)


def gateway_timeout() -> Fault:
    """A gateway that waited too long, as VK's upload hosts have it."""
    return Fault("504", status=504, body="<html><body>504 Gateway Time-out</body></html>")


def broken_json() -> Fault:
    """JSON that breaks off, in a whole answer."""
    return Fault("broken JSON", body=b'{"ok": true, "result": {"message_id": ')


def not_text() -> Fault:
    """Bytes that are no UTF-8."""
    return Fault("not text", body=b'{"ok": "\xff\xfe\x80"}')


def empty_photo() -> Fault:
    """VK's upload host took the picture for nothing; saving it would be error 100."""
    return Fault("empty photo", body={"server": 626627, "photo": "", "hash": "0"})


def longpoll_failed(code: Literal[1, 2, 3]) -> Fault:
    """Long Poll lost its place; the VK server makes it true before it says so."""
    return Fault(f"failed {code}", body={"failed": code})


def torn() -> Fault:
    """The call took effect, its answer breaks off in the middle."""
    return Fault("accepted, then torn", "torn", accepted=True)


def drop_before() -> Fault:
    """The connection is reset, nothing was done."""
    return Fault("reset", "reset")


def accepted_then_drop() -> Fault:
    """The call took effect, the caller never learns it."""
    return accepted(drop_before())


def hang() -> Fault:
    """Nothing is done and nothing said until the caller goes away."""
    return Fault("hang", "silence")


def late(seconds: float) -> Fault:
    """The call took effect at once; its answer comes so much later."""
    return Fault("accepted, then late", accepted=True, after=seconds)


async def undergo(fault: Fault, request: web.Request, run: Callable[[], Awaitable[web.Response]]) -> web.StreamResponse:
    """Answers a request as the fault has it; `run` carries the call out."""
    true = await run() if fault.accepted else None
    if fault.after:
        await asyncio.sleep(fault.after)
    if fault.end == "silence":
        await _silence(request)
        return web.Response(status=500)
    if fault.end == "reset":
        return _reset(request)
    if fault.end == "torn":
        return await _tear(request, fault.response(true))
    return fault.response(true)


async def _silence(request: web.Request) -> None:
    """Returns when the caller has gone, which the HTTP server tells to nobody who waits."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(_LOOKS_EVERY)


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        wire = transport.get_extra_info("socket")
        if wire is not None and wire.family != socket.AF_UNIX:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response(status=500)


async def _tear(request: web.Request, whole: web.Response) -> web.StreamResponse:
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.content_type})
    half.content_length = len(body) + 1
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half
