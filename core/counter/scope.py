"""What the people of an organisation may see of a flat, and what is theirs to decide (ADR 0017).

Flats are shared, accounts are not: an organisation sees its own accounts and what is owed on them. A meter belongs to
the provider of its service, who settles doubts about it; it is seen, and read out, by everybody whose charges need it:
for wastewater that is the hot water as well. An organisation that only billed in the past sees charges of its own time.
"""

from dataclasses import dataclass
from datetime import date

from core.accounts.model import Account
from core.billing.model import MonthLine
from core.city import City
from core.errors import NotFound
from core.ids import ProviderCode
from core.meters.model import Meter
from core.services import Service
from core.staff.model import Member


@dataclass(frozen=True)
class Scope:
    """`providers`: whose accounts; `read`: of which services the meters are seen and read out; `own`: of which services
    they are settled. `agents`: in whose name charges of the past were billed; None is everybody's."""

    providers: frozenset[ProviderCode]
    read: frozenset[Service]
    own: frozenset[Service]
    agents: frozenset[str] | None

    def holds(self, account: Account) -> bool:
        return account.provider in self.providers

    def reads(self, meter: Meter) -> bool:
        return meter.service in self.read

    def settles(self, service: Service) -> bool:
        return service in self.own

    def billed(self, line: MonthLine) -> bool:
        return line.provider in self.providers or self.agents is None or line.agent in self.agents


def scope_of(city: City, member: Member, day: date) -> Scope:
    """Read at every act: who somebody is may have changed since the last one."""
    names = member.organisations
    own: dict[ProviderCode, set[Service]] = {}
    for provider in city.providers:
        if names is None or provider.name in names:
            own.setdefault(provider.code, set()).update(provider.services)
    for agent in city.billing_agents:
        if names is not None and agent.name in names and agent.since <= day <= agent.until:
            own.setdefault(agent.provider, set()).update(agent.services)
    services = {service for found in own.values() for service in found}
    return Scope(
        providers=frozenset(own),
        read=frozenset(measured for service in services for measured in service.measured_by),
        own=frozenset(
            service for provider in city.providers if _is_of(member, provider.name) for service in provider.services
        ),
        agents=names,
    )


def check(condition: bool) -> None:
    """What is not theirs does not exist for them. Raises NotFound."""
    if not condition:
        raise NotFound


def _is_of(member: Member, organisation: str) -> bool:
    return member.organisations is None or organisation in member.organisations
