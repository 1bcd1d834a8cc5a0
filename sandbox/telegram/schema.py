"""Checks of calls and objects against the published Bot API schema.

Types are compiled to small functions the first time they are met, so that a plain sendMessage costs a few
microseconds. A check returns None when all is well, otherwise what is wrong.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.wire import Json, as_list, as_object

Check = Callable[[object], str | None]

_INTEGER = re.compile(r"[+-]?\d{1,19}\Z")
_FLOAT = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")
_BOOLEANS = frozenset({"true", "false", "yes", "no", "1", "0"})


@dataclass(frozen=True, slots=True)
class MethodSchema:
    """A method's parameters with their checks, and those that must be there."""

    name: str
    checks: dict[str, Check]
    required: tuple[str, ...]


class TelegramSchema:
    """The whole API; `data` is the decoded `telegram-bot-api.json`."""

    def __init__(self, data: Json) -> None:
        self._methods_data = {name.lower(): as_object(body) for name, body in as_object(data["methods"]).items()}
        self._types_data = {name: as_object(body) for name, body in as_object(data["types"]).items()}
        self._methods: dict[str, MethodSchema] = {}
        self._types: dict[str, Check] = {}

    def knows(self, method: str) -> bool:
        """Whether there is such a method, in any case of letters."""
        return method.lower() in self._methods_data

    def check_call(self, method: str, params: Json, uploads: frozenset[str]) -> str | None:
        """What is wrong with a call of a known method; `uploads` are the names of the files that came with it."""
        schema = self._methods.get(method) or self._compile_method(method)
        for name, value in params.items():
            check = schema.checks.get(name)
            if check is None:
                return f'parameter "{name}" is unknown to {schema.name}'
            wrong = check(value)
            if wrong is not None:
                return f'parameter "{name}" {wrong}'
        for name in schema.required:
            if name not in params and name not in uploads:
                return f'parameter "{name}" is required'
        return None

    def check_type(self, name: str, value: object) -> str | None:
        """What is wrong with a JSON value that should be of a named type ("Message", "Array of Update")."""
        return self._check_of(name)(value)

    def _compile_method(self, method: str) -> MethodSchema:
        data = self._methods_data[method.lower()]
        fields = [as_object(item) for item in as_list(data.get("fields"))]
        checks = {str(item["name"]): self._from_text(_names(item)) for item in fields}
        required = tuple(str(item["name"]) for item in fields if item["required"])
        schema = MethodSchema(str(data["name"]), checks, required)
        self._methods[method] = schema
        return schema

    def _from_text(self, types: list[str]) -> Check:
        """A parameter: form text of a scalar, JSON text of anything else, or a JSON value as it is."""
        from_json = self._any_of(types)
        scalars = [_TEXT_CHECKS[name] for name in types if name in _TEXT_CHECKS]

        def check(value: object) -> str | None:
            if not isinstance(value, str):
                return from_json(value)
            if scalars:
                return None if any(scalar(value) is None for scalar in scalars) else scalars[0](value)
            try:
                return from_json(json.loads(value))
            except ValueError:
                return "is not valid JSON"

        return check

    def _check_of(self, name: str) -> Check:
        check = self._types.get(name)
        if check is None:

            def late(value: object) -> str | None:
                return self._types[name](value)

            # A type may contain itself: while it is being compiled its name resolves late.
            self._types[name] = late
            check = self._types[name] = self._compile_type(name)
        return check

    def _compile_type(self, name: str) -> Check:
        if name.startswith("Array of "):
            return _array(self._check_of(name.removeprefix("Array of ")))
        if name in _JSON_CHECKS:
            return _JSON_CHECKS[name]
        data = self._types_data[name]
        if data.get("subtypes"):
            return self._any_of([str(item) for item in as_list(data["subtypes"])])
        fields = [as_object(item) for item in as_list(data.get("fields"))]
        checks = {str(item["name"]): self._any_of(_names(item)) for item in fields}
        return _record(name, checks, tuple(str(item["name"]) for item in fields if item["required"]))

    def _any_of(self, types: list[str]) -> Check:
        checks = [self._check_of(name) for name in types]
        if len(checks) == 1:
            return checks[0]

        def check(value: object) -> str | None:
            wrongs = []
            for one in checks:
                wrong = one(value)
                if wrong is None:
                    return None
                wrongs.append(wrong)
            return "fits none of its types: " + "; ".join(wrongs)

        return check


def _names(item: Json) -> list[str]:
    return [str(name) for name in as_list(item["types"])]


def _array(one: Check) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        for index, item in enumerate(value):
            wrong = one(item)
            if wrong is not None:
                return f"[{index}] {wrong}"
        return None

    return check


def _record(name: str, checks: dict[str, Check], required: tuple[str, ...]) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, dict):
            return f"must be {name}"
        for key, item in value.items():
            known = checks.get(key)
            if known is None:
                return f'{name} has no field "{key}"'
            wrong = known(item)
            if wrong is not None:
                return f"{name}.{key} {wrong}"
        missing = next((key for key in required if key not in value), None)
        return None if missing is None else f'{name} lacks the field "{missing}"'

    return check


def _is(kind: type | tuple[type, ...], word: str) -> Check:
    def check(value: object) -> str | None:
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return None if fits else f"must be {word}"

    return check


def _text_integer(value: str) -> str | None:
    return None if _INTEGER.match(value) else "must be an integer"


def _text_float(value: str) -> str | None:
    return None if _FLOAT.match(value) else "must be a number"


def _text_boolean(value: str) -> str | None:
    return None if value.lower() in _BOOLEANS else "must be a boolean"


def _text_any(_value: str) -> str | None:
    return None


_TEXT_CHECKS: dict[str, Callable[[str], str | None]] = {
    "Integer": _text_integer,
    "Float": _text_float,
    "Boolean": _text_boolean,
    "String": _text_any,
    "InputFile": _text_any,
}
_JSON_CHECKS: dict[str, Check] = {
    "Integer": _is(int, "an integer"),
    "Float": _is((int, float), "a number"),
    "Boolean": _is(bool, "a boolean"),
    "String": _is(str, "a string"),
    "InputFile": _is(str, "a string"),
}
