"""A phone as the page draws it: plain JSON values, made afresh at each change."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from zlib import crc32

from sandbox.page.guide import Guide, day_label
from sandbox.phone import Bubble, Button, Media, Phone
from sandbox.pictures import picture_size

SHOWN = 300
"""Bubbles sent to the page: the newest ones, so that a long trial stays quick."""

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def phone_json(phone: Phone, guide: Guide) -> Mapping[str, Json]:
    """Everything the page shows of this phone."""
    return {
        "phone": phone.messenger,
        "user": phone.user.id,
        "typing": phone.typing,
        "toast": phone.toast,
        "keyboard": rows_json(phone.keyboard),
        "bubbles": [bubble_json(phone, bubble, guide) for bubble in phone.bubbles[-SHOWN:]],
        "clock": guide.label(),
    }


def bubble_json(phone: Phone, bubble: Bubble, guide: Guide) -> Mapping[str, Json]:
    """One message: its text, buttons, file, and when it came by the city's clock."""
    moment = guide.local(bubble.at)
    return {
        "id": bubble.id,
        "mine": bubble.mine,
        "text": bubble.text,
        "format": bubble.format,
        "rows": rows_json(bubble.rows),
        "media": media_json(phone, bubble.id, bubble.media) if bubble.media else None,
        "edited": bubble.edited,
        "time": f"{moment:%H:%M}",
        "day": day_label(moment),
    }


def rows_json(rows: Sequence[Sequence[Button]] | None) -> Json:
    """Buttons by rows; the data of a button stays here, the page presses by place."""
    return [[{"label": button.label, "kind": button.kind, "url": button.url} for button in row] for row in rows or ()]


def media_json(phone: Phone, bubble: int, media: Media) -> Json:
    """A file and its address; the address changes with the content, so it may be cached for ever."""
    version = f"{crc32(media.content):08x}"
    width, height = picture_size(media.content) or (None, None)
    return {
        "kind": media.kind,
        "name": media.name,
        "size": len(media.content),
        "width": width,
        "height": height,
        "url": f"/demo/media/{phone.messenger}/{phone.user.id}/{bubble}/{version}/{quote(media.name, safe='')}",
    }
