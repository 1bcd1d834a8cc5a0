"""What holds after every step, whatever was done: each invariant is a function, and its sentence is its first line."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from infra.codes import HmacCodeHasher
from proof.machine.model import DAY, Model
from proof.machine.world import Row, Seen

Invariant = Callable[[Seen, Model], None]


def one_current_reading(seen: Seen, _: Model) -> None:
    """At most one reading of a meter and period is current."""
    counted = Counter((row["meter_id"], row["period"]) for row in seen["readings"] if row["current"])
    doubled = [where for where, many in counted.items() if many > 1]
    assert not doubled, f"several current readings of {doubled}"


def current_is_the_last_that_stands(seen: Seen, model: Model) -> None:
    """Current is what was confirmed last and not declined, a doubtful one once an operator has accepted it.

    What a later one has replaced does not come back by itself when that one is declined.
    """
    there = {str(row["id"]): (row["status"], row["current"]) for row in seen["readings"]}
    wanted = {said.id: (said.status, said.current) for said in model.readings}
    assert there == wanted, f"readings are {there}, and must be {wanted}"


def doubtful_readings_have_a_task(seen: Seen, model: Model) -> None:
    """Every doubtful reading has a task with it, open or settled; while it is flagged nobody has accepted it."""
    there = {str(row["reading_id"]): row["status"] for row in seen["tasks"] if row["kind"] == "reading"}
    wanted = {said.id: said.task for said in model.readings if said.task}
    assert there == wanted, f"tasks are {there}, and must be {wanted}"
    bare = [row["id"] for row in seen["readings"] if row["status"] == "flagged" and row["id"] not in there]
    assert not bare, f"doubtful and nobody's work: {bare}"


def only_links_in_force_show_a_flat(seen: Seen, model: Model) -> None:
    """Whoever sees a flat has a link in force to it: proved, not contested, not ended, or kept by an operator."""
    there = {(row["resident_id"], row["premises_id"]) for row in seen["links"]}
    wanted = {(one.person.resident, model.premises[one.flat]) for one in model.links}
    assert there == wanted, f"links are {there}, and must be {wanted}"


def only_given_rights_help(seen: Seen, model: Model) -> None:
    """Whoever helps has a right that an owner gave, and that neither side has ended."""
    there = {(row["id"], row["resident_id"]) for row in seen["helpers"]}
    wanted = {(one.id, one.person.resident if one.person else None) for one in model.rights if not one.gone}
    assert there == wanted, f"rights are {there}, and must be {wanted}"


def a_link_rests_on_its_account(_: Seen, model: Model) -> None:
    """A link in force was proved by an account that is open, and held by whom it was then; or an operator answers."""
    for link in model.links:
        if link.account is not None and link.holder:
            assert link.account.closed_on is None, f"{link.person.name} sees a flat by a closed account"
            assert link.account.holder == link.holder, f"{link.person.name} sees a flat whose account has a new holder"


def five_without_an_operator(seen: Seen, model: Model) -> None:
    """At most five residents have linked a flat, not counting those whom an operator let in."""
    kept = {(row["resident_id"], row["premises_id"]) for row in seen["link_claims"] if row["outcome"] == "kept"}
    ordinary = [one for one in seen["links"] if (one["resident_id"], one["premises_id"]) not in kept]
    crowded = [flat for flat, many in Counter(row["premises_id"] for row in ordinary).items() if many > 5]
    assert not crowded, f"more than five residents of {crowded}"
    assert model.city.proofs.residents_a_flat == 5


def what_waits_for_an_operator(seen: Seen, model: Model) -> None:
    """What waits for an operator is what was contested or came on top, each with an open task."""
    there = {row["id"] for row in seen["link_claims"] if row["settled_at"] is None}
    assert there == {one.id for one in model.disputes if one.open}
    tasks = [row for row in seen["tasks"] if row["kind"] == "link_claim" and row["status"] == "open"]
    assert sorted(str(row["key"]) for row in tasks) == sorted(f"link_claim:{claim}" for claim in there)


def failures_stay_within_limits(_: Seen, model: Model) -> None:
    """No chat has more evaluated failures than five an hour and ten a day, nor on more than three accounts a day."""
    for person in model.people:
        own = [one for one in model.failures if one.person is person]
        for last in own:
            day = [one for one in own if 0 <= last.hour - one.hour < DAY]
            assert len(day) <= 10, f"{len(day)} failures within a day"
            assert sum(one.hour == last.hour for one in day) <= 5, "more than five failures within an hour"
            assert len({one.what for one in day}) <= 3, "failures on more than three accounts within a day"


def failures_are_counted(seen: Seen, model: Model) -> None:
    """Every evaluated failure is counted, and nothing else is."""
    there = Counter(row["chat_id"] for row in seen["link_failures"])
    assert there == Counter(one.person.chat for one in model.failures)


def nothing_of_the_forgotten_is_left(seen: Seen, model: Model) -> None:
    """Of who was erased nothing is left but what the law keeps: readings, and a day's failures, without a name."""
    gone = {resident for _, resident, _ in model.forgotten}
    for table in ("residents",):
        assert not gone & {row["id"] for row in seen[table]}
    for table, column in _PERSONAL:
        left = [row for row in seen[table] if row[column] in gone]
        assert not left, f"left in {table}: {left}"
    text = seen.text() if gone else ""
    for person, _, words in model.forgotten:
        assert words not in text, f"{person.name}'s words are left: {_around(words, seen)}"


_PERSONAL: Final = (
    *(("chats", "resident_id"), ("consents", "resident_id"), ("links", "resident_id"), ("readings", "resident_id")),
    *(("link_claims", "resident_id"), ("link_claims", "contested_by"), ("helpers", "resident_id")),
    ("one_time_codes", "issued_by"),
)


def _around(words: str, seen: Seen) -> list[tuple[str, Row]]:
    return [(name, row) for name, rows in seen.tables.items() for row in rows if words in str(row)]


INVARIANTS: Final[tuple[Invariant, ...]] = (
    one_current_reading,
    current_is_the_last_that_stands,
    doubtful_readings_have_a_task,
    only_links_in_force_show_a_flat,
    only_given_rights_help,
    a_link_rests_on_its_account,
    five_without_an_operator,
    what_waits_for_an_operator,
    failures_stay_within_limits,
    failures_are_counted,
    nothing_of_the_forgotten_is_left,
)


def history_only_grows(before: Seen, now: Seen) -> None:
    """History never shrinks or changes: what a reading said, and every line of what became of it, is there for ever."""
    for table, columns in _FOR_EVER.items():
        there = {row["id"]: [row[column] for column in columns] for row in now[table]}
        for row in before[table]:
            said = [row[column] for column in columns]
            assert there.get(row["id"]) == said, f"a line of {table} was {said}, and is {there.get(row['id'])}"
    events = {row["reading_id"] for row in now["reading_events"]}
    assert events == {row["id"] for row in now["readings"]}, "a reading without history"


_FOR_EVER: Final = {
    "readings": ("seq", "key", "meter_id", "period", "value", "submitted_at", "channel", "kind", "flags"),
    "reading_events": ("reading_id", "meter_id", "event", "actor", "at", "before", "after"),
}


def burnt_codes_stay_burnt(now: Seen, model: Model, hasher: HmacCodeHasher) -> None:
    """A code that has worked is marked as used, once and for all."""
    used = {str(row["digest"]) for row in now["one_time_codes"] if row["used_at"] is not None}
    for code in model.codes:
        if code.used and not code.ended:
            digest = "\\x" + hasher.one_time(code.purpose.value, code.text).hex()
            assert digest in used, f"a code of {code.purpose} is whole again"


def after_each_step(before: Seen, now: Seen, model: Model, hasher: HmacCodeHasher) -> None:
    """Raises AssertionError, with the sentence that does not hold."""
    checks: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        *((one, (now, model)) for one in INVARIANTS),
        (history_only_grows, (before, now)),
        (burnt_codes_stay_burnt, (now, model, hasher)),
    ]
    for check, given in checks:
        try:
            check(*given)
        except AssertionError as broken:
            raise AssertionError(f"{check.__doc__}\n{broken}") from broken


EVERY: Final = (*INVARIANTS, history_only_grows, burnt_codes_stay_burnt)
"""And those of single steps, in the rules: a helper sees no money, nobody sees a foreign flat, what comes again changes
nothing, a burnt code never works."""
