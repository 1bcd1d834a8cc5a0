"""The ports of core.meters and core.tasks kept in memory, as strict as the ports' words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.errors import NotFound
from core.ids import ChatId, MeterId, PremisesId, ReadingId
from core.meters.model import Meter, Reading, ReadingKind, ReadingStatus, Sheet, Standing, Tariff, WindowExtension
from core.meters.ports import Building, NewReading, Verdict
from core.periods import Period
from core.services import Service
from core.tasks import NewTask, Task, TaskId, TaskStatus

_ORDER = [Service.COLD_WATER, Service.HOT_WATER, Service.HEATING]


@dataclass
class FakeMeters:
    meters: list[Meter] = field(default_factory=list)
    locked: list[MeterId] = field(default_factory=list)

    def open_of(self, premises: PremisesId) -> tuple[Meter, ...]:
        own = [meter for meter in self.meters if meter.premises == premises and meter.closed_on is None]
        return tuple(sorted(own, key=lambda meter: (_ORDER.index(meter.service), meter.place)))

    async def known(self, meter: MeterId) -> Meter:
        for one in self.meters:
            if one.id == meter:
                return one
        raise NotFound

    async def lock(self, meter: MeterId) -> None:
        self.locked.append(meter)

    def change(self, meter: MeterId, **changes: object) -> None:
        """What an import does to a meter in the middle of a conversation."""
        self.meters = [replace(one, **changes) if one.id == meter else one for one in self.meters]  # type: ignore[arg-type]


@dataclass
class FakeTasks:
    opened: list[NewTask] = field(default_factory=list)
    settled: dict[int, tuple[TaskStatus, str, str]] = field(default_factory=dict)
    told: list[TaskId] = field(default_factory=list)

    async def open(self, new: NewTask) -> None:
        if new.key not in [one.key for one in self.opened]:
            self.opened.append(new)

    def supersede(self, meter: MeterId, period: Period) -> None:
        for number, one in enumerate(self.opened, 1):
            if (one.meter, one.period) == (meter, period) and one.reading is not None:
                self.settled.setdefault(number, (TaskStatus.SUPERSEDED, "", ""))

    async def waiting(self) -> Sequence[Task]:
        return [self._task(number) for number in range(1, len(self.opened) + 1) if number not in self.settled]

    async def get(self, task: TaskId) -> Task:
        if not 1 <= task <= len(self.opened):
            raise NotFound
        return self._task(task)

    async def take(self, task: TaskId) -> Task:
        if task in self.settled:
            raise NotFound
        return await self.get(task)

    async def settle(self, task: TaskId, status: TaskStatus, note: str, by: str) -> None:
        self.settled[task] = (status, note, by)

    async def tell(self, task: TaskId) -> None:
        self.told.append(task)

    def _task(self, number: int) -> Task:
        new = self.opened[number - 1]
        status, note, _ = self.settled.get(number, (TaskStatus.OPEN, "", ""))
        return Task(
            *(TaskId(number), new.kind, new.facts, new.at, status, new.premises, new.meter, new.reading, new.period),
            note=note,
        )


@dataclass
class FakePhotos:
    """`expected`: chat and meter of each photo by its key."""

    expected: dict[str, tuple[ChatId, MeterId]] = field(default_factory=dict)
    attached: dict[str, ReadingId] = field(default_factory=dict)
    most: int = 10

    async def expect(self, chat: ChatId, meter: MeterId, key: str) -> bool:
        if key not in self.expected and len(self.expected) >= self.most:
            return False
        self.expected[key] = (chat, meter)
        return True

    def attach(self, chat: ChatId | None, meter: MeterId, reading: ReadingId) -> None:
        for key, whose in self.expected.items():
            if whose == (chat, meter):
                self.attached.setdefault(key, reading)


@dataclass
class FakeReadings:
    tasks: FakeTasks
    photos: FakePhotos
    readings: list[Reading] = field(default_factory=list)
    keys: dict[str, ReadingId] = field(default_factory=dict)
    volumes: dict[MeterId, list[Decimal]] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    tariffs: dict[Service, Tariff] = field(default_factory=dict)

    def standing(self, meter: MeterId, until: Period) -> list[Standing]:
        own = [one for one in self.readings if one.meter == meter and one.current and one.period <= until]
        own.sort(key=lambda one: one.period, reverse=True)
        return [Standing(one.period, one.value, one.submitted_at, one.flags) for one in own]

    async def charged_volumes(self, meter: Meter, months: int) -> Sequence[Decimal]:
        return self.volumes.get(meter.id, [])[:months]

    async def stored(self, key: str) -> Reading | None:
        return next((one for one in self.readings if one.id == self.keys.get(key)), None)

    async def add(self, reading: NewReading) -> Reading:
        if (known := await self.stored(reading.key)) is not None:
            return known
        if reading.current:
            present = (reading.meter, reading.period, True)
            replaced = next((one for one in self.readings if (one.meter, one.period, one.current) == present), None)
            self.readings = [replace(one, current=False) if one is replaced else one for one in self.readings]
        made = Reading(
            id=ReadingId(f"r{len(self.readings) + 1}"),
            meter=reading.meter,
            period=reading.period,
            value=reading.value,
            submitted_at=reading.submitted_at,
            channel=reading.channel,
            kind=ReadingKind.CURRENT,
            status=reading.status,
            current=reading.current,
            flags=reading.flags,
            resident=reading.resident,
        )
        self.keys[reading.key] = made.id
        self.readings.append(made)
        self.photos.attach(reading.chat, reading.meter, made.id)
        if reading.current:
            self.tasks.supersede(reading.meter, reading.period)
        return made

    async def history(self, meters: Sequence[MeterId], since: Period) -> Sequence[Reading]:
        return [one for one in self.readings if one.meter in meters and one.period >= since]

    async def tariff(self, premises: PremisesId, service: Service) -> Tariff | None:
        return self.tariffs.get(service)

    async def settle(self, reading: ReadingId, reason: str | None, by: str) -> None:
        place = next(number for number, one in enumerate(self.readings) if one.id == reading)
        found = self.readings[place]
        own = [n for n, one in enumerate(self.readings) if (one.meter, one.period) == (found.meter, found.period)]
        wins = reason is None and not any(self.readings[n].current for n in own if n > place)
        for number in own if wins else []:
            self.readings[number] = replace(self.readings[number], current=False)
        status = ReadingStatus.ACCEPTED if reason is None else ReadingStatus.DECLINED
        self.readings[place] = replace(found, status=status, current=wins, reason=reason)

    async def verdict(self, reading: str, provider: str) -> Verdict:
        if (reading, provider) not in self.verdicts:
            raise NotFound
        return self.verdicts[reading, provider]

    def values(self, meter: MeterId) -> list[Decimal]:
        """Every value stored for a meter, oldest first."""
        return [one.value for one in self.readings if one.meter == meter]

    def flagged(self) -> list[Reading]:
        return [one for one in self.readings if one.status is ReadingStatus.FLAGGED]


@dataclass
class FakeWindows:
    """`buildings` are the houses of the city by street and number, each with its flats."""

    extended: list[tuple[WindowExtension, str | None]] = field(default_factory=list)
    buildings: dict[tuple[str, str], tuple[PremisesId, ...]] = field(default_factory=dict)

    async def extensions(self, premises: PremisesId | None, since: Period) -> Sequence[WindowExtension]:
        near = {None, *(f"{street} {house}" for (street, house), own in self.buildings.items() if premises in own)}
        return [one for one, building in self.extended if building in near and one.period >= since]

    async def extend(self, extension: WindowExtension, building: str | None) -> None:
        self.extended.append((extension, building))

    async def listed(self, since: Period) -> Sequence[WindowExtension]:
        return [one for one, _ in self.extended[::-1] if one.period >= since]

    async def building(self, street: str, house: str) -> Building | None:
        flats = self.buildings.get((street, house))
        return Building(f"{street} {house}", f"{street}, {house}", len(flats)) if flats else None


@dataclass
class FakeSheets:
    meters: FakeMeters
    readings: FakeReadings
    windows: FakeWindows

    async def sheet(self, premises: PremisesId, month: Period, count: int) -> Sheet:
        meters = self.meters.open_of(premises)
        standing = {one.id: self.readings.standing(one.id, month.next)[:count] for one in meters}
        return Sheet(meters, standing, await self.windows.extensions(premises, month.previous))
