"""What all the notices of one file mean together for one addressee, and the old questions they answer. Pure.

The questions of `decide` in their order: each notice is asked on its own up to question 11, then question 12
folds what is left, then the table is gone through one by one, each from the standing the last one left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from daemon.returns.decide import (
    Answer,
    Place,
    Strike,
    Subject,
    ask_first,
    ask_where,
    event_of,
    has_new_address,
    is_nixie,
    is_ours,
    kept,
    new_place,
    review,
    settle,
)
from daemon.returns.policy import READS_AS, Rule
from schemas.codes import STRENGTH
from schemas.notice import Notice
from schemas.standing import Standing
from schemas.text import before

STRIKE_CODES = ("R", "U")
ASKED_AGAIN = "old_address_differs"


class Question(NamedTuple):
    """An open question of an earlier file about the addressee. Its notice is asked again when something changes."""

    id: int
    batch_id: int  # the batch that asked it
    notice: Notice
    event: int


class Decided(NamedTuple):
    """The last word on one notice, and the standing before and after it."""

    notice: Notice
    event: int
    answer: Answer
    before: Standing
    after: Standing
    question: Question | None = None  # set where this answers a question of an earlier file
    again: bool = False  # set where a question, of this file or an earlier one, was answered after all


class Rules(NamedTuple):
    """What the decision needs besides the addressee."""

    codes: Mapping[str, Rule]
    today: str


def decide_all(
    notices: Sequence[Notice], subject: Subject, rules: Rules, questions: Sequence[Question] = ()
) -> list[Decided]:
    """Decide every notice of one file on one addressee.

    Args:
        notices: in the order of the file.
        questions: the addressee's open ``old_address_differs`` questions, oldest first.

    Returns:
        One entry a notice in the order in which they take effect, then the questions that are answered
        now. Each entry's ``before`` is its forerunner's ``after``.
    """
    start = subject.standing
    if len(notices) == 1 and not questions:  # nearly every addressee of nearly every file
        return [_decide_one(notices[0], subject, rules)]
    answers, left, events = _ask_each(notices, subject, rules)
    order, superseded = _fold(left, subject, rules)
    decided = [Decided(notice, events[id(notice)], answer, start, start) for notice, answer in answers]
    decided += [Decided(notice, events[id(notice)], kept("superseded"), start, start) for notice in superseded]
    for notice in order:
        step, subject = take(notice, events[id(notice)], subject, settle(notice, subject, rules.codes), rules)
        decided.append(step)
    if subject.standing != start:
        here = {entry.event for entry in decided}
        asked = [question for question in questions if question.event not in here]
        own = [
            Question(0, 0, entry.notice, entry.event)
            for entry in sorted(decided, key=lambda entry: entry.notice.line)
            if entry.answer.reason == ASKED_AGAIN
        ]
        decided += ask_again(subject, rules, [*asked, *own])
    return decided


def _decide_one(notice: Notice, subject: Subject, rules: Rules) -> Decided:
    """Decide the only notice there is: the same questions, nothing to fold."""
    event, standing = event_of(notice), subject.standing
    answer = _ask_alone(notice, event, subject, rules) or settle(notice, subject, rules.codes)
    return Decided(notice, event, answer, standing, answer.standing or standing)


def ask_again(subject: Subject, rules: Rules, questions: Sequence[Question]) -> list[Decided]:
    """Ask open questions again, oldest first, until none of them has another answer."""
    answered: list[Decided] = []
    waiting = list(questions)
    progress = True
    while progress:
        progress = False
        for question in list(waiting):
            notice, event = question.notice, question.event
            answer = _ask_alone(notice, event, subject, rules) or settle(notice, subject, rules.codes)
            if answer.outcome == "review":
                continue
            waiting.remove(question)
            step, subject = take(notice, event, subject, answer, rules)
            answered.append(step._replace(question=question if question.id else None, again=True))
            if step.after != step.before:
                progress = True
                break
    return answered


def take(notice: Notice, event: int, subject: Subject, answer: Answer, rules: Rules) -> tuple[Decided, Subject]:
    """Return the decision, and the subject it leaves behind for the next one."""
    before = subject.standing
    if answer.took:
        subject = subject._replace(took=subject.took | {event})
    if answer.took and answer.reason.endswith("_strike"):
        strike = Strike(notice.code, notice.fulfilled, subject.place)
        subject = subject._replace(strikes=(*subject.strikes, strike))
    if answer.standing is not None:
        subject = subject._replace(standing=answer.standing)
    if answer.new is not None:
        place = new_place(notice)
        earlier = (subject.earlier | {*subject.here}) - {place}
        # -1: another address than before; its id is the writer's to give
        standing = subject.standing._replace(address_id=-1)
        subject = subject._replace(
            place=place, earlier=earlier, standing=standing, came_in=rules.today, aliases=frozenset()
        )
    return Decided(notice, event, answer, before, subject.standing), subject


def _ask_each(
    notices: Sequence[Notice], subject: Subject, rules: Rules
) -> tuple[list[tuple[Notice, Answer]], list[Notice], dict[int, int]]:
    """Questions 4 to 11. Returns the answered notices, those still open, and each one's event."""
    answers: list[tuple[Notice, Answer]] = []
    asked: list[Notice] = []
    events: dict[int, int] = {}
    seen: set[int] = set()
    for notice in notices:
        event = events[id(notice)] = event_of(notice)
        if event in seen or event in subject.took:
            answers.append((notice, kept("repeat")))
            continue
        seen.add(event)
        answer = ask_first(notice, subject, rules.codes, rules.today)
        if answer is None:
            asked.append(notice)
        else:
            answers.append((notice, answer))
    left: list[Notice] = []
    told: frozenset[Place] = frozenset()
    known: frozenset[Place] = frozenset()
    while asked:  # a link of a chain may stand before the link that leads to it
        verdicts = [(notice, ask_where(notice, subject, told)) for notice in asked]
        passed = [notice for notice, answer in verdicts if answer is None]
        left += passed
        # What did not pass is asked again of the addresses that have just come up: of the others it was asked before.
        told = frozenset(new_place(notice) for notice in passed if has_new_address(notice)) - known
        known |= told
        if not told:
            answers += [(notice, answer) for notice, answer in verdicts if answer is not None]
            break
        asked = [notice for notice, answer in verdicts if answer is not None]
    left.sort(key=lambda notice: notice.line)
    decided = [(notice, _without_effect(notice, rules)) for notice in left]
    answers += [(notice, answer) for notice, answer in decided if answer is not None]
    return answers, [notice for notice, answer in decided if answer is None], events


def _without_effect(notice: Notice, rules: Rules) -> Answer | None:
    """What a list has set to ``keep`` or ``review`` changes nothing, so it takes no other notice's place."""
    rule = rules.codes.get(READS_AS.get(notice.code, notice.code))
    if rule is None or rule.status not in ("keep", "review"):
        return None
    return kept(rule.reason) if rule.status == "keep" else review(rule.reason)


def _fold(left: list[Notice], subject: Subject, rules: Rules) -> tuple[list[Notice], list[Notice]]:
    """Question 12. Returns the notices that go to the table, in order, and those superseded."""
    if len(left) < 2:
        return left, []
    deaths = [notice for notice in left if notice.kind == "nixie" and notice.code == "P"]
    moves = [notice for notice in left if has_new_address(notice)]
    if deaths:
        order = [max(deaths, key=_fulfilled)]
    elif moves:
        order = _after_move(_last_move(moves), left, subject)
    else:
        strikes = [notice for notice in left if _is_strike(notice, rules)]
        others = [notice for notice in left if not _is_strike(notice, rules)]
        winner = [max(others, key=lambda n: (n.fulfilled, _strength(n, rules), n.sequence, n.line))] if others else []
        order = sorted([*strikes, *winner], key=_fulfilled)
    chosen = {id(notice) for notice in order}
    return order, [notice for notice in left if id(notice) not in chosen]


def _is_strike(notice: Notice, rules: Rules) -> bool:
    """True for what is counted one by one: R and U, and whatever a list has set to take effect the n-th time."""
    rule = rules.codes.get(READS_AS.get(notice.code, notice.code))
    return notice.kind == "nixie" and (notice.code in STRIKE_CODES or (rule is not None and rule.strikes > 1))


def _last_move(moves: list[Notice]) -> Notice:
    """Return the move that comes last. In a month of which one names no day, the fulfillment date tells."""
    months = [notice for notice in moves if len(notice.move_date) == 7]
    days = [notice for notice in moves if len(notice.move_date) == 10]
    if not months or not days:
        return max(moves, key=_moved)
    month, day = max(months, key=_moved), max(days, key=_moved)
    if before(month.move_date, day.move_date) or before(day.move_date, month.move_date):
        return max(month, day, key=_moved)
    return max(month, day, key=_fulfilled)


def _after_move(winner: Notice, left: list[Notice], subject: Subject) -> list[Notice]:
    """The move that wins, then what still says something about where it led."""
    place = new_place(winner)
    later = [
        notice
        for notice in left
        if not is_nixie(notice)
        and (notice.code in ("K", "G") or (notice.new is not None and notice.new.foreign))
        and is_ours(notice, place)
        and notice.move_date > winner.move_date
    ]
    nixies = []
    if place in subject.here:
        nixies = [n for n in left if is_nixie(n) and winner.move_date and n.fulfilled > winner.move_date]
    return [winner, *sorted(later, key=_moved), *sorted(nixies, key=_fulfilled)]


def _moved(notice: Notice) -> tuple[str, str, int, int]:
    return notice.move_date, notice.fulfilled, notice.sequence, notice.line


def _fulfilled(notice: Notice) -> tuple[str, int, int]:
    return notice.fulfilled, notice.sequence, notice.line


def _strength(notice: Notice, rules: Rules) -> int:
    code = READS_AS.get(notice.code, notice.code)
    rule = rules.codes.get(code)
    return STRENGTH.get(rule.status, 0) if rule else STRENGTH["held"]


def _ask_alone(notice: Notice, event: int, subject: Subject, rules: Rules) -> Answer | None:
    if event in subject.took:
        return kept("repeat")
    return ask_first(notice, subject, rules.codes, rules.today) or ask_where(notice, subject)
