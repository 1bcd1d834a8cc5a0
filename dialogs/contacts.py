"""Addresses and phones. Facts of the city file only; what it does not know is not said."""

from dataclasses import dataclass

from core.city import Office, Phones
from dialogs import words
from dialogs.event import Event
from dialogs.screen import Plain, Screen, Text, lines, msg, paragraphs
from dialogs.step import Context, Next, Pass, Step


@dataclass(frozen=True)
class Contacts(Step):
    name = "contacts"

    async def show(self, ctx: Context) -> Screen:
        offices = [_office(office) for office in ctx.city.offices]
        return Screen(
            paragraphs(
                lines(*_phones(ctx.city.phones), *words.emergency_phones(ctx)),
                lines(msg("Центры обслуживания:"), *offices),
            )
        )

    async def answer(self, event: Event, ctx: Context) -> Next:
        return Pass()


def _phones(phones: Phones) -> list[Text]:
    code = f"({phones.area_code}) " if phones.area_code else ""
    return [
        msg("Единый колл-центр: {phone}", phone=Plain(code + phones.call_centre)),
        msg("Передать показания голосом: {phone}", phone=Plain(code + phones.readings_voicemail)),
    ]


def _office(office: Office) -> Text:
    return Plain(f"• {office.address}, {office.hours}" if office.hours else f"• {office.address}")
