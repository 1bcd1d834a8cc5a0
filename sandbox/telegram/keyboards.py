"""Keyboards of the Bot API: their limits, and how a phone draws them."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.phone import Button
from sandbox.telegram.errors import bad_request
from sandbox.wire import Json, as_list, as_object

MarkupKind = Literal["none", "inline", "reply", "remove", "force_reply"]
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True, slots=True)
class Markup:
    """A checked reply_markup."""

    kind: MarkupKind = "none"
    rows: list[list[Button]] = field(default_factory=list)
    raw: Json = field(default_factory=dict)


def read_markup(value: object, *, private: bool) -> Markup:
    """Check a reply_markup and turn it into rows of buttons; ApiError 400 on what the server refuses."""
    if value is None or value == {}:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = _rows(value["inline_keyboard"], "inline keyboard")
        return Markup("inline", [[_inline(button) for button in row] for row in rows], value)
    if "keyboard" in value:
        rows = _rows(value["keyboard"], "reply keyboard")
        return Markup("reply", [[_reply(button, private=private) for button in row] for row in rows], value)
    if value.get("remove_keyboard"):
        return Markup("remove", raw=value)
    return Markup("force_reply" if value.get("force_reply") else "none", raw=value)


def _rows(value: object, name: str) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(f"can't parse {name} markup JSON object: expected an Array of Arrays")
    rows = [as_list(row) for row in value if row]
    if sum(len(row) for row in rows) > 100:
        raise bad_request("reply markup is too long")
    return rows


def _inline(value: object) -> Button:
    button = as_object(value)
    label = button.get("text")
    if not isinstance(label, str) or not label:
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    actions = [name for name in _ACTIONS if name in button]
    if not actions or (actions == ["callback_data"] and not button["callback_data"]):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action field must be used")
    if actions[0] == "callback_data":
        data = str(button["callback_data"])
        if len(data.encode()) > 64:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(label, "press", data=data)
    return Button(label, "url", url=_link(button, actions[0]))


def _link(button: Json, action: str) -> str:
    target = button[action]
    url = str(as_object(target).get("url", "")) if isinstance(target, dict) else str(target)
    if action == "url" and not url.lower().startswith(("http://", "https://", "tg://", "mailto:", "tel:")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url


def _reply(value: object, *, private: bool) -> Button:
    if isinstance(value, str):
        return Button(value, "text", data=value)
    button = as_object(value)
    label = button.get("text")
    if not isinstance(label, str) or not label:
        raise bad_request("can't parse keyboard button: Can't find field \"text\"")
    if button.get("request_contact"):
        if not private:
            raise bad_request("phone number can be requested in private chats only")
        return Button(label, "contact")
    return Button(label, "text", data=label)
