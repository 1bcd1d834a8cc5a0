"""Fits a screen to a messenger: translated, split, laid out in rows. Limits: messengers.md §1.4, §2.4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dialogs.screen import Choice, File, Screen, Translator

NARROW = 18
"""Labels up to this many signs stand two in a row: a phone of 360 px shows them whole."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message of a messenger holds. Counted in characters as UTF-16 units, the stricter way."""

    text: int
    caption: int
    label: int
    buttons: int
    rows: int
    per_row: int


@dataclass(frozen=True, slots=True)
class FittedButton:
    label: str
    data: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FittedMessage:
    """One message: a text, or a file with its caption. Only the last message of a screen has buttons.

    `contact` is the label of a button that hands over the own phone number.
    """

    text: str
    rows: tuple[tuple[FittedButton, ...], ...] = ()
    file: File | None = None
    contact: str | None = None


def fit(screen: Screen, translator: Translator, rev: int, limits: Limits) -> tuple[FittedMessage, ...]:
    """The messages that show a screen. `rev` goes into every button, as `rev:choice`."""
    text = translator.text(screen.text)
    buttons = _rows(screen, translator, rev, limits)
    if screen.file is None:
        *before, last = _split(text, limits.text)
        contact = None if screen.contact is None else _short_label(translator.text(screen.contact), limits.label)
        return (*(FittedMessage(part) for part in before), FittedMessage(last, buttons, contact=contact))
    if _fits(text, limits.caption):
        return (FittedMessage(text, buttons, screen.file),)
    *before, last = _split(text, limits.text)
    return (
        FittedMessage("", (), screen.file),
        *(FittedMessage(part) for part in before),
        FittedMessage(last, buttons),
    )


def length(text: str) -> int:
    """Length in UTF-16 code units, as messengers count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fits(text: str, limit: int) -> bool:
    """Whether the text is within the limit; most texts are so short that counting characters tells."""
    return 2 * len(text) <= limit or length(text) <= limit


def _split(text: str, limit: int) -> list[str]:
    """Parts within the limit, cut between lines; a line that is too long is cut where it must be."""
    if _fits(text, limit):
        return [text]
    parts: list[str] = []
    part = ""
    for line in _short_lines(text, limit):
        joined = f"{part}\n{line}" if part else line
        if length(joined) > limit:
            parts.append(part)
            joined = line
        part = joined
    return [*parts, part]


def _short_lines(text: str, limit: int) -> Iterator[str]:
    for line in text.split("\n"):
        rest = line
        while length(rest) > limit:
            yield rest[: limit // 2]
            rest = rest[limit // 2 :]
        yield rest


def _rows(screen: Screen, translator: Translator, rev: int, limits: Limits) -> tuple[tuple[FittedButton, ...], ...]:
    fixed = [row for row in screen.choices if row]
    rows = [*_item_rows(screen.items, translator, limits.rows - len(fixed)), *fixed]
    fitted = [tuple(_button(choice, translator, rev, limits) for choice in row) for row in rows]
    widths = [len(row) for row in fitted]
    if sum(widths) > limits.buttons or len(widths) > limits.rows or max(widths, default=0) > limits.per_row:
        raise ValueError(f"a screen has more buttons than fit: {widths}")
    return tuple(fitted)


def _item_rows(items: Sequence[Choice], translator: Translator, rows: int) -> list[tuple[Choice, ...]]:
    """Long labels one in a row while there is room, short ones two."""
    narrow = all(_fits(translator.text(item.label), NARROW) for item in items)
    width = 2 if narrow or len(items) > rows else 1
    return [tuple(items[start : start + width]) for start in range(0, len(items), width)]


def _button(choice: Choice, translator: Translator, rev: int, limits: Limits) -> FittedButton:
    label = translator.text(choice.label)
    return FittedButton(_short_label(label, limits.label), f"{rev}:{choice.id}", choice.url)


def _short_label(label: str, limit: int) -> str:
    if _fits(label, limit):
        return label
    kept = label[: limit - 1]
    while length(kept) >= limit:
        kept = kept[:-1]
    return kept.rstrip() + "…"
