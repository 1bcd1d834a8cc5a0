"""Which organisation answers a question, and what is known of it. Everything is data of the city file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.city import City
from core.periods import Period
from core.services import Service
from core.support.model import Topic
from core.support_settings import Answerer, Desk, KnownAnswer


@dataclass(frozen=True)
class Organisation:
    """Who answers; the phone and the desk are None where the city file knows none."""

    name: str
    phone: str | None
    desk: Desk | None = None


def organisation_for(city: City, topic: Topic, service: Service | None, period: Period, today: date) -> Organisation:
    """By the route in force today. Charges of water before January 2022 are their billing agent's of that time."""
    return organisation_named(city, _name(city, topic, service, period, today), today)


def _name(city: City, topic: Topic, service: Service | None, period: Period, today: date) -> str:
    to = city.support.route_on(topic, service, today)
    named = city.find_provider(to)
    if named is not None:
        return named.name
    if service is None:
        return city.providers[0].name
    if to == Answerer.BILLING_AGENT:
        return city.billing_agent(service, period.first_day)
    return city.provider_of(service).name


def organisation_named(city: City, name: str, today: date) -> Organisation:
    """Its own phone, where the city file has one; else the call centre of all."""
    own = [agent.phone for agent in city.billing_agents if agent.name == name and agent.phone]
    return Organisation(name, own[-1] if own else city.phones.call_centre, city.support.desk_on(name, today))


def organisations(city: City) -> tuple[str, ...]:
    """Everybody who may have a ticket: providers, and billing agents of whatever time."""
    names = [*(one.name for one in city.providers), *(agent.name for agent in city.billing_agents)]
    return tuple(dict.fromkeys(names))


def find_organisation(city: City, said: str) -> str | None:
    """The organisation an operator means: its name, a provider's code or short name, in any case."""
    meant = said.strip().casefold()
    for name in organisations(city):
        if name.casefold() == meant:
            return name
    for provider in city.providers:
        if meant in {provider.code.casefold(), provider.short_name.casefold()}:
            return provider.name
    return None


def known_answer(
    city: City, about: tuple[Topic, Service | None], organisation: Organisation, today: date, language: str
) -> str | None:
    """The most precise answer whose facts are all known, in the language, or in the city's first one."""
    return next(iter(known_answers(city, about, organisation, today, language)), None)


def known_answers(
    city: City, about: tuple[Topic, Service | None], organisation: Organisation, today: date, language: str
) -> Sequence[str]:
    """All that fit, the most precise first."""
    facts = answer_facts(city, organisation, today)
    fitting = [one for one in city.support.known if one.fits(*about, organisation.name, today)]
    fitting.sort(key=lambda one: one.precision, reverse=True)
    texts = [_filled(answer, facts, language, city.languages[0]) for answer in fitting]
    return [text for text in texts if text is not None]


FACTS = frozenset({"organisation", "phone", "voicemail", "closes_day", "due_day", "emergency"})
"""The {names} that an answer may have."""


def answer_facts(city: City, organisation: Organisation, today: date) -> dict[str, str]:
    """What stands for the {names}; facts nobody knows are left out, and so is then what speaks of them."""
    emergency = [f"{one.short_name} {one.emergency_phone}" for one in city.providers if one.emergency_phone]
    facts = {
        "organisation": organisation.name,
        "phone": organisation.phone,
        "voicemail": city.phones.readings_voicemail,
        "closes_day": str(city.window_on(today).closes_day),
        "due_day": str(city.due_day(today)),
        "emergency": ", ".join(emergency),
    }
    return {name: value for name, value in facts.items() if value}


def _filled(answer: KnownAnswer, facts: dict[str, str], language: str, first: str) -> str | None:
    text = answer.texts.get(language) or answer.texts[first]
    try:
        return text.format_map(facts)
    except KeyError:
        return None
