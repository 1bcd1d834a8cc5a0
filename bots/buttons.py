"""What a button carries: `rev:choice`, the revision of its screen and the choice (dialogs.fit makes it)."""

import re

from dialogs.event import Pressed

_DATA = re.compile(r"([0-9]{1,15}):(.+)", re.DOTALL | re.ASCII)


def pressed(data: str) -> Pressed | None:
    """The press that data of a button means; None for data no button of ours bears."""
    match = _DATA.fullmatch(data)
    return Pressed(match[2], int(match[1])) if match is not None else None
