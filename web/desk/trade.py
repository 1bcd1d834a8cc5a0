"""How the trade's values are shown at the desk: services, sums, readings, months, addresses, what happened to them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.accounts.model import Address
from core.city import City
from core.meters.model import Channel, Claim, Flag, ReadingStatus
from core.meters.rules import Doubt
from core.money import roubles
from core.periods import Period
from core.services import Service
from core.support.model import TicketStatus
from web.desk.words import Words, word

NARROW: Final = "\u202f"
SERVICES: Final = {
    Service.COLD_WATER: word("холодная вода"),
    Service.HOT_WATER: word("горячая вода"),
    Service.WASTEWATER: word("водоотведение"),
    Service.HEATING: word("отопление"),
}
CHANNELS: Final = {
    Channel.VOICE: word("голосом"),
    Channel.PAPER: word("на бумаге"),
    Channel.PHONE: word("по телефону"),
    Channel.WEB: word("на сайте"),
    Channel.OFFICE: word("в офисе"),
}
STATUSES: Final = {
    ReadingStatus.ACCEPTED: word("принято"),
    ReadingStatus.FLAGGED: word("ждёт решения"),
    ReadingStatus.DECLINED: word("не принято"),
}
FLAGS: Final = {
    Flag.VERIFICATION_EXPIRED: word("поверка вышла"),
    Flag.ROLLOVER: word("полный круг"),
    Flag.LARGE: word("большой расход"),
    Flag.LATE: word("после срока"),
}
DOUBTS: Final = {
    Doubt.BELOW_LAST: word("Меньше прошлого показания."),
    Doubt.ROLLED_OVER: word("Похоже, счётчик прошёл полный круг."),
    Doubt.BEYOND_DIAL: word("На шкале этого счётчика столько цифр нет."),
    Doubt.BEYOND_DECIMALS: word("После запятой больше цифр, чем на шкале."),
    Doubt.LARGE: word("Расход намного больше обычного."),
}
CLAIMS: Final = {
    Claim.AS_SHOWN: word("Так на счётчике"),
    Claim.REPLACED: word("Счётчик заменили"),
    Claim.ROLLED_OVER: word("Прошёл полный круг"),
    Claim.LAST_WRONG: word("Прошлое показание неверно"),
    Claim.DIAL: word("На счётчике столько цифр"),
}
TICKETS: Final = {
    TicketStatus.OPEN: word("ждёт ответа"),
    TicketStatus.ANSWERED: word("есть ответ"),
    TicketStatus.RESOLVED: word("закрыт"),
}
_MONTHS: Final = (
    *(word("январь"), word("февраль"), word("март"), word("апрель"), word("май"), word("июнь")),
    *(word("июль"), word("август"), word("сентябрь"), word("октябрь"), word("ноябрь"), word("декабрь")),
)


@dataclass(frozen=True)
class Trade:
    """One language's forms; templates call it `trade`."""

    words: Words
    city: City

    def service(self, service: Service) -> str:
        return self.words.t(SERVICES[service])

    def provider(self, code: str) -> str:
        found = self.city.find_provider(code)
        return found.short_name if found else code

    def money(self, kopecks: int) -> str:
        """«1 234,50 ₽», in English «1,234.50 ₽»."""
        text = f"{abs(roubles(kopecks)):,.2f}"
        if self.words.language != "en":
            text = text.replace(",", NARROW).replace(".", ",")
        return f"{'−' if kopecks < 0 else ''}{text}\u00a0₽"

    def number(self, value: Decimal) -> str:
        """A reading or a volume, without trailing zeros."""
        text = f"{value:,.6f}".rstrip("0").rstrip(".").replace("-", "−")
        return text if self.words.language == "en" else text.replace(",", NARROW).replace(".", ",")

    def unit(self, service: Service) -> str:
        return self.words.t("Гкал") if service is Service.HEATING else self.words.t("м³")

    def month(self, period: Period) -> str:
        return f"{self.words.t(_MONTHS[period.month - 1])} {period.year}"

    def day(self, day: date) -> str:
        return f"{day:%d.%m.%Y}"

    def address(self, address: Address) -> str:
        """«ул. Труда, 14, кв. 27»"""
        place = f"{address.street}, {address.building}"
        return f"{place}, {self.words.t('кв. {unit}', unit=address.unit)}" if address.unit else place

    def channel(self, channel: Channel) -> str:
        """A messenger is called as the city file calls it."""
        if channel in CHANNELS:
            return self.words.t(CHANNELS[channel])
        return self.city.messenger(channel.value).name

    def status(self, status: ReadingStatus) -> str:
        return self.words.t(STATUSES[status])

    def flag(self, flag: Flag) -> str:
        return self.words.t(FLAGS[flag])

    def doubt(self, doubt: Doubt) -> str:
        return self.words.t(DOUBTS[doubt])

    def claim(self, claim: Claim) -> str:
        return self.words.t(CLAIMS[claim])

    def ticket(self, status: TicketStatus) -> str:
        return self.words.t(TICKETS[status])
