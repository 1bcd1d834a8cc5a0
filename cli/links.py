"""`vodoteplo links list|settle`: links that residents contest, and those of a sixth resident."""

from functools import partial

from cli.base import Base, run_with_base, within_use_cases
from cli.refusal import refuse
from core.accounts.model import Claim, ClaimReason
from core.errors import NotFound
from core.ids import ClaimId
from core.use_cases import UseCases

WHY = {
    ClaimReason.CONTESTED: "contested by a resident",
    ClaimReason.DISPUTED: "made while another link of the flat is contested",
    ClaimReason.OVER_LIMIT: "one resident more than the flat may have",
}


def run_list() -> None:
    run_with_base(_list)


async def _list(ground: Base) -> None:
    async with within_use_cases(ground) as use_cases:
        waiting = await use_cases.claims.waiting()
        shown = [await _shown(claim, use_cases, ground) for claim in waiting]
    print("\n".join(shown) or "No link waits.")


async def _shown(claim: Claim, use_cases: UseCases, ground: Base) -> str:
    """The address in full: whoever settles it has to talk about it. Of people there is nothing but numbers."""
    premises = await use_cases.linking.accounts.premises(claim.premises)
    raised, linked = (at.astimezone(ground.city.zone) for at in (claim.raised_at, claim.linked_at))
    address, present = premises.address, await use_cases.linking.links.of_premises(claim.premises)
    accounts = ", ".join(f"{account.provider} {account.number}" for account in premises.accounts)
    unit = f", {address.unit}" if address.unit else ""
    resident = "a resident whose data are erased" if claim.resident is None else f"resident {claim.resident}"
    return (
        f"№ {claim.id}  {raised:%d.%m.%Y %H:%M}  {WHY.get(claim.why, claim.why.value)}\n"
        f"    {address.street}, {address.building}{unit} ({accounts})\n"
        f"    {resident}, linked {linked:%d.%m.%Y %H:%M}; others with a link in force: {len(present)}"
    )


def run_settle(claim: int, *, keep: bool, note: str, operator: str) -> None:
    run_with_base(partial(_settle, claim=claim, keep=keep, note=note, operator=operator))


async def _settle(ground: Base, *, claim: int, keep: bool, note: str, operator: str) -> None:
    async with within_use_cases(ground) as use_cases:
        try:
            await use_cases.claims.settle(ClaimId(claim), keep=keep, by=operator, note=note)
        except NotFound:
            refuse([f"no link № {claim} waits"])
    print(f"№ {claim}: {'in force' if keep else 'removed'}; those it concerns are told.")
