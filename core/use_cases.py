"""All use cases, bound to one transaction: what a dialog step may ask of the trade."""

from typing import Protocol

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


class UseCases(Protocol):
    """Each may be made when it is first asked for."""

    @property
    def residents(self) -> Residents: ...

    @property
    def linking(self) -> Linking: ...

    @property
    def flatmates(self) -> Flatmates: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def sharing(self) -> Sharing: ...

    @property
    def readings(self) -> Readings: ...

    @property
    def windows(self) -> Windows: ...

    @property
    def tasks(self) -> Tasks: ...

    @property
    def billing(self) -> Billing: ...

    @property
    def questions(self) -> Questions: ...

    @property
    def outages(self) -> Outages: ...

    @property
    def reminders(self) -> Reminders: ...

    @property
    def codes(self) -> OneTimeCodes: ...

    @property
    def typed_codes(self) -> TypedCodes: ...

    @property
    def bot_checks(self) -> BotChecks: ...

    @property
    def fake_reports(self) -> FakeReports: ...

    @property
    def second_chats(self) -> SecondChats: ...

    @property
    def pages(self) -> Pages: ...

    @property
    def vouching(self) -> Vouching: ...

    @property
    def call_backs(self) -> CallBacks: ...

    @property
    def announcements(self) -> Announcements: ...
