"""VK keyboards: format and limits (error 911), and how a phone draws them."""

import json
from dataclasses import dataclass, field

from sandbox.phone import Button
from sandbox.vk.errors import ApiError
from sandbox.wire import Json, as_object

_COLORS = frozenset({"primary", "secondary", "negative", "positive", "default"})
_FIELDS = {
    "text": {"type", "label", "payload"},
    "callback": {"type", "label", "payload"},
    "open_link": {"type", "label", "link", "payload"},
    "location": {"type", "payload"},
    "open_app": {"type", "label", "app_id", "owner_id", "hash", "payload"},
    "vkpay": {"type", "hash", "payload"},
}


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A checked keyboard; `raw` is its JSON with payloads as text, as VK echoes it."""

    inline: bool
    one_time: bool
    rows: list[list[Button]] = field(default_factory=list)
    raw: Json = field(default_factory=dict)


def _refuse(why: str) -> ApiError:
    return ApiError(911, why)


def read_keyboard(text: str) -> Keyboard | None:
    """Parse and check; None when there is no keyboard. ApiError 911 on anything VK would refuse."""
    if not text:
        return None
    try:
        raw = json.loads(text)
    except ValueError:
        raise _refuse("keyboard is not valid JSON") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("buttons"), list):
        raise _refuse("buttons must be an array")
    unknown = set(raw) - {"buttons", "one_time", "inline", "author_id"}
    if unknown:
        raise _refuse(f"unknown fields {sorted(unknown)}")
    inline, one_time = raw.get("inline", False), raw.get("one_time", False)
    if not isinstance(inline, bool) or not isinstance(one_time, bool):
        raise _refuse("inline and one_time must be booleans")
    if inline and one_time:
        raise _refuse("one_time can't be used with inline")
    _check_size(raw["buttons"], inline=inline)
    rows = [[_button(one) for one in row] for row in raw["buttons"]]
    return Keyboard(inline, one_time, rows, {"one_time": one_time, "inline": inline, "buttons": raw["buttons"]})


def _check_size(rows: list[object], *, inline: bool) -> None:
    most_rows, most = (6, 10) if inline else (10, 40)
    sizes = [len(row) if isinstance(row, list) else -1 for row in rows]
    if -1 in sizes or 0 in sizes:
        raise _refuse("every row must be a non-empty array")
    if inline and not rows:
        raise _refuse("an inline keyboard must have buttons")
    if len(rows) > most_rows:
        raise _refuse(f"too many rows, at most {most_rows}")
    if any(size > 5 for size in sizes):
        raise _refuse("too many buttons in a row, at most 5")
    if sum(sizes) > most:
        raise _refuse(f"too many buttons, at most {most}")


def _button(value: object) -> Button:
    button = as_object(value)
    action = as_object(button.get("action"))
    kind = str(action.get("type", ""))
    if kind not in _FIELDS:
        raise _refuse(f"unknown action type {kind!r}")
    if set(button) - {"action", "color"} or set(action) - _FIELDS[kind]:
        raise _refuse(f"unknown fields in a {kind} button")
    if "color" in button and button["color"] not in _COLORS:
        raise _refuse(f"unknown color {button['color']!r}")
    payload = _payload(action)
    if kind in ("text", "callback"):
        return Button(_label(action), "press" if kind == "callback" else "text", data=payload)
    if kind == "open_link":
        link = str(action.get("link", ""))
        if not link.startswith(("http://", "https://")):
            raise _refuse("link of an open_link button is invalid")
        return Button(_label(action), "url", data=payload, url=link)
    return Button(str(action.get("label", kind)), "url", data=payload, url="")


def _label(action: Json) -> str:
    label = action.get("label")
    if not isinstance(label, str) or not label.strip():
        raise _refuse("label is empty")
    if len(label) > 40:
        raise _refuse("label is too long, at most 40 characters")
    return label


def _payload(action: Json) -> str | None:
    """The payload as JSON text; VK takes it as an object or as text."""
    payload = action.get("payload")
    if payload is None or payload == "":
        action.pop("payload", None)
        return None
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    try:
        json.loads(text)
    except ValueError:
        raise _refuse("payload is not valid JSON") from None
    if len(text) > 255:
        raise _refuse("payload is too long, at most 255 characters")
    action["payload"] = text
    return text
