"""Our own updates: results of jobs and things to tell. Their raw form is JSON with exactly one of these keys.

{"notice": {"kind": "declined", "subject": "…"}}      something to tell the resident
{"photo": {"codes": ["<hex of the bytes>", …]}}       a photo was read
"""

from bots.raw import as_list, as_object, read_object, string, write
from dialogs.event import Event, Notice, PhotoRead, Unreadable
from dialogs.ports import Incoming

SORRY = "sorry"


def parse_internal(raw: str) -> Event:
    """The event of one of our own updates; a silent Unreadable when it is none."""
    update = read_object(raw)
    if "notice" in update:
        notice = as_object(update["notice"])
        return Notice(string(notice.get("kind")), string(notice.get("subject")))
    if "photo" in update:
        return PhotoRead(tuple(_bytes(code) for code in as_list(as_object(update["photo"]).get("codes"))))
    return Unreadable(silent=True)


def sorry_for(update: Incoming) -> Incoming | None:
    """The update that says sorry for one that was given up; None when that one was itself a sorry."""
    if update.internal and parse_internal(update.raw) == Notice(SORRY, ""):
        return None
    raw = write({"notice": {"kind": SORRY, "subject": ""}})
    return Incoming(update.chat, f"{SORRY}:{update.key}", raw, internal=True)


def _bytes(code: object) -> bytes:
    try:
        return bytes.fromhex(string(code))
    except ValueError:
        return b""
