"""A broadcast that is killed a thousand times: nobody is told twice, nobody is passed over in silence.

One process sends, and dies by SIGKILL after every so many outcomes; another starts at once. The stand-ins break one
call in twenty: answers that are lost after the message was taken, connections that are reset, servers in trouble, flood
limits. At the end every phone is held against its delivery.
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bots.telegram.courier import TelegramCourier
from core.broadcasts.model import ENDS, Audience, DeliveryState
from core.ids import MailingId
from proof.mail_town import PERSONAL, STREET, Mail, mail_stage
from proof.report import Line, Progress, command
from proof.stage import Replica, town
from sandbox.faults import accepted_then_drop, drop_before, server_error, telegram_flood, torn, vk_error
from sandbox.telegram.limits import Limits as TelegramLimits
from sandbox.vk.limits import Limits as VkLimits

RECIPIENTS: Final = 20_000
KILLS: Final = 1_000
LATEST_KILL: Final = 0.3
"""Seconds after the outcome that calls for it: some are killed while a call is on its way, some before its mark."""
RESUMED_WITHIN: Final = 10.0
STALLED: Final = 120.0

_STATES: Final = """
SELECT deliveries.token, peer, deliveries.state, deliveries.reason FROM deliveries JOIN chats ON chats.id = chat_id
WHERE mailing_id = $1
"""
_SETTLED: Final = (
    "SELECT count(*) FROM deliveries WHERE mailing_id = $1 AND deliveries.state NOT IN ('waiting', 'sending')"
)
_DIED: Final = "SELECT count(*) FROM deliveries WHERE mailing_id = $1 AND reason = 'the process died'"


@dataclass
class Kills:
    """What happened on the way. `died`: outcomes that each kill left unknown; `pauses`: seconds until the next call."""

    died: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)


@dataclass
class Found:
    """Phones held against deliveries."""

    states: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    lost: int = 0
    untold: int = 0
    wrong: list[str] = field(default_factory=list)

    def judge(self, token: str, state: str, messages: int) -> None:
        """One recipient: what the delivery says, and how many messages the phone has."""
        self.states[state] += 1
        self.doubled += messages > 1
        told = {DeliveryState.SENT: messages == 1, DeliveryState.UNKNOWN: messages <= 1}
        if state in {DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DROPPED}:
            self.untold += 1
        elif not told.get(DeliveryState(state), messages == 0):
            self.lost += 1
            self.wrong.append(f"{token} {state}: {messages} messages")


async def broadcast_kills(scale: float) -> list[Line]:
    """The lines of the table for kills of a broadcast."""
    recipients, kills = max(300, int(RECIPIENTS * scale)), max(6, int(KILLS * scale))
    limits = TelegramLimits(overall=300), VkLimits()
    with tempfile.TemporaryDirectory(prefix="vt-city") as folder:
        async with (
            town(60) as place,
            mail_stage(place, recipients, Path(folder), limits, telegram=60, vk=2) as mail,
            mail.stage.replicas("worker") as (sender,),
        ):
            happened, broadcast = await killed(mail, sender, kills)
            found = await judged(mail, broadcast)
    return lines(found, happened, recipients, command("broadcast_kills", scale))


async def killed(mail: Mail, sender: Replica, kills: int) -> tuple[Kills, MailingId]:
    """Broadcasts while the sender is killed after every so many outcomes."""
    faults(mail)
    broadcast = (await mail.broadcast(PERSONAL, Audience(streets=(STREET,)))).id
    chance, happened = random.Random(kills), Kills()
    progress = Progress("kills", kills)
    for number in range(1, kills + 1):
        if not await reached(mail, broadcast, number * mail.residents // (kills + 1)):
            break
        await asyncio.sleep(chance.uniform(0, LATEST_KILL))
        before = await mail.stage.value(_DIED, broadcast)
        sender.kill()
        dead, calls = time.monotonic(), sent_calls(mail)
        await sender.start()
        await called(mail, broadcast, calls)
        happened.pauses.append(time.monotonic() - dead)
        happened.died.append(await mail.stage.value(_DIED, broadcast) - before)
        progress.at(number, f"{await mail.stage.value(_SETTLED, broadcast)} settled")
    await ended(mail, broadcast)
    return happened, broadcast


def faults(mail: Mail) -> None:
    """One call in twenty goes wrong."""
    mail.stage.telegram.faults.sometimes(
        "sendMessage",
        *((0.015, accepted_then_drop()), (0.01, torn()), (0.01, drop_before()), (0.01, server_error())),
        (0.005, telegram_flood(1)),
    )
    mail.stage.vk.faults.sometimes(
        "messages.send", *((0.015, accepted_then_drop()), (0.01, torn()), (0.015, vk_error(10)), (0.01, drop_before()))
    )


async def reached(mail: Mail, broadcast: MailingId, count: int) -> bool:
    """Waits for so many outcomes; False when the broadcast has ended before."""
    until = time.monotonic() + STALLED
    while await mail.stage.value(_SETTLED, broadcast) < count:
        if await has_ended(mail, broadcast):
            return False
        assert time.monotonic() < until, "the broadcast does not go on"
        await asyncio.sleep(0.02)
    return True


async def called(mail: Mail, broadcast: MailingId, before: int) -> None:
    """Waits until the next call comes, or there is nothing more to call for."""
    while sent_calls(mail) == before and not await has_ended(mail, broadcast):  # noqa: ASYNC110  # other processes
        await asyncio.sleep(0.02)


async def ended(mail: Mail, broadcast: MailingId) -> None:
    async with asyncio.timeout(1800):
        while not await has_ended(mail, broadcast):  # noqa: ASYNC110  # other processes
            await asyncio.sleep(0.2)


async def has_ended(mail: Mail, broadcast: MailingId) -> bool:
    return (await mail.progress(broadcast)).broadcast.status in ENDS


def sent_calls(mail: Mail) -> int:
    return len(mail.stage.telegram.calls) + len(mail.stage.vk.calls)


async def judged(mail: Mail, broadcast: MailingId) -> Found:
    """Every phone against its delivery; nobody else has got anything."""
    found = Found()
    telegram, vk = mail.stage.telegram.world.chats, mail.stage.vk.world.conversations
    for row in await mail.stage.fetch(_STATES, broadcast):
        peer = int(row["peer"])
        box = telegram[peer].messages if row["token"].startswith("telegram") else vk[peer].messages
        found.judge(row["token"], row["state"], len(box))
    return found


def lines(found: Found, happened: Kills, recipients: int, said: str) -> list[Line]:
    """What was found, as the table tells it."""
    states = ", ".join(f"{state} {count}" for state, count in sorted(found.states.items()))
    run = f"{recipients} recipients, {len(happened.pauses)} SIGKILLs, one call in twenty broken: {states}"
    whole = sum(found.states.values()) == recipients and not found.untold
    worst, most = max(happened.pauses, default=0.0), max(happened.died, default=0)
    allowed = TelegramCourier.at_once
    return [
        Line(
            "a broadcast under SIGKILL",
            "; ".join([f"{found.doubled} doubled, {found.lost} silently lost ({run})", *found.wrong[:3]]),
            "0 doubles, 0 silent losses",
            whole and not found.doubled and not found.lost,
            said,
        ),
        Line("unknown a kill", f"at most {most}", f"≤ {allowed}, the sends in flight", most <= allowed, said),
        Line("resumed after SIGKILL", f"at most {worst:.1f} s", "≤ 10 s", worst <= RESUMED_WITHIN, said),
    ]
