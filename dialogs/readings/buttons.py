"""The buttons of the conversations about readings, and which of them a doubtful value has."""

from core.meters.model import Claim
from core.meters.rules import Check, Doubt
from dialogs.screen import Choice, msg, rows

RIGHT = Choice("right", msg("Верно"), confirm=True)
RIGHT_ANYWAY = Choice("right", msg("Верно, так на счётчике"), confirm=True)
CORRECT = Choice("correct", msg("Исправить"))
SKIP = Choice("skip", msg("Пропустить"))
VERIFY = Choice("verify", msg("Как поверить счётчик"))
DIAL = Choice("dial", msg("На счётчике столько цифр"), confirm=True)
REPLACED = Choice("replaced", msg("Счётчик заменили"))
ROLLED_OVER = Choice("rolled", msg("Прошёл полный круг"), confirm=True)
LAST_WRONG = Choice("last", msg("Прошлое неверно"), confirm=True)
SWAPPED = Choice("swapped", msg("Перепутаны холодная и горячая"))
EXCHANGE = Choice("exchange", msg("Поменять местами"))

REPLACED_SO = Choice(REPLACED.id, REPLACED.label, confirm=True)
"""In a line of several values: it stores them, and asks nothing more."""

CLAIMS = {ROLLED_OVER.id: Claim.ROLLED_OVER, LAST_WRONG.id: Claim.LAST_WRONG, RIGHT.id: Claim.AS_SHOWN}
"""What a resident says of a value by pressing one of them."""
CLAIMS_OF_LINE = {**CLAIMS, REPLACED_SO.id: Claim.REPLACED}


def ways_out(check: Check, exchange: Choice | None, replaced: Choice = REPLACED) -> tuple[tuple[Choice, ...], ...]:
    """Every doubt has its way out; with the navigation below, six rows are all that one of the messengers shows."""
    other = (exchange,) if exchange else ()
    match check.doubt:
        case None:
            return rows((RIGHT, CORRECT))
        case Doubt.BEYOND_DECIMALS:
            return rows(CORRECT)
        case Doubt.BELOW_LAST | Doubt.ROLLED_OVER:
            return rows((RIGHT_ANYWAY, CORRECT), other, (replaced, LAST_WRONG), ROLLED_OVER)
        case Doubt.BEYOND_DIAL:
            return rows((RIGHT_ANYWAY, CORRECT), replaced)
        case Doubt.LARGE:
            return rows((RIGHT_ANYWAY, CORRECT), other, LAST_WRONG)
