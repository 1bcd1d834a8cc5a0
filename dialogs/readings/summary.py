"""The end of a submission: what was taken, for which month, what waits for an operator, how long it may be changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.ids import PremisesId
from core.meters.model import Meter, MeterState, Reading, ReadingStatus, Window
from dialogs import words
from dialogs.readings import wording
from dialogs.screen import Day, Month, Number, Text, lines, msg, paragraphs
from dialogs.step import Context


@dataclass
class _Group:
    """Meters whose readings count for the same month until the same day."""

    taken: list[Text] = field(default_factory=list)
    kept: list[Text] = field(default_factory=list)


async def summary(premises: PremisesId, ctx: Context) -> Text:
    """What is there now, whoever sent it; meters of several windows stand apart."""
    meters = await ctx.core.readings.open_meters(premises)
    sent = await ctx.core.readings.history([meter.id for meter in meters], 1)
    groups: dict[Window, _Group] = {}
    missing: list[Meter] = []
    for meter in meters:
        state = await ctx.core.readings.state(meter, ctx.at)
        if not _add(groups.setdefault(state.window, _Group()), state, sent):
            missing.append(meter)
    if not any(group.taken or group.kept for group in groups.values()):
        return msg("Показания не переданы. К ним можно вернуться в любой момент.")
    parts = [part for window, group in groups.items() if (part := _part(window, group))]
    return paragraphs(*parts, await _wastewater(premises, ctx), _missing(missing))


def _add(group: _Group, state: MeterState, sent: Sequence[Reading]) -> bool:
    """Whether there is anything of the meter for the period."""
    meter, submitted = state.meter, state.submitted
    own = [reading for reading in sent if (reading.meter, reading.period) == (meter.id, state.window.period)]
    if submitted:
        group.taken.append(wording.listed(meter, submitted))
    if own and own[-1].status is ReadingStatus.FLAGGED:
        group.kept.append(wording.kept(meter, own[-1]))
    return bool(submitted) or bool(own and own[-1].status is ReadingStatus.FLAGGED)


def _part(window: Window, group: _Group) -> Text | None:
    if not group.taken and not group.kept:
        return None
    month = Month(window.period)
    return paragraphs(
        lines(msg("Приняты показания за {month}:", month=month), *group.taken) if group.taken else None,
        lines(*group.kept) if group.kept else None,
        msg("Исправить можно до {closes} включительно.", closes=Day(window.closes_on)),
    )


async def _wastewater(premises: PremisesId, ctx: Context) -> Text | None:
    """Wastewater has no meter: it is billed as cold plus hot water (R12)."""
    water = await ctx.core.readings.wastewater(premises, ctx.at)
    if water is None:
        return None
    return lines(
        msg(
            "Водоотведение считают как холодную и горячую воду вместе: {cold} + {hot} = {volume} м³",
            cold=Number(water.cold),
            hot=Number(water.hot),
            volume=Number(water.volume),
        ),
        await wording.estimate_line(premises, water.estimate, ctx),
    )


def _missing(meters: Sequence[Meter]) -> Text | None:
    if not meters:
        return None
    return lines(msg("Остались без показаний:"), *(words.meter_name(meter) for meter in meters))
