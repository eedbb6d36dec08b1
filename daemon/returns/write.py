"""Decisions become rows: one decision a record, one change a turn, questions and moves that wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from daemon.db import CHUNK, Row, Store
from daemon.returns.candidates import Candidate
from daemon.returns.decide import Answer, event_of
from daemon.returns.fold import Decided
from daemon.returns.match import notice_text
from daemon.returns.planned import Tell
from daemon.returns.report import CHANGES, Count
from daemon.turn import ADDRESS_COLUMNS, append_changes
from schemas.notice import NewAddress, Notice

DECISION_COLUMNS = (
    "id",
    "batch_id",
    "line",
    "list_id",
    "addressee_id",
    "account",
    "key",
    "kind",
    "code",
    "move_type",
    "move_date",
    "fulfilled",
    "outcome",
    "reason",
    "took",
    "answered",
    "origin_batch_id",
    "event",
    "address_id",
    "charge",
)
REVIEW_COLUMNS = (
    "id",
    "batch_id",
    "line",
    "list_id",
    "addressee_id",
    "reason",
    "event",
    "status",
    "notice",
    "candidates",
    "would_do",
    "opened_at",
    "closed_at",
    "closed_batch_id",
    "note",
)
WAITING_COLUMNS = ("id", "batch_id", "line", "addressee_id", "due", "event", "notice", "status", "done_batch_id")

WOULD_DO = {
    "old_address_differs": "apply it to this addressee although its old address is not on file",
    "address_too_young": "apply it to the address on file",
    "name_differs": "apply it to this addressee although the name differs",
    "deceased_addressee": "write the new address and make the addressee mailable again",
    "unknown_code": "close the question; the code does nothing",
    "changed_since_sent": "apply it to the address and name of today; what CASS said is of the old ones: that closes "
    "the question",
    "unknown_account": "close the question; set up the account with `listkeeper list create` and apply the file again",
}
WITH_CANDIDATE = "apply it to {list} record {record_id}"
AS_USUAL = "do to this addressee what the code does where no policy says otherwise"
NO_CANDIDATE = "close the question; name the addressee with --record to apply it to one"


def would_do(reason: str, candidates: Sequence[Candidate], *, known: bool = False) -> str:
    """Say what accepting a question would do; ``known`` where it is about an addressee already."""
    if reason in WOULD_DO:
        return WOULD_DO[reason]
    if len(candidates) == 1:
        return WITH_CANDIDATE.format(list=candidates[0].list, record_id=candidates[0].record_id)
    if known:  # a code that the list's policy has set to `review`
        return AS_USUAL
    return NO_CANDIDATE


class Writer:
    """Gathers the rows of one batch and hands them to the database in chunks.

    Ids are given here: the caller holds the one-writer lock. With ``batch_id=None`` nothing is written and only the
    counts are kept: a plan, whose records go to ``tell`` instead.
    """

    source = "acs"  # of the addresses that it writes
    moving = "moved"  # what a change is called that points at another version of an address

    def __init__(
        self,
        store: Store,
        *,
        batch_id: int | None,
        today: str,
        at: str,
        origin: Callable[[Decided], int | None] = lambda entry: entry.question.batch_id if entry.question else None,
        tell: Tell | None = None,
    ) -> None:
        self.count = Count()
        self.answered_questions: list[int] = []
        self._store, self._batch, self._today, self._at = store, batch_id, today, at
        self._origin, self._tell = origin, tell
        self._writes = batch_id is not None
        self._decisions: list[Row] = []
        self._changes: list[Row] = []
        self._addresses: list[Row] = []
        self._reviews: list[Row] = []
        self._waiting: list[Row] = []
        if self._writes:
            self.first_decision = self._decision = store.next_id("decision")
            self.first_change = self._change = store.next_id("change")
            self._address = store.next_id("address")
            self._review = store.next_id("review_item")
            self._wait = store.next_id("waiting_move")

    @property
    def last_decision(self) -> int:
        """Return the id of the last decision; below the first where there is none."""
        return self._decision - 1

    @property
    def last_change(self) -> int:
        """Return the id of the last change; below the first where there is none."""
        return self._change - 1

    def addressee(self, addressee_id: int, list_id: int, decided: Sequence[Decided]) -> None:
        """Take in everything decided on one addressee, in the order in which it takes effect."""
        touched = False
        address_id = decided[0].before.address_id
        answered_here = {entry.event for entry in decided if entry.again} if len(decided) > 1 else ()
        for entry in decided:
            outcome, reason = entry.answer.outcome, entry.answer.reason
            if entry.again:
                self.count.answered += 1
                if entry.question is not None:
                    self.answered_questions.append(entry.question.id)
            else:
                self.count.add(outcome, reason, list_id)
            touched = touched or outcome in CHANGES
            if not self._writes:
                if self._tell and not entry.again:
                    self._tell(entry.notice, addressee_id, list_id, outcome, reason)
                continue
            self._decide(
                entry.notice,
                entry.answer,
                entry.event,
                addressee_id=addressee_id,
                list_id=list_id,
                address_id=address_id,
                answered=entry.again,
                origin=self._origin(entry),
            )
            if outcome == "review":
                closed = entry.event in answered_here
                self._ask(entry.notice, entry.event, reason, addressee_id=addressee_id, list_id=list_id, closed=closed)
            elif reason == "future_move":
                self._defer(entry, addressee_id)
            if entry.answer.standing is not None:
                address_id = self._turn(entry, addressee_id, address_id)
        if touched:
            self.count.touched[list_id] += 1
        self._flush_when_full()

    def orphan(self, notice: Notice, reason: str, candidates: Sequence[Candidate]) -> None:
        """Take in a record that no addressee was found for: a question."""
        self.count.add("review", reason, None)
        if not self._writes:
            if self._tell:
                self._tell(notice, None, None, "review", reason)
            return
        event = event_of(notice)
        self._ask(notice, event, reason, candidates=candidates)
        self._decide(notice, Answer("review", reason), event)
        self._flush_when_full()

    def reject(self, notice: Notice, reason: str) -> None:
        """Take in a record that could not be read."""
        self.count.add("rejected", reason, None)
        if self._writes:
            self._decide(notice, Answer("rejected", reason), 0)
            self._flush_when_full()
        elif self._tell:
            self._tell(notice, None, None, "rejected", reason)

    def _decide(
        self,
        notice: Notice,
        answer: Answer,
        event: int,
        *,
        addressee_id: int | None = None,
        list_id: int | None = None,
        address_id: int | None = None,
        answered: bool = False,
        origin: int | None = None,
    ) -> None:
        self._decisions.append(
            (
                self._decision,
                self._batch,
                notice.line,
                list_id,
                addressee_id,
                notice.account,
                notice.key,
                notice.kind,
                notice.code,
                notice.move_type,
                notice.move_date,
                notice.fulfilled,
                answer.outcome,
                answer.reason,
                answer.took,
                answered,
                origin,
                event,
                address_id,
                0 if answered else notice.charge,
            )
        )
        self._decision += 1

    def _turn(self, entry: Decided, addressee_id: int, address_id: int) -> int:
        """Append the change; return the address that the addressee has now."""
        old, new = entry.before, entry.after
        to_address = address_id
        if (written := entry.answer.new) is not None:
            to_address = self._address
            self._address += 1
            self._write_address(to_address, addressee_id, written)
        turned = to_address != address_id or old[1:6] != new[1:6]
        kind = self.moving if to_address != address_id else "status" if turned else "confirmed"
        self._changes.append(
            (
                self._change,
                addressee_id,
                self._batch,
                None,
                entry.notice.line,
                kind,
                turned,
                address_id,
                *old[1:],
                to_address,
                *new[1:],
            )
        )
        self._change += 1
        return to_address

    def _write_address(self, number: int, addressee_id: int, written: NewAddress) -> None:
        self._addresses.append(
            (
                number,
                addressee_id,
                written.urbanization,
                written.address1,
                written.address2,
                written.city,
                written.state,
                written.zip5,
                written.zip4,
                written.delivery_point,
                written.carrier_route,
                self.source,
                self._today,
                number,
            )
        )

    def _ask(
        self,
        notice: Notice,
        event: int,
        reason: str,
        *,
        addressee_id: int | None = None,
        list_id: int | None = None,
        candidates: Sequence[Candidate] = (),
        closed: bool = False,
    ) -> None:
        self._reviews.append(
            (
                self._review,
                self._batch,
                notice.line,
                list_id,
                addressee_id,
                reason,
                event,
                "answered" if closed else "open",
                notice_text(notice),
                json.dumps([candidate._asdict() for candidate in candidates]),
                would_do(reason, candidates, known=addressee_id is not None),
                self._at,
                self._at if closed else None,
                self._batch if closed else None,
                "",
            )
        )
        self._review += 1

    def _defer(self, entry: Decided, addressee_id: int) -> None:
        due = entry.notice.move_date if len(entry.notice.move_date) == 10 else f"{entry.notice.move_date}-01"
        self._waiting.append(
            (
                self._wait,
                self._batch,
                entry.notice.line,
                addressee_id,
                due,
                entry.event,
                notice_text(entry.notice),
                "waiting",
                None,
            )
        )
        self._wait += 1

    def _flush_when_full(self) -> None:
        if len(self._decisions) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Hand what is gathered to the database."""
        if not self._writes:
            return
        self._store.load("decision", DECISION_COLUMNS, self._decisions)
        self._store.load("address", ADDRESS_COLUMNS, self._addresses)
        append_changes(self._store, self._changes)
        self._store.load("review_item", REVIEW_COLUMNS, self._reviews)
        self._store.load("waiting_move", WAITING_COLUMNS, self._waiting)
        for rows in (self._decisions, self._addresses, self._changes, self._reviews, self._waiting):
            rows.clear()
