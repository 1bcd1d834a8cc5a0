"""Texts that many steps say, the words that work everywhere, and how the trade's values are called."""

from datetime import date
from typing import Protocol

from core.accounts.model import Address
from core.accounts.residents import Flat
from core.accounts.rules import masked_address
from core.city import City
from core.clock import CityClock
from core.ids import ProviderCode
from core.meters.model import Meter
from core.money import Kopecks
from core.services import Service
from dialogs.screen import Day, Msg, Personal, Plain, Rub, Text, lines, msg


class Here(Protocol):
    """What texts need of the world: the city and its clock. A turn's context has them."""

    @property
    def city(self) -> City: ...

    @property
    def clock(self) -> CityClock: ...


COMMAND_WORDS = {
    "start": ("начать", "старт", "start", "башлау", "башларга", "башларға"),
    "menu": ("меню", "menu"),
    "help": ("помощь", "help", "ярдәм", "ярҙам"),
    "cancel": ("отмена", "cancel", "баш тарту", "баш тартыу"),
    "back": ("назад", "back", "артка", "артҡа", "кире"),
    "operator": ("оператор", "человек", "вопрос", "operator", "person", "кеше"),
}
"""Commands said as words, in both messengers (contracts: product)."""

ONLY_TEXT = msg("Я понимаю текст, кнопки и фотографию квитанции. Остальное, к сожалению, нет.")
HELP = lines(
    msg("Я помогаю передать показания, узнать баланс и получить квитанцию."),
    msg("Показания всех счётчиков можно написать одной строкой: «ХВС 123, ГВС 45,5»."),
    msg("Слова «меню», «назад» и «отмена» работают всегда. Живой человек ответит по кнопке «Вопрос»."),
)

SERVICE_NAMES: dict[Service, Msg] = {
    Service.COLD_WATER: msg("холодная вода"),
    Service.HOT_WATER: msg("горячая вода"),
    Service.WASTEWATER: msg("водоотведение"),
    Service.HEATING: msg("отопление"),
}


MENU_WORDS = {
    "показания": "readings",
    "показание": "readings",
    "счетчик": "readings",
    "баланс": "balance",
    "долг": "balance",
    "сколько я должен": "balance",
    "квитанция": "receipt",
    "оплатить": "pay",
    "история": "history",
    "вопрос": "question",
    "отключения": "outages",
    "отключение": "outages",
    "авария": "outages",
    "нет воды": "outages",
    "нет горячей воды": "outages",
    "нет холодной воды": "outages",
    "нет отопления": "outages",
    "адреса": "contacts",
    "телефоны": "contacts",
    "настройки": "settings",
    "привязать": "link",
    "код": "code",
    "есть код": "code",
    "перезвоните": "call",
    "перезвоните мне": "call",
    "позвоните мне": "call",
    "заказать звонок": "call",
    "обратный звонок": "call",
    "проверить бота": "real",
    "настоящий бот": "real",
    "это настоящий бот": "real",
    "бот настоящий": "real",
    "сообщить о подделке": "real",
    "это мошенники": "real",
    "подделка": "real",
    "мошенники": "real",
}
"""Words that are said at any time in place of a button of the menu, and its choice."""


def menu_word(text: str) -> str | None:
    """The choice of the menu that a text is, whole."""
    return MENU_WORDS.get(text.strip(' \n?!.,«»"').casefold().replace("ё", "е"))


YES_WORDS = frozenset(
    {"да", "верно", "все верно", "правильно", "согласен", "согласна", "ок", "yes", "ok", "әйе", "эйе"}
)
"""Said instead of pressing a confirmation: not taken for it, but answered with what to press."""


def command_of(text: str) -> str | None:
    """The global command a text is, whole: «Меню», «отмена», «/help» where a messenger has no commands."""
    said = text.strip().lstrip("/").strip("«»\"'.!").casefold()
    return next((command for command, said_as in COMMAND_WORDS.items() if said in said_as), None)


def meter_name(meter: Meter) -> Text:
    """«холодная вода, кухня, № 40123456»; where little may be told, «холодная вода, кухня, № …456»."""
    return Personal(_meter_name(meter, meter.number), _meter_name(meter, _tail(meter)))


def _meter_name(meter: Meter, number: str) -> Text:
    service = SERVICE_NAMES[meter.service]
    if meter.place:
        return msg("{service}, {place}, № {number}", service=service, place=meter.place, number=number)
    return msg("{service}, № {number}", service=service, number=number)


def _tail(meter: Meter) -> str:
    """What tells two meters of one place apart."""
    return f"…{meter.number[-3:]}" if len(meter.number) > 3 else "…"


def meter_label(meter: Meter) -> Text:
    """A meter on a button, which may be cut off at its end: its number first, which tells it from all others."""
    return Personal(_meter_label(meter, meter.number), _meter_label(meter, _tail(meter)))


def _meter_label(meter: Meter, number: str) -> Text:
    service = SERVICE_NAMES[meter.service]
    if meter.place:
        return msg("№ {number}, {service}, {place}", number=number, service=service, place=meter.place)
    return msg("№ {number}, {service}", number=number, service=service)


def masked(address: Address) -> Text:
    """«ул. Труда, 1•, кв. ••»: a chat never shows more (DESIGN §5), and some less: it is Personal."""
    street, building, unit = masked_address(address)
    if unit:
        return Personal(msg("{street}, {building}, кв. {unit}", street=street, building=building, unit=unit))
    return Personal(Plain(f"{street}, {building}"))


def flat_name(flat: Flat) -> Text:
    """The resident's own name for the flat, «Квартира» where none was given."""
    return Plain(flat.link.name) if flat.link.name else msg("Квартира")


def settled(here: Here, provider: ProviderCode, owed: Kopecks) -> Text:
    """What is said of a provider that is owed nothing."""
    name = provider_name(here, provider)
    if owed < 0:
        return msg("{provider}: переплата {sum}", provider=name, sum=Rub(Kopecks(-owed)))
    return msg("{provider}: долга нет", provider=name)


def provider_name(here: Here, code: str) -> Text:
    provider = here.city.find_provider(code)
    return Plain(provider.short_name if provider else code)


UNITS = {
    Service.COLD_WATER: msg("м³"),
    Service.HOT_WATER: msg("м³"),
    Service.WASTEWATER: msg("м³"),
    Service.HEATING: msg("Гкал"),
}


def unit_of(service: Service) -> Text:
    return UNITS[service]


def emergency_phones(here: Here) -> list[Text]:
    return [
        msg("Аварийная служба, {provider}: {phone}", provider=Plain(one.short_name), phone=Plain(one.emergency_phone))
        for one in here.city.providers
        if one.emergency_phone
    ]


def due_line(due: date, here: Here) -> Text:
    """By when to pay, or when that was."""
    if due < here.clock.today():
        return msg("Срок оплаты был {due}", due=Day(due))
    return msg("Оплатить до {due}", due=Day(due))


def flat_line(flat: Flat) -> Text:
    """«Квартира: ул. Труда, 1•, кв. ••»."""
    address = masked(flat.premises.address)
    return Personal(msg("{name}: {address}", name=flat_name(flat), address=address), flat_name(flat))
