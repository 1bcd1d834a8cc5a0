"""Grammars of the cells: each reads one cell and gives its value in the text form of PostgreSQL's COPY.

Python's own parsers take foreign digits, underscores and exponents for numbers (reliability.md §3.3), so one explicit
regular expression decides each form, ASCII digits only. No value passes through a float, and most pass through no
number at all: «1234,50» becomes «123450» kopecks by taking the separator out.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from core.money import parse_roubles
from core.periods import Period

NULL = r"\N"
SPACES = " \u00a0\u202f"
_AROUND = SPACES + "\r\n"
FIRST_YEAR, LAST_YEAR = 1900, 2100
_LONGEST_NUMBER = 40

Read = Callable[[str], str]
"""The text form of a cell that is not empty and has no spaces around it. Raises BadCell."""

_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_PLAIN_AMOUNT = re.compile(r"(-?[0-9]{1,12})[.,]([0-9]{2})", re.ASCII)
_GROUPS = re.compile(rf"[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}})+(?:[.,][0-9]+)?", re.ASCII)
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,9}))?", re.ASCII)
_DASHED_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DOTTED_DAY = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", re.ASCII)
_PERIOD = re.compile(r"([0-9]{4})-([0-9]{2})|([0-9]{2})\.?([0-9]{4})", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class BadCell(Exception):
    """The cell cannot be taken; the text says what it should be."""


def trimmed(cell: str) -> str:
    return cell.strip(_AROUND)


def escaped(text: str) -> str:
    """Text as COPY reads it."""
    if "\\" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return text


def words(longest: int) -> Read:
    """Free text, stored as it is: also a line break, and a sign that a spreadsheet would take for a formula."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise BadCell(f"longer than {longest} signs")
        if _CONTROL.search(cell):
            raise BadCell("it holds a control character or a broken letter")
        return escaped(cell)

    return read


def all_plain(cells: Sequence[str], longest: int) -> bool:
    """Whether every one of these texts is its own COPY form: printable, neither empty nor too long, nothing to trim.

    Looked at all together, because names and streets hardly repeat, and this costs a tenth of reading each.
    """
    joined = "|".join(("", *cells, ""))
    return (
        joined.isprintable()
        and "\\" not in joined
        and not ("||" in joined or "| " in joined or " |" in joined)
        and max(map(len, cells)) <= longest
    )


def one_of(values: Collection[str], what: str) -> Read:
    known = frozenset(values)

    def read(cell: str) -> str:
        if cell not in known:
            raise BadCell(f"not {what}: write one of {', '.join(sorted(known))}")
        return cell

    return read


def amount(cell: str) -> str:
    """Roubles with at most two decimals, as kopecks."""
    found = _PLAIN_AMOUNT.fullmatch(cell)
    if found:
        return found[1] + found[2]
    kopecks = parse_roubles(cell) if len(cell) <= _LONGEST_NUMBER else None
    if kopecks is None:
        raise BadCell("not an amount in roubles with at most two decimals")
    return str(kopecks)


def amount_owed(cell: str) -> str:
    """As `amount`, without a sign: where a correction has a column of its own, a minus is a mistake."""
    if cell.startswith("-"):
        raise BadCell("it may not be negative")
    return amount(cell)


def amount_paid(cell: str) -> str:
    kopecks = amount_owed(cell)
    if not kopecks.strip("0"):
        raise BadCell("a payment of nothing")
    return kopecks


def quantity(decimals: int) -> Read:
    """A number that is not negative, with at most so many decimals and nine digits before them."""

    def read(cell: str) -> str:
        if len(cell) > _LONGEST_NUMBER:
            raise BadCell("not a number: it is too long")
        if _GROUPS.fullmatch(cell):
            for space in SPACES:
                cell = cell.replace(space, "")
        found = _NUMBER.fullmatch(cell)
        if not found:
            raise BadCell("it may not be negative" if cell.startswith("-") else "not a plain number")
        if found[2] is None:
            return found[1]
        if len(found[2]) > decimals:
            raise BadCell(f"more than {decimals} decimals")
        return f"{found[1]}.{found[2]}"

    return read


def whole(least: int, most: int) -> Read:
    def read(cell: str) -> str:
        if not (len(cell) <= 9 and cell.isascii() and cell.isdigit() and least <= int(cell) <= most):
            raise BadCell(f"not a whole number from {least} to {most}")
        return cell

    return read


def day(cell: str) -> str:
    """`YYYY-MM-DD` or `DD.MM.YYYY`, as ISO."""
    dashed, dotted = _DASHED_DAY.fullmatch(cell), _DOTTED_DAY.fullmatch(cell)
    if dashed:
        year, month, number = dashed.groups()
    elif dotted:
        number, month, year = dotted.groups()
    else:
        raise BadCell("not a date YYYY-MM-DD or DD.MM.YYYY")
    try:
        found = date(int(year), int(month), int(number))
    except ValueError:
        raise BadCell("there is no such day") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCell(f"not a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found.isoformat()


def day_until(last: date) -> Read:
    def read(cell: str) -> str:
        found = day(cell)
        if found > last.isoformat():
            raise BadCell("it lies in the future")
        return found

    return read


def period_until(last: Period) -> Read:
    """`YYYY-MM`, `MM.YYYY` or `MMYYYY`, as the first day of the month."""

    def read(cell: str) -> str:
        found = _PERIOD.fullmatch(cell)
        if not found:
            raise BadCell("not a period YYYY-MM, MM.YYYY or MMYYYY")
        year, month = int(found[1] or found[4]), int(found[2] or found[3])
        if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
            raise BadCell("there is no such month")
        if Period(year, month) > last:
            raise BadCell(f"it lies in the future: the last period to be expected is {last}")
        return f"{year:04}-{month:02}-01"

    return read


def uuid(cell: str) -> str:
    if not _UUID.fullmatch(cell):
        raise BadCell("not a reading's id")
    return cell.lower()


class Cells(dict[str, str]):
    """What the cells of one column mean: a memory in front of a grammar.

    Billing files repeat themselves (dates, services, tariffs, most amounts), and a look-up in a dictionary costs a
    tenth of a match. `default` is the value of an empty cell; None where one may not be empty. Bad cells are gathered
    in `bad` with their reasons and read as NULL, so that the rest of their row is looked at as well. `known` cells are
    there from the beginning; so many others are remembered: a column in which nothing repeats must not fill the memory.
    """

    OTHERS = 50_000

    def __init__(self, read: Read, default: str | None, known: Mapping[str, str] | None = None) -> None:
        super().__init__(known or {})
        self.read = read
        self.default = default
        self.limit = len(self) + self.OTHERS
        self.bad: dict[str, str] = {}

    def __missing__(self, cell: str) -> str:
        try:
            value = self._value(trimmed(cell))
        except BadCell as problem:
            self.bad[cell] = str(problem)
            return NULL
        if len(self) >= self.limit:
            self.clear()
        self[cell] = value
        return value

    def _value(self, cell: str) -> str:
        if cell:
            return self.read(cell)
        if self.default is None:
            raise BadCell("it is empty")
        return self.default
