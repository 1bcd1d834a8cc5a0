"""What a broadcast may say, when it may be sent, and who must agree. Pure: nothing is read or written here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from string import Formatter
from typing import Final

from core.broadcast_settings import BroadcastRules
from core.broadcasts.model import BROADCAST_KINDS, Button, Draft, MailingKind, Status
from core.city import City
from core.errors import Rejected

PERSONAL: Final = {"flat": 60, "owed": 20}
"""Placeholders that differ from resident to resident, and the signs each may take: the flat as its resident calls it,
and what is owed for it in all, as a sum."""
FACTS: Final = frozenset({"city", "closes_day", "due_day", "phone", "voicemail"})
"""Placeholders that the city file fills, the same for everybody."""
LONGEST_FACT: Final = 40
OPENS: Final = (
    *("readings", "balance", "receipt", "pay", "history"),
    *("question", "contacts", "settings", "link"),
)
"""Conversations that a button may open: choices of the menu."""

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LONGEST_LABEL: Final = 40
LONGEST_TITLE: Final = 120
MOST_BUTTONS: Final = 4
"""The strictest of both messengers (messengers.md §1.4, §2.2): a broadcast is one message, whole or not at all."""
LARGEST_FILE: Final = 10 * 1024 * 1024
LONGEST_LINK: Final = 500

# A host of letters, digits, points and hyphens, perhaps a port, and what may stand behind it. No user, no quotes.
_LINK: Final = re.compile(r"https://[\w-]+(?:\.[\w-]+)+(?::[0-9]{1,5})?(?:[/?#][^\s\"'<>\\\x00-\x20\x7f]*)?")


class ProblemKind(StrEnum):
    """What is wrong with a draft."""

    NO_TITLE = "no_title"
    TITLE_TOO_LONG = "title_too_long"
    NO_TEXT = "no_text"
    UNKNOWN_LANGUAGE = "unknown_language"
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    BRACES = "braces"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    NEEDS_FLAT = "needs_flat"
    TOO_MANY_BUTTONS = "too_many_buttons"
    BUTTON = "button"
    LABEL = "label"
    FILE_TOO_LARGE = "file_too_large"
    UNKNOWN_PROVIDER = "unknown_provider"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_MESSENGER = "unknown_messenger"
    NOT_LINKED = "not_linked"
    DEBT = "debt"
    KIND = "kind"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, where (a language, a field), and the value or bound it is about."""

    kind: ProblemKind
    where: str = ""
    about: str = ""


class BadDraft(Rejected):
    """The draft cannot be kept as it is; `problems` are all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(problem.kind.value for problem in problems))
        self.problems = problems


# --- what it says


def placeholders(text: str) -> frozenset[str]:
    """Names in braces. Raises ValueError where braces do not close, or hold more than a name."""
    names: set[str] = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(name)
        names.add(name)
    return frozenset(names)


def personal(draft: Draft) -> frozenset[str]:
    """The placeholders of a draft that differ from resident to resident."""
    named = [placeholders(text) for text in draft.texts.values()]
    return frozenset().union(*named) & PERSONAL.keys()


def text_for(texts: Mapping[str, str], language: str, city: City) -> str:
    """The text of a language; the city's first where there is none."""
    return texts.get(language) or texts[city.languages[0]]


def city_facts(city: City, now: datetime) -> dict[str, str]:
    """What fills the placeholders of the city; `now` is by its clock."""
    return {
        "city": city.name,
        "closes_day": str(city.window_on(now.date()).closes_day),
        "due_day": str(city.due_day(now.date())),
        "phone": city.phones.call_centre,
        "voicemail": city.phones.readings_voicemail,
    }


def problems(draft: Draft, city: City, now: datetime) -> tuple[Problem, ...]:
    """Everything that is wrong with a draft, in the order in which it is read."""
    return (
        *_of_title(draft),
        *_of_texts(draft, city),
        *_of_buttons(draft, city),
        *_of_audience(draft, city),
        *_of_rest(draft, now),
    )


def _of_title(draft: Draft) -> Iterable[Problem]:
    if not draft.title.strip():
        yield Problem(ProblemKind.NO_TITLE)
    elif len(draft.title) > LONGEST_TITLE:
        yield Problem(ProblemKind.TITLE_TOO_LONG, about=str(LONGEST_TITLE))
    if draft.kind not in BROADCAST_KINDS:
        yield Problem(ProblemKind.KIND, about=draft.kind.value)


def _of_texts(draft: Draft, city: City) -> Iterable[Problem]:
    if city.languages[0] not in draft.texts:
        yield Problem(ProblemKind.NO_TEXT, city.languages[0])
    for language, text in draft.texts.items():
        if language not in city.languages:
            yield Problem(ProblemKind.UNKNOWN_LANGUAGE, language)
        elif not text.strip():
            yield Problem(ProblemKind.EMPTY_TEXT, language)
        else:
            yield from _of_text(draft, language, text)


def _of_text(draft: Draft, language: str, text: str) -> Iterable[Problem]:
    try:
        named = placeholders(text)
    except ValueError:
        yield Problem(ProblemKind.BRACES, language)
        return
    for name in sorted(named - PERSONAL.keys() - FACTS):
        yield Problem(ProblemKind.UNKNOWN_PLACEHOLDER, language, name)
    if named & PERSONAL.keys() and not (draft.audience.of_flats or draft.audience.linked):
        yield Problem(ProblemKind.NEEDS_FLAT, language, min(named & PERSONAL.keys()))
    longest = LONGEST_TEXT if draft.enclosure is None else LONGEST_CAPTION
    if _length_at_most(text) > longest:
        yield Problem(ProblemKind.TEXT_TOO_LONG, language, str(longest))


def _length_at_most(text: str) -> int:
    """UTF-16 units, as messengers count, with every placeholder at its longest."""
    length = 0
    for literal, name, _, _ in Formatter().parse(text):
        length += len(literal.encode("utf-16-le", "surrogatepass")) // 2
        length += PERSONAL.get(name, LONGEST_FACT) if name is not None else 0
    return length


def _of_buttons(draft: Draft, city: City) -> Iterable[Problem]:
    if len(draft.buttons) > MOST_BUTTONS:
        yield Problem(ProblemKind.TOO_MANY_BUTTONS, about=str(MOST_BUTTONS))
    for number, button in enumerate(draft.buttons, 1):
        yield from _of_button(button, str(number), city)


def _of_button(button: Button, where: str, city: City) -> Iterable[Problem]:
    if (button.opens is None) == (button.link is None):
        yield Problem(ProblemKind.BUTTON, where)
    elif button.opens is not None and button.opens not in OPENS:
        yield Problem(ProblemKind.BUTTON, where, button.opens)
    elif button.link is not None and not _is_link(button.link):
        yield Problem(ProblemKind.BUTTON, where, button.link)
    if city.languages[0] not in button.labels:
        yield Problem(ProblemKind.LABEL, where, city.languages[0])
    for language, label in button.labels.items():
        if language not in city.languages or not label.strip() or len(label) > LONGEST_LABEL:
            yield Problem(ProblemKind.LABEL, where, language)


def _is_link(text: str) -> bool:
    """A plain https address: nothing else is safe to press without a look."""
    return len(text) <= LONGEST_LINK and _LINK.fullmatch(text) is not None


def _of_audience(draft: Draft, city: City) -> Iterable[Problem]:
    audience = draft.audience
    providers = (*audience.providers, *(debt.provider for debt in audience.debts))
    named: tuple[tuple[ProblemKind, tuple[str, ...], set[str]], ...] = (
        (ProblemKind.UNKNOWN_PROVIDER, providers, {one.code for one in city.providers}),
        (ProblemKind.UNKNOWN_MESSENGER, audience.messengers, {one.code for one in city.messengers}),
        (ProblemKind.UNKNOWN_LANGUAGE, audience.languages, set(city.languages)),
    )
    for kind, names, known in named:
        yield from (Problem(kind, about=name) for name in names if name not in known)
    if audience.linked is False and audience.of_flats:
        yield Problem(ProblemKind.NOT_LINKED)
    for debt in audience.debts:
        if debt.most is not None and debt.most < debt.least:
            yield Problem(ProblemKind.DEBT, about=debt.provider)


def _of_rest(draft: Draft, now: datetime) -> Iterable[Problem]:
    if draft.enclosure is not None and not 0 < len(draft.enclosure.content) <= LARGEST_FILE:
        yield Problem(ProblemKind.FILE_TOO_LARGE, about=str(LARGEST_FILE))
    if draft.not_after is not None and draft.not_after <= now:
        yield Problem(ProblemKind.TOO_LATE, "not_after")


# --- when it may be sent


def quiet(local: datetime, rules: BroadcastRules) -> bool:
    """Whether residents sleep; `local` is an instant by the city's clock. Equal bounds mean no quiet hours at all."""
    at, begins, ends = local.time(), rules.quiet_from, rules.quiet_until
    return begins <= at < ends if begins <= ends else at >= begins or at < ends


def may_send(kind: MailingKind, local: datetime, rules: BroadcastRules) -> bool:
    return kind.wakes or not quiet(local, rules)


def expired(not_after: datetime | None, now: datetime) -> bool:
    return not_after is not None and now > not_after


def too_late_to_start(starts_at: datetime, now: datetime, rules: BroadcastRules) -> bool:
    """Whether a scheduled start was missed by so much that somebody should look first (reliability.md D11)."""
    return now - starts_at > timedelta(minutes=rules.late_minutes)


# --- who must agree


def same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def needs_second(recipients: int, approver: str | None, rules: BroadcastRules) -> bool:
    """Whether so many may not be told on one person's word."""
    return recipients > rules.alone_up_to and approver is None


ALLOWED: Final[dict[str, frozenset[Status]]] = {
    "change": frozenset({Status.DRAFT}),
    "approve": frozenset({Status.DRAFT, Status.SCHEDULED, Status.PAUSED}),
    "start": frozenset({Status.DRAFT}),
    "undo": frozenset({Status.SENDING, Status.SCHEDULED}),
    "pause": frozenset({Status.SENDING, Status.SCHEDULED}),
    "resume": frozenset({Status.PAUSED}),
    "cancel": frozenset({Status.DRAFT, Status.SCHEDULED, Status.SENDING, Status.PAUSED}),
}
"""What may be done to a broadcast where it is."""
