"""The label file of a drop: everyone who came through its seven steps, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.db import Row, Store, in_bulk, writing
from daemon.drop.pieces import MailerId, give_serials
from daemon.drop.state import Drop, find_drop, must_be
from daemon.durable import atomic_bytes
from daemon.errors import SetAsideError, UsageError
from daemon.labels.formats import Out, so_far, write_all, writer_of
from daemon.labels.mailing import note_run
from daemon.labels.presort import stage_presort
from daemon.labels.render import RECORD, Skip, mailer_labels, participant_labels
from daemon.labels.skipped import Skipped
from daemon.lists.known import Known, find_list
from daemon.lists.load import rejects_path
from daemon.lists.service import stid_of
from daemon.lists.source import Progress, silent
from daemon.lists.streams import streamed
from daemon.wiring import House

_STAGE: Final = (
    "position bigint PRIMARY KEY, addressee_id bigint NOT NULL, address_id bigint NOT NULL, list_id integer NOT NULL, "
    "account_id integer NOT NULL, key text NOT NULL, oel text NOT NULL, line bigint NOT NULL"
)
_NOW = "JOIN addressee a ON a.id = r.addressee_id WHERE r.drop_id = :drop AND r.disposition = 'mailable'"
_CHANGED: Final = "(a.status <> 'mailable' OR a.address_id <> r.address_id)"


Labels = Callable[[Iterable[Row], Skip], Iterator[Row]]


class Staged(NamedTuple):
    """A drop whose labels stand in the temporary table ``label``, in their order."""

    drop: Drop
    lists: tuple[Known, ...]
    size: int
    serials: int  # given now

    @property
    def labels(self) -> dict[int, tuple[Known, Labels]]:
        """What makes the label rows of each list's records, by the list's id."""
        return {known.id: (known, _labels_of(known)) for known in self.lists}

    @contextmanager
    def records(self, store: Store) -> Iterator[Iterator[Row]]:
        """Stream the records in the order of the labels, each with its list's id at its end."""
        columns = ", ".join("l.key" if name == "a.keyline" else name for name in RECORD)
        with streamed(
            store,
            f"""SELECT {columns}, l.oel, l.line, l.list_id FROM label l CROSS JOIN addressee a CROSS JOIN address d
            WHERE a.id = l.addressee_id AND d.id = l.address_id ORDER BY l.position""",
        ) as records:
            yield records


def write_drop_labels(
    house: House,
    drop: str,
    path: Path,
    *,
    format: str = "csv",  # noqa: A002
    oel: Path | None = None,
    layout: Path | None = None,
    only: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the labels of a released drop: its mailable records, in the order of its lists, then by record_id.

    Returns ``{"drop", "file", "format", "labels", "lists", "serials", "sha256", "skipped", "rejected",
    "rejects_file"}``: how many labels each list has, and how many pieces got a new serial. Who has moved or is not
    mailable any more since the drop was checked gets no label and is among the skipped. Pieces under a Mailer ID have
    a serial of their own, kept with the label run; the same drop written again has the same serials.

    Args:
        format: csv, fixed, zpl or pdf.
        oel: of the presort, columns record_id and oel (and list, where the drop has several). Its order is that of
            the labels, and it must name each mailable record exactly once.
        layout: of a fixed format.
        only: name of one of the drop's lists: its labels alone.

    Raises:
        UsageError: no such drop, list, file or layout; the drop is not released; a Mailer ID's list without an STID.
        SetAsideError: the presort lost, invented or repeated records; keylines of several lengths under one participant
            code; a key that does not lead back to its addressee. No file is written.
        OperatorError: the serials of a Mailer ID are used up.
    """
    with ExitStack() as stack:
        skipped = Skipped(rejects_path(path), stack)
        with atomic_bytes(path) as file:
            out = Out(file)
            with writing(house.engine) as store, in_bulk():
                staged = stage_drop(store, drop, oel, only, skipped)
                kinds = {known.kind for known in staged.lists}
                writer = writer_of(format, out, skipped, layout=layout, kinds=kinds)
                making = staged.labels
                told, counts = so_far(progress, staged.size), Counter[str]()
                with staged.records(store) as records:
                    for list_id, run in groupby(records, key=itemgetter(-1)):
                        known, labels = making[list_id]
                        counts[known.name] += write_all(writer, labels(run, skipped), told)
                writer.close()
                for known in staged.lists:
                    note_run(
                        store,
                        drop_id=staged.drop.id,
                        list_id=known.id,
                        file=path.name,
                        sha256=out.sha256,
                        at=house.stamp(),
                        format=str(format),
                        labels=counts[known.name],
                    )
    return {
        "drop": drop,
        "file": str(path),
        "format": str(format),
        "labels": counts.total(),
        "lists": {known.name: counts[known.name] for known in staged.lists},
        "serials": staged.serials,
        "sha256": out.sha256,
        **skipped.told(),
    }


def stage_drop(store: Store, name: str, oel: Path | None, only: str | None, skip: Skip) -> Staged:
    """Fill the temporary table ``label`` with the labels of a drop, their order and their keys.

    Errors as `write_drop_labels`; the caller's transaction gets the serials that are given.
    """
    drop = find_drop(store, name)
    must_be(drop, "released", to="labelled")
    names = tuple(each for _, each in drop.lists)
    if only is not None and only not in names:
        raise UsageError(f"drop {name} has no list {only}; it has {', '.join(names)}")
    names = (only,) if only is not None else names
    lists = tuple(find_list(store, each) for each in names)
    _pick(store, drop, lists, skip, oel)
    _refuse_mixed(store, lists)
    serials = 0
    for account in {known.account_id: known for known in lists if known.kind == "mailer"}.values():
        mailer = MailerId(account.account_id, account.code, account.scheme.length, account.next_serial)
        serials += give_serials(store, mailer, drop_id=drop.id, day=drop.mail_date)
    return Staged(drop, lists, int(store.value("SELECT count(*) FROM label")), serials)


def _pick(store: Store, drop: Drop, lists: tuple[Known, ...], skip: Skip, oel: Path | None) -> None:
    names = tuple(known.name for known in lists)
    store.temporary("picked", "list_id integer PRIMARY KEY, place integer NOT NULL, name text NOT NULL")
    store.load("picked", ("list_id", "place", "name"), [(each.id, n, each.name) for n, each in enumerate(lists)])
    store.temporary("label", _STAGE)
    of_drop = f"picked k CROSS JOIN drop_row r {_NOW} AND r.list_id = k.list_id"
    if oel is not None:
        stage_presort(store, oel, names)
        _check_presort(store, drop, of_drop, oel)
    for record_id, status in store.rows(
        f"SELECT a.record_id, a.status FROM {of_drop} AND {_CHANGED} ORDER BY k.place, a.record_id", drop=drop.id
    ):
        now = "has another address now" if status == "mailable" else f"is {status} now"
        skip(0, record_id, f"it {now}; it was mailable when the drop was checked")
    fields = "r.addressee_id, r.address_id, r.list_id, a.account_id, a.keyline"
    if oel is None:
        chosen = f"""SELECT row_number() OVER (ORDER BY k.place, a.record_id), {fields}, '', 0
            FROM {of_drop} AND NOT {_CHANGED} ORDER BY 1"""
    else:
        chosen = f"""SELECT o.line, {fields}, o.oel, o.line FROM {of_drop.replace(" WHERE ", _JOIN_OEL, 1)}
            AND NOT {_CHANGED} ORDER BY o.line"""
    store.run(f"INSERT INTO label {chosen}", drop=drop.id)


_JOIN_OEL: Final = " JOIN oel o ON o.list = k.name AND o.record_id = a.record_id WHERE "


def _check_presort(store: Store, drop: Drop, of_drop: str, path: Path) -> None:
    """Refuse a presort that does not have just the drop's mailable records."""
    invented = f"""FROM oel o WHERE NOT EXISTS (SELECT 1 FROM {of_drop} AND k.name = o.list
        AND a.record_id = o.record_id)"""
    count = store.value(f"SELECT count(*) {invented}", drop=drop.id)
    if count:
        line, record_id = store.all(f"SELECT o.line, o.record_id {invented} ORDER BY o.line LIMIT 1", drop=drop.id)[0]
        raise SetAsideError(
            f"{record_id}: no mailable record of the drop; the presort has {count} such, this is the first",
            reason="presort-invented",
            file=path.name,
            line=line,
            field="record_id",
        )
    lost = f"""FROM {of_drop} AND NOT EXISTS (SELECT 1 FROM oel o WHERE o.list = k.name
        AND o.record_id = a.record_id)"""
    count = store.value(f"SELECT count(*) {lost}", drop=drop.id)
    if count:
        name, record_id = store.all(
            f"SELECT k.name, a.record_id {lost} ORDER BY k.place, a.record_id LIMIT 1", drop=drop.id
        )[0]
        raise SetAsideError(
            f"{count} mailable records of the drop are missing; the first is {record_id} of list {name}",
            reason="presort-lost",
            file=path.name,
        )


def _refuse_mixed(store: Store, lists: tuple[Known, ...]) -> None:
    for code, account in {known.code: known.account_id for known in lists if known.kind == "participant"}.items():
        short, long = store.all(
            """SELECT coalesce(min(length(key)), 0), coalesce(max(length(key)), 0) FROM label
            WHERE account_id = :account""",
            account=account,
        )[0]
        if short != long:
            raise SetAsideError(
                f"participant code {code} would be printed with keylines of {short} to {long} characters; "
                "one code goes with one length: put the lists under accounts of their own",
                reason="mixed-length",
            )


def _labels_of(known: Known) -> Labels:
    if known.kind == "participant":
        return partial(participant_labels, known.code)
    return partial(mailer_labels, known.code, stid_of(known))
