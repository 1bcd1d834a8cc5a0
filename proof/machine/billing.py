"""Billing: accounts closed, taken over, renumbered; meters replaced; verdicts; the same file again. And the clock."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.ids import MeterId
from core.periods import Period
from proof.machine.model import local_day
from proof.machine.scene import WHICH, Scene, nth
from proof.machine.things import Account, Dial, Said
from proof.machine.world import ACCOUNTS, METERS, account_row

HOLDERS: Final = ("Holder", "Buyer", "Heir")
VERDICTS: Final = "reading;status;reason\n"
METER: Final = st.sampled_from(("closed", "replaced", "replaced", "looked at"))
HOURS: Final = st.sampled_from((1, 1, 5, 24, 72))


class Billing(Scene):
    @rule(which=WHICH, change=st.sampled_from(("closed", "open again", "new number", *HOLDERS)))
    def changes_an_account(self, which: int, change: str) -> None:
        """Closes one, opens one again, writes down a holder (perhaps the same), or gives a new number."""
        again = change == "open again"
        there = [one for one in self.model.accounts if (one.closed_on is not None) is again]
        there = [one for one in there if not again or self.model.account(one.flat, one.provider) is None]
        if not there:
            return
        account = nth(there, which)
        self.world.meets(f"an account: {change}")
        if change == "closed":
            account.closed_on = self._today()
        elif again:
            account.closed_on = None
        elif change == "new number":
            self._renumbered(account)
        else:
            self._held_by(account, change, which)
        self._hands_over_accounts(account.provider)
        if change == "new number":
            self._hands_over_meters(account.provider)

    def _held_by(self, account: Account, holder: str, which: int) -> None:
        """Another holder, or the same in another spelling."""
        if account.holder != holder:
            self.world.meets("another holder")
            self.model.changes_holder(account, holder)
        account.spelt = f" {holder.upper()}. " if which % 2 else holder

    def _renumbered(self, old: Account) -> None:
        """The old one is closed; links and meters go over."""
        old.closed_on = self._today()
        number = f"{old.number[0]}9{next(self.model.numbers):0{len(old.number) - 2}}"
        new = Account(old.provider, number, old.flat, old.holder, paid=False)
        self.model.accounts.append(new)
        for dial in self.model.dials:
            dial.account = new if dial.account is old else dial.account

    @precondition(lambda self: any(one.open for one in self.model.dials))
    @rule(
        which=WHICH, change=st.sampled_from(("closed", "replaced", "replaced", "looked at")), value=st.integers(90, 130)
    )
    def changes_a_meter(self, which: int, change: str, value: int) -> None:
        """Closes one, with or without another in its place, or goes by what an inspector has read off it."""
        dial = nth([one for one in self.model.dials if one.open], which)
        if change == "looked at":
            dial.last, dial.last_date = Decimal(value), self._today()
        else:
            dial.closed_on = self._today()
        if change == "replaced":
            number = f"N-{next(self.model.numbers)}"
            self.model.dials.append(Dial(MeterId(0), dial.account, number, dial.service, None, None))
        self._hands_over_meters(dial.account.provider)
        self.world.meets(f"a meter {change}")

    @precondition(lambda self: bool(self.model.readings))
    @rule(which=WHICH, verdict=st.sampled_from(("accepted", "declined")))
    def judges_a_reading(self, which: int, verdict: str) -> None:
        """Mostly one of those that were exported; one that waits for an operator, should billing have heard of it."""
        self._judges(nth(self.model.readings, which), verdict)

    @precondition(lambda self: any(one.was_current and one.status == "declined" for one in self.model.readings))
    @rule(which=WHICH)
    def thinks_better_of_it(self, which: int) -> None:
        """One that was declined is accepted after all."""
        declined = [one for one in self.model.readings if one.was_current and one.status == "declined"]
        self._judges(nth(declined, which), "accepted")

    def _judges(self, said: Said, verdict: str) -> None:
        content = f"{VERDICTS}{said.id};{verdict};{'too small' if verdict == 'declined' else ''}\n"
        self.world.meets(f"billing: {verdict}, after {said.status}")
        self._hands_over("acceptance", said.dial.account.provider, content)
        self.model.judged(said, verdict)

    @precondition(lambda self: self.model.handed_over)
    @rule(which=WHICH)
    def hands_over_the_same_again(self, which: int) -> None:
        (kind, provider), content = nth(sorted(self.model.files.items()), which)
        result = self.world.imports(kind, provider, content)
        assert (result.inserted, result.changed) == (0, 0), f"the same {kind} again: {result}"
        self.model.handed_over = False
        self.world.meets(f"the same {kind} again")
        self.unchanged()

    # --- time

    @rule(hours=HOURS)
    def hours_pass(self, hours: int) -> None:
        self._passes(timedelta(hours=hours))

    @rule(day=st.sampled_from((2, 16, 26)))
    def time_goes_on_to_a_day(self, day: int) -> None:
        """The next of that number: in a window, after it, or in a new month."""
        today = self._today()
        period = Period.of(today) if today.day < day else Period.of(today).next
        there = datetime.combine(period.day(day), time(5), tzinfo=UTC)
        hours = (there - self.world.clock.now()) // timedelta(hours=1) + 1
        self._passes(timedelta(hours=hours))

    def _passes(self, delta: timedelta) -> None:
        self.world.passes(delta)
        self.model.passes(int(delta.total_seconds() // 3600))

    def _today(self) -> date:
        return local_day(self.world.city, self.world.clock.now())

    def _open_account(self, which: int) -> Account:
        return nth([one for one in self.model.accounts if one.closed_on is None], which)

    def _hands_over_accounts(self, provider: str) -> None:
        rows = [
            account_row(one.number, one.flat, one.spelt or one.holder, str(one.closed_on or ""))
            for one in self.model.accounts
            if one.provider == provider
        ]
        self._hands_over("accounts", provider, ACCOUNTS + "\n".join(rows) + "\n")
        self.model.takes_accounts(provider)

    def _hands_over_meters(self, provider: str) -> None:
        own = [one for one in self.model.dials if one.account.provider == provider]
        rows = [
            f"{one.account.number};{one.number};{one.service};5;3;;{_cell(one.last)};{_cell(one.last_date)};"
            f"{_cell(one.closed_on)}"
            for one in own
        ]
        self._hands_over("meters", provider, METERS + "\n".join(rows) + "\n")
        ids = {row["number"]: row["id"] for row in self.world.fetch("SELECT id, number FROM meters")}
        for dial in own:
            dial.id = MeterId(ids[dial.number])

    def _hands_over(self, kind: str, provider: str, content: str) -> None:
        self.world.imports(kind, provider, content)
        self.model.files[kind, provider] = content
        self.model.handed_over = True


def _cell(value: object) -> str:
    return "" if value is None else str(value)
