"""Reading TOML tables strictly: every problem at once, each with the line it stands on.

`tomllib` keeps no line numbers, so the text is scanned a second time for the lines where tables and keys begin.
A reader that meets a problem notes it and goes on with a harmless placeholder: the caller looks at the problems
before it uses what was built.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import TypeVar, cast

Path = tuple[str | int, ...]
Problems = list[tuple[int, str]]
T = TypeVar("T")

_ARRAY_HEADER = re.compile(r"\s*\[\[([^\[\]]+)\]\]")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#|$)")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")
_SYNTAX_LINE = re.compile(r"\(at line (\d+)")
_FENCES = ('"""', "'''")


def line_numbers(text: str) -> dict[Path, int]:
    """Where each table and key begins: ("providers", 0, "inn") → 12. Lines inside multi-line texts do not count."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _outside_strings(text):
        if header := _ARRAY_HEADER.match(line):
            name = _resolve(_names(header[1]), counts)
            counts[name] = counts.get(name, -1) + 1
            table = (*name, counts[name])
            lines[table] = number
        elif header := _HEADER.match(line):
            table = _resolve(_names(header[1]), counts)
            lines[table] = number
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_names(key[1])), number)
    return lines


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        inside = bool(fence)
        for mark in _FENCES:
            if line.count(mark) % 2 and fence in ("", mark):
                fence = "" if fence else mark
        if not inside:
            yield number, line


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip().strip("\"'") for name in dotted.split("."))


def _resolve(names: tuple[str, ...], counts: Mapping[Path, int]) -> Path:
    """Puts the index of the current element after each array of tables on the way, but not after the last name."""
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if path in counts and place < len(names) - 1:
            path = (*path, counts[path])
    return path


class Table:
    """One TOML table being read. Keys nobody asked for are reported by `close`."""

    def __init__(self, values: Mapping[str, object], path: Path, lines: Mapping[Path, int], problems: Problems) -> None:
        self.values = values
        self.path = path
        self._lines = lines
        self._problems = problems
        self._asked: set[str] = {"demo"} if path else set()

    def problem(self, key: str, what: str) -> None:
        """Notes that something is wrong with a key, at its line or, if it is absent, at the line of its table."""
        shown = ".".join(str(part) for part in (*self.path, key) if isinstance(part, str) and part)
        self._problems.append((self._line((*self.path, key)), f"{shown}: {what}"))

    def _line(self, path: Path) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def text(self, key: str, check: Callable[[str], str | None] | None = None) -> str:
        """A required text that is not blank. `check` says what is wrong with it, or None."""
        value = self._required(key, str, "", 'a text in quotes, as in "…"')
        if value is not None and not value.strip():
            self.problem(key, "it is empty: write the text")
        elif value is not None and check and (wrong := check(value)):
            self.problem(key, f"{wrong}: correct {value!r}")
        return value or ""

    def optional_text(self, key: str, check: Callable[[str], str | None] | None = None) -> str | None:
        return self.text(key, check) if self.has(key) else None

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number within bounds; required unless there is a default."""
        if default is not None and not self.has(key):
            return default
        value = self._required(key, int, low, f"a whole number from {low} to {high}")
        if value is None:
            return low
        if not low <= value <= high:
            self.problem(key, f"{value} is out of bounds: write a whole number from {low} to {high}")
        return value

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        if not self.has(key):
            return None
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.problem(key, f"{value!r} is no number from {low} to {high}: correct it or leave it out")
            return None
        return float(value)

    def day(self, key: str) -> date:
        value = self._required(key, date, date.min, "a date without quotes, as in 2022-01-01")
        return value or date.min

    def optional_day(self, key: str, default: date) -> date:
        return self.day(key) if self.has(key) else default

    def flag(self, key: str) -> bool:
        return bool(self._required(key, bool, False, "true or false")) if self.has(key) else False

    def texts(self, key: str) -> tuple[str, ...]:
        """A required, non-empty list of texts."""
        value = self._required(key, list, [], 'a list, as in ["…", "…"]')
        if value is None:
            return ()
        items = cast("list[object]", value)
        if not items or not all(isinstance(item, str) and item for item in items):
            self.problem(key, 'it is not a list of texts: write ["…", "…"]')
            return ()
        return tuple(cast("list[str]", items))

    def optional_texts(self, key: str) -> tuple[str, ...] | None:
        return self.texts(key) if self.has(key) else None

    def whole_numbers(self, key: str, low: int, high: int, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of whole numbers within bounds, where it is there; never an empty one."""
        if not self.has(key):
            return default
        items = cast("list[object]", self._required(key, list, [], "a list, as in [90, 30]") or [])
        numbers = tuple(item for item in items if type(item) is int and low <= item <= high)
        if not items or len(numbers) < len(items):
            self.problem(key, f"it is not a list of whole numbers from {low} to {high}: write them as [90, 30]")
        return numbers or default

    def table(self, key: str, *, required: bool = True) -> "Table":
        """A table `[key]`; an empty one where it is absent and may be."""
        value = self._required(key, dict, {}, f"a table [{key}]") if required or self.has(key) else {}
        # The keys of an absent table are not reported one by one: its own absence is.
        problems = self._problems if value is not None else []
        return Table(cast("Mapping[str, object]", value or {}), (*self.path, key), self._lines, problems)

    def tables(self, key: str, *, required: bool = True) -> list["Table"]:
        """The tables `[[key]]`, or the single table `[key]` as a list of one."""
        if not required and not self.has(key):
            return []
        value = self._required(key, (list, dict), [], f"tables [[{key}]]")
        if isinstance(value, dict):
            return [Table(value, (*self.path, key), self._lines, self._problems)]
        items = cast("list[object]", value or [])
        if value is not None and (not items or not all(isinstance(item, dict) for item in items)):
            self.problem(key, f"it is not a list of tables: write them as [[{key}]]")
            return []
        return [
            Table(cast("Mapping[str, object]", item), (*self.path, key, index), self._lines, self._problems)
            for index, item in enumerate(items)
        ]

    def close(self) -> None:
        """Reports every key that nothing has asked for, with the nearest known one."""
        for key in self.values:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, 1)
                self.problem(key, "no such key: " + (f"did you mean {near[0]}?" if near else "take it out"))

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.values

    def _required(self, key: str, kind: type[T] | tuple[type[T], ...], default: T, wanted: str) -> T | None:
        """The value when it is there and of that kind; else notes the problem. `default` only tells the type."""
        if not self.has(key):
            self.problem(key, f"it is missing: write {wanted}")
            return None
        value = self.values[key]
        # In Python a bool is an int and a datetime is a date; in the file they are different things.
        impostor = (isinstance(value, bool) and kind is not bool) or isinstance(value, datetime)
        if impostor or not isinstance(value, kind):
            self.problem(key, f"{value!r} does not fit: write {wanted}")
            return None
        return value


def parse(text: str, problems: Problems) -> Table | None:
    """The root table; None, with the problem noted, where the text is not TOML."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_LINE.search(str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        problems.append((line, f"the file is not valid TOML here: {str(error).split(' (at ')[0]}; correct the line"))
        return None
    return Table(values, (), line_numbers(text), problems)
