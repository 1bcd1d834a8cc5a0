"""The knowledge base: short answers that need no person, in a file beside the city file (`<city>.answers.toml`).

It is data of the city: its texts stand in it in every language, not in the catalogues. Facts do not stand in it but are
named ({phone}, {closes_day}, …) and come from the city file, so that they cannot grow old in two places.
"""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from string import Formatter

from core.city import City
from core.services import Service
from core.support.routing import FACTS, organisations
from core.support_settings import KnownAnswer, Topic
from infra.city_support import one_of
from infra.toml_tables import Problems, Table, parse

LONGEST = 900
"""Signs: with buttons and a heading it stays one look at a phone."""


def answers_file(city: Path) -> Path:
    """`magnitogorsk.answers.toml` beside `magnitogorsk.toml`."""
    return city.with_suffix(f".answers{city.suffix}")


def read_known_answers(text: str, city: City, problems: Problems) -> tuple[KnownAnswer, ...]:
    """The answers of a file's text; what is wrong with them is noted by line."""
    root = parse(text, problems)
    if root is None:
        return ()
    names = organisations(city)
    answers = tuple(_answer(table, city.languages, names) for table in root.tables("answers", required=False))
    root.close()
    return answers


def _answer(table: Table, languages: Sequence[str], names: Collection[str]) -> KnownAnswer:
    topic = table.text("topic", one_of([topic.value for topic in Topic]))
    services = table.texts("services") if "services" in table.values else ()
    known = {service.value for service in Service}
    if unknown := [name for name in services if name not in known]:
        table.problem("services", f"no service {unknown[0]!r}: write some of {', '.join(sorted(known))}")
    answer = KnownAnswer(
        topic=Topic(topic) if topic in set(Topic) else Topic.OTHER,
        texts=_texts(table, languages),
        services=tuple(Service(name) for name in services if name in known),
        organisation=table.optional_text("organisation", one_of(names)),
        since=table.optional_day("since", date.min),
        until=table.optional_day("until", date.max),
    )
    table.close()
    return answer


def _texts(table: Table, languages: Sequence[str]) -> dict[str, str]:
    first, *others = languages
    texts = {first: table.text(first, _unfit)}
    for language in others:
        text = table.optional_text(language, _unfit)
        if text is not None:
            texts[language] = text
    return {language: text.strip() for language, text in texts.items()}


def _unfit(text: str) -> str | None:
    if len(text) > LONGEST:
        return f"more than {LONGEST} signs are too long for a phone"
    try:
        named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return "a { stands without its }"
    return None if named <= FACTS else f"{{{min(named - FACTS)}}} is no fact; known are {', '.join(sorted(FACTS))}"
