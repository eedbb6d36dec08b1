"""Apply a return file, or plan what applying it would do: the corridor from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from daemon.db import Store, in_bulk, reading, writing
from daemon.errors import HouseError, SetAsideError, TryAgainError
from daemon.intake.incoming import Incoming, incoming, told_name
from daemon.intake.read import Reject
from daemon.intake.shipping import check_shipping_data, shipping_total
from daemon.returns import ledger, match
from daemon.returns.candidates import Candidates, Orphan, orphan
from daemon.returns.fold import Rules, decide_all
from daemon.returns.planned import PlannedRecord, planning
from daemon.returns.policy import Rule, rules_for
from daemon.returns.report import Count, dollars
from daemon.returns.write import Writer
from daemon.turn import turn
from daemon.wiring import House
from schemas.notice import Notice

SMALL_LIST = 50  # below this many addressees a share says nothing

Progress = Callable[[str, int, int | None], None]  # what is being done, how far, of how many


class LargeChangeError(HouseError):
    """One file would change more of a list than the operator allows. Rolls everything back."""

    exit_code = 65

    def __init__(self, told: dict[str, object], large: list[str]) -> None:
        super().__init__("; ".join(large))
        self.told = told
        self.large = large


def apply_file(
    house: House,
    path: Path,
    *,
    password: bytes | None = None,
    accept_large_change: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, object]:
    """Apply one file whole, or nothing of it; return what `apply --json` prints.

    Raises:
        UsageError: there is no such file.
        TryAgainError: another writer was busy for too long.
    """
    try:
        with incoming(house, path, password=password) as source:
            try:
                result = _apply(house, source, accept_large_change=accept_large_change, progress=progress)
            except LargeChangeError as error:
                return {**error.told, "batch": None, "status": "stopped", "error": str(error)}
    except SetAsideError as error:
        return set_aside(path, error)
    late = ledger.print_manifests(house)
    if result["status"] == "applied":
        result["warnings"] = [*result["warnings"], *late]  # type: ignore[misc]
    return result


def plan_file(
    house: House,
    path: Path,
    *,
    password: bytes | None = None,
    records: Callable[[Iterator[PlannedRecord]], None] = lambda _records: None,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, object]:
    """Say what applying the file would do; writes nothing. ``records`` is handed the plan record by record."""
    try:
        with incoming(house, path, password=password, archive=False) as source, reading(house.engine) as store:
            if (batch := ledger.standing_batch(store, source)) is not None:
                return _repeat(source, batch)
            with planning(store) as (tell, planned):
                writer = Writer(store, batch_id=None, today=house.today(), at=house.stamp(), tell=tell)
                told, large = _decide(house, store, source, writer, progress)
                records(planned())
            warnings = [*told["warnings"], *(f"apply would stop: {reason}" for reason in large)]  # type: ignore[misc]
            return {"batch": None, "status": "planned", **told, "warnings": warnings}
    except FileNotFoundError as error:  # apply reads its own copy; a plan has none
        raise TryAgainError(f"{path}: vanished while it was read; plan it again when it is back") from error
    except SetAsideError as error:
        return set_aside(path, error)


def set_aside(path: Path, error: SetAsideError, kind: str = "acs") -> dict[str, object]:
    """Return the result of a file that was refused whole."""
    return {
        "batch": None,
        "status": "set_aside",
        "kind": kind,
        "file": told_name(path),
        "error": str(error),
        "reason": error.reason,
        "line": error.line,
        "field": error.field,
    }


def _apply(house: House, source: Incoming, *, accept_large_change: bool, progress: Progress) -> dict[str, object]:
    at, today = house.stamp(), house.today()
    with writing(house.engine) as store, in_bulk():
        if (batch := ledger.standing_batch(store, source)) is not None:
            return _repeat(source, batch)
        batch_id = ledger.open_batch(store, kind="acs", file=source.file, at=at, source=source)
        writer = Writer(store, batch_id=batch_id, today=today, at=at)
        told, large = _decide(house, store, source, writer, progress)
        if large and not accept_large_change:
            raise LargeChangeError(told, large)
        writer.flush()
        progress("applying", 0, None)
        turn(store, writer.first_change, writer.last_change)
        close_questions(store, writer, batch_id, at)
        products = source.records.summary.products
        store.load(
            "charge",
            ("batch_id", "product_code", "quantity", "mills"),
            [(batch_id, product.code, product.records, product.mills) for product in products],
        )
        result = {"batch": batch_id, "status": "applied", **told}
        ledger.close_batch(store, batch_id, writer, result)
    return result


def _decide(
    house: House, store: Store, source: Incoming, writer: Writer, progress: Progress
) -> tuple[dict[str, object], list[str]]:
    """Stage, match and decide a whole file; return what is told of it, and the lists it would change too much."""
    records = source.records
    _is_configured(house, source)
    accounts = match.known_accounts(store)
    progress("reading", 0, None)
    read = match.stage(store, accounts, records.scan())
    rejects, summary = records.rejects, records.summary
    if read and not store.value("SELECT count(*) FROM stage WHERE account_id IS NOT NULL"):
        raise SetAsideError(
            "no account of this file is configured; set it up with `listkeeper list create … --account CODE`",
            reason="no-account",
            file=source.file,
        )
    matched = match.join(store)
    names = ledger.list_names(store)
    rules = {number: Rules(_policy(house, name), house.today()) for number, name in names.items()}
    if matched < read:
        _orphans(store, source, accounts, writer)
    done, total = 0, read + len(rejects)
    for hit in match.hits(store):
        notices = [records.notice_at(line, at) for line, at in hit.notices]
        decided = decide_all(notices, hit.subject, rules[hit.list_id], hit.questions)
        writer.addressee(hit.addressee_id, hit.list_id, decided)
        done += len(notices)
        if not done % 512:
            progress("deciding", done, total)
    for reject in rejects:
        writer.reject(unreadable(reject), reject_reason(reject))
    told = {
        "kind": "acs",
        "layout": records.family.name,
        "file": source.file,
        "sha256": source.sha256,
        **writer.count.told(total, names),
        "charges": {"counted": dollars(summary.counted), "header": dollars(summary.header_fee), **_shipped(source)},
        "warnings": [*source.warnings, *summary.warnings, *_shipping(source), *unread(rejects)],
    }
    return told, too_large(house, store, writer.count, names)


def _is_configured(house: House, source: Incoming) -> None:
    customers, customer = house.settings.acs.customers, source.records.header.customer_id
    if customers and customer not in customers:
        raise SetAsideError(
            f"customer {customer} is not one of [acs] customers in listkeeper.toml; add it there if it is yours",
            reason="foreign-customer",
            file=source.file,
            line=1,
            field="customer_id",
        )


def _policy(house: House, name: str) -> dict[str, Rule]:
    return rules_for(house.settings.of_list(name).policy)


def _orphans(store: Store, source: Incoming, accounts: dict[str, match.KnownAccount], writer: Writer) -> None:
    """Open a question for each record that no addressee was found for."""

    def worth_a_look() -> Iterator[Orphan]:
        for each in match.orphans(store, accounts):
            notice = source.records.notice_at(each.line, each.at)
            if notice.kind == "coa" and notice.old_zip and (notice.last_name or notice.company):
                yield orphan(notice, each.account_id)

    found = Candidates(store, worth_a_look())
    for each in match.orphans(store, accounts):
        notice = source.records.notice_at(each.line, each.at)
        writer.orphan(notice, each.problem, found.of(notice))


def unreadable(reject: Reject) -> Notice:
    """Return what is left of a record that could not be read: its line."""
    blank = Notice._make([""] * len(Notice._fields))
    return blank._replace(line=reject.line, sequence=0, new=None, charge=0)


def reject_reason(reject: Reject) -> str:
    """Return the reason by its name."""
    return reject.reason


def unread(rejects: Sequence[Reject]) -> list[str]:
    """Return a sentence for each record that could not be read; for the first hundred of many."""
    most = 100
    told = [f"line {reject.line} field {reject.field}: {reject.reason}; the record is set aside" for reject in rejects]
    return told[:most] + ([f"and {len(told) - most} more records set aside"] if len(told) > most else [])


def _shipping(source: Incoming) -> list[str]:
    """Hold the shipping notice data, where it came along, against the fees of the records."""
    notice = source.companions.get("SD")
    if notice is None:
        return []
    products = {product.code: (product.records, product.mills) for product in source.records.summary.products}
    return check_shipping_data(notice, products)


def _shipped(source: Incoming) -> dict[str, str | None]:
    """Return what the shipping notice data charges, where it came along."""
    notice = source.companions.get("SD")
    total = None if notice is None else shipping_total(notice)
    return {} if total is None else {"shipping": dollars(total)}


def too_large(house: House, store: Store, count: Count, names: dict[int, str]) -> list[str]:
    """Return a sentence for each list of which more would change than it allows."""
    sizes: dict[int, int] = dict(store.all("SELECT id, size FROM mailing_list"))
    large = []
    for number, touched in sorted(count.touched.items()):
        size, percent = sizes[number], house.settings.of_list(names[number]).large_change_percent
        if size >= SMALL_LIST and touched * 100 > size * percent:
            large.append(
                f"{touched} of {size} addressees of list {names[number]} would change, more than {percent} %; "
                "look at the plan, then go on with --accept-large-change"
            )
    return large


def close_questions(store: Store, writer: Writer, batch_id: int, at: str) -> None:
    """Close the earlier questions that this batch answered, and those whose event came again and was asked anew."""
    if writer.answered_questions:
        store.temporary("answered_now", "id bigint PRIMARY KEY")
        store.load("answered_now", ("id",), ((number,) for number in writer.answered_questions))
        store.run(
            """UPDATE review_item SET status = 'answered', closed_at = :at, closed_batch_id = :batch
            WHERE id IN (SELECT id FROM answered_now)""",
            at=at,
            batch=batch_id,
        )
    if store.value("SELECT 1 FROM review_item WHERE status = 'open' AND batch_id <> :batch LIMIT 1", batch=batch_id):
        store.run(
            """UPDATE review_item SET status = 'replaced', closed_at = :at, closed_batch_id = :batch
            WHERE status = 'open' AND batch_id <> :batch AND event IN
            (SELECT event FROM decision WHERE id BETWEEN :first AND :last AND reason <> 'repeat' AND NOT answered)""",
            at=at,
            batch=batch_id,
            first=writer.first_decision,
            last=writer.last_decision,
        )


def _repeat(source: Incoming, batch: int) -> dict[str, object]:
    return {
        "batch": batch,
        "status": "repeat",
        "kind": "acs",
        "layout": source.records.family.name,
        "file": source.file,
        "sha256": source.sha256,
    }
