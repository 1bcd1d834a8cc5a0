"""All use cases over one connection: what they read and write is one transaction, if the caller has begun one.

Stores speak to the driver itself. A turn asks them ten questions and more, and through SQLAlchemy's engine each one
costs five times the processor time (measured: 15 µs against 75 µs, 165 µs for a statement built on the spot).
"""

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
    links, helpers = PostgresLinks(connection), PostgresHelpers(connection)
    claims, news = PostgresClaims(connection), PostgresNews(connection)
    meters, readings, tasks = PostgresMeters(connection), PostgresReadings(connection), PostgresTasks(connection)
    sheets, photos = PostgresSheets(connection), PostgresDialPhotos(connection)
    windows = Windows(PostgresWindows(connection), city, clock)
    residents = Residents(PostgresResidents(connection), links, helpers, clock)
    tries = Tries(PostgresAttempts(connection), PostgresAlarms(connection), tasks, city.proofs, clock)
    codes = OneTimeCodes(PostgresCodes(connection), hasher)
    typed = TypedCodes(tries, codes)
    return UseCases(
        residents=residents,
        linking=Linking(PostgresAccounts(connection), links, claims, news, tries, hasher, city, clock),
        flatmates=Flatmates(residents, links, claims, news, tasks, clock),
        claims=Claims(links, claims, news, tasks, clock),
        sharing=Sharing(residents, links, helpers, codes, typed, news, city),
        readings=Readings(meters, sheets, readings, tasks, photos, city, clock),
        windows=windows,
        tasks=Tasks(tasks, meters, readings, clock),
        billing=Billing(PostgresBilling(connection, city.zone), city, clock),
        questions=Questions(PostgresTickets(connection, changed), city, clock),
        reminders=Reminders(PostgresReminders(connection)),
        outages=Outages(residents, PostgresResidentOutages(connection), clock),
        codes=codes,
        typed_codes=typed,
        bot_checks=BotChecks(PostgresWords(connection), hasher),
        fake_reports=FakeReports(PostgresReports(connection), tasks, clock),
        second_chats=SecondChats(residents, PostgresChats(connection), codes, typed),
        pages=Pages(codes),
        vouching=Vouching(PostgresAccounts(connection), codes, city),
        call_backs=CallBacks(PostgresCallBacks(connection, changed), city, clock),
        announcements=Announcements(PostgresAnnouncements(connection)),
    )
