"""Addresses, phones, and how to tell the real bot. Facts of the city file only; what it does not know is not said."""

from dataclasses import dataclass

from core.city import Office, Phones
from dialogs import words
from dialogs.call_backs import CALL_ME, ChooseCaller, may_be_called
from dialogs.event import Event, Pressed
from dialogs.real_bot import RealBot
from dialogs.screen import Choice, Plain, Screen, Text, lines, msg, paragraphs, rows
from dialogs.step import Context, Go, Next, Pass, Step

REAL = Choice("real", msg("Это настоящий бот?"))


@dataclass(frozen=True)
class Contacts(Step):
    name = "contacts"

    async def show(self, ctx: Context) -> Screen:
        offices = [_office(office) for office in ctx.city.offices]
        text = paragraphs(
            lines(*_phones(ctx.city.phones), *words.emergency_phones(ctx)),
            lines(msg("Центры обслуживания:"), *offices),
        )
        return Screen(text, rows(CALL_ME if may_be_called(ctx) else (), REAL))

    async def answer(self, event: Event, ctx: Context) -> Next:
        match event:
            case Pressed(REAL.id):
                return Go(RealBot())
            case Pressed(CALL_ME.id):
                return Go(ChooseCaller())
        return Pass()


def _phones(phones: Phones) -> list[Text]:
    code = f"({phones.area_code}) " if phones.area_code else ""
    return [
        msg("Единый колл-центр: {phone}", phone=Plain(code + phones.call_centre)),
        msg("Передать показания голосом: {phone}", phone=Plain(code + phones.readings_voicemail)),
    ]


def _office(office: Office) -> Text:
    return Plain(f"• {office.address}, {office.hours}" if office.hours else f"• {office.address}")
