"""`vodoteplo window …`: until when readings are taken, and a later last day after an outage."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from cli.base import Base, run_with_base, within_use_cases
from cli.refusal import refuse
from core.city import City
from core.errors import NotFound
from core.meters.windows import BadExtension, ExtensionProblem, NewExtension
from core.periods import Period


@dataclass(frozen=True)
class Extend:
    """What `vodoteplo window extend` was asked for, as typed."""

    until: str
    reason: str
    period: str | None
    provider: str | None
    street: str | None
    building: str | None
    operator: str


def run_extend(asked: Extend) -> None:
    run_with_base(partial(_extend, asked))


async def _extend(asked: Extend, ground: Base) -> None:
    new = _understood(asked, ground)
    async with within_use_cases(ground) as use_cases:
        try:
            extension, building = await use_cases.windows.extend(new)
        except BadExtension as bad:
            refuse([_why(bad)])
        except NotFound:
            refuse([f"--street {asked.street} --building {asked.building}: nobody lives there by the accounts on file"])
    whose = ground.city.provider(extension.provider).short_name if extension.provider else "all providers"
    where = f"{building.name} ({building.flats} flats)" if building else "everybody"
    print(f"Readings of {extension.period} ({whose}) are taken until {extension.until:%d.%m.%Y}, for {where}.")


def _understood(asked: Extend, ground: Base) -> NewExtension:
    """Exits with a line for what was not understood."""
    try:
        until = date.fromisoformat(asked.until)
    except ValueError:
        refuse([f"--until {asked.until}: write the day as YYYY-MM-DD, as in 2022-02-28"])
    try:
        period = Period.parse(asked.period) if asked.period else ground.city_clock.period()
    except ValueError:
        refuse([f"--period {asked.period}: write the month as YYYY-MM, as in 2022-02"])
    if (asked.street is None) != (asked.building is None):
        refuse(["--street and --building belong together: give both, or none for everybody"])
    try:
        provider = ground.city.provider(asked.provider).code if asked.provider else None
    except LookupError as error:
        refuse([f"--provider {asked.provider}: {error}"])
    house = (asked.street, asked.building) if asked.street and asked.building else None
    return NewExtension(period, until, asked.reason, asked.operator, provider, house)


def _why(bad: BadExtension) -> str:
    day = f"{bad.closes_on:%d.%m.%Y}"
    match bad.problem:
        case ExtensionProblem.NOT_LATER:
            return f"--until: readings are taken until {day} already: give a later day"
        case ExtensionProblem.TOO_LATE:
            return f"--until: on {day} the next month closes: give an earlier day"
        case ExtensionProblem.NO_REASON:
            return "--reason: say why, for those who read the list"


def run_list() -> None:
    run_with_base(_list)


async def _list(ground: Base) -> None:
    async with within_use_cases(ground) as use_cases:
        windows = await use_cases.windows.of_providers()
        extensions = await use_cases.windows.listed()
    for window, codes in windows:
        print(
            f"{', '.join(_names(ground.city, codes))}: readings of {window.period} "
            f"from {window.opens_on:%d.%m.%Y} to {window.closes_on:%d.%m.%Y}"
        )
    for one in extensions:
        whose = _names(ground.city, [one.provider])[0] if one.provider else "all providers"
        made = one.made_at.astimezone(ground.city.zone)
        print(
            f"{one.period} until {one.until:%d.%m.%Y}  {one.building or 'everybody'}  {whose}  {one.reason}  "
            f"({one.made_by}, {made:%d.%m.%Y %H:%M})"
        )


def _names(city: City, codes: "list[str] | tuple[str, ...]") -> list[str]:
    found = [(code, city.find_provider(code)) for code in codes]
    return [provider.short_name if provider else code for code, provider in found]
