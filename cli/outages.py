"""`vodoteplo outage …`: what is off, where, until when; residents of the buildings are told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from cli.base import Base, console_key, run_with_base, shown_time, typed_time
from cli.refusal import refuse
from core.errors import NotFound
from core.ids import OutageId
from core.outages.desk import Change, Entered, Entry, OutageDesk
from core.outages.model import CountedOutage, Outage, Phase
from core.outages.rules import LONGEST_CAUSE, MOST_PLACES, BadOutage, OutageProblem, UnknownPlaces
from core.services import Service
from core.support.model import Operator
from infra.db.engine import driver_connection
from infra.db.outage_desk import outage_desk

Act = Callable[[OutageDesk, Base], Awaitable[None]]

WHY = {
    OutageProblem.NO_SERVICE: "--service: say what is off",
    OutageProblem.NO_CAUSE: "--cause: say why; residents read it",
    OutageProblem.LONG_CAUSE: f"the text may have {LONGEST_CAUSE} characters at most",
    OutageProblem.NO_PLACE: "--where: name a street, a street with houses, a quarter or a district",
    OutageProblem.MANY_PLACES: f"--where: {MOST_PLACES} places at most: enter the others as another outage",
    OutageProblem.ENDS_BEFORE_START: "--until: it would be over before it begins",
    OutageProblem.PAST_END: "--until: that time has passed",
    OutageProblem.TOO_LONG: "--until: that is longer than any outage: check the date",
    OutageProblem.FAR_START: "--from: that is too far from today: check the date",
    OutageProblem.NO_END: "--until: planned work has an end; without one it is an --emergency",
    OutageProblem.ENDED: "it is over already",
    OutageProblem.NOTHING_NEW: "nothing is new: give --text, --until, --until-unknown or --where",
    OutageProblem.NOT_YOURS: "it is another organisation's",
}
PHASES = {
    Phase.PLANNED: "to come",
    Phase.NOW: "now",
    Phase.OVERDUE: "LATE: its end was announced, nobody has said that it is over",
    Phase.ENDED: "over",
}


@dataclass(frozen=True)
class Add:
    """What `vodoteplo outage add` was asked for, as typed."""

    services: tuple[Service, ...]
    where: tuple[str, ...]
    since: str | None
    until: str | None
    cause: str
    emergency: bool
    leave_unknown: bool
    operator: str


@dataclass(frozen=True)
class Update:
    """What `vodoteplo outage update` was asked for, as typed."""

    number: int
    text: str
    until: str | None
    until_unknown: bool
    where: tuple[str, ...]
    leave_unknown: bool
    operator: str


def run_add(asked: Add) -> None:
    async def add(desk: OutageDesk, ground: Base) -> None:
        entry = Entry(
            services=asked.services,
            where=asked.where,
            starts_at=typed_time(asked.since, "--from", ground) or ground.clock.now(),
            ends_at=typed_time(asked.until, "--until", ground),
            cause=asked.cause,
            emergency=asked.emergency,
            key=console_key(),
            leave_unknown=asked.leave_unknown,
        )
        entered = await desk.add(Operator(asked.operator), entry)
        counted, _, _ = await desk.show(Operator(asked.operator), entered.outage.id)
        _said(f"Outage № {entered.outage.id}: {counted.counts.buildings} buildings", entered)

    _run(add)


def run_update(asked: Update) -> None:
    if asked.until and asked.until_unknown:
        refuse(["--until and --until-unknown contradict each other: give one"])

    async def update(desk: OutageDesk, ground: Base) -> None:
        until = typed_time(asked.until, "--until", ground)
        change = Change(console_key(), asked.text, until, asked.until_unknown, asked.where, asked.leave_unknown)
        entered = await desk.update(Operator(asked.operator), OutageId(asked.number), change)
        _said(f"Outage № {asked.number}", entered)

    _run(update)


def run_end(number: int, text: str, operator: str) -> None:
    async def end(desk: OutageDesk, _: Base) -> None:
        _said(f"Outage № {number} is over", await desk.end(Operator(operator), OutageId(number), text, console_key()))

    _run(end)


def run_list() -> None:
    async def show_all(desk: OutageDesk, ground: Base) -> None:
        found = await desk.listed(Operator("console"))
        print("\n".join(_line(one, ground) for one in found) or "No outage is known.")

    _run(show_all)


def run_show(number: int) -> None:
    async def show(desk: OutageDesk, ground: Base) -> None:
        counted, events, buildings = await desk.show(Operator("console"), OutageId(number))
        print(_line(counted, ground))
        for event in events:
            until = f"  until {shown_time(event.ends_at, ground)}" if event.ends_at else ""
            print(f"    {shown_time(event.at, ground)}  {event.kind}  {event.by}{until}  {event.text}".rstrip())
        for building in buildings:
            print(f"    {building.building}: also {building.also}, still {building.still}")

    _run(show)


def _run(act: Act) -> None:
    run_with_base(partial(_with_desk, act=act))


async def _with_desk(ground: Base, *, act: Act) -> None:
    try:
        async with _desk(ground) as desk:
            await act(desk, ground)
    except NotFound:
        refuse(["there is no such outage"])
    except BadOutage as bad:
        refuse([WHY[bad.problem]])
    except UnknownPlaces as places:
        known = "not in the list of buildings (--leave-unknown enters the others)"
        two = "means two things in the list of buildings: name the houses"
        refuse(
            [f"--where: {place}: {known}" for place in places.unknown]
            + [f"--where: {one}: {two}" for one in places.ambiguous]
        )


@asynccontextmanager
async def _desk(ground: Base) -> AsyncIterator[OutageDesk]:
    async with ground.database() as engine, driver_connection(engine) as connection, connection.transaction():
        yield outage_desk(connection, ground.city, ground.city_clock)


def _said(what: str, entered: Entered) -> None:
    print(f"{what}. Being told: {entered.told} chats.")
    for place in entered.unknown:
        print(f"Left out, not in the list of buildings: {place}")


def _line(one: CountedOutage, ground: Base) -> str:
    outage, counts = one.outage, one.counts
    services = ", ".join(service.value for service in outage.services)
    kind = "emergency" if outage.emergency else "planned"
    where = "; ".join(outage.where)
    return (
        f"№ {outage.id}  {services}  {kind}, {PHASES[outage.phase(ground.clock.now())]}\n"
        f"    {_span(outage, ground)}  {outage.cause}  ({outage.made_by})\n"
        f"    {where}: {counts.buildings} buildings, {counts.flats} flats, {counts.residents} residents\n"
        f"    say «у меня тоже»: {counts.also}, «всё ещё нет»: {counts.still}"
    )


def _span(outage: Outage, ground: Base) -> str:
    until = shown_time(outage.ends_at, ground) if outage.ends_at else "?"
    over = f", over {shown_time(outage.ended_at, ground)}" if outage.ended_at else ""
    return f"{shown_time(outage.starts_at, ground)} – {until}{over}"
