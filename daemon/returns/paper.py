"""Returns on paper: entries become notices, and the notices a batch like any other.

A piece with a yellow label, a Form 3547 card or a photocopy says what a record of a return file says, and is about
the address it bears. The questions of `decide` are asked of it in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from daemon.costs.prices import Prices
from daemon.db import Store, reading, writing
from daemon.errors import SetAsideError
from daemon.intake.archive import keep_original
from daemon.intake.incoming import digest_of
from daemon.returns import ledger, match
from daemon.returns.apply import LargeChangeError, close_questions, too_large
from daemon.returns.fold import Rules, decide_all
from daemon.returns.paper_entry import PRICE, Entry, notice_of
from daemon.returns.paper_key import find, read_key
from daemon.returns.paper_printed import printed
from daemon.returns.planned import planning
from daemon.returns.policy import rules_for
from daemon.returns.report import PILES, dollars
from daemon.returns.write import Writer
from daemon.telemetry import log
from daemon.turn import turn
from daemon.wiring import House
from schemas.notice import Notice

KIND = "paper"


class Refused(NamedTuple):
    """An entry that leads to nobody, or that cannot be read."""

    line: int
    reason: str
    field: str


class Papers(NamedTuple):
    """What is to be applied together.

    Attributes:
        file: how it is told: a file, a session, or the day of a single return.
        original: where the entries stand, to be archived; None for a single return.
        refused: rows that could not be read.
        once: the file's name is its own for good, so a batch of that name is this one, undone or not.
    """

    file: str
    entries: Sequence[Entry]
    original: Path | None = None
    refused: Sequence[Refused] = ()
    once: bool = False


def plan_papers(house: House, name: str | None, papers: Papers, *, strict: bool = False) -> dict[str, Any]:
    """Say what applying would do, record by record; writes nothing. Otherwise as :func:`apply_papers`."""
    with reading(house.engine) as store:
        digest = digest_of(papers.original) if papers.original else ""
        if (batch := _standing(store, papers, digest)) is not None:
            return _repeat(papers, digest, batch)
        with planning(store) as (tell, planned):
            writer = Writer(store, batch_id=None, today=house.today(), at=house.stamp(), tell=tell)
            told, large = _decide(house, store, name, papers, writer=writer, digest=digest, strict=strict)
            told["records"] = [each._asdict() for each in planned()]
    told["warnings"] += [f"apply would stop: {reason}" for reason in large]
    return {"batch": None, "status": "planned", **told}


def apply_papers(
    house: House, name: str | None, papers: Papers, *, strict: bool = False, accept_large_change: bool = False
) -> dict[str, Any]:
    """Apply entries as one batch; return what `apply` tells of a file, with the outcome of each in ``records``.

    Args:
        name: the list; None where each key says it.
        strict: an entry whose key leads to nobody is refused and nothing is written; else it is ``rejected``.

    Raises:
        UsageError: there is no such list.
        SetAsideError: strict, and a key leads to nobody; ``reason`` says why.
        TryAgainError: another writer was busy for too long.
    """
    started = time.monotonic()
    kept = keep_original(papers.original, house.home / "archive") if papers.original else None
    digest = kept.sha256 if kept else ""
    archived = str(kept.path.relative_to(house.home)) if kept else ""
    try:
        with writing(house.engine) as store:
            if (batch := _standing(store, papers, digest)) is not None:
                return _repeat(papers, digest, batch)
            result = _apply(
                house,
                store,
                name,
                papers,
                digest=digest,
                archived=archived,
                strict=strict,
                accept_large_change=accept_large_change,
            )
    except LargeChangeError as error:
        return {**error.told, "batch": None, "status": "stopped", "error": str(error)}
    result["warnings"] = [*result["warnings"], *ledger.print_manifests(house)]
    counts = {each: result[each] for each in ("batch", "read", *PILES)}
    log("batch_applied", kind=KIND, **counts, seconds=round(time.monotonic() - started, 2))
    return result


def _apply(
    house: House,
    store: Store,
    name: str | None,
    papers: Papers,
    *,
    digest: str,
    archived: str,
    strict: bool,
    accept_large_change: bool,
) -> dict[str, Any]:
    at = house.stamp()
    batch_id = ledger.open_batch(store, kind=KIND, file=papers.file, at=at)
    writer = Writer(store, batch_id=batch_id, today=house.today(), at=at)
    told, large = _decide(house, store, name, papers, writer=writer, digest=digest, strict=strict)
    if large and not accept_large_change:
        raise LargeChangeError(told, large)
    writer.flush()
    turn(store, writer.first_change, writer.last_change)
    close_questions(store, writer, batch_id, at)
    mills = _charged(store, writer)
    told["charges"]["counted"] = dollars(mills)
    if mills:
        read = told["read"] - told["rejected"]
        store.load("charge", ("batch_id", "product_code", "quantity", "mills"), [(batch_id, PRICE, read, mills)])
    store.run(
        "UPDATE batch SET sha256 = :sha, archived = :archived WHERE id = :id",
        sha=digest,
        archived=archived,
        id=batch_id,
    )
    result = {"batch": batch_id, "status": "applied", **told}
    ledger.close_batch(store, batch_id, writer, result)
    return {**result, "records": _records(store, writer)}


def _decide(
    house: House, store: Store, name: str | None, papers: Papers, *, writer: Writer, digest: str, strict: bool
) -> tuple[dict[str, Any], list[str]]:
    """Find, ask and decide every entry; return what is told of them, and the lists they would change too much."""
    notices: dict[int, Notice] = {}
    pairs: list[tuple[int, int]] = []
    refused = list(papers.refused)
    warnings: list[str] = []
    prices = Prices.of(store)
    classes: dict[int, str] = dict(store.all("SELECT id, mail_class FROM mailing_list"))
    for entry in papers.entries:
        try:
            found = find(store, read_key(entry.key), name, entry.on)
        except SetAsideError as error:
            if strict:
                raise
            refused.append(Refused(entry.line, error.reason, error.field or "key"))
            continue
        price = prices.find(PRICE, entry.on, classes[found.list_id])
        piece = printed(store, found, entry.on, entry.old_zip)
        if piece.young:
            warnings.append(
                f"line {entry.line}: the address of {found.list} {found.record_id} came in on {piece.young}; where the "
                "piece bears an earlier ZIP, undo this and enter it again with that ZIP as the old one"
            )
        notices[entry.line] = notice_of(entry, found, piece, price.mills if price else 0)
        pairs.append((found.addressee_id, entry.line))
    names = ledger.list_names(store)
    today = house.today()
    rules = {each: Rules(rules_for(house.settings.of_list(name).policy), today) for each, name in names.items()}
    for hit in match.look_up(store, pairs):
        own = [notices[line] for line, _at in hit.notices]
        writer.addressee(hit.addressee_id, hit.list_id, decide_all(own, hit.subject, rules[hit.list_id], hit.questions))
    for each in sorted(refused):
        writer.reject(_unreadable(each.line), each.reason)
        warnings.append(f"line {each.line} field {each.field}: {each.reason}; the entry is set aside")
    told = {
        "kind": KIND,
        "layout": "",
        "file": papers.file,
        "sha256": digest,
        **writer.count.told(len(pairs) + len(refused), names),
        "charges": {"counted": dollars(sum(notice.charge for notice in notices.values())), "header": None},
        "warnings": warnings,
    }
    return told, too_large(house, store, writer.count, names)


def _standing(store: Store, papers: Papers, digest: str) -> int | None:
    """Return the batch that has these entries already; None where they are still to be applied."""
    if papers.original is None:
        return None
    found = store.value(
        "SELECT id FROM batch WHERE kind = :kind AND status = 'applied' AND sha256 = :sha", kind=KIND, sha=digest
    )
    if found is None and papers.once:
        found = store.value("SELECT id FROM batch WHERE kind = :kind AND file = :file", kind=KIND, file=papers.file)
    return int(found) if found is not None else None


def _repeat(papers: Papers, digest: str, batch: int) -> dict[str, Any]:
    told = {"batch": batch, "status": "repeat", "kind": KIND, "layout": "", "file": papers.file}
    return {**told, "sha256": digest, "warnings": []}


def _unreadable(line: int) -> Notice:
    blank = Notice._make([""] * len(Notice._fields))
    return blank._replace(line=line, sequence=0, new=None, charge=0)


def _charged(store: Store, writer: Writer) -> int:
    return int(
        store.value(
            "SELECT coalesce(sum(charge), 0) FROM decision WHERE id BETWEEN :first AND :last",
            first=writer.first_decision,
            last=writer.last_decision,
        )
    )


def _records(store: Store, writer: Writer) -> list[dict[str, Any]]:
    rows = store.all(
        """SELECT d.line, coalesce(l.name, ''), coalesce(a.record_id, ''), d.outcome, d.reason FROM decision d
        LEFT JOIN mailing_list l ON l.id = d.list_id LEFT JOIN addressee a ON a.id = d.addressee_id
        WHERE d.id BETWEEN :first AND :last AND NOT d.answered ORDER BY d.line""",
        first=writer.first_decision,
        last=writer.last_decision,
    )
    return [dict(zip(("line", "list", "record_id", "outcome", "reason"), row, strict=True)) for row in rows]
