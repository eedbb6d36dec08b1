"""Moves whose date has come: the rest of the questions, asked on the day."""

from __future__ import annotations

from daemon.db import writing
from daemon.returns import ledger, match
from daemon.returns.apply import close_questions
from daemon.returns.fold import Decided, Rules, decide_all
from daemon.returns.match import notice_from
from daemon.returns.policy import rules_for
from daemon.returns.write import Writer
from daemon.turn import turn
from daemon.wiring import House


def apply_due(house: House) -> dict[str, object] | None:
    """Apply every waiting move that is due today, as a batch of its own; None where there is none.

    Returns what `apply` tells of a file, with ``"kind": "due"``.
    """
    at, today = house.stamp(), house.today()
    with writing(house.engine) as store:
        waiting = store.all(
            """SELECT w.id, w.addressee_id, w.batch_id, w.event, w.notice FROM waiting_move w
            JOIN batch b ON b.id = w.batch_id
            WHERE w.status = 'waiting' AND w.due <= :today AND b.status = 'applied' ORDER BY w.id""",
            today=today,
        )
        if not waiting:
            return None
        file = f"moves due {today}"
        batch_id = ledger.open_batch(store, kind="due", file=file, at=at)
        # Done first: what still waits would count as having taken effect, and each move as its own repeat.
        store.run(
            """UPDATE waiting_move SET status = 'done', done_batch_id = :batch WHERE status = 'waiting'
            AND due <= :today AND batch_id IN (SELECT id FROM batch WHERE status = 'applied')""",
            batch=batch_id,
            today=today,
        )
        notices = {number: notice_from(text) for number, _addressee, _batch, _event, text in waiting}
        origins = {event: batch for _number, _addressee, batch, event, _text in waiting}

        def origin(entry: Decided) -> int | None:
            return entry.question.batch_id if entry.question else origins.get(entry.event)

        writer = Writer(store, batch_id=batch_id, today=today, at=at, origin=origin)
        names = ledger.list_names(store)
        for hit in match.look_up(store, ((addressee, number) for number, addressee, *_rest in waiting)):
            rules = Rules(rules_for(house.settings.of_list(names[hit.list_id]).policy), today)
            own = [notices[number] for number, _at in hit.notices]
            writer.addressee(hit.addressee_id, hit.list_id, decide_all(own, hit.subject, rules, hit.questions))
        writer.flush()
        turn(store, writer.first_change, writer.last_change)
        close_questions(store, writer, batch_id, at)
        result: dict[str, object] = {
            "batch": batch_id,
            "status": "applied",
            "kind": "due",
            "file": file,
            **writer.count.told(len(waiting), names),
            "warnings": [],
        }
        ledger.close_batch(store, batch_id, writer, result)
    result["warnings"] = ledger.print_manifests(house)
    return result
