"""Broadcasts, in English."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "Рассылки": "Broadcasts",
    "Рассылка": "Broadcast",
    "Рассылка № {number}": "Broadcast No. {number}",
    "Все рассылки": "All broadcasts",
    "Рассылок ещё не было.": "There have been no broadcasts yet.",
    "Написать": "Write",
    "Готовые тексты": "Written ahead",
    "Получателей": "Recipients",
    # the page of one
    "Изменить": "Change",
    "Когда начать": "When to begin",
    "Пусто: сейчас.": "Empty: now.",
    "Отправить": "Send",
    "Одобрить": "Approve",
    "Вернуть в черновики": "Take back to drafts",
    "Приостановить": "Pause",
    "Продолжить": "Go on",
    "Остановить совсем": "Stop for good",
    "Как идёт": "How it goes",
    "Кто получит": "Who gets it",
    "Язык": "Language",
    "Получат": "Get it",
    "Отказались": "Opted out",
    "Заблокировали": "Have blocked",
    "{n} получатель|{n} получателя|{n} получателей": "{n} recipient|{n} recipients",
    "Больше {alone}: нужен второй человек.": "More than {alone}: a second person is needed.",
    "Одобрил {name}.": "Approved by {name}.",
    "Таких жителей нет.": "There are no such residents.",
    "Как увидят жители": "What residents will see",
    "На пробу себе": "Try it out yourself",
    "Ваш номер в нём": "Your number there",
    "Отправить себе": "Send to myself",
    "История рассылки": "History of the broadcast",
    # the form
    "Изменить рассылку": "Change the broadcast",
    "Новая рассылка": "New broadcast",
    "Назад": "Back",
    "Что сказать": "What to say",
    "Его видят только операторы.": "Only operators see it.",
    "Вид": "Kind",
    "Подстановки:": "Placeholders:",
    "Текст, {language}": "Text, {language}",
    "Картинка или документ": "A picture or a document",
    "До 10 МБ; с файлом текст до 1024 знаков.": "Up to 10 MB; with a file the text has 1024 characters at most.",
    "Убрать файл {name}": "Take the file {name} away",
    "Кнопки под сообщением": "Buttons under the message",
    "Кнопка {number}": "Button {number}",
    "Подпись, {language}": "Label, {language}",
    "Открывает раздел": "Opens a section",
    "или ссылку": "or a link",
    "Что не отмечено, то не важно. Каждый получит сообщение один раз, там, где был последний раз.": (
        "What is not ticked does not matter. Everybody is told once, where they were last."
    ),
    "Дома": "Houses",
    "По одному в строке: «улица Труда, 14».": "One a line: “улица Труда, 14”.",
    "Улицы целиком": "Whole streets",
    "Районы и кварталы": "Districts and quarters",
    "Квартира привязана": "A flat is linked",
    "не важно": "does not matter",
    "да": "yes",
    "нет": "no",
    "Показания за этот месяц": "Readings of this month",
    "переданы": "submitted",
    "не переданы": "not submitted",
    "Долг перед": "Owes to",
    "от, ₽": "from, ₽",
    "до, ₽": "to, ₽",
    "Не позже": "Not after",
    "Кто не получит до этого времени, тот не получит совсем.": (
        "Whoever has not got it by then will not get it at all."
    ),
    "Сохранить и посмотреть": "Save and look",
    # what is wrong
    "Поле не прочитать: {name}.": "A field cannot be read: {name}.",
    "не позже": "not after",
    "когда начать": "when to begin",
    "дома: по одному в строке, «улица Труда, 14»": "houses: one a line, “улица Труда, 14”",
    "долг: сумма в рублях": "debt: a sum in roubles",
    "Такого чата нет, или его владелец ещё не дал согласия.": (
        "There is no such chat, or its owner has not agreed yet."
    ),
    "Напишите название: его видят только операторы.": "Write a title: only operators see it.",
    "Название слишком длинное: до {about} знаков.": "The title is too long: {about} characters at most.",
    "Нет текста на основном языке ({where}).": "The text in the main language ({where}) is missing.",
    "Такого языка нет: {where}{about}.": "There is no such language: {where}{about}.",
    "Текст пустой ({where}).": "The text is empty ({where}).",
    "Текст не поместится в одно сообщение ({where}): до {about} знаков.": (
        "The text does not fit into one message ({where}): {about} characters at most."
    ),
    "Скобка без пары ({where}). Если она нужна в тексте, напишите её дважды.": (
        "A brace without its other one ({where}). If it is meant, write it twice."
    ),
    "Такой подстановки нет ({where}): {about}.": "There is no such placeholder ({where}): {about}.",
    "Подстановка «{about}» есть лишь у тех, кто привязал квартиру: уточните, кому.": (
        "Only those who have linked a flat have “{about}”: say to whom."
    ),
    "Слишком много кнопок: до {about}.": "Too many buttons: {about} at most.",
    "Кнопка {where}: выберите раздел или впишите ссылку https://… {about}": (
        "Button {where}: choose a section or write a link https://… {about}"
    ),
    "Кнопка {where}: подпись ({about}) пустая или длиннее 40 знаков.": (
        "Button {where}: its label ({about}) is empty or longer than 40 characters."
    ),
    "Файл пустой или больше {about} байт.": "The file is empty or has more than {about} bytes.",
    "Такой организации нет: {about}.": "There is no such organisation: {about}.",
    "По этому адресу никто не живёт: {about}.": "Nobody lives there: {about}.",
    "Такого мессенджера нет: {about}.": "There is no such messenger: {about}.",
    "Кто не привязал квартиру, того нельзя найти по квартире.": "Who has not linked a flat cannot be found by one.",
    "Долг «до» меньше долга «от».": "The debt “to” is less than the debt “from”.",
    "Выберите вид рассылки.": "Choose the kind of broadcast.",
    "Сейчас так сделать нельзя: рассылка уже в другом состоянии.": (
        "That cannot be done now: the broadcast is somewhere else already."
    ),
    "Свою рассылку одобрить нельзя: нужен второй человек.": (
        "You cannot approve your own broadcast: a second person is needed."
    ),
    "Получателей {recipients}, это больше {alone}: пусть её одобрит второй.": (
        "{recipients} recipients are more than {alone}: let a second person approve it."
    ),
    "Отправлять некому: проверьте получателей.": "There is nobody to send it to: check the recipients.",
    "К этому времени отправлять её уже нельзя.": "At that time it may not be sent any more.",
    "Рассылка уже ушла: отменить её как не начатую нельзя, можно остановить.": (
        "It is on its way: it cannot be taken back, but stopped."
    ),
    # what was done
    "Сохранено. Пока никто ничего не получил.": "Saved. Nobody has got anything yet.",
    "Одобрено.": "Approved.",
    "Получатели выбраны. Ещё несколько секунд её можно вернуть.": (
        "The recipients are chosen. For a few seconds it can be taken back."
    ),
    "Возвращена в черновики: никто ничего не получил.": "Back among the drafts: nobody has got anything.",
    "Приостановлена.": "Paused.",
    "Продолжена.": "It goes on.",
    "Остановлена: кто не получил, уже не получит.": "Stopped: whoever has not got it will not.",
    "Отправлена в этот чат, на пробу.": "Sent to that chat, to try it out.",
    # where it is
    "объявление": "announcement",
    "экстренное: и ночью": "emergency: at night, too",
    "черновик": "draft",
    "запланирована": "scheduled",
    "приостановлена": "paused",
    "закончена": "finished",
    "отменена": "cancelled",
    "Приостановлена оператором.": "Paused by an operator.",
    "Долго не отправлялась. Проверьте, нужна ли она ещё, и продолжите.": (
        "It was not sent for long. Check whether it is still wanted, and let it go on."
    ),
    "Получателей слишком много для одного человека: пусть её одобрит второй.": (
        "Too many recipients for one person: let a second one approve it."
    ),
    "Эта копия базы восстановлена: рассылку могли уже отправить.": (
        "This copy was restored: it may have been sent already."
    ),
    # outcomes
    "ждут": "waiting",
    "в пути": "on their way",
    "неизвестно": "unknown",
    "бот заблокирован": "bot blocked",
    "отказались": "opted out",
    "не вышло": "failed",
    "не отправлено": "not sent",
    "Начнётся через {n} с. До этого её можно вернуть.": "It begins in {n} s. Until then it can be taken back.",
    "У каждого получателя есть итог.": "Every recipient has an outcome.",
    "Доставлено по минутам": "Delivered by the minute",
    "Таблицей": "As a table",
    "Минута": "Minute",
    "Доставлено": "Delivered",
    "Чей итог неизвестен": "Whose outcome is unknown",
    "Мессенджер мог принять сообщение, но не подтвердил. Второй раз мы им не пишем.": (
        "The messenger may have taken the message without saying so. We do not write to them twice."
    ),
    "осталось {n} мин": "{n} min left",
    "осталось {n} с": "{n} s left",
    "{rate} в секунду": "{rate} a second",
    "{when}: доставлено {n}": "{when}: {n} delivered",
    "Получатель": "Recipient",
    "Итог": "Outcome",
    # sections that a button opens
    "Баланс": "Balance",
    "Квитанция": "Bill",
    "Оплатить": "Pay",
    "История показаний": "History of readings",
    "Вопрос": "Question",
    "Адреса и телефоны": "Addresses and phones",
    "Настройки": "Settings",
    "Привязать квартиру": "Link a flat",
    # what was done to it
    "написана": "written",
    "изменена": "changed",
    "одобрена": "approved",
    "отправлена на пробу": "tried out",
    "начата": "started",
    "возвращена в черновики": "taken back to drafts",
    "продолжена": "went on",
    "остановлена": "stopped",
}
