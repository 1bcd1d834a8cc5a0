"""The HTML of parse_mode, read as the server reads it: text and entities out, its error texts on bad markup.

Offsets of errors are bytes of the source, offsets of entities are UTF-16 units of the text.
"""

import html as escaping
import re
from dataclasses import dataclass, field

from sandbox.telegram.errors import ApiError, bad_request
from sandbox.wire import Json

_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_SHOWN_AS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s*([a-zA-Z0-9_-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([a-zA-Z0-9.-]+)))?""")
_CHARACTER = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SAFE_LINK = re.compile(r"(?:https?|tg|mailto|tel):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text after parsing, its entities, and the same as HTML of harmless tags for a browser."""

    text: str
    entities: list[Json]
    html: str | None = None


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    start: int


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    text: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def add(self, piece: str) -> None:
        self.text.append(piece)
        self.shown.append(escaping.escape(piece, quote=False))
        self.length += utf16_length(piece)

    def error(self, what: str, at: int) -> ApiError:
        return bad_request(f"can't parse entities: {what.format(offset=len(self.source[:at].encode()))}")


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the measure of Telegram's limits and offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> Formatted:
    """Parse; ApiError 400 "can't parse entities: …" on what the server refuses."""
    reader = _Reader(source)
    while reader.at < len(source):
        character = source[reader.at]
        if character == "<":
            (_end_tag if source.startswith("</", reader.at) else _start_tag)(reader)
        elif character == "&":
            _entity(reader)
        else:
            following = min(
                (p for p in (source.find("<", reader.at), source.find("&", reader.at)) if p >= 0), default=-1
            )
            end = len(source) if following < 0 else following
            reader.add(source[reader.at : end])
            reader.at = end
    if reader.open:
        name = reader.open[-1].tag
        raise reader.error(f'Can\'t find end tag corresponding to start tag "{name}"', len(source))
    entities = sorted(reader.entities, key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))
    return Formatted("".join(reader.text), entities, "".join(reader.shown))


def _entity(reader: _Reader) -> None:
    match = _CHARACTER.match(reader.source, reader.at)
    if match is None:
        reader.add("&")
        reader.at += 1
        return
    name, decimal, hexadecimal = match.groups()
    code = int(decimal) if decimal else int(hexadecimal or "0", 16)
    reader.add(_NAMED[name] if name else chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0])
    reader.at = match.end()


def _start_tag(reader: _Reader) -> None:
    begin = reader.at
    source = reader.source
    end = _TAG_NAME.match(source, begin + 1).end()  # type: ignore[union-attr]  # the pattern matches nothing too
    if end >= len(source):
        raise reader.error("Unclosed start tag at byte offset {offset}", begin)
    tag = source[begin + 1 : end].lower()
    if tag not in _ENTITY_OF_TAG:
        raise reader.error(f'Unsupported start tag "{tag}" at byte offset {{offset}}', begin)
    attributes: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(source, end)) is not None:
        attributes[match[1].lower()] = escaping.unescape(match[2] or match[3] or match[4] or "")
        end = match.end()
    end += len(source[end:]) - len(source[end:].lstrip())
    if end >= len(source) or source[end] != ">":
        raise reader.error("Unclosed start tag at byte offset {offset}", begin)
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise reader.error('Tag "span" must have class "tg-spoiler" at byte offset {offset}', begin)
    reader.open.append(_Open(tag, attributes, reader.length))
    reader.shown.append(_shown_start(tag, attributes))
    reader.at = end + 1


def _end_tag(reader: _Reader) -> None:
    begin = reader.at
    if not reader.open:
        raise reader.error("Unexpected end tag at byte offset {offset}", begin)
    close = reader.source.find(">", begin)
    name = reader.source[begin + 2 : close].strip().lower() if close >= 0 else ""
    if close < 0 or " " in name or "<" in name:
        raise reader.error("Unclosed end tag at byte offset {offset}", begin)
    opened = reader.open.pop()
    if name not in ("", opened.tag):
        what = f'Unmatched end tag at byte offset {{offset}}, expected "</{opened.tag}>", found "</{name}>"'
        raise reader.error(what, begin)
    if reader.length > opened.start:
        reader.entities.extend(_entities_of(opened, reader.length - opened.start))
    reader.shown.append(_shown_end(opened))
    reader.at = close + 1


def _entities_of(opened: _Open, length: int) -> list[Json]:
    kind = _ENTITY_OF_TAG[opened.tag]
    entity: Json = {"type": kind, "offset": opened.start, "length": length}
    if kind == "text_link":
        if not opened.attributes.get("href"):
            return []
        entity["url"] = opened.attributes["href"]
    if kind == "custom_emoji":
        entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
    return [entity]


def _shown_start(tag: str, attributes: dict[str, str]) -> str:
    kind = _ENTITY_OF_TAG[tag]
    if kind == "text_link":
        href = attributes.get("href", "")
        return f'<a href="{escaping.escape(href)}" rel="noopener" target="_blank">' if _SAFE_LINK.match(href) else "<a>"
    return f"<{_SHOWN_AS.get(kind, 'span')}>"


def _shown_end(opened: _Open) -> str:
    kind = _ENTITY_OF_TAG[opened.tag]
    return "</a>" if kind == "text_link" else f"</{_SHOWN_AS.get(kind, 'span')}>"
