"""What must be the case, in plain Python: people, links, tries, readings and billing's registers beside the real ones.

Nothing here asks the database. Where a rule of docs/rules.md decides what a step does, it stands here once more, in as
few words as it can be said. Instants of the database are whole hours since the beginning: both clocks move together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Final

from core.city import City
from core.ids import PremisesId, ResidentId
from core.meters.model import Claim
from core.periods import Period
from proof.machine.things import (
    Account,
    Code,
    Confirmed,
    Dial,
    Dispute,
    Extension,
    Failure,
    Link,
    Person,
    Proved,
    Right,
    Said,
)

DAY: Final = 24
"""Hours."""


@dataclass
class Model:
    city: City
    people: list[Person]
    premises: list[PremisesId]
    accounts: list[Account]
    dials: list[Dial]
    hour: int = 0
    links: list[Link] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    rights: list[Right] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    proofs: dict[tuple[Person, int], Proved] = field(default_factory=dict)
    readings: list[Said] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    forgotten: list[tuple[Person, ResidentId, str]] = field(default_factory=list)
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    handed_over: bool = True
    """Whether a file has come since the last one that came again."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # --- who may see what

    def residents(self) -> list[Person]:
        return [one for one in self.people if one.resident is not None]

    def link(self, person: Person, flat: int) -> Link | None:
        return next((one for one in self.links if (one.person, one.flat) == (person, flat)), None)

    def of_flat(self, flat: int) -> list[Link]:
        return [one for one in self.links if one.flat == flat]

    def helps(self, person: Person, flat: int) -> list[Right]:
        return [one for one in self.rights if one.person is person and one.link.flat == flat and not one.gone]

    def access(self, person: Person, flat: int) -> str | None:
        if self.link(person, flat) is not None:
            return "owner"
        return "helper" if self.helps(person, flat) else None

    def seeing(self) -> list[tuple[Person, int]]:
        """Who sees which flat, in a steady order."""
        return [(one, flat) for one in self.residents() for flat in (0, 1) if self.access(one, flat)]

    def helping(self) -> list[tuple[Person, int]]:
        return [(one, flat) for one, flat in self.seeing() if self.access(one, flat) == "helper"]

    # --- links

    def newer(self) -> list[tuple[Link, Link]]:
        """A link, and a newer one to the same flat that it may contest."""
        return [
            (old, new)
            for place, old in enumerate(self.links)
            for new in self.links[place + 1 :]
            if old.flat == new.flat
        ]

    def waits(self, person: Person, flat: int) -> str | None:
        """Why a new link needs an operator; empty if one has been asked already."""
        there = [one for one in self.disputes if one.open and one.flat == flat]
        if any(one.person is person for one in there):
            return ""
        if any(one.why == "contested" for one in there):
            return "disputed"
        return "over_limit" if len(self.of_flat(flat)) >= self.city.proofs.residents_a_flat else None

    def ends(self, links: Iterable[Link]) -> None:
        """Links that end take along the rights that were given with them."""
        gone = list(links)
        self.links = [one for one in self.links if one not in gone]
        for right in self.rights:
            right.gone = right.gone or right.link in gone

    def forgets(self, person: Person) -> None:
        assert person.resident is not None
        self.forgotten.append((person, person.resident, person.words))
        self.ends([one for one in self.links if one.person is person])
        for right in self.rights:
            right.gone = right.gone or right.person is person
        for dispute in self.disputes:
            dispute.person = None if dispute.person is person else dispute.person
            dispute.by = None if dispute.by is person else dispute.by
        for said in self.readings:
            said.person = None if said.person is person else said.person
        for code in self.codes:
            code.ended = code.ended or code.by is person
        self.proofs = {key: value for key, value in self.proofs.items() if key[0] is not person}
        person.resident, person.life = None, person.life + 1

    def proved(self) -> list[tuple[Person, int]]:
        """Who has proved a flat within the hour, and not confirmed it yet."""
        return [key for key, proof in self.proofs.items() if proof.hour == self.hour and self.link(*key) is None]

    # --- tries

    def locked(self, person: Person, what: tuple[str, str]) -> bool:
        """Whether a proof is not even looked at: five failures an hour, ten a day, three other accounts a day."""
        own = [one for one in self.failures if one.person is person and self.hour - one.hour < DAY]
        lately = [one for one in own if one.hour == self.hour]
        others = {one.what for one in own} - {what}
        return len(own) >= 10 or len(lately) >= 5 or len(others) >= 3

    def facts_count(self, what: tuple[str, str]) -> bool:
        """After ten failures of a day on an account facts prove nothing."""
        return sum(one.what == what and self.hour - one.hour < DAY for one in self.failures) < 10

    def fails(self, person: Person, what: tuple[str, str]) -> None:
        self.failures.append(Failure(person, what, self.hour))

    def lives(self, code: Code) -> bool:
        return not code.used and not code.ended and self.hour < code.until

    # --- readings

    def dials_of(self, flat: int) -> list[Dial]:
        return [one for one in self.dials if one.open and one.account.flat == flat]

    def period_of(self, dial: Dial, day: date) -> Period:
        """The first period whose last day has not passed."""
        month = Period.of(day)
        for period in (month.previous, month):
            if day <= self.closes_on(dial.account.provider, dial.account.flat, period):
                return period
        return month.next

    def closes_on(self, provider: str, flat: int | None, period: Period) -> date:
        moved = [
            one.until
            for one in self.extensions
            if one.period == period and one.provider in {None, provider} and one.flat in {None, flat}
        ]
        return max([period.day(25), *moved])

    def current(self, dial: Dial) -> list[Said]:
        """Current readings of the meter, the newest period first."""
        return sorted((one for one in self.readings if one.dial is dial and one.current), key=_period, reverse=True)

    def previous(self, dial: Dial, period: Period) -> Decimal | None:
        """What the dial showed before the period: our own newest reading, unless billing goes by a later one."""
        before = [one for one in self.current(dial) if one.period < period]
        if not before or (dial.last is not None and dial.last_date is not None and dial.last_date > before[0].day):
            return dial.last
        return before[0].value

    def doubtful(self, dial: Dial, value: Decimal, claim: Claim, period: Period) -> bool:
        previous = self.previous(dial, period)
        beyond = value >= 100_000 or value != round(value, 3)
        return beyond or claim in {Claim.REPLACED, Claim.DIAL} or (previous is not None and value < previous)

    def says(self, said: Said) -> None:
        """A new reading; a plain one takes the place of the one before, and ends what waits for an operator."""
        same = [one for one in self.readings if one.dial is said.dial and one.period == said.period]
        self.readings.append(said)
        if said.status == "flagged":
            said.task = "open"
            return
        said.current = said.was_current = True
        for other in same:
            other.current = False
            other.task = "superseded" if other.task == "open" else other.task

    def later(self, said: Said) -> list[Said]:
        """Readings of the same meter and period that were confirmed after it."""
        place = self.readings.index(said)
        return [one for one in self.readings[place + 1 :] if one.dial is said.dial and one.period == said.period]

    def comes_into_force(self, said: Said) -> None:
        """Accepted by whoever judges it: current, unless a later one of its period stands."""
        said.status = "accepted"
        if any(one.status == "accepted" for one in self.later(said)):
            return
        for other in self.readings:
            other.current = other.current and (other.dial, other.period) != (said.dial, said.period)
        said.current = said.was_current = True

    def judged(self, said: Said, verdict: str) -> None:
        """Billing's verdict on a reading: it settles what waits for an operator, too."""
        said.task = verdict if said.task == "open" else said.task
        if verdict == "declined":
            said.status, said.current = "declined", False
        elif said.status in {"declined", "flagged"}:
            self.comes_into_force(said)

    # --- billing

    def account(self, flat: int, provider: str) -> Account | None:
        """The open account of a flat at a provider."""
        there = [one for one in self.accounts if (one.flat, one.provider) == (flat, provider)]
        return next((one for one in there if one.closed_on is None), None)

    def changes_holder(self, account: Account, holder: str) -> None:
        """Links end, but for those proved by another account that the same person holds; so do those that wait."""
        account.holder = holder
        self._proves_no_more(account)

        def rests(one: Link | Dispute) -> bool:
            return one.account is None or one.account is account or one.account.holder != holder

        self.ends(one for one in self.of_flat(account.flat) if rests(one))
        for dispute in self.disputes:
            dispute.open = dispute.open and not (dispute.flat == account.flat and rests(dispute))

    def takes_accounts(self, provider: str) -> None:
        """What an accounts file of a provider does to links, and proofs, that rest on closed accounts."""
        for account in self.accounts:
            if account.provider == provider and account.closed_on is not None:
                self._proves_no_more(account)
        resting: list[Link | Dispute] = [*self.links, *(one for one in self.disputes if one.open)]
        for link in resting:
            if link.account is not None and link.account.provider == provider and link.account.closed_on is not None:
                heir = self.account(link.flat, provider)
                same = heir is not None and heir.holder == link.account.holder
                link.account = heir if same else link.account
        self.ends(one for one in self.links if self._ended(one, provider))
        for dispute in self.disputes:
            dispute.open = dispute.open and not self._ended(dispute, provider)

    def _ended(self, link: Link | Dispute, provider: str) -> bool:
        """Whether its account is closed; where an operator answers, every account of the flat."""
        if link.account is not None:
            return link.account.provider == provider and link.account.closed_on is not None
        return all(account.closed_on is not None for account in self.accounts if account.flat == link.flat)

    def _proves_no_more(self, account: Account) -> None:
        self.proofs = {key: value for key, value in self.proofs.items() if value.account is not account}

    def passes(self, hours: int) -> None:
        self.hour += hours


def _period(said: Said) -> Period:
    return said.period


def local_day(city: City, instant: datetime, ago: int = 0) -> date:
    return (instant - timedelta(hours=ago)).astimezone(city.zone).date()
