"""All use cases, bound to one transaction: what a dialog step may ask of the trade."""

from dataclasses import dataclass

from core.accounts.codes import OneTimeCodes
from core.accounts.flatmates import Claims, Flatmates
from core.accounts.residents import Residents
from core.accounts.sharing import Sharing
from core.accounts.tries import TypedCodes
from core.accounts.use_cases import Linking
from core.billing.use_cases import Billing
from core.broadcasts.announcements import Announcements
from core.broadcasts.reminder_use_cases import Reminders
from core.call_backs.use_cases import CallBacks
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


@dataclass(frozen=True)
class UseCases:
    residents: Residents
    linking: Linking
    flatmates: Flatmates
    claims: Claims
    sharing: Sharing
    readings: Readings
    windows: Windows
    tasks: Tasks
    billing: Billing
    questions: Questions
    outages: Outages
    reminders: Reminders
    codes: OneTimeCodes
    typed_codes: TypedCodes
    bot_checks: BotChecks
    fake_reports: FakeReports
    second_chats: SecondChats
    pages: Pages
    vouching: Vouching
    call_backs: CallBacks
    announcements: Announcements
