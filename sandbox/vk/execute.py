"""execute: the part of VKScript that batches calls, `return [API.messages.send({…}), …];` or one call."""

import json
import re
from collections.abc import Awaitable, Callable

from sandbox.vk.errors import ApiError
from sandbox.wire import Json

_CALL = re.compile(r"\s*API\.([a-zA-Z]+\.[a-zA-Z]+)\(\s*")
_MOST_CALLS = 25

Caller = Callable[[str, Json], Awaitable[object]]


async def execute(code: str, call: Caller) -> tuple[object, list[Json]]:
    """(response, execute_errors). A failed call is `false` in the response, its error in the list.

    ApiError 12 when the code is not of the supported form, 13 when it makes more than 25 calls.
    """
    calls, is_list = parse(code)
    if len(calls) > _MOST_CALLS:
        raise ApiError(13, f"too many API calls, at most {_MOST_CALLS}")
    results: list[object] = []
    errors: list[Json] = []
    for method, params in calls:
        try:
            results.append(await call(method, params))
        except ApiError as error:
            results.append(False)
            errors.append({"method": method, "error_code": error.code, "error_msg": error.text})
    return (results if is_list else results[0]), errors


def parse(code: str) -> tuple[list[tuple[str, Json]], bool]:
    """The calls of the script, and whether they stand in an array; ApiError 12."""
    body = code.strip().rstrip(";").strip()
    if not body.startswith("return"):
        raise ApiError(12, "expected return")
    body = body.removeprefix("return").strip()
    if not body.startswith("["):
        method, params, end = _one(body, 0)
        if body[end:].strip():
            raise ApiError(12, f"unexpected token at {end}")
        return [(method, params)], False
    return _many(body), True


def _many(body: str) -> list[tuple[str, Json]]:
    calls: list[tuple[str, Json]] = []
    at = 1
    while True:
        at += len(body[at:]) - len(body[at:].lstrip())
        if body[at : at + 1] == "]":
            break
        method, params, at = _one(body, at)
        calls.append((method, params))
        at += len(body[at:]) - len(body[at:].lstrip())
        if body[at : at + 1] == ",":
            at += 1
        elif body[at : at + 1] != "]":
            raise ApiError(12, f"expected , or ] at {at}")
    if body[at + 1 :].strip():
        raise ApiError(12, f"unexpected token at {at + 1}")
    return calls


def _one(body: str, at: int) -> tuple[str, Json, int]:
    match = _CALL.match(body, at)
    if match is None:
        raise ApiError(12, f"expected an API call at {at}")
    start = match.end()
    params: object = {}
    if body[start : start + 1] != ")":
        try:
            params, start = json.JSONDecoder().raw_decode(body, start)
        except ValueError:
            raise ApiError(12, f"arguments must be JSON at {start}") from None
    start += len(body[start:]) - len(body[start:].lstrip())
    if not isinstance(params, dict) or body[start : start + 1] != ")":
        raise ApiError(12, f"expected ) at {start}")
    return match[1], {name: _flat(value) for name, value in params.items() if value is not None}, start + 1


def _flat(value: object) -> object:
    """Arguments become what a form would carry: arrays joined by commas, objects as JSON."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
