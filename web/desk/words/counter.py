"""The counter and the phone, in English."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    # calls
    "Звонки": "Calls",
    "Кому перезвонить": "Whom to call back",
    "Звонков никто не ждёт.": "Nobody waits for a call.",
    "Состояние": "State",
    "Что сделать": "What to do",
    "Номер": "Number",
    "час прошёл": "the hour has passed",
    "свой": "their own",
    "звонит {name}": "{name} is calling",
    "не ответил {n} раз|не ответил {n} раза|не ответил {n} раз": "no answer, {n} time|no answer, {n} times",
    "ждёт": "waits",
    "К звонку": "To the call",
    "Всё равно позвонить": "Call all the same",
    "Позвонить": "Call",
    "Звонок № {number}": "Call No. {number}",
    "К списку": "To the list",
    "Начните со слова:": "Begin with the word:",
    "По нему житель узнаёт, что звоните вы. Паспорт, карту и коды из СМС не спрашивайте.": (
        "By it the resident knows that it is you. Do not ask for a passport, a card or codes from text messages."
    ),
    "От кого": "On behalf of",
    "передан из мессенджера как свой": "shared by the messenger as their own",
    "написан жителем, ничем не подтверждён": "typed by the resident, not vouched for",
    "Квартиры": "Flats",
    "Чем кончилось": "What came of it",
    "Поговорили": "We talked",
    "Не ответил": "No answer",
    "Договорились на другое время": "Another time was agreed on",
    "Перенести": "Move",
    "Записано.": "Noted.",
    "Этот звонок уже изменился: его взяли, перенесли или закончили. Вот как сейчас.": (
        "This call has changed: it was taken, moved or finished. This is how it stands now."
    ),
    "Уже звонит {name}.": "{name} is calling already.",
    "В этот час звонить нельзя. Выберите другой.": "Nobody calls at that hour. Choose another.",
    # the counter
    "Стойка": "Counter",
    "Найти квартиру": "Find a flat",
    "Лицевой счёт, адрес или фамилия": "Account number, address or surname",
    "Найти": "Find",
    "Например: {number}, только последние цифры, труда 14 27, иванова труда 14. Каждый поиск записывается.": (
        "For example: {number}, its last digits alone, труда 14 27, иванова труда 14. Every search is recorded."
    ),
    "Ничего не нашлось": "Nothing was found",
    "Точно так ничего нет, похоже:": "Nothing is spelt so; these come near:",
    "Нашлась {n} квартира|Нашлись {n} квартиры|Нашлось {n} квартир": "{n} flat was found|{n} flats were found",
    "Проверьте написание. Чужие счета здесь не ищутся: только вашей организации.": (
        "Check the spelling. Only accounts of your organisation are searched."
    ),
    "Есть и другие. Допишите дом, квартиру или имя.": "There are others. Add the house, the flat or a name.",
    "Слишком коротко: нужны хотя бы три буквы улицы или фамилии либо четыре цифры номера.": (
        "Too short: give at least three letters of a street or a surname, or four digits of a number."
    ),
    "Это настоящий бот?": "Is this the real bot?",
    "Житель получает слово в боте и читает его вам. Мы никогда не спрашиваем паспорт, карту и коды из СМС.": (
        "The resident gets a word in the bot and reads it to you. We never ask for a passport, a card or codes from "
        "text messages."
    ),
    "Слово верное: {messenger}, выдано {time}. Житель увидит подтверждение в чате.": (
        "The word is right: {messenger}, given out at {time}. The resident will see so in the chat."
    ),
    "Спросите адрес бота, как его видит житель. Он должен быть такой: {address}": (
        "Ask for the bot's address as the resident sees it. It must be {address}"
    ),
    "Спросите, как называется бот у жителя, и сравните с нашим.": (
        "Ask what the bot is called on the resident's side, and compare it with ours."
    ),
    "Слово и четыре цифры": "A word and four digits",
    "Проверить": "Check",
    "Такого слова сейчас нет: оно услышано с ошибкой, старше четверти часа, уже подтверждено или бот не наш.": (
        "There is no such word now: it was misheard, is older than a quarter of an hour, is confirmed already, or the "
        "bot is not ours."
    ),
    # a flat
    "Квартира": "Flat",
    "кв. {unit}": "apt. {unit}",
    "открыто, просмотр записан": "opened, the look is recorded",
    "Скрыть": "Hide",
    "Открыть адрес, счета и имена": "Open address, accounts and names",
    "Счётчики": "Meters",
    "Открытых счётчиков, которые нужны вашей организации, нет.": "There are no open meters that your charges need.",
    "прошлое": "previous",
    "за {month} передано": "sent for {month}:",
    "обычно в месяц": "usual a month:",
    "поверка до {day}": "verified until {day}",
    "засчитают за {month}": "will count for {month}",
    "нужен для водоотведения": "needed for wastewater",
    "Показание": "Reading",
    "Как передано": "Channel",
    "по телефону": "by telephone",
    "в офисе": "at an office",
    "Показания за полгода": "Readings of half a year",
    "Месяц": "Month",
    "Счётчик": "Meter",
    "Как и когда": "How and when",
    "действует": "in force",
    "заменено": "replaced",
    "Квитанции": "Receipts",
    "к оплате {sum}": "to pay {sum}",
    "Лицевые счета": "Accounts",
    "Владелец": "Holder",
    "Долг": "Owed",
    "Переплата": "Overpaid",
    "до {day}": "by {day}",
    "начислений ещё не было": "nothing was charged yet",
    "Квартиру привязал {n} житель|Квартиру привязали {n} жителя|Квартиру привязали {n} жителей": (
        "{n} resident has linked this flat|{n} residents have linked this flat"
    ),
    "Начисления": "Charges",
    "Оплачено": "Paid",
    "Вопросы жителей": "Questions of residents",
    # a code
    "Код для привязки": "Link code",
    "Для того, кто стоит перед вами с паспортом и у кого нет квитанции. Имя в паспорте должно совпасть с владельцем.": (
        "For somebody who stands before you with a passport and has no receipt. The name in it must be the holder's."
    ),
    "Паспорт я видел, имя совпадает": "I have seen the passport, the name is the same",
    "Выдать код": "Make a code",
    "Сначала откройте квартиру, чтобы сверить имя.": "Open the flat first, to compare the name.",
    "Сначала посмотрите паспорт: код открывает квартиру без других доказательств.": (
        "Look at the passport first: the code opens the flat without any other proof."
    ),
    "К квартире": "To the flat",
    (
        "Житель нажимает в боте «Есть код» и пишет его. Код действует {minutes} минут, один раз. Больше мы его не "
        "покажем."
    ): (
        "The resident presses «Есть код» in the bot and types it. It works once, within {minutes} minutes. We will not "
        "show it again."
    ),
    "{messenger}: навести камеру, откроется место для кода": (
        "{messenger}: point the camera here, and the place for the code opens"
    ),
    "QR-код: {messenger}": "QR code: {messenger}",
    # a reading
    "Прошлое показание": "Previous reading",
    "Расход": "Consumption",
    "Засчитают за": "Counts for",
    "Похоже на показание другого счётчика: {meter}.": "It looks like the reading of another meter: {meter}.",
    "Прочитайте число жителю вслух и дождитесь «да».": "Read the number out to the resident and wait for a yes.",
    "Записать {value}": "Store {value}",
    "Что говорит житель": "What the resident says",
    "Пояснение для того, кто будет разбираться": "A note for whoever settles it",
    "Например, номер нового счётчика.": "For example, the number of the new meter.",
    "Верно, записать": "Right, store it",
    "Исправить": "Correct",
    "Принято: {value}.": "Taken: {value}.",
    "Записано: {value}. Засчитают, когда проверит оператор.": (
        "Noted: {value}. It counts once an operator has settled it."
    ),
    "Про это показание так сказать нельзя. Проверьте число ещё раз.": (
        "This cannot be said of this reading. Check the number again."
    ),
    "Введите число со счётчика.": "Type the number on the meter.",
    "Это не похоже на число. Нужны только цифры, например: 123,4": (
        "This does not look like a number. Digits alone, for example: 123.4"
    ),
    "Показание не бывает меньше нуля.": "A reading is never below zero.",
    "Здесь несколько чисел. Введите одно: показание этого счётчика.": (
        "These are several numbers. Type one: the reading of this meter."
    ),
    "Непонятно, где в числе запятая. Введите, например: 1234,5": (
        "It is not clear where the decimal point is. Type, for example: 1234.5"
    ),
    "Слишком длинное число. Проверьте, нет ли лишних цифр.": "The number is too long. Check for stray digits.",
    "Меньше прошлого показания.": "Below the previous reading.",
    "Похоже, счётчик прошёл полный круг.": "The dial seems to have begun anew.",
    "На шкале этого счётчика столько цифр нет.": "The dial of this meter has fewer digits.",
    "После запятой больше цифр, чем на шкале.": "There are more decimals than on the dial.",
    "Расход намного больше обычного.": "The consumption is far above the usual.",
    "Так на счётчике": "So it stands on the meter",
    "Счётчик заменили": "The meter was replaced",
    "Прошёл полный круг": "The dial began anew",
    "Прошлое показание неверно": "The previous reading is wrong",
    "На счётчике столько цифр": "The dial has so many digits",
    # a resident
    "Квитанция за {month}": "Receipt for {month}",
    "Карточка жителя": "The resident's card",
    "К вопросу № {number}": "To question No. {number}",
    "Житель": "Resident",
    "Житель ещё не дал согласия: о нём ничего не известно.": "No consent yet: nothing is known of the resident.",
    "нет счёта вашей организации": "no account of your organisation",
    "помогает": "helps",
    "Квартира не привязана.": "No flat is linked.",
    "Начислено за {month}": "Charged for {month}",
    "Ждёт звонка": "Waits for a call",
    "Вопросы жителя": "Questions of the resident",
    # tasks
    "Задачи": "Tasks",
    "Задача № {number}": "Task No. {number}",
    "К задачам": "To the tasks",
    "Задач нет: всё разобрано.": "No tasks: everything is settled.",
    "{n} снимок|{n} снимка|{n} снимков": "{n} picture|{n} pictures",
    "Снимок счётчика": "Picture of the meter",
    "решает другая организация": "another organisation settles it",
    "Это счётчик другой организации: решает она.": "It is another organisation's meter: they settle it.",
    "Дальше по списку": "Further down the list",
    "Уже решено.": "It is settled already.",
    "Что решаете": "Your decision",
    "Причина или ответ": "Reason or answer",
    "Житель это прочитает. Если показание принимается, можно не писать.": (
        "The resident reads it. Nothing need be written when a reading is accepted."
    ),
    "Задача № {number}: решено.": "Task No. {number} is settled.",
    "Показание под вопросом": "Doubtful reading",
    "Спорная привязка": "Contested link",
    "Поддельный бот": "False bot",
    "Один чат перебирает счета": "One chat goes through accounts",
    "Подбирают код доступа": "An access code is being guessed",
    "Много неудачных привязок в городе": "Many failed links in the city",
    "Обычно в месяц": "Usual a month",
    "Что не так": "What is wrong",
    "Пояснение": "Note",
    "Услуга": "Service",
    "Место": "Place",
    "Уже передано": "Sent already",
    "Месяцев с прошлого": "Months since the previous",
    "Цифр на шкале": "Digits of the dial",
    "После запятой": "Decimals",
    "Счётчик закрыт": "Meter closed",
    "Сообщение": "Message",
    "Мессенджер": "Messenger",
    "Лицевой счёт": "Account",
    "Сообщение №": "Report No.",
    "житель квартиры против": "a resident of the flat objects",
    "другая привязка этой квартиры спорная": "another link of this flat is contested",
    "у квартиры уже много жителей": "the flat has many residents already",
    "Напишите причину или ответ.": "Write a reason or an answer.",
    "Показания здесь нет: задачу можно только закрыть.": "There is no reading here: the task can only be closed.",
    "Это решает старший.": "A senior decides this.",
    "Спорную привязку оставляют или убирают.": "A contested link is kept or removed.",
    "Разобрались, закрыть": "Dealt with, close",
    "Принять показание": "Accept the reading",
    "Не принимать": "Decline",
    "Закрыть": "Close",
    "Оставить привязку": "Keep the link",
    "Убрать привязку": "Remove the link",
    # windows
    "Приём": "Window",
    "Приём показаний": "Window for readings",
    "показания за {month} с {first} по {last}": "readings of {month} from {first} to {last}",
    "продлён": "extended",
    "Продлить": "Extend",
    "Последний день": "Last day",
    "Чьи счётчики": "Whose meters",
    "Улица": "Street",
    "Дом": "House",
    "Без улицы и дома – для всех.": "Without street and house: for everybody.",
    "Почему": "Why",
    "Продления": "Extensions",
    "До": "Until",
    "Для кого": "For whom",
    "все дома": "all houses",
    "Приём продлён до {day}.": "Readings are taken until {day}.",
    "Проверьте месяц и день.": "Check the month and the day.",
    "В таком доме по счетам никто не живёт. Проверьте улицу и дом.": (
        "By the accounts, nobody lives in that house. Check street and house."
    ),
    "Улица и дом нужны вместе.": "Street and house belong together.",
    "И так принимают до {day}: нужен более поздний день.": "They are taken until {day} already: give a later day.",
    "В этот день закрывается приём следующего месяца ({day}): нужен более ранний.": (
        "On that day the next month closes ({day}): give an earlier one."
    ),
    "Напишите, почему.": "Write why.",
    # the trade
    "холодная вода": "cold water",
    "горячая вода": "hot water",
    "водоотведение": "wastewater",
    "отопление": "heating",
    "голосом": "by voice",
    "на бумаге": "on paper",
    "на сайте": "on the site",
    "принято": "taken",
    "ждёт решения": "waits to be settled",
    "не принято": "declined",
    "поверка вышла": "verification expired",
    "полный круг": "rollover",
    "большой расход": "large",
    "после срока": "late",
    "ждёт ответа": "waiting for an answer",
    "есть ответ": "answered",
    "закрыт": "closed",
    "январь": "January",
    "февраль": "February",
    "март": "March",
    "апрель": "April",
    "май": "May",
    "июнь": "June",
    "июль": "July",
    "август": "August",
    "сентябрь": "September",
    "октябрь": "October",
    "ноябрь": "November",
    "декабрь": "December",
    "Гкал": "Gcal",
    "м³": "m³",
    # the book of looks
    "искал квартиру": "searched for a flat",
    "смотрел квартиру": "looked at a flat",
    "открыл адрес, счета и имена": "opened address, accounts and names",
    "смотрел карточку жителя": "looked at a resident's card",
    "записал показание": "stored a reading",
    "выдал код для привязки": "made a link code",
    "подтвердил слово бота": "confirmed the bot's word",
    "смотрел задачу": "looked at a task",
    "смотрел снимки счётчика": "looked at pictures of a meter",
    "решил задачу": "settled a task",
    "продлил приём показаний": "extended the window for readings",
    "взял звонок": "took a call",
    "смотрел звонок": "looked at a call",
    "закончил звонок": "finished a call",
}
