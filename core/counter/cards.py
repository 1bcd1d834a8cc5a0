"""The card of a flat, and of whoever asks in a ticket. Every look is recorded; what is not one's own is not there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.accounts.model import Address, Premises
from core.accounts.ports import AccountStore
from core.accounts.residents import Flat, Residents
from core.accounts.rules import mask, masked_account, masked_address
from core.billing.model import Balance, Month, UnifiedReceipt
from core.billing.use_cases import Billing
from core.call_backs.use_cases import CallBacks
from core.city import City
from core.clock import CityClock
from core.counter.model import CardAccount, CardMeter, FlatCard, FlatHead, ResidentCard
from core.counter.ports import Asker, CardStore
from core.counter.scope import Scope, check, scope_of
from core.ids import PremisesId, ResidentId, TicketId
from core.meters.model import Reading
from core.meters.use_cases import Readings
from core.staff.looks import Looks
from core.staff.model import Member
from core.support.model import Ticket

READING_MONTHS: Final = 6
CHARGE_MONTHS: Final = 3
RECEIPTS: Final = 2
TICKETS: Final = 10
BESIDE: Final = 2
"""Flats of which a resident's card tells more than the address."""


@dataclass(frozen=True)
class Cards:
    store: CardStore
    accounts: AccountStore
    residents: Residents
    readings: Readings
    billing: Billing
    calls: CallBacks
    looks: Looks
    city: City
    clock: CityClock

    async def flat(self, member: Member, premises: PremisesId, *, opened: bool) -> FlatCard:
        """A flat where the member's organisations have an open account. Raises NotFound for any other.

        `opened`: with the whole address, account numbers and holders' names; the look says so.
        """
        own, scope = await self.of_theirs(member, premises)
        await self.looks.record(member, "flat.opened" if opened else "flat.seen", f"flat:{premises}")
        meters = await self._meters(premises, scope)
        residents = await self.store.residents(premises)
        return FlatCard(
            premises=premises,
            address=own.address if opened else masked(own.address),
            opened=opened,
            accounts=await self._accounts(own, opened=opened),
            meters=meters,
            readings=await self._readings(meters),
            balances=tuple([_balance(one, opened=opened) for one in await self.billing.balances(own)]),
            receipts=tuple([_receipt(one, opened=opened) for one in await self._receipts(own)]),
            months=await self.billing.history(own, CHARGE_MONTHS),
            tickets=await self._tickets(member, residents),
            residents=len(residents),
        )

    async def of_theirs(self, member: Member, premises: PremisesId) -> tuple[Premises, Scope]:
        """The flat with the accounts that are theirs alone. Raises NotFound where there is none."""
        scope = scope_of(self.city, member, self.clock.today())
        whole = await self.accounts.premises(premises)
        own = replace(whole, accounts=tuple(one for one in whole.accounts if scope.holds(one)))
        check(bool(own.accounts))
        return own, scope

    async def resident(self, member: Member, ticket: TicketId) -> ResidentCard:
        """Who asks in a ticket of the member's organisations. Raises NotFound for a ticket of others."""
        asker = await self.store.asker(ticket)
        check(member.operator.may_see(asker.organisation))
        await self.looks.record(member, "resident.seen", f"ticket:{ticket}")
        if asker.resident is None:
            return ResidentCard(ticket, known=False, language=asker.language, messengers=asker.messengers)
        return await self._known(member, ticket, asker, asker.resident)

    async def _known(self, member: Member, ticket: TicketId, asker: Asker, resident: ResidentId) -> ResidentCard:
        scope = scope_of(self.city, member, self.clock.today())
        flats = await self.residents.flats(resident)
        heads = [await self._head(flat, scope) for flat in flats]
        shown = [head.premises for head in heads if head.ours][:BESIDE]
        return ResidentCard(
            ticket,
            known=True,
            language=asker.language,
            messengers=asker.messengers,
            flats=tuple(heads),
            tickets=await self._tickets(member, [resident]),
            calls=tuple(one for one in await self.calls.open_of(resident) if member.operator.may_see(one.organisation)),
            cards=tuple([await self.flat(member, premises, opened=False) for premises in shown]),
            months=tuple([found for flat in flats if flat.owned for found in await self._past(flat.premises, scope)]),
        )

    async def _head(self, flat: Flat, scope: Scope) -> FlatHead:
        """A helper's view of a flat has no accounts: whether any is theirs is asked of the flat itself."""
        whole = await self.accounts.premises(flat.premises.id)
        ours = any(scope.holds(account) for account in whole.accounts)
        return FlatHead(whole.id, flat.link.name, masked(whole.address), flat.owned, ours)

    async def _past(self, premises: Premises, scope: Scope) -> Sequence[tuple[PremisesId, Month]]:
        """Charges in the name of an agent whose time is over."""
        if scope.agents is None or any(scope.holds(account) for account in premises.accounts):
            return ()
        months = [
            replace(month, lines=tuple(line for line in month.lines if scope.billed(line)))
            for month in await self.billing.history(premises, CHARGE_MONTHS)
        ]
        return [(premises.id, month) for month in months if month.lines]

    async def _accounts(self, own: Premises, *, opened: bool) -> tuple[CardAccount, ...]:
        holders = await self.store.holders(own.id)
        return tuple(
            CardAccount(
                one.id,
                one.provider,
                one.number if opened else masked_account(one.number),
                holders.get(one.id, "") if opened else masked_name(holders.get(one.id, "")),
            )
            for one in own.accounts
        )

    async def _meters(self, premises: PremisesId, scope: Scope) -> tuple[CardMeter, ...]:
        seen = [one for one in await self.readings.open_meters(premises) if scope.reads(one)]
        return tuple(
            [
                CardMeter(await self.readings.state(one), await self.readings.window(one), scope.settles(one.service))
                for one in seen
            ]
        )

    async def _readings(self, meters: Sequence[CardMeter]) -> tuple[Reading, ...]:
        found = await self.readings.history([one.meter.id for one in meters], READING_MONTHS)
        return tuple(reversed(found))

    async def _receipts(self, own: Premises) -> list[UnifiedReceipt]:
        """Of the months for which the resident has one: what makes a receipt unified is the flat as a whole."""
        periods = await self.billing.receipt_periods(await self.accounts.premises(own.id))
        return [await self.billing.receipt(own, period) for period in periods[:RECEIPTS]]

    async def _tickets(self, member: Member, residents: Sequence[ResidentId]) -> tuple[Ticket, ...]:
        if not residents:
            return ()
        return tuple(await self.store.tickets(residents, member.organisations, TICKETS))


def masked(address: Address) -> Address:
    """As a chat shows it."""
    street, building, unit = masked_address(address)
    return Address(street, building, unit, address.city)


def masked_name(name: str) -> str:
    return " ".join(mask(word, 1) for word in name.split())


def _balance(balance: Balance, *, opened: bool) -> Balance:
    return balance if opened else replace(balance, account=masked_account(balance.account))


def _receipt(receipt: UnifiedReceipt, *, opened: bool) -> UnifiedReceipt:
    """At the desk nobody pays: without codes, and masked as the card is."""
    sections = tuple(
        replace(one, qr=None, account=one.account if opened else masked_account(one.account), unified_account=None)
        for one in receipt.sections
    )
    return replace(receipt, address=receipt.address if opened else masked(receipt.address), sections=sections)
