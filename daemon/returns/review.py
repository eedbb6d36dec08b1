"""The questions that wait for a person, and their answers."""

from __future__ import annotations

import json
from collections.abc import Sequence

from daemon.care.review import accept_ncoa, alive
from daemon.db import Row, Store, reading, writing
from daemon.errors import UsageError
from daemon.returns import ledger, match
from daemon.returns.apply import close_questions
from daemon.returns.decide import Answer, ask_first, ask_where, has_new_address, settle
from daemon.returns.fold import Rules, ask_again, take
from daemon.returns.match import Hit, notice_from
from daemon.returns.policy import READS_AS, rules_for
from daemon.returns.write import Writer
from daemon.turn import turn
from daemon.wiring import House
from schemas.notice import Notice

_NOTHING_TO_DO = ("unknown_code", "unknown_account")
# Questions about the address: a yes goes straight to the table.
_ADDRESS = ("old_address_differs", "address_too_young")


def list_open(house: House, list_name: str | None = None) -> dict[str, object]:
    """Return the open questions, oldest first, as `review list --json` prints them.

    Raises:
        UsageError: there is no such list.
    """
    with reading(house.engine) as store:
        if list_name is not None and store.value("SELECT id FROM mailing_list WHERE name = :n", n=list_name) is None:
            raise UsageError(f"there is no list {list_name}; `listkeeper list show` names them")
        rows = store.all(
            """SELECT r.id, l.name, a.record_id, r.reason, b.file, r.line, r.would_do, r.batch_id, r.opened_at,
            r.notice, r.candidates, a.first_name, a.last_name, a.name_suffix, a.company,
            d.address1, d.city, d.state, d.zip5
            FROM review_item r JOIN batch b ON b.id = r.batch_id
            LEFT JOIN mailing_list l ON l.id = r.list_id LEFT JOIN addressee a ON a.id = r.addressee_id
            LEFT JOIN address d ON d.id = a.address_id
            WHERE r.status = 'open' AND (CAST(:list AS text) IS NULL OR l.name = :list) ORDER BY r.id""",
            list=list_name,
        )
    return {"items": [_told(row) for row in rows]}


def _told(row: Row) -> dict[str, object]:
    number, name, record_id, reason, file, line, would, batch, opened, notice, candidates, *on_file = row
    ours, where = on_file[:4], on_file[4:]
    seen = notice_from(notice)
    return {
        "id": number,
        "list": name,
        "record_id": record_id,
        "reason": reason,
        "file": file,
        "line": line,
        "would_do": would,
        "batch": batch,
        "opened_at": opened,
        "seen": _seen(seen),
        "name_on_file": " ".join(part for part in ours if part) if record_id is not None else None,
        "on_file": " ".join(part for part in where if part) if record_id is not None else None,
        "candidates": json.loads(candidates),
    }


def _seen(notice: Notice) -> dict[str, object]:
    """What the record said, for the person who has to judge."""
    new = notice.new
    return {
        "kind": notice.kind,
        "code": notice.code,
        "account": notice.account,
        "key": notice.key,
        "move_type": notice.move_type,
        "move_date": notice.move_date,
        "fulfilled": notice.fulfilled,
        "name": " ".join(part for part in (notice.first_name, notice.last_name, notice.suffix) if part)
        or notice.company,
        "old_address": " ".join(
            part for part in (notice.old_address1, notice.old_city, notice.old_state, notice.old_zip) if part
        ),
        "new_address": " ".join(part for part in (new.address1, new.city, new.state, new.zip5) if part) if new else "",
    }


def accept(
    house: House, ids: Sequence[int], *, note: str = "", record: tuple[str, str] | None = None
) -> dict[str, object]:
    """Answer questions with yes, each as a batch of its own; return one entry an item.

    Args:
        record: (list, record_id) that a question without an addressee is about.

    Raises:
        UsageError: an item is not open, or the record is none. Nothing has been done where an item was not open.
    """
    with reading(house.engine) as store:
        for number in ids:
            _open_item(store, number)
    items: list[dict[str, object]] = []
    for number in dict.fromkeys(ids):
        try:
            items.append(_accept(house, number, note, record))
        except UsageError:
            with reading(house.engine) as store:
                status = store.value("SELECT status FROM review_item WHERE id = :id", id=number)
            if not items or status == "open":
                raise
            # What was said yes to before has answered this one too.
            items.append({"id": number, "status": status, "batch": None, "outcome": None, "reason": None})
    return {"items": items}


def reject(house: House, ids: Sequence[int], *, note: str = "") -> dict[str, object]:
    """Answer questions with no: nothing is done, and the question is closed.

    Raises:
        UsageError: an item is not open.
    """
    with writing(house.engine) as store:
        for number in dict.fromkeys(ids):
            _open_item(store, number)
            _close(store, number, "rejected", at=house.stamp(), note=note, batch_id=None)
    return {"items": [{"id": number, "status": "rejected"} for number in dict.fromkeys(ids)]}


def _accept(house: House, number: int, note: str, record: tuple[str, str] | None) -> dict[str, object]:
    at, today = house.stamp(), house.today()
    with writing(house.engine) as store:
        item = _open_item(store, number)
        asked_by, reason, event, addressee_id, text, candidates, line = item
        addressee_id = addressee_id if addressee_id is not None else _named(store, record, json.loads(candidates))
        notice = notice_from(text)._replace(line=line)
        if reason in _NOTHING_TO_DO or addressee_id is None or notice.kind == "cass":
            _close(store, number, "accepted", at=at, note=note, batch_id=None)
            return {"id": number, "status": "accepted", "batch": None, "outcome": None, "reason": reason}
        file = store.value("SELECT file FROM batch WHERE id = :id", id=asked_by)
        batch_id = ledger.open_batch(store, kind="review", file=file, at=at)
        _close(store, number, "accepted", at=at, note=note, batch_id=batch_id)
        hit = next(match.look_up(store, [(addressee_id, line)]))
        names = ledger.list_names(store)
        rules = Rules(rules_for(house.settings.of_list(names[hit.list_id]).policy), today)
        if notice.kind == "ncoa":
            answer = accept_ncoa(notice, hit.subject, house.settings.of_list(names[hit.list_id]).care, reason)
        else:
            answer = _answer(notice, event, reason, hit, rules)
        entry, subject = take(notice, event, hit.subject, answer, rules)
        decided = [entry]
        if entry.answer.standing is not None:
            decided += ask_again(subject, rules, [q for q in hit.questions if q.id != number])
        writer = Writer(
            store,
            batch_id=batch_id,
            today=today,
            at=at,
            origin=lambda e: e.question.batch_id if e.question else asked_by,
        )
        writer.source = "ncoa" if notice.kind == "ncoa" else writer.source
        writer.addressee(hit.addressee_id, hit.list_id, decided)
        writer.flush()
        turn(store, writer.first_change, writer.last_change)
        close_questions(store, writer, batch_id, at)
        result = {
            "batch": batch_id,
            "status": "applied",
            "kind": "review",
            "file": file,
            **writer.count.told(1, names),
            "warnings": [],
        }
        ledger.close_batch(store, batch_id, writer, result)
    warnings = ledger.print_manifests(house)
    told = {"warnings": warnings} if warnings else {}
    return told | {
        "id": number,
        "status": "accepted",
        "batch": batch_id,
        "outcome": entry.answer.outcome,
        "reason": entry.answer.reason,
    }


def _answer(notice: Notice, event: int, reason: str, hit: Hit, rules: Rules) -> Answer:
    """Ask what is left to ask once the operator has said yes to one question."""
    subject = hit.subject
    answer: Answer | None = None
    code = READS_AS.get(notice.code, notice.code)
    if code in rules.codes and rules.codes[code].status == "review" and rules.codes[code].reason == reason:
        usual = rules_for()[code]._replace(strikes=1)  # the list's policy asks a person, who has now said yes
        rules = rules._replace(codes={**rules.codes, code: usual})
    if event in subject.took:
        answer = Answer("kept", "repeat")
    elif reason == "deceased_addressee":
        # She lives: as if a notice had said no more than what a move clears, or a move abroad holds.
        standing = alive(subject.standing, "undeliverable" if has_new_address(notice) else "mailable")
        answer = ask_first(notice, subject, rules.codes, rules.today, waved=reason) or settle(
            notice, subject._replace(standing=standing), rules.codes
        )
    else:
        answer = ask_first(notice, subject, rules.codes, rules.today, waved=reason)
        if answer is None and reason not in _ADDRESS:
            answer = ask_where(notice, subject)
    return answer or settle(notice, subject, rules.codes)


def _open_item(store: Store, number: int) -> Row:
    row = store.one(
        """SELECT batch_id, reason, event, addressee_id, notice, candidates, line, status
        FROM review_item WHERE id = :id""",
        id=number,
    )
    if row is None:
        raise UsageError(f"there is no question {number}; `listkeeper review list` shows the open ones")
    if row[-1] != "open":
        raise UsageError(f"question {number} is not open any more: {row[-1]}")
    return row[:-1]


def _named(store: Store, record: tuple[str, str] | None, candidates: list[dict[str, str]]) -> int | None:
    if record is None and len(candidates) == 1:
        record = (candidates[0]["list"], candidates[0]["record_id"])
    if record is None:
        return None
    found = store.value(
        """SELECT a.id FROM addressee a JOIN mailing_list l ON l.id = a.list_id
        WHERE l.name = :list AND a.record_id = :record""",
        list=record[0],
        record=record[1],
    )
    if found is None:
        raise UsageError(f"list {record[0]} has no record {record[1]}")
    return int(found)


def _close(store: Store, number: int, status: str, *, at: str, note: str, batch_id: int | None) -> None:
    store.run(
        """UPDATE review_item SET status = :status, closed_at = :at, note = :note, closed_batch_id = :batch
        WHERE id = :id""",
        status=status,
        at=at,
        note=note,
        batch=batch_id,
        id=number,
    )
