"""The numbers as tables: what the page shows as words, a file holds as numbers. Times in files are whole minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from core.clock import CityClock
from core.numbers.model import Figures, Load, Spread, Step
from core.sheets import Cell, Sheet
from core.support_settings import Topic
from web.desk.front import MONTHS
from web.desk.words import Words, word

TOPICS: Final = {
    Topic.CHARGES: word("Начисления"),
    Topic.READINGS: word("Показания"),
    Topic.METER: word("Счётчик"),
    Topic.PAYMENT: word("Оплата"),
    Topic.QUALITY: word("Качество, авария"),
    Topic.OTHER: word("Другое"),
}
WEEKDAYS: Final = (word("пн"), word("вт"), word("ср"), word("чт"), word("пт"), word("сб"), word("вс"))
STEPS: Final = {Step.DAY: word("По дням"), Step.WEEK: word("По неделям"), Step.MONTH: word("По месяцам")}
SPREAD: Final = (
    word("получили ответ"),
    word("первый ответ: половина не дольше, мин"),
    word("первый ответ: 9 из 10 не дольше, мин"),
)
LOAD: Final = (
    word("пришло"),
    word("передано другим"),
    word("ещё без ответа"),
    *SPREAD,
    word("решено"),
    word("решение: половина не дольше, мин"),
    word("решение: 9 из 10 не дольше, мин"),
    word("оценок"),
    word("средняя оценка"),
)
NOW: Final = (
    word("организация"),
    word("ждут ответа"),
    word("просрочено"),
    word("не прочитано"),
    word("самый давний вопрос"),
)
_MINUTE: Final = timedelta(minutes=1)
_HOURS_ONLY: Final = timedelta(days=2)


@dataclass(frozen=True)
class Tables:
    """The figures in one language."""

    words: Words
    figures: Figures
    clock: CityClock

    def time(self, wait: timedelta | None) -> str:
        """«5 мин», «3 ч 20 мин», «2 дн. 4 ч»; a minute is the least, and a dash is nothing."""
        if wait is None:
            return "–"
        minutes = max(1, round(wait / _MINUTE)) if wait else 0
        hours, minutes = divmod(minutes, 60)
        parts = [("{n} ч", hours), ("{n} мин", minutes)]
        if wait >= _HOURS_ONLY:
            days, hours = divmod(hours, 24)
            parts = [("{n} дн.", days), ("{n} ч", hours)]
        said = [self.words.t(text, n=number) for text, number in parts if number]
        return " ".join(said) or self.words.t("{n} мин", n=0)

    def stars(self, average: Decimal | None) -> str:
        """«4,6»; a dash where nobody has given any."""
        if average is None:
            return "–"
        return f"{average:f}".replace(".", "," if self.words.language == "ru" else ".")

    def day(self, day: date) -> str:
        return f"{day.day} {MONTHS[self.words.language][day.month - 1]}"

    def ends(self) -> tuple[str, str]:
        """The first and the last of the days, with their years where those differ."""
        first, last = self.figures.days.first, self.figures.days.last
        if first.year == last.year:
            return self.day(first), self.day(last)
        return f"{self.day(first)} {first.year}", f"{self.day(last)} {last.year}"

    def slice_mark(self, begins: date) -> str:
        """What stands under a plot."""
        if self.figures.days.step is Step.MONTH:
            return f"{begins:%m.%Y}"
        return f"{begins:%d.%m}"

    def slice_name(self, begins: date) -> str:
        match self.figures.days.step:
            case Step.DAY:
                return self.day(begins)
            case Step.WEEK:
                return self.words.t("неделя с {day}", day=self.day(begins))
            case Step.MONTH:
                return f"{begins:%m.%Y}"

    def topics(self) -> list[tuple[str, Load]]:
        return [(self.words.t(TOPICS[topic]), load) for topic, load in self.figures.by_topic.items()]

    def weekdays(self) -> list[str]:
        return [self.words.t(day) for day in WEEKDAYS]

    def step(self) -> str:
        return self.words.t(STEPS[self.figures.days.step])

    def sheets(self) -> list[Sheet]:
        """Everything on the page."""
        return [
            self._summary(),
            self._now(),
            self._loads(self.words.t("По темам"), self.words.t("тема"), self.topics()),
            self._loads(
                *(self.words.t("По организациям"), self.words.t("организация")),
                list(self.figures.by_organisation.items()),
            ),
            self._course(),
            self._hours(),
            self._ratings(),
        ]

    def _summary(self) -> Sheet:
        days, told = self.figures.days, self._all(LOAD)
        rows: list[tuple[Cell, ...]] = [
            (self.words.t("с"), days.first.isoformat()),
            (self.words.t("по"), days.last.isoformat()),
            *zip(told, _load(self.figures.total), strict=True),
        ]
        return Sheet(self.words.t("Всего"), (self.words.t("показатель"), self.words.t("значение")), tuple(rows))

    def _now(self) -> Sheet:
        rows = tuple(
            (one.organisation, one.open, one.overdue, one.unread, f"{self.clock.local(one.oldest):%Y-%m-%d %H:%M}")
            for one in self.figures.now
        )
        return Sheet(self.words.t("Сейчас"), self._all(NOW), rows)

    def _loads(self, name: str, of: str, loads: Sequence[tuple[str, Load]]) -> Sheet:
        return Sheet(name, (of, *self._all(LOAD)), tuple((called, *_load(load)) for called, load in loads))

    def _course(self) -> Sheet:
        columns = (word("начало"), word("пришло"), word("закрыто"), *SPREAD)
        rows = tuple(
            (one.begins.isoformat(), one.came, one.closed, *_spread(one.first_answer)) for one in self.figures.course
        )
        return Sheet(self.step(), self._all(columns), rows)

    def _hours(self) -> Sheet:
        counts = self.figures.hours
        rows: list[tuple[Cell, ...]] = [
            (f"{hour:02}:00", *[counts.get((day, hour), 0) for day in range(7)]) for hour in range(24)
        ]
        return Sheet(self.words.t("По часам"), (self.words.t("час"), *self.weekdays()), tuple(rows))

    def _ratings(self) -> Sheet:
        rows = tuple(enumerate(self.figures.total.ratings.stars, start=1))
        return Sheet(self.words.t("Оценки"), (self.words.t("звёзд"), self.words.t("оценок")), rows)

    def _all(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.words.t(text) for text in texts)


def _load(load: Load) -> tuple[Cell, ...]:
    return (
        *(load.came, load.handed_on, load.unanswered),
        *_spread(load.first_answer),
        *_spread(load.resolution),
        *(load.ratings.count, load.ratings.average),
    )


def _spread(spread: Spread) -> tuple[Cell, Cell, Cell]:
    return spread.count, _minutes(spread.median), _minutes(spread.ninetieth)


def _minutes(wait: timedelta | None) -> int | None:
    return None if wait is None else round(wait / _MINUTE)
