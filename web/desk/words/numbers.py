"""Numbers and plots, in English."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "Показатели": "Numbers",
    # which days
    "За какие дни": "Which days",
    "С": "From",
    "По": "To",
    "Организация": "Organisation",
    "Все": "All",
    "Показать": "Show",
    "Готовые сроки": "Usual stretches",
    "7 дней": "7 days",
    "30 дней": "30 days",
    "3 месяца": "3 months",
    "Год": "A year",
    "Этот месяц": "This month",
    "Прошлый месяц": "Last month",
    "Таких дней нет: проверьте даты. Показаны последние 30 дней.": (
        "There are no such days: check the dates. The last 30 days are shown."
    ),
    # now
    "Сейчас": "Now",
    "Ждут ответа": "Waiting for an answer",
    "Просрочено": "Overdue",
    "Не прочитано": "Unread",
    "Самый давний вопрос": "The oldest question",
    "Никто не ждёт ответа.": "Nobody is waiting for an answer.",
    # all
    "За {first} – {last}": "{first} – {last}",
    "Пришло вопросов": "Questions that came",
    "без ответа: {n}": "unanswered: {n}",
    "передано другим: {n}": "handed on: {n}",
    "Первый ответ": "First answer",
    "Решение": "Resolution",
    "Оценка": "Rating",
    "9 из 10: {time}": "9 of 10: {time}",
    "оценок: {n}": "ratings: {n}",
    (
        "Крупно – столько ждала половина жителей или меньше; считается всё время, с ночами и выходными, с минуты, "
        "когда вопрос пришёл в организацию."
    ): (
        "In large type: half of the residents waited this long or less. All time counts, nights and weekends included, "
        "from the minute the question came to the organisation."
    ),
    # plots
    "Сколько приходит и закрывается": "What comes and what is closed",
    "пришло": "came",
    "закрыто": "closed",
    "{when}: пришло {n}": "{when}: {n} came",
    "{when}: закрыто {n}": "{when}: {n} closed",
    "Столбики: сколько вопросов пришло и сколько закрыто. Числа в таблице ниже.": (
        "Bars: how many questions came, and how many were closed. The figures are in the table below."
    ),
    "Сколько ждут первого ответа": "How long the first answer takes",
    "половина не дольше": "half take no longer",
    "Столбики: сколько ждали первого ответа. Числа в таблице ниже.": (
        "Bars: how long the first answer took. The figures are in the table below."
    ),
    "Те же числа таблицей": "The same figures as a table",
    "По дням": "By day",
    "По неделям": "By week",
    "По месяцам": "By month",
    "неделя с {day}": "week of {day}",
    "Пришло": "Came",
    "Закрыто": "Closed",
    "Без ответа": "Unanswered",
    "Первый ответ: половина": "First answer: half",
    "Решение: половина": "Resolution: half",
    "9 из 10": "9 of 10",
    "За эти дни вопросов не было.": "There were no questions in these days.",
    # by topic, by organisation, by hour, ratings
    "Темы": "Topics",
    "Начисления": "Charges",
    "Показания": "Readings",
    "Счётчик": "Meter",
    "Оплата": "Payment",
    "Качество, авария": "Quality, breakdown",
    "Другое": "Other",
    "Организации": "Organisations",
    "Когда пишут": "When people write",
    "Час": "Hour",
    "пн": "Mo",
    "вт": "Tu",
    "ср": "We",
    "чт": "Th",
    "пт": "Fr",
    "сб": "Sa",
    "вс": "Su",
    "Как оценили": "How it was rated",
    "Звёзд": "Stars",
    "Сколько раз": "How often",
    # files
    "Всего": "In all",
    "с": "from",
    "по": "to",
    "показатель": "figure",
    "значение": "value",
    "организация": "organisation",
    "ждут ответа": "waiting for an answer",
    "просрочено": "overdue",
    "не прочитано": "unread",
    "самый давний вопрос": "oldest question",
    "По темам": "By topic",
    "По организациям": "By organisation",
    "По часам": "By hour",
    "Оценки": "Ratings",
    "тема": "topic",
    "час": "hour",
    "начало": "begins",
    "звёзд": "stars",
    "оценок": "ratings",
    "передано другим": "handed on",
    "ещё без ответа": "still unanswered",
    "получили ответ": "answered",
    "первый ответ: половина не дольше, мин": "first answer: half no longer than, min",
    "первый ответ: 9 из 10 не дольше, мин": "first answer: 9 of 10 no longer than, min",
    "решено": "resolved",
    "решение: половина не дольше, мин": "resolution: half no longer than, min",
    "решение: 9 из 10 не дольше, мин": "resolution: 9 of 10 no longer than, min",
    "средняя оценка": "average rating",
}
