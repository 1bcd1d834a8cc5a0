"""A small city on 16 February 2022: two flats with accounts at both providers, their meters and two months of bills."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

from core.accounts.codes import OneTimeCodes
from core.accounts.flatmates import Claims, Flatmates
from core.accounts.model import Account, AccountRef, Address, KnownFacts
from core.accounts.residents import Residents
from core.accounts.sharing import Sharing
from core.accounts.tries import Tries, TypedCodes
from core.accounts.use_cases import Linking
from core.billing.model import Charge, Method, Statement
from core.billing.use_cases import Billing
from core.broadcasts.announcements import Announcements
from core.broadcasts.reminder_use_cases import Reminders
from core.call_backs.use_cases import CallBacks
from core.city import City
from core.clock import CityClock
from core.ids import AccountId, MeterId, PremisesId, ProviderCode
from core.meters.model import Meter
from core.meters.tasks import Tasks
from core.meters.use_cases import Readings
from core.meters.windows import Windows
from core.money import NOTHING, Kopecks
from core.outages.use_cases import Outages
from core.periods import Period
from core.personal.bot_check import BotChecks
from core.personal.pages import Pages
from core.personal.reports import FakeReports
from core.personal.second_chat import SecondChats
from core.personal.vouching import Vouching
from core.services import Service
from core.support.use_cases import Questions
from core.use_cases import UseCases
from infra.city_file import load_city
from infra.paths import DEFAULT_CITY
from tests.dialogs.fake_announcements import FakeAnnouncements
from tests.dialogs.fake_links import (
    FakeAlarms,
    FakeAttempts,
    FakeClaims,
    FakeCodes,
    FakeHelpers,
    FakeLinks,
    FakeNews,
)
from tests.dialogs.fake_meters import FakeMeters, FakePhotos, FakeReadings, FakeSheets, FakeTasks, FakeWindows
from tests.dialogs.fake_outages import FakeOutages
from tests.dialogs.fake_personal import FakeCallBacks, FakeChats, FakeReportStore, FakeWords
from tests.dialogs.fake_reminders import FakeReminders
from tests.dialogs.fake_tickets import FakeTickets
from tests.dialogs.fakes import (
    FakeAccounts,
    FakeBilling,
    FakeClock,
    FakeHasher,
    FakeResidents,
)

CITY = load_city(DEFAULT_CITY)
WATER, HEAT = ProviderCode("vodokanal"), ProviderCode("teplofikaciya")
DECEMBER, JANUARY, FEBRUARY = Period(2021, 12), Period(2022, 1), Period(2022, 2)
MORNING = datetime(2022, 2, 16, 5, 0, tzinfo=UTC)
"""10:00 in Magnitogorsk."""

TRUDA, LENINA = PremisesId(1), PremisesId(2)
TRUDA_WATER, TRUDA_HEAT, LENINA_WATER, LENINA_HEAT = (AccountId(number) for number in (11, 12, 21, 22))
COLD, HOT, WARMTH, LENINA_COLD, LENINA_HOT = (MeterId(number) for number in (101, 102, 103, 201, 202))
NUMBERS = {TRUDA_WATER: "3000000001", TRUDA_HEAT: "700000001", LENINA_WATER: "3000000002", LENINA_HEAT: "700000002"}
CODES = {TRUDA_WATER: "TRUDA7KQ", TRUDA_HEAT: "TEPLO5XW", LENINA_WATER: "LENIN9MA", LENINA_HEAT: "LENIN4TH"}


@dataclass
class World:
    """Everything a chat can meet. `city` and `clock` may be changed by a test."""

    city: City = CITY
    clock: FakeClock = field(default_factory=lambda: FakeClock(MORNING))
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    news: FakeNews = field(default_factory=FakeNews)
    meters: FakeMeters = field(default_factory=FakeMeters)
    tickets: FakeTickets = field(default_factory=FakeTickets)
    windows: FakeWindows = field(default_factory=FakeWindows)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    photos: FakePhotos = field(default_factory=FakePhotos)
    reminders: FakeReminders = field(default_factory=FakeReminders)
    reports: FakeReportStore = field(default_factory=FakeReportStore)
    calls: FakeCallBacks = field(default_factory=FakeCallBacks)

    def __post_init__(self) -> None:
        self.readings = FakeReadings(self.tasks, self.photos)
        self.sheets = FakeSheets(self.meters, self.readings, self.windows)
        self.links = FakeLinks(self.accounts)
        self.helpers = FakeHelpers(self.links, self.clock)
        self.claims = FakeClaims(self.links, self.clock)
        self.attempts = FakeAttempts(self.clock)
        self.codes = FakeCodes(self.clock)
        self.residents = FakeResidents(self.links)
        self.billing = FakeBilling(self.accounts)
        self.words = FakeWords(self.clock)
        self.outages = FakeOutages(self.clock)
        self.announcements = FakeAnnouncements()
        self.chats = FakeChats(self.residents, self.claims, self.clock)
        self._settle()

    def use_cases(self) -> UseCases:
        clock = CityClock(self.clock, self.city.zone)
        windows = Windows(self.windows, self.city, clock)
        stores = (self.meters, self.sheets, self.readings, self.tasks, self.photos)
        residents = Residents(self.residents, self.links, self.helpers, clock)
        tries = Tries(self.attempts, self.alarms, self.tasks, self.city.proofs, clock)
        codes = OneTimeCodes(self.codes, FakeHasher())
        typed = TypedCodes(tries, codes)
        made = SimpleNamespace(
            residents=residents,
            linking=Linking(self.accounts, self.links, self.claims, self.news, tries, FakeHasher(), self.city, clock),
            flatmates=Flatmates(residents, self.links, self.claims, self.news, self.tasks, clock),
            claims=Claims(self.links, self.claims, self.news, self.tasks, clock),
            sharing=Sharing(residents, self.links, self.helpers, codes, typed, self.news, self.city),
            readings=Readings(*stores, self.city, clock),
            windows=windows,
            tasks=Tasks(self.tasks, self.meters, self.readings, clock),
            billing=Billing(self.billing, self.city, clock),
            questions=Questions(self.tickets, self.city, clock),
            reminders=Reminders(self.reminders),
            outages=Outages(residents, self.outages, clock),
            codes=codes,
            typed_codes=typed,
            bot_checks=BotChecks(self.words, FakeHasher()),
            fake_reports=FakeReports(self.reports, self.tasks, clock),
            second_chats=SecondChats(residents, self.chats, codes, typed),
            pages=Pages(codes),
            vouching=Vouching(self.accounts, codes, self.city),
            call_backs=CallBacks(self.calls, self.city, clock),
            announcements=Announcements(self.announcements),
        )
        return cast("UseCases", made)

    def bill(self, account: AccountId, period: Period, to_pay: int, *charges: Charge) -> None:
        """Billing closes a period of an account with so many kopecks to pay."""
        own = self.billing.statements.setdefault(account, [])
        own.append(Statement(period, NOTHING, NOTHING, Kopecks(to_pay)))
        self.billing.billed.setdefault(account, []).extend(charges)

    def pay(self, account: AccountId, on: date, kopecks: int) -> None:
        self.billing.payments.append((account, on, Kopecks(kopecks)))

    def _settle(self) -> None:
        self.accounts.addresses = {
            TRUDA: Address("ул. Труда", "14", "27", "Магнитогорск"),
            LENINA: Address("пр. Ленина", "5", "3", "Магнитогорск"),
        }
        for account, number in NUMBERS.items():
            provider = WATER if number.startswith("3") else HEAT
            premises = TRUDA if account in {TRUDA_WATER, TRUDA_HEAT} else LENINA
            self.accounts.accounts.append(Account(account, provider, number, premises))
            self.accounts.codes[account] = FakeHasher().digest(AccountRef(provider, number), CODES[account])
        readings = {COLD: Decimal(100), HOT: Decimal("50.5")}
        self.accounts.known[TRUDA_WATER] = KnownFacts(Kopecks(91050), Kopecks(123450), readings, Decimal("45.3"))
        self.meters.meters = [
            _meter(COLD, TRUDA, "41000001", Service.COLD_WATER, "100", "кухня"),
            _meter(HOT, TRUDA, "42000001", Service.HOT_WATER, "50.5", "кухня"),
            _meter(WARMTH, TRUDA, "43000001", Service.HEATING, "7.25"),
            _meter(LENINA_COLD, LENINA, "44000001", Service.COLD_WATER, "300"),
            _meter(LENINA_HOT, LENINA, "45000001", Service.HOT_WATER, "200"),
        ]
        self.readings.volumes = {COLD: [Decimal(5)] * 6, HOT: [Decimal(4)] * 6, WARMTH: [Decimal(1)] * 6}
        for period in (DECEMBER, JANUARY):
            self.bill(TRUDA_WATER, period, 123450, *_charges(period, Service.COLD_WATER, Service.WASTEWATER))
            self.bill(TRUDA_HEAT, period, 345600, *_charges(period, Service.HEATING, Service.HOT_WATER))


def _meter(meter: MeterId, premises: PremisesId, number: str, service: Service, last: str, place: str = "") -> Meter:
    heat = service in {Service.HOT_WATER, Service.HEATING}
    account = {TRUDA: (TRUDA_WATER, TRUDA_HEAT), LENINA: (LENINA_WATER, LENINA_HEAT)}[premises][heat]
    return Meter(
        id=meter,
        premises=premises,
        account=account,
        provider=HEAT if heat else WATER,
        number=number,
        service=service,
        digits=5,
        place=place,
        verified_until=date(2030, 1, 1),
        last_value=Decimal(last),
        last_date=date(2022, 1, 24),
    )


def _charges(period: Period, *services: Service) -> list[Charge]:
    half = Kopecks(61725)
    return [Charge(period, one, "м³", Decimal(5), Method.METER, Decimal("123.45"), half) for one in services]
