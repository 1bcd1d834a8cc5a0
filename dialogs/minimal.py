"""Screens for messengers that may carry no name, no address and no sum (core.messengers.PersonalData.MINIMAL).

Conversations know of it where they can offer something better (a one-time page of the web part: dialogs.pages). This is
the net under them: whatever a step shows, what is personal does not leave. A text with a sum in it is left out whole,
as is one with a `Personal` part that nothing stands in for; files that hold such things are never sent.
"""

from collections.abc import Mapping
from dataclasses import replace

from dialogs.screen import (
    Choice,
    Form,
    Lines,
    Msg,
    Personal,
    Plain,
    Plural,
    Rub,
    Screen,
    Text,
    Value,
    msg,
)

_PERSONAL_FILES = frozenset(Form) - {Form.CONSUMPTION_PLOT}
"""Also what an operator has attached: nobody has looked what is on it."""
LEFT_OUT = msg("Здесь это показать нельзя: в этом мессенджере мы не называем адресов и сумм.")
"""Stands where nothing is left of a text."""


def without_personal(screen: Screen) -> Screen | None:
    """The screen without anything personal; None when it was nothing but a personal file."""
    file = screen.file if screen.file is None or screen.file.form not in _PERSONAL_FILES else None
    if screen.file is not None and file is None and not (screen.choices or screen.items):
        return None
    return replace(
        screen,
        text=_bare(screen.text) or LEFT_OUT,
        choices=tuple(tuple(_label(choice) for choice in row) for row in screen.choices),
        items=tuple(_label(choice) for choice in screen.items),
        file=file,
    )


def _label(choice: Choice) -> Choice:
    return replace(choice, label=_bare(choice.label) or Plain("•"))


def _bare(text: Text) -> Text | None:
    match text:
        case Personal(_, instead):
            return _bare(instead) if instead is not None else None
        case Lines(parts, gap):
            left = tuple(bare for part in parts if (bare := _bare(part)) is not None)
            return Lines(left, gap) if left else None
        case Msg(msgid, arguments):
            bare_arguments = _bare_arguments(arguments)
            return None if bare_arguments is None else Msg(msgid, bare_arguments)
        case Plural(one, many, n, arguments):
            bare_arguments = _bare_arguments(arguments)
            return None if bare_arguments is None else Plural(one, many, n, bare_arguments)
        case Plain():
            return text


def _bare_arguments(arguments: Mapping[str, Value]) -> Mapping[str, Value] | None:
    """None when one of them may not be said."""
    left: dict[str, Value] = {}
    for name, value in arguments.items():
        if isinstance(value, Rub):
            return None
        if isinstance(value, Msg | Plural | Plain | Lines | Personal):
            bare = _bare(value)
            if bare is None:
                return None
            left[name] = bare
        else:
            left[name] = value
    return left
