"""How to have a meter verified, and what happens until then (R5, R11)."""

from dataclasses import dataclass

from core.ids import MeterId, PremisesId
from core.meters.model import Meter
from dialogs import words
from dialogs.event import Event
from dialogs.readings import wording
from dialogs.screen import Plain, Screen, Text, lines, msg, paragraphs
from dialogs.step import Context, Next, Pass, Step


@dataclass(frozen=True)
class HowToVerify(Step):
    name = "readings.verification"
    premises: PremisesId
    meter: MeterId

    async def show(self, ctx: Context) -> Screen:
        await ctx.flat(self.premises)
        meter = await ctx.core.readings.meter_of(self.premises, self.meter)
        months = ctx.city.averaging_on(ctx.clock.today()).months
        text = paragraphs(
            lines(words.meter_name(meter), wording.verification_line(meter, ctx)),
            lines(
                msg("1. Вызовите организацию, аккредитованную на поверку счётчиков."),
                _registered(ctx),
                _told_to(meter, ctx),
            ),
            msg("Пока поверки нет, считают по среднему, а после {n}-го месяца — по нормативу.", n=months),
        )
        return Screen(text)

    async def answer(self, event: Event, ctx: Context) -> Next:
        return Pass()


def _registered(ctx: Context) -> Text:
    register, site = ctx.city.verification.register, ctx.city.verification.site
    if register is None:
        return msg("2. Результат она внесёт в федеральный реестр. Бумага не нужна.")
    place = Plain(f"{register} ({site})" if site else register)
    return msg("2. Результат она внесёт в реестр {register}: действует запись там, бумага не нужна.", register=place)


def _told_to(meter: Meter, ctx: Context) -> Text:
    provider = words.provider_name(ctx, meter.provider)
    return msg("3. Когда новый срок учтёт {provider}, предупреждение исчезнет.", provider=provider)
