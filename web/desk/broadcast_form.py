"""The form of a broadcast: what a browser sends as a draft, and a draft as the form that shows it."""

from datetime import datetime
from typing import Final

from core.broadcasts.model import BROADCAST_KINDS, Audience, Button, Debt, Draft, Enclosure, House, MailingKind
from core.broadcasts.rules import MOST_BUTTONS
from core.city import City
from core.clock import CityClock
from core.ids import ProviderCode
from core.money import parse_roubles, roubles_text
from core.services import Service
from web.desk.forms import Form

PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""What pictures begin with; everything else is a document."""


class Unreadable(Exception):
    """A field that cannot be read; its name."""


def read_draft(form: Form, city: City, clock: CityClock, kept: Enclosure | None = None) -> Draft:
    """Raises Unreadable. `kept`: the file that stays unless another one comes, or it is to go."""
    kind = form.text("kind")
    return Draft(
        title=form.text("title").strip(),
        texts=_by_language(form, "text", city),
        audience=_audience(form),
        kind=MailingKind(kind) if kind in set(BROADCAST_KINDS) else MailingKind.ANNOUNCEMENT,
        buttons=tuple(one for number in range(1, MOST_BUTTONS + 1) if (one := _button(form, number, city))),
        not_after=read_time(form, "not_after", clock),
        enclosure=_enclosure(form, kept),
    )


def read_time(form: Form, name: str, clock: CityClock) -> datetime | None:
    """A time of the city's clock as a browser's field gives it. Raises Unreadable."""
    said = form.text(name).strip()
    if not said:
        return None
    try:
        return clock.typed(said)
    except ValueError:
        raise Unreadable(name) from None


def _by_language(form: Form, name: str, city: City) -> dict[str, str]:
    said = {language: form.text(f"{name}_{language}").strip() for language in city.languages}
    return {language: text for language, text in said.items() if text}


def _button(form: Form, number: int, city: City) -> Button | None:
    """None for a row that was left empty."""
    labels = _by_language(form, f"label{number}", city)
    opens, link = form.text(f"opens{number}").strip() or None, form.text(f"link{number}").strip() or None
    return Button(labels, opens, link) if labels or opens or link else None


def _audience(form: Form) -> Audience:
    choices = {"": None, "yes": True, "no": False}
    return Audience(
        providers=tuple(ProviderCode(code) for code in form.texts("provider")),
        services=tuple(Service(one) for one in form.texts("service") if one in set(Service)),
        houses=tuple(_house(line) for line in _lines(form, "houses")),
        streets=tuple(_lines(form, "streets")),
        districts=tuple(_lines(form, "districts")),
        languages=form.texts("language"),
        messengers=form.texts("messenger"),
        linked=choices.get(form.text("linked")),
        reading=choices.get(form.text("reading")),
        debts=_debts(form),
    )


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in form.text(name).splitlines() if line.strip()]


def _house(line: str) -> House:
    street, comma, building = line.rpartition(",")
    if not comma or not street.strip() or not building.strip():
        raise Unreadable("houses")
    return House(street.strip(), building.strip())


def _debts(form: Form) -> tuple[Debt, ...]:
    provider = form.text("debt_provider")
    if not provider:
        return ()
    least, most = parse_roubles(form.text("debt_least")), parse_roubles(form.text("debt_most"))
    if least is None or (most is None and form.text("debt_most").strip()):
        raise Unreadable("debt")
    return (Debt(ProviderCode(provider), least, most),)


def _enclosure(form: Form, kept: Enclosure | None) -> Enclosure | None:
    upload = form.upload("file")
    if upload is None:
        return None if form.ticked("no_file") else kept
    name = upload.name.replace("\\", "/").rpartition("/")[2].strip()[:100] or "file"
    return Enclosure(name, any(upload.content.startswith(begins) for begins in PICTURES), upload.content)


def shown_draft(draft: Draft, clock: CityClock) -> Form:
    """A draft as the form that would send it."""
    audience, answers = draft.audience, {None: "", True: "yes", False: "no"}
    fields: dict[str, tuple[str, ...]] = {
        "title": (draft.title,),
        "kind": (draft.kind.value,),
        "provider": audience.providers,
        "service": audience.services,
        "language": audience.languages,
        "messenger": audience.messengers,
        "houses": ("\n".join(f"{house.street}, {house.building}" for house in audience.houses),),
        "streets": ("\n".join(audience.streets),),
        "districts": ("\n".join(audience.districts),),
        "linked": (answers[audience.linked],),
        "reading": (answers[audience.reading],),
    }
    fields |= {f"text_{language}": (text,) for language, text in draft.texts.items()}
    for number, button in enumerate(draft.buttons, 1):
        fields |= {f"opens{number}": (button.opens or "",), f"link{number}": (button.link or "",)}
        fields |= {f"label{number}_{language}": (label,) for language, label in button.labels.items()}
    for debt in audience.debts[:1]:
        most = "" if debt.most is None else roubles_text(debt.most)
        fields |= {"debt_provider": (debt.provider,), "debt_least": (roubles_text(debt.least),), "debt_most": (most,)}
    if draft.not_after is not None:
        fields["not_after"] = (clock.local(draft.not_after).strftime("%Y-%m-%dT%H:%M"),)
    return Form(fields)
