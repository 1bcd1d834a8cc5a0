"""The use cases of the counter over one connection, beside those of residents, whose rules they share."""

from asyncpg import Connection

from core.accounts.ports import CodeHasher
from core.city import City
from core.clock import CityClock
from core.counter.acts import Counter
from core.counter.calls import CallList
from core.counter.cards import Cards
from core.counter.readings import CounterReadings
from core.counter.search import Searching
from core.counter.use_cases import CounterCases
from core.counter.work import CounterWork
from core.live import Changed
from core.staff.looks import Looks
from infra.db.accounts import PostgresAccounts
from infra.db.call_backs import PostgresCallList
from infra.db.cards import PostgresCards
from infra.db.search import PostgresSearch
from infra.db.use_cases import build_use_cases
from infra.db.work import PostgresWork


def build_counter(
    connection: Connection,
    city: City,
    clock: CityClock,
    hasher: CodeHasher,
    looks: Looks,
    changed: Changed | None = None,
) -> CounterCases:
    """`changed` gathers what open desks are to be told of once the transaction is committed."""
    trade = build_use_cases(connection, city, clock, hasher, changed)
    store = PostgresCards(connection)
    cards = Cards(
        store,
        PostgresAccounts(connection),
        trade.residents,
        trade.readings,
        trade.billing,
        trade.call_backs,
        looks,
        city,
        clock,
    )
    return CounterCases(
        search=Searching(PostgresSearch(connection), looks, city, clock),
        cards=cards,
        readings=CounterReadings(cards, trade.readings, store, looks, clock),
        acts=Counter(cards, trade.vouching, trade.bot_checks, trade.windows, looks, city, clock),
        work=CounterWork(PostgresWork(connection), trade.tasks, trade.claims, looks, city, clock),
        calls=CallList(PostgresCallList(connection, changed), looks, city, clock),
        windows=trade.windows,
    )
