"""All use cases of the operators' desk, bound to one transaction."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from core.broadcasts.use_cases import Broadcasts
from core.counter.use_cases import CounterCases
from core.numbers.use_cases import Numbers
from core.outages.desk import OutageDesk
from core.staff.looks import Looks
from core.staff.sign_in import SignIn
from core.staff.use_cases import Staff
from core.support.assignments import Assignments
from core.support.canned import CannedAnswers
from core.support.desk import OperatorDesk


@dataclass(frozen=True)
class DeskCases:
    """`looks` takes a line for every look at a resident's data and every act, in the same transaction."""

    staff: Staff
    sign_in: SignIn
    looks: Looks
    tickets: OperatorDesk
    assignments: Assignments
    canned: CannedAnswers
    numbers: Numbers
    counter: CounterCases
    outages: OutageDesk
    broadcasts: Broadcasts


class Desks(Protocol):
    def open(self) -> AbstractAsyncContextManager[DeskCases]:
        """One transaction: committed when the block ends without an error, as if it had never been otherwise."""
        ...
