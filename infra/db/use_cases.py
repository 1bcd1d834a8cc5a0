"""All use cases over one connection: what they read and write is one transaction, if the caller has begun one.

Stores speak to the driver itself. A turn asks them ten questions and more, and through SQLAlchemy's engine each one
costs five times the processor time (measured: 15 µs against 75 µs, 165 µs for a statement built on the spot).
Each use case is made when it is first asked for: a turn needs a few of them.
"""

from functools import cached_property

from asyncpg import Connection

from core.accounts.codes import OneTimeCodes
from core.accounts.flatmates import Claims, Flatmates
from core.accounts.ports import CodeHasher
from core.accounts.residents import Residents
from core.accounts.sharing import Sharing
from core.accounts.tries import Tries, TypedCodes
from core.accounts.use_cases import Linking
from core.billing.use_cases import Billing
from core.broadcasts.announcements import Announcements
from core.broadcasts.reminder_use_cases import Reminders
from core.call_backs.use_cases import CallBacks
from core.city import City
from core.clock import CityClock
from core.live import Changed
from core.meters.tasks import Tasks
from core.meters.use_cases import Readings
from core.meters.windows import Windows
from core.outages.use_cases import Outages
from core.personal.bot_check import BotChecks
from core.personal.pages import Pages
from core.personal.reports import FakeReports
from core.personal.second_chat import SecondChats
from core.personal.vouching import Vouching
from core.support.use_cases import Questions
from core.use_cases import UseCases
from infra.db.accounts import PostgresAccounts
from infra.db.announcements import PostgresAnnouncements
from infra.db.attempts import PostgresAlarms, PostgresAttempts
from infra.db.billing import PostgresBilling
from infra.db.bot_words import PostgresReports, PostgresWords
from infra.db.call_backs import PostgresCallBacks
from infra.db.chats import PostgresChats
from infra.db.codes import PostgresCodes
from infra.db.dial_photos import PostgresDialPhotos
from infra.db.links import PostgresClaims, PostgresHelpers, PostgresLinks, PostgresNews
from infra.db.meters import PostgresMeters, PostgresReadings
from infra.db.outages import PostgresResidentOutages
from infra.db.reminders import PostgresReminders
from infra.db.residents import PostgresResidents
from infra.db.sheets import PostgresSheets
from infra.db.support import PostgresTickets
from infra.db.tasks import PostgresTasks
from infra.db.windows import PostgresWindows


def build_use_cases(
    connection: Connection, city: City, clock: CityClock, hasher: CodeHasher, changed: Changed | None = None
) -> UseCases:
    """`changed` gathers what open desks are to be told of once the transaction is committed."""
    return _PostgresUseCases(connection, city, clock, hasher, changed)


class _PostgresUseCases:
    """`core.use_cases.UseCases`."""

    def __init__(
        self, connection: Connection, city: City, clock: CityClock, hasher: CodeHasher, changed: Changed | None
    ) -> None:
        self._connection = connection
        self._city = city
        self._clock = clock
        self._hasher = hasher
        self._changed = changed

    @cached_property
    def residents(self) -> Residents:
        return Residents(PostgresResidents(self._connection), self._links, self._helpers, self._clock)

    @cached_property
    def linking(self) -> Linking:
        accounts = PostgresAccounts(self._connection)
        stores = (accounts, self._links, self._claims, self._news)
        return Linking(*stores, self._tries, self._hasher, self._city, self._clock)

    @cached_property
    def flatmates(self) -> Flatmates:
        return Flatmates(self.residents, self._links, self._claims, self._news, self._tasks, self._clock)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self._links, self._claims, self._news, self._tasks, self._clock)

    @cached_property
    def sharing(self) -> Sharing:
        codes = (self.codes, self.typed_codes)
        return Sharing(self.residents, self._links, self._helpers, *codes, self._news, self._city)

    @cached_property
    def readings(self) -> Readings:
        sheets, photos = PostgresSheets(self._connection), PostgresDialPhotos(self._connection)
        return Readings(self._meters, sheets, self._readings, self._tasks, photos, self._city, self._clock)

    @cached_property
    def windows(self) -> Windows:
        return Windows(PostgresWindows(self._connection), self._city, self._clock)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self._tasks, self._meters, self._readings, self._clock)

    @cached_property
    def billing(self) -> Billing:
        return Billing(PostgresBilling(self._connection, self._city.zone), self._city, self._clock)

    @cached_property
    def questions(self) -> Questions:
        return Questions(PostgresTickets(self._connection, self._changed), self._city, self._clock)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(PostgresReminders(self._connection))

    @cached_property
    def outages(self) -> Outages:
        return Outages(self.residents, PostgresResidentOutages(self._connection), self._clock)

    @cached_property
    def codes(self) -> OneTimeCodes:
        return OneTimeCodes(PostgresCodes(self._connection), self._hasher)

    @cached_property
    def typed_codes(self) -> TypedCodes:
        return TypedCodes(self._tries, self.codes)

    @cached_property
    def bot_checks(self) -> BotChecks:
        return BotChecks(PostgresWords(self._connection), self._hasher)

    @cached_property
    def fake_reports(self) -> FakeReports:
        return FakeReports(PostgresReports(self._connection), self._tasks, self._clock)

    @cached_property
    def second_chats(self) -> SecondChats:
        return SecondChats(self.residents, PostgresChats(self._connection), self.codes, self.typed_codes)

    @cached_property
    def pages(self) -> Pages:
        return Pages(self.codes)

    @cached_property
    def vouching(self) -> Vouching:
        return Vouching(PostgresAccounts(self._connection), self.codes, self._city)

    @cached_property
    def call_backs(self) -> CallBacks:
        return CallBacks(PostgresCallBacks(self._connection, self._changed), self._city, self._clock)

    @cached_property
    def announcements(self) -> Announcements:
        return Announcements(PostgresAnnouncements(self._connection))

    # --- what several of them share

    @cached_property
    def _links(self) -> PostgresLinks:
        return PostgresLinks(self._connection)

    @cached_property
    def _helpers(self) -> PostgresHelpers:
        return PostgresHelpers(self._connection)

    @cached_property
    def _claims(self) -> PostgresClaims:
        return PostgresClaims(self._connection)

    @cached_property
    def _news(self) -> PostgresNews:
        return PostgresNews(self._connection)

    @cached_property
    def _meters(self) -> PostgresMeters:
        return PostgresMeters(self._connection)

    @cached_property
    def _readings(self) -> PostgresReadings:
        return PostgresReadings(self._connection)

    @cached_property
    def _tasks(self) -> PostgresTasks:
        return PostgresTasks(self._connection)

    @cached_property
    def _tries(self) -> Tries:
        attempts, alarms = PostgresAttempts(self._connection), PostgresAlarms(self._connection)
        return Tries(attempts, alarms, self._tasks, self._city.proofs, self._clock)
