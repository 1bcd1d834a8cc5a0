"""Screens as calls of messages.send. Mentions and link previews are off: text of people stands in ours."""

from collections.abc import Sequence
from typing import Final

from bots.raw import write
from dialogs.fit import FittedButton, FittedMessage, Limits, fit
from dialogs.ports import Call
from dialogs.screen import Screen, Translator

LIMITS: Final = Limits(text=4096, caption=4096, label=40, buttons=10, rows=6, per_row=5)
"""messengers.md §2.2 and §2.4, for inline keyboards; a file's caption is the text of its message."""


def render(screen: Screen, rev: int, translator: Translator) -> Sequence[Call]:
    """The calls that show a screen; the peer, `random_id` and the attachment are added when they are sent."""
    return [_call(message) for message in fit(screen, translator, rev, LIMITS)]


def _call(message: FittedMessage) -> Call:
    params: dict[str, object] = {"message": message.text, "disable_mentions": 1, "dont_parse_links": 1}
    if message.rows:
        rows = [[_button(button) for button in row] for row in message.rows]
        params["keyboard"] = write({"inline": True, "buttons": rows})
    return Call("messages.send", params, message.file)


def _button(button: FittedButton) -> dict[str, object]:
    if button.url is not None:
        return {"action": {"type": "open_link", "label": button.label, "link": button.url}}
    # "text" and not "callback": old clients do not know the latter [messengers.md §2.4].
    action = {"type": "text", "label": button.label, "payload": write({"choice": button.data})}
    return {"action": action, "color": "secondary"}
