"""The questions, in order (interface, section 5). Pure: no session, no clock, no log.

:func:`ask` puts questions 5 to 11 to one notice; :func:`settle` is the table, question 13.
What several notices on one addressee mean together is `fold`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Literal, NamedTuple

from daemon.returns.names import Person, fits
from daemon.returns.policy import READS_AS, Rule
from schemas.codes import STRENGTH
from schemas.notice import ON_PAPER, NewAddress, Notice
from schemas.standing import Standing
from schemas.text import before, norm

Outcome = Literal["moved", "suppressed", "held", "kept", "review", "rejected"]

YOUNG_DAYS = 60  # an address younger than this may get nixies that are about the one before it

# COA codes that say where to, or that there is no where; anything else on a COA is unknown.
_COA_CODES = frozenset({"", "K", "G", "W"})
_AWAY = "TEMPORARILY AWAY"


class Place(NamedTuple):
    """An address as far as questions compare it: normed line and ZIP."""

    line: str
    zip5: str


class Strike(NamedTuple):
    """A refused or unclaimed piece that took effect as a strike."""

    code: str
    fulfilled: str
    place: Place


class Subject(NamedTuple):
    """One addressee as the questions see it."""

    person: Person
    locked: bool
    standing: Standing
    place: Place
    came_in: str  # the day the present address came to us
    earlier: frozenset[Place]  # addresses that were ours before, the present one not among them
    took: frozenset[int]  # events that took effect in standing batches
    strikes: tuple[Strike, ...]
    aliases: frozenset[Place] = frozenset()  # how the present address was written before it was standardised

    @property
    def here(self) -> tuple[Place, ...]:
        """Return the present address in every way it was written."""
        return (self.place, *self.aliases)


class Answer(NamedTuple):
    """What one notice comes to, and the standing it leads to where it changes one."""

    outcome: Outcome
    reason: str
    standing: Standing | None = None
    new: NewAddress | None = None  # the address to write, where the standing is to point at a new one
    took: bool = False


def kept(reason: str) -> Answer:
    """Nothing changes; the record is accounted for."""
    return Answer("kept", reason)


def review(reason: str) -> Answer:
    """A person has to look."""
    return Answer("review", reason)


def event_of(notice: Notice) -> int:
    """Return 64 bits that name the event: account, key, code, move date, new address; for a nixie its date too.

    A move on paper hardly ever has a date: the day on which the piece came back stands for it.
    """
    new = notice.new
    where = f"{norm(new.address1)}|{new.zip5 or norm(new.city)}|{new.foreign}" if new else ""
    dateless = notice.type_of_acs == ON_PAPER and not notice.move_date
    when = notice.fulfilled if dateless or notice.kind == "nixie" else notice.move_date
    text = f"{notice.account}|{notice.key}|{notice.kind}|{notice.code}|{when}|{where}"
    if not notice.key:  # nothing else says whom it is about: two people are not one event
        text += f"|{norm(notice.first_name)}|{norm(notice.last_name)}|{norm(notice.company)}|{notice.old_zip}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def canonical(notice: Notice, rules: Mapping[str, Rule]) -> str | None:
    """Return the code as the table knows it, None where it does not. Retired codes read as their heirs."""
    code = READS_AS.get(notice.code, notice.code)
    if notice.kind == "coa":
        known = code in _COA_CODES or notice.code == "C"
        return code if known and notice.move_type in ("F", "I", "B") else None
    return code if (code in rules and code not in ("K", "G")) or code == "W" else None


def is_nixie(notice: Notice) -> bool:
    """True for notices about an address only; the old COA code C (no delivery) is one of them."""
    return notice.kind == "nixie" or notice.code == "C"


def has_new_address(notice: Notice) -> bool:
    """True where the record gives an address in the country that can be mailed to."""
    return notice.kind == "coa" and notice.code == "" and notice.new is not None and notice.new.usable


def new_place(notice: Notice) -> Place:
    """Return the place of the new address; only where :func:`has_new_address`."""
    new = notice.new
    return Place(norm(new.address1), new.zip5) if new else Place("", "")


def is_ours(notice: Notice, place: Place) -> bool:
    """Say whether the old address of a change is this place: same ZIP, its number a word of the line."""
    if not notice.old_zip or notice.old_zip != place.zip5:
        return False  # two blank ZIPs are not the same ZIP
    number = norm(notice.old_number)
    if not number:
        return place.line == "GENERAL DELIVERY" and norm(notice.old_address1) in ("", place.line)
    return f" {number} " in f" {place.line} "


def ask_first(
    notice: Notice, subject: Subject, rules: Mapping[str, Rule], today: str, waved: str = ""
) -> Answer | None:
    """Put questions 5 to 10; None where the notice goes on to "which address is it about?".

    Args:
        waved: the question that an operator has answered with yes; it is not asked.
    """
    if subject.locked:
        return kept("locked")
    code = canonical(notice, rules)
    if code is None:
        return review("unknown_code")
    coa, new, standing = not is_nixie(notice), notice.new, subject.standing
    if code == "W" or (coa and new is not None and _AWAY in norm(f"{new.address1} {new.city}")):
        return kept("temporarily_away")
    if coa and waved != "name_differs" and not fits(notice, subject.person):
        return review("name_differs")
    if coa and notice.move_date and before(today, notice.move_date):
        return Answer("kept", "future_move", took=True)
    if standing.status == "deceased" and waved != "deceased_addressee":
        gives_address = coa and new is not None and (new.usable or new.foreign)
        return review("deceased_addressee") if gives_address else kept("already_known")
    dated = notice.move_date if coa else notice.fulfilled
    if code != "P" and before(dated, standing.address_since):
        return kept("older_than_ours")
    return None


def ask_where(notice: Notice, subject: Subject, told: frozenset[Place] = frozenset()) -> Answer | None:
    """Put question 11; None where the notice is about an address of ours.

    Args:
        told: new addresses of the other changes for this addressee, in this file, that passed.
    """
    place = subject.place
    if not is_nixie(notice):
        if any(is_ours(notice, written) for written in subject.here):
            return None
        if any(is_ours(notice, earlier) for earlier in subject.earlier):
            return kept("older_than_ours") if notice.code in ("K", "G") else None
        if any(is_ours(notice, other) for other in told):
            return None
        if has_new_address(notice) and new_place(notice) in subject.here:
            return None
        return review("old_address_differs")
    zips = {earlier.zip5 for earlier in subject.earlier}
    known = zips | {written.zip5 for written in subject.here}
    if notice.code == "P":
        return None if notice.old_zip and notice.old_zip in known else review("old_address_differs")
    if not notice.old_zip or notice.old_zip != place.zip5:  # a ZIP that was corrected meanwhile is one before it, too
        return kept("older_than_ours") if notice.old_zip in known - {""} else review("old_address_differs")
    if place.zip5 in zips and _young(subject.came_in, notice.fulfilled):
        return review("address_too_young")
    return None


def _young(came_in: str, fulfilled: str) -> bool:
    """True where the present address came less than 60 days before the notice, or after it."""
    if not fulfilled:
        return True  # it cannot be said which of the two addresses the piece went to
    day = fulfilled if len(fulfilled) == 10 else f"{fulfilled}-01"  # of a month, the day that asks rather than decides
    return (date.fromisoformat(day) - date.fromisoformat(came_in)).days < YOUNG_DAYS


def settle(notice: Notice, subject: Subject, rules: Mapping[str, Rule]) -> Answer:
    """The table, question 13, for a notice that every question before let through."""
    if has_new_address(notice):
        assert notice.new is not None  # noqa: S101 - just asked
        return move(notice.new, notice.move_date, subject.standing, subject.here)
    if notice.kind == "coa" and notice.code == "":
        foreign = notice.new is not None and notice.new.foreign
        return lower("held", "foreign_move" if foreign else "incomplete_new_address", subject.standing)
    rule = rules[READS_AS.get(notice.code, notice.code)]
    if rule.status == "keep":
        return kept(rule.reason)
    if rule.status == "review":
        return review(rule.reason)
    if rule.strikes > 1 and STRENGTH[rule.status] > STRENGTH[subject.standing.status]:
        days = {strike.fulfilled for strike in subject.strikes if _counts(strike, notice, subject)}
        if len(days | {notice.fulfilled}) < rule.strikes:
            return Answer("kept", "another_strike" if days else "first_strike", took=True)
    return lower(rule.status, rule.reason, subject.standing)


def _counts(strike: Strike, notice: Notice, subject: Subject) -> bool:
    """A strike counts for its own code, and only since the address on file began."""
    return (
        strike.code == notice.code
        and strike.place in subject.here
        and not before(strike.fulfilled, subject.standing.address_since)
    )


def move(new: NewAddress, since: str, standing: Standing, here: Sequence[Place], by: str = "notice") -> Answer:
    """Take an addressee along to a new address; where it is the one on file, note since when, and that it is right.

    Args:
        since: the move date; ``""`` where none is given.
        here: the address on file, in every way it was written.
        by: whose word it is: ``notice`` or ``ncoa``.
    """
    base, why = standing.base_status, standing.base_reason
    free = base == "mailable"
    author = by if free else "client"
    if Place(norm(new.address1), new.zip5) not in here:
        reason = "moved" if free else why
        after = Standing(standing.address_id, base, reason, author, base, why, since, since[:7], True)
        return Answer("moved", "moved", after, new, True)
    known = standing
    if since and (not standing.address_since or before(standing.address_since, since)):
        standing = standing._replace(address_since=since)
    if standing.status_by in ("notice", by) and standing.status in ("held", "undeliverable"):
        after = standing._replace(
            status=base,
            status_reason="confirmed" if free else why,
            status_by=author,
            move_month=since[:7] or standing.move_month,
            needs_cass=True,
        )
        return Answer("moved", "confirmed", after, None, True)
    return Answer("kept", "already_there", standing if standing != known else None)


def lower(status: str, reason: str, standing: Standing, by: str = "notice") -> Answer:
    """Take an addressee out of the mail, unless the present status is as strong already."""
    stronger = STRENGTH[status] > STRENGTH[standing.status]
    expired = reason == "forwarding_order_expired" and status == standing.status == "held"
    if not stronger and not (expired and standing.status_reason != reason):
        return kept("already_known")
    after = Standing(standing.address_id, status, reason, by, *standing[4:])
    return Answer("held" if status == "held" else "suppressed", reason, after, None, True)
