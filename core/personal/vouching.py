"""A link code from an operator: for a resident at the counter, whose passport the operator has seen."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.accounts.codes import CodeForm, CodePurpose, OneTimeCodes
from core.accounts.model import AccountRef
from core.accounts.ports import AccountStore
from core.city import City
from core.errors import NotFound, Rejected
from core.ids import PremisesId, ProviderCode

LIVES: Final = timedelta(minutes=10)
PLACE: Final = "code"
"""Where the deep link beside the code leads: to where the code is typed. By itself it opens nothing."""


class SeveralAccounts(Rejected):
    """The number is an open account of several providers: say which."""


@dataclass(frozen=True, slots=True)
class VouchedCode:
    """`code` is told or written down, `payload` is for a deep link (a QR on the operator's screen)."""

    premises: PremisesId
    code: str
    payload: str


@dataclass(frozen=True)
class Vouching:
    accounts: AccountStore
    codes: OneTimeCodes
    city: City

    async def code_for(self, number: str, provider: str | None, made_by: str) -> VouchedCode:
        """A code that links the flat of an open account; `made_by` is the operator, and is kept with it.

        Raises NotFound, SeveralAccounts.
        """
        codes = [ProviderCode(provider)] if provider else [one.code for one in self.city.providers]
        found = [(await self.accounts.evidence(AccountRef(code, number))).account for code in codes]
        flats = {account.premises for account in found if account is not None}
        if not flats:
            raise NotFound
        if len(flats) > 1:
            raise SeveralAccounts
        return await self.code_of(flats.pop(), made_by)

    async def code_of(self, premises: PremisesId, made_by: str) -> VouchedCode:
        """A code that links a flat. The caller has looked whether the operator may."""
        flat = str(premises)
        code = await self.codes.issue(CodePurpose.LINK, flat, LIVES, form=CodeForm.SHORT, made_by=made_by)
        payload = await self.codes.issue(CodePurpose.DEEP_LINK, f"{PLACE}:{flat}", LIVES, made_by=made_by)
        return VouchedCode(premises, code, payload)
