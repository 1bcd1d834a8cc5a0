"""Our own updates as they lie in the inbox: things to tell, and results of jobs. Their raw form is JSON.

{"notice": {"kind": "answer", "subject": "12:34"}}     something to tell the resident (dialogs.notices)
{"photo": {"codes": ["<hex of the bytes>", …]}}        a photo was read
"""

import json
from collections.abc import Iterable

from core.accounts.model import LinkNews
from core.errors import Unavailable
from dialogs.event import Event, Notice, NoticeKind, PhotoRead, Unreadable
from dialogs.ports import Incoming

_KINDS = frozenset({*NoticeKind, *LinkNews})


class NotUnderstood(Unavailable):
    """An update of ours that only another version of the code knows. Its turn fails and comes again, until a process
    of that version takes it: old and new code run side by side while a new version is put into service."""


def write_notice(notice: Notice) -> str:
    return json.dumps({"notice": {"kind": notice.kind, "subject": notice.subject}})


def write_codes(codes: Iterable[bytes]) -> str:
    return json.dumps({"photo": {"codes": [code.hex() for code in codes]}})


def parse_internal(raw: str) -> Event:
    """The event of one of our own updates; a silent Unreadable when no version has written it. Raises NotUnderstood."""
    try:
        update: object = json.loads(raw)
    except (ValueError, RecursionError):
        update = None
    match update:
        case {"notice": {"kind": str(kind), "subject": str(subject)}}:
            if kind not in _KINDS:
                raise NotUnderstood(kind)
            return Notice(kind, subject)
        case {"photo": {"codes": list(codes)}}:
            return PhotoRead(tuple(_bytes(code) for code in codes))
        case {"notice": _} | {"photo": _}:
            return Unreadable(silent=True)
        case {} if update:
            raise NotUnderstood
    return Unreadable(silent=True)


def sorry_for(update: Incoming) -> Incoming | None:
    """The update that says sorry for one that was given up; None when nobody waits for it, as for a sorry itself."""
    sorry = Notice(NoticeKind.SORRY, "")
    try:
        if update.internal and parse_internal(update.raw) == sorry:
            return None
    except NotUnderstood:
        return None
    return Incoming(update.chat, f"{NoticeKind.SORRY}:{update.key}", write_notice(sorry), internal=True)


def _bytes(code: object) -> bytes:
    try:
        return bytes.fromhex(str(code))
    except ValueError:
        return b""
