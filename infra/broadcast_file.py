"""Broadcasts in a file: those written ahead beside the city file (`<city>.broadcasts.toml`), and any of the same form.

Read strictly, as the city file: all problems at once, each with its line. Whether a broadcast may be sent as it is, is
not judged here but by the rules of the core.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from core.broadcasts.model import BROADCAST_KINDS, Audience, Button, Debt, Draft, Enclosure, House, MailingKind
from core.broadcasts.rules import LARGEST_FILE
from core.city import City
from core.ids import ProviderCode
from core.money import NOTHING, parse_roubles
from core.services import Service
from infra.toml_tables import Problems, Table, parse

PICTURES: Final = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}
"""What pictures begin with; everything else is a document."""


class BroadcastFileError(Exception):
    """The file cannot be used. `lines`: one problem each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Written:
    """A broadcast as it stands in a file; `name` is what it is asked for by."""

    name: str
    draft: Draft


def broadcasts_file(city: Path) -> Path:
    """`magnitogorsk.broadcasts.toml` beside `magnitogorsk.toml`."""
    return city.with_suffix(f".broadcasts{city.suffix}")


def read_broadcast_file(path: Path, city: City) -> tuple[Written, ...]:
    """Raises BroadcastFileError."""
    problems: Problems = []
    root = parse(_text(path), problems)
    found: tuple[Written, ...] = ()
    if root is not None:
        found = tuple(_written(table, city, path.parent) for table in root.tables("broadcasts"))
        root.close()
    if problems:
        raise BroadcastFileError([f"{path}:{line}: {what}" for line, what in sorted(set(problems))])
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BroadcastFileError([f"{path}: it cannot be read: {reason}"]) from error


def _written(table: Table, city: City, folder: Path) -> Written:
    kind = table.optional_text("kind", _not_a_kind) or MailingKind.ANNOUNCEMENT.value
    texts = table.table("texts")
    draft = Draft(
        title=table.text("title"),
        texts=_by_language(texts, city),
        audience=_audience(table.table("audience", required=False)),
        kind=MailingKind(kind) if kind in set(MailingKind) else MailingKind.ANNOUNCEMENT,
        buttons=tuple(_button(one, city) for one in table.tables("buttons", required=False)),
        not_after=_instant(table, "not_after", city),
        enclosure=_enclosure(table, folder),
    )
    name = table.optional_text("name") or draft.title
    texts.close()
    table.close()
    return Written(name, draft)


def _not_a_kind(text: str) -> str | None:
    known = [kind.value for kind in BROADCAST_KINDS]
    return None if text in known else f"no kind {text!r}: write one of {', '.join(known)}"


def _by_language(table: Table, city: City) -> dict[str, str]:
    texts = {language: table.optional_text(language) for language in city.languages}
    return {language: text.strip() for language, text in texts.items() if text is not None}


def _button(table: Table, city: City) -> Button:
    opens, link = table.optional_text("opens"), table.optional_text("link")
    button = Button(_by_language(table, city), opens, link)
    table.close()
    return button


def _audience(table: Table) -> Audience:
    audience = Audience(
        providers=tuple(ProviderCode(code) for code in table.optional_texts("providers") or ()),
        services=tuple(_services(table)),
        houses=tuple(_houses(table)),
        streets=table.optional_texts("streets") or (),
        districts=table.optional_texts("districts") or (),
        languages=table.optional_texts("languages") or (),
        messengers=table.optional_texts("messengers") or (),
        linked=table.flag("linked") if "linked" in table.values else None,
        reading=table.flag("reading") if "reading" in table.values else None,
        debts=tuple(_debt(one) for one in table.tables("debts", required=False)),
    )
    table.close()
    return audience


def _services(table: Table) -> list[Service]:
    names = table.optional_texts("services") or ()
    known = {service.value for service in Service}
    for name in names:
        if name not in known:
            table.problem("services", f"no service {name!r}: write some of {', '.join(sorted(known))}")
    return [Service(name) for name in names if name in known]


def _houses(table: Table) -> list[House]:
    houses: list[House] = []
    for written in table.optional_texts("houses") or ():
        street, comma, building = written.rpartition(",")
        if comma and street.strip() and building.strip():
            houses.append(House(street.strip(), building.strip()))
        else:
            table.problem("houses", f'{written!r} is no house: write street and number, as in "улица Труда, 14"')
    return houses


def _debt(table: Table) -> Debt:
    provider = ProviderCode(table.text("provider"))
    least = parse_roubles(table.text("least", _not_roubles))
    most = parse_roubles(table.text("most", _not_roubles)) if "most" in table.values else None
    table.close()
    return Debt(provider, least if least is not None else NOTHING, most)


def _not_roubles(text: str) -> str | None:
    return None if parse_roubles(text) is not None else 'no sum in roubles: write it as "1500" or "1500,50"'


def _instant(table: Table, key: str, city: City) -> datetime | None:
    """A time of the city's clock, as TOML has it without a zone."""
    if not table.has(key):
        return None
    value = table.values[key]
    if not isinstance(value, datetime) or value.tzinfo is not None:
        table.problem(key, "write the city's time without quotes and without a zone, as in 2022-01-31T20:00:00")
        return None
    return value.replace(tzinfo=city.zone)


def _enclosure(table: Table, folder: Path) -> Enclosure | None:
    name = table.optional_text("file", _not_beside)
    if name is None or _not_beside(name):
        return None
    try:
        return enclosure(folder / name)
    except OSError as error:
        table.problem("file", f"{name} cannot be read: {error.strerror or error}")
        return None


def _not_beside(name: str) -> str | None:
    beside = Path(name).name == name and name not in {".", ".."}
    return None if beside else "the file lies beside this one: write its name alone"


def enclosure(path: Path) -> Enclosure:
    """A file to go with a broadcast; whether it is a picture is told by its first bytes. Raises OSError.

    No more of it is read than is looked at: a longer one is refused by the rules.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    return Enclosure(path.name, any(content.startswith(begins) for begins in PICTURES), content)
