"""Words of the commands on broadcasts: why something is not done, what a draft lacks, how things look."""

from collections.abc import Sequence
from typing import Final

from cli.base import Base, shown_time
from core.broadcasts.model import Broadcast, DeliveryState, Halt, Reach, Status
from core.broadcasts.rules import Problem, ProblemKind
from core.broadcasts.use_cases import NotDone, RefusalKind

HALTS: Final = {
    Halt.OPERATOR: "paused",
    Halt.LATE: "paused: nobody has sent it for long, look and resume",
    Halt.NEEDS_APPROVAL: "paused: so many recipients need the word of a second person (approve, then resume)",
    Halt.RESTORED: "paused: this copy was restored, the original may have sent it",
}
STATES: Final = {
    DeliveryState.WAITING: "wait",
    DeliveryState.SENDING: "on their way",
    DeliveryState.SENT: "sent",
    DeliveryState.FAILED: "failed",
    DeliveryState.BLOCKED: "blocked the bot",
    DeliveryState.OPTED_OUT: "opted out",
    DeliveryState.UNKNOWN: "unknown",
    DeliveryState.DROPPED: "not told any more",
}
_PROBLEMS: Final = {
    ProblemKind.NO_TITLE: "title: it is empty",
    ProblemKind.TITLE_TOO_LONG: "title: at most {about} characters",
    ProblemKind.NO_TEXT: "texts: the text in {where} is missing",
    ProblemKind.UNKNOWN_LANGUAGE: "the city file has no language {where}{about}",
    ProblemKind.EMPTY_TEXT: "texts.{where}: it is empty",
    ProblemKind.TEXT_TOO_LONG: "texts.{where}: at most {about} characters fit into one message",
    ProblemKind.BRACES: "texts.{where}: a brace stands without its other one; one that is meant is written twice",
    ProblemKind.UNKNOWN_PLACEHOLDER: "texts.{where}: nothing fills {{{about}}}",
    ProblemKind.NEEDS_FLAT: "texts.{where}: {{{about}}} needs an audience of people who have linked a flat",
    ProblemKind.TOO_MANY_BUTTONS: "buttons: at most {about}",
    ProblemKind.BUTTON: "button {where}: give either what it opens or an https link: {about}",
    ProblemKind.LABEL: "button {where}: its label in {about} is missing, empty or longer than 40 characters",
    ProblemKind.FILE_TOO_LARGE: "file: it is empty or has more than {about} bytes",
    ProblemKind.UNKNOWN_PROVIDER: "audience: no provider {about}",
    ProblemKind.UNKNOWN_PLACE: "audience: by the accounts on file nobody lives at: {about}",
    ProblemKind.UNKNOWN_MESSENGER: "audience: no messenger {about}",
    ProblemKind.NOT_LINKED: "audience: who has no flat cannot be asked for by flats",
    ProblemKind.DEBT: "audience: of the debt to {about}, most is less than least",
    ProblemKind.KIND: "kind: {about} is not one of broadcasts",
    ProblemKind.TOO_LATE: "{where}: that time has passed",
}


def why_not(refused: NotDone, ground: Base) -> str:
    match refused.kind:
        case RefusalKind.WRONG_STATUS:
            return f"it is {refused.status}: that cannot be done there"
        case RefusalKind.OWN_WORK:
            return "its author cannot be the second person: let somebody else approve it"
        case RefusalKind.NEEDS_SECOND:
            alone = ground.city.broadcasts.alone_up_to
            return f"{refused.recipients} recipients: more than {alone} need the word of a second person (approve)"
        case RefusalKind.NOBODY:
            return "nobody can be told: see `preview`"
        case RefusalKind.TOO_LATE:
            return "it may not be sent any more at that time (not_after)"
    return "it is on its way: it cannot be taken back, but paused or cancelled"


def problem_line(problem: Problem) -> str:
    return _PROBLEMS[problem.kind].format(where=problem.where, about=problem.about)


def broadcast_line(broadcast: Broadcast, ground: Base) -> str:
    """One broadcast in a list."""
    recipients = f", {broadcast.recipients} recipients" if broadcast.recipients is not None else ""
    approver = f", approved by {broadcast.approver}" if broadcast.approver else ""
    written = shown_time(broadcast.created_at, ground)
    return (
        f"№ {broadcast.id}  {broadcast.draft.kind}  {where_it_is(broadcast, ground)}{recipients}\n"
        f"    {plain(broadcast.draft.title)}  ({broadcast.author}, {written}{approver})"
    )


def where_it_is(broadcast: Broadcast, ground: Base) -> str:
    match broadcast.status:
        case Status.PAUSED if broadcast.halt is not None:
            return HALTS[broadcast.halt]
        case Status.SCHEDULED if broadcast.starts_at is not None:
            return f"scheduled for {shown_time(broadcast.starts_at, ground)}"
        case Status.SENDING if broadcast.undo_seconds:
            return f"begins in {broadcast.undo_seconds} s"
    return broadcast.status.value


def reach_lines(reach: Sequence[Reach]) -> list[str]:
    """Whom it reaches, by messenger and language, and who is left out."""
    lines = [f"  {one.messenger}, {one.language}: {one.reached}" for one in reach if one.reached]
    lines.append(f"  in all: {sum(one.reached for one in reach)}")
    left_out = (("opted out", sum(one.opted_out for one in reach)), ("blocked", sum(one.blocked for one in reach)))
    return lines + [f"  left out, {why}: {count}" for why, count in left_out if count]


def plain(text: str) -> str:
    """Words of people on one line, without anything a terminal obeys."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
