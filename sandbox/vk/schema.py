"""Checks of calls and objects against VK's own JSON schema (5.199).

The dialect is VK's: "required" stands inside a property, references go to other files, and some of those files are not
in the folder; what they describe passes unchecked. A check returns None when all is well, otherwise what is wrong.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.wire import Json, as_list, as_object

Check = Callable[[str], str | None]

# Parameters every method takes beside its own.
GLOBAL = frozenset({"access_token", "v", "lang", "test_mode", "captcha_sid", "captcha_key"})
_KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True)
class MethodSchema:
    """A method's parameters with their checks, and those that must be there."""

    checks: dict[str, Check]
    required: tuple[str, ...]
    response: str


class VkSchema:
    """The schema folder: `<area>/methods.json`, `objects.json`, `responses.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[Path, Json] = {}
        self._methods: dict[str, MethodSchema] = {}
        for path in sorted(self._folder.glob("*/methods.json")):
            for item in as_list(self._read(path).get("methods")):
                method = as_object(item)
                self._methods[str(method["name"])] = _compile(method)

    def knows(self, method: str) -> bool:
        """Whether there is such a method."""
        return method in self._methods

    def check_call(self, method: str, params: Json) -> str | None:
        """What is wrong with a call of a known method; texts are worded as VK's error 100."""
        schema = self._methods[method]
        if method == "execute":
            return None
        for name, value in params.items():
            check = schema.checks.get(name)
            if check is None:
                if name in GLOBAL:
                    continue
                return f"{name} is unknown to {method}"
            wrong = check(str(value))
            if wrong is not None:
                return f"{name} {wrong}"
        missing = next((name for name in schema.required if params.get(name, "") == ""), None)
        return None if missing is None else f"{missing} is undefined"

    def check_response(self, method: str, body: object) -> str | None:
        """What is wrong with the whole answer ({"response": …}) of a method."""
        reference = self._methods[method].response
        return self._check(body, {"$ref": reference}, self._folder / "x" / "methods.json", method)

    def check_object(self, file: str, definition: str, value: object) -> str | None:
        """What is wrong with a value of a definition, as ("callback/objects.json", "callback_message_new")."""
        path = self._folder / file
        return self._check(value, as_object(self._definition(path, definition)), path, definition)

    def _check(self, value: object, schema: Json, path: Path, place: str) -> str | None:
        merged = self._merged(schema, path)
        if merged is None:
            return None
        if merged.variants:
            wrongs = [self._check(value, variant, at, place) for variant, at in merged.variants]
            return None if None in wrongs else "; ".join(str(wrong) for wrong in wrongs)
        kinds = tuple(kind for name in merged.kinds for kind in _KINDS[name])
        if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            return f"{place} must be {merged.kinds}"
        if merged.enum and value not in merged.enum:
            return f"{place} must be one of {merged.enum}"
        if isinstance(value, list) and merged.items is not None:
            wrongs = [self._check(item, merged.items[0], merged.items[1], f"{place}[]") for item in value]
            return next((wrong for wrong in wrongs if wrong is not None), None)
        return self._check_fields(value, merged, place) if isinstance(value, dict) else None

    def _check_fields(self, value: Json, merged: "_Merged", place: str) -> str | None:
        for name, (schema, path) in merged.fields.items():
            if name not in value:
                if schema.get("required") is True:
                    return f"{place} lacks {name}"
                continue
            wrong = self._check(value[name], schema, path, f"{place}.{name}")
            if wrong is not None:
                return wrong
        unknown = next((name for name in value if merged.fields and name not in merged.fields), None)
        return None if unknown is None else f"{place} has no {unknown}"

    def _merged(self, schema: Json, path: Path) -> "_Merged | None":
        """One flat view of a schema with its references and allOf followed; None when a reference leads nowhere."""
        merged = _Merged.of(schema, path)
        if "$ref" in schema:
            file, _, pointer = str(schema["$ref"]).partition("#/definitions/")
            target = (path.parent / file).resolve()
            found = self._definition(target, pointer)
            inner = self._merged(found, target) if found is not None else None
            if inner is None:
                return None
            merged.add(inner)
        for part in as_list(schema.get("allOf")):
            inner = self._merged(as_object(part), path)
            if inner is not None:
                merged.add(inner)
        return merged

    def _definition(self, path: Path, name: str) -> Json | None:
        definition = as_object(self._read(path).get("definitions")).get(name)
        return definition if isinstance(definition, dict) else None

    def _read(self, path: Path) -> Json:
        if path not in self._files:
            self._files[path] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return self._files[path]


@dataclass(slots=True)
class _Merged:
    kinds: list[str]
    enum: list[object]
    fields: dict[str, tuple[Json, Path]]
    items: tuple[Json, Path] | None
    variants: list[tuple[Json, Path]]

    @classmethod
    def of(cls, schema: Json, path: Path) -> "_Merged":
        kind = schema.get("type")
        kinds = [str(name) for name in kind] if isinstance(kind, list) else [kind] if isinstance(kind, str) else []
        items = schema.get("items")
        return cls(
            kinds=kinds,
            enum=as_list(schema.get("enum")),
            fields={name: (as_object(one), path) for name, one in as_object(schema.get("properties")).items()},
            items=(items, path) if isinstance(items, dict) else None,
            variants=[(as_object(one), path) for one in as_list(schema.get("oneOf"))],
        )

    def add(self, other: "_Merged") -> None:
        self.kinds = self.kinds or other.kinds
        self.enum = self.enum or other.enum
        self.fields = {**other.fields, **self.fields}
        self.items = self.items or other.items
        self.variants = [*self.variants, *other.variants]


def _compile(method: Json) -> MethodSchema:
    fields = [as_object(item) for item in as_list(method.get("parameters"))]
    checks = {str(field["name"]): _parameter(field) for field in fields}
    required = tuple(str(field["name"]) for field in fields if field.get("required") is True)
    responses = [as_object(one) for one in as_object(method.get("responses")).values()]
    return MethodSchema(checks, required, str(responses[0].get("$ref", "")) if responses else "")


def _parameter(field: Json) -> Check:
    kind = field.get("type")
    if kind == "integer":
        return _integer(field)
    if kind == "number":
        return _pattern(r"-?\d+(\.\d+)?", "must be a number")
    if kind == "boolean":
        return _pattern("0|1|true|false|True|False", "must be a boolean")
    if kind == "array":
        return _list(field)
    if kind == "string":
        return _string(field)
    return lambda _value: None


def _integer(field: Json) -> Check:
    low, high = field.get("minimum"), field.get("maximum")

    def check(value: str) -> str | None:
        if not _digits().fullmatch(value):
            return "not integer"
        number = int(value)
        if isinstance(low, (int, float)) and number < low:
            return f"should be greater or equal to {low}"
        return f"should be less or equal to {high}" if isinstance(high, (int, float)) and number > high else None

    return check


def _list(field: Json) -> Check:
    most = field.get("maxItems")
    one = _parameter(as_object(field.get("items")))

    def check(value: str) -> str | None:
        items = [item for item in value.split(",") if item]
        if isinstance(most, int) and len(items) > most:
            return f"must contain at most {most} items"
        return next((wrong for item in items if (wrong := one(item.strip())) is not None), None)

    return check


def _string(field: Json) -> Check:
    most = field.get("maxLength")
    choices = as_list(field.get("enum"))

    def check(value: str) -> str | None:
        # A message too long has an error of its own (914), given by the method.
        if isinstance(most, int) and len(value) > most and field["name"] != "message":
            return f"must be at most {most} characters"
        return f"should be one of {choices}" if choices and value not in choices else None

    return check


def _pattern(pattern: str, wrong: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else wrong


@cache
def _digits() -> re.Pattern[str]:
    return re.compile(r"[+-]?\d+")
