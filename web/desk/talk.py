"""A conversation as it is drawn: what was said and what happened, in one line of time."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from core.clock import CityClock
from core.ids import MemberId
from core.support.desk import Dossier
from core.support.model import Author, EventKind, FileKind, FileState, Mark, Message, TicketEvent, TicketFile
from web.desk.ticket_words import CLOSED_BY_RESIDENT, EVENTS, MARKS
from web.desk.words import Words

SHOWN_AMONG_WORDS: Final = frozenset(
    {
        *(EventKind.TRANSFERRED, EventKind.CLOSED, EventKind.REOPENED, EventKind.RATED),
        *(EventKind.TAKEN_UP, EventKind.LET_GO, EventKind.GIVEN),
    }
)
"""What else happened (read, answered, edited) is seen by the words themselves; the history below has it all."""
SHOWN: Final = 200
"""Items of a conversation, and lines of its history: the newest. Nobody reads more at a look, and somebody who floods
a ticket must not make its page unusable."""
PICTURE: Final = "image/jpeg"
"""What pictures are once they have been made anew: the one kind of file that is shown in the page."""


@dataclass(frozen=True, slots=True)
class FileView:
    """An attachment. `picture`: shown; else a link to save it. `state`: why it is neither, if it is not kept."""

    id: int
    name: str
    picture: bool
    voice: bool
    kept: bool
    waiting: bool
    size: int


@dataclass(frozen=True, slots=True)
class Item:
    """Something said, or a line of what happened (`author` is then None, `text` the words for it). `new`: said after
    what the operator had seen when their answer was held back. `day`: the first of its day."""

    key: str
    author: Author | None
    text: str
    at: datetime
    by: str = ""
    files: tuple[FileView, ...] = ()
    earlier: tuple[str, ...] = ()
    mark: Mark | None = None
    mark_words: str = ""
    new: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, or the end of it; `cut` items are left out before. `answered`: number of the newest answer of
    somebody else. `unsettled`: an answer is on its way, so the page looks again soon."""

    items: Sequence[Item]
    history: Sequence[Item]
    last: int
    answered: int
    unsettled: bool
    cut: int = 0


@dataclass(frozen=True)
class Teller:
    """Draws dossiers for one operator. `names`: of colleagues. `seen`: the newest message they had seen, if asked.
    `whole`: they want to see all of it."""

    words: Words
    clock: CityClock
    names: Mapping[MemberId, str]
    me: str
    seen: int | None = None
    whole: bool = False

    def talk(self, dossier: Dossier) -> Talk:
        said = [self._message(one, dossier.marks) for one in dossier.messages]
        happened = [self._event(number, one) for number, one in enumerate(dossier.events)]
        among = [item for item, event in zip(happened, dossier.events, strict=True) if event.kind in SHOWN_AMONG_WORDS]
        theirs = [one.id for one in dossier.messages if one.author is Author.OPERATOR and one.by != self.me]
        items = _together(said, among)
        cut = 0 if self.whole else max(0, len(items) - SHOWN)
        return Talk(
            items=self._days(items[cut:]),
            history=happened if self.whole else happened[-SHOWN:],
            last=dossier.last,
            answered=max(theirs, default=0),
            unsettled=any(mark in {Mark.WAITING, Mark.SENT} for mark in dossier.marks.values()),
            cut=cut,
        )

    def _message(self, message: Message, marks: Mapping[int, Mark]) -> Item:
        mark = marks.get(message.id)
        return Item(
            key=f"m{message.id}",
            author=message.author,
            text=message.text,
            at=message.at,
            by=message.by,
            files=tuple(_file(file) for file in message.files),
            earlier=message.earlier,
            mark=mark,
            mark_words=self.words.t(MARKS[mark]) if mark is not None else "",
            new=self.seen is not None and message.id > self.seen and message.author is not Author.NOTE,
        )

    def _event(self, number: int, event: TicketEvent) -> Item:
        text = EVENTS[event.kind] if event.by or event.kind is not EventKind.CLOSED else CLOSED_BY_RESIDENT
        facts = {
            "by": event.by,
            "to": event.facts.get("to", ""),
            "origin": event.facts.get("from", ""),
            "stars": event.facts.get("stars", ""),
            "name": self.names.get(MemberId(_number(event.facts.get("to"))), "?"),
        }
        return Item(f"e{number}", None, self.words.t(text, **facts), event.at)

    def _days(self, items: Sequence[Item]) -> Sequence[Item]:
        """The first of each day bears the day."""
        dated: list[Item] = []
        before: date | None = None
        for item in items:
            day = self.clock.local(item.at).date()
            dated.append(item if day == before else replace(item, day=day))
            before = day
        return dated


def _together(said: Sequence[Item], happened: Sequence[Item]) -> list[Item]:
    """What was said in its order, and what happened in its own, laid between by time. The city's clock may have been
    set back in between: then an item counts as no earlier than those before it."""
    merged = heapq.merge(_rising(said), _rising(happened), key=lambda one: one[0])
    return [item for _, item in merged]


def _rising(items: Sequence[Item]) -> Iterator[tuple[datetime, Item]]:
    latest = datetime.min.replace(tzinfo=UTC)
    for item in items:
        latest = max(latest, item.at)
        yield latest, item


def _file(file: TicketFile) -> FileView:
    kept = file.state is FileState.KEPT
    return FileView(
        id=file.id,
        name=file.name,
        picture=kept and file.kind is FileKind.PHOTO and file.media_type == PICTURE,
        voice=file.kind is FileKind.VOICE,
        kept=kept,
        waiting=file.state is FileState.WAITING,
        size=file.size or 0,
    )


def _number(fact: object) -> int:
    return fact if isinstance(fact, int) else 0
