"""Send a list out: the file for the engine, the job, and a note of every addressee and address in it."""

from __future__ import annotations

import csv
import hashlib
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from daemon.care.adapters.settings import AnyAdapter
from daemon.care.jobs import MANUAL, UNDER_WAY, Job, jobs_in, open_job, step
from daemon.db import Row, Store, in_bulk, writing
from daemon.durable import atomic_bytes, atomic_writer
from daemon.errors import OperatorError, UsageError
from daemon.lists.known import Known, find_list
from daemon.lists.source import Progress, silent
from daemon.lists.streams import streamed
from daemon.wiring import House
from schemas.cass import OUTGOING

SENT: Final = "sent.csv"  # in the job's folder
MODE: Final = 0o700
_OF_ADDRESS: Final = frozenset(OUTGOING[7:])
_EVERY: Final = 5_000


class Way(NamedTuple):
    """By which adapter a job goes out."""

    name: str
    kind: str
    settings: AnyAdapter | None  # None: the operator carries the file


def send_list(
    house: House,
    name: str,
    kind: str,
    *,
    adapter: str | None = None,
    out: Path | None = None,
    why: str = "operator",
    progress: Progress = silent,
) -> Job:
    """Write the file for one list and enter its job; return the job.

    NCOALink gets who is mailable or held (and the undeliverable ones that ``also_ncoa`` names), CASS everyone but the
    deceased and the removed. The job is ``waiting`` where the operator carries the file, else ``sending``: the
    exchange takes it from there. What an operator should know is in ``job.memory["warnings"]``.

    Args:
        kind: ``"ncoa"`` or ``"cass"``.
        adapter: of the settings; None: the list's own, then that of `[care]`, else the operator.
        out: where the operator wants the file; he carries it then, whatever the settings say.

    Raises:
        UsageError: no such list or adapter, nobody to send, or a job of that adapter under way for the list.
        OperatorError: no live PAF, or the file cannot be written.
    """
    way = choose(house, name, kind, adapter=adapter, out=out)
    with writing(house.engine) as store, in_bulk():
        known = find_list(store, name)
        warnings = _under_way(store, known, kind, way)
        paf_id, word = _paf(house, store, known, kind, way)
        warnings += word
        job = open_job(store, house, known, kind=kind, adapter=way.name, adapter_kind=way.kind, why=why)
        file = job.folder(house) / SENT
        file.parent.mkdir(mode=MODE, parents=True, exist_ok=True)
        sent = _write(house, store, known, job, file, progress=progress)
        if not sent:
            raise UsageError(f"list {name} has nobody to send to {_NAMES[kind]}; import its records first")
        if out is not None:
            with file.open("rb") as ours, atomic_bytes(out) as theirs:
                shutil.copyfileobj(ours, theirs, 1 << 20)
        with file.open("rb") as ours:
            digest = hashlib.file_digest(ours, "sha256").hexdigest()
        return step(
            store,
            job,
            "waiting" if way.settings is None else "sending",
            sent=sent,
            file=str(out or file),
            sha256=digest,
            kept=str(file.relative_to(house.home)),
            paf_id=paf_id,
            deadline=(house.now() + way.settings.timeout).isoformat(timespec="seconds") if way.settings else "",
            memory={"warnings": warnings, "imports": _last_import(store, known)},
        )


_NAMES: Final = {"ncoa": "NCOALink", "cass": "CASS"}


def choose(house: House, name: str, kind: str, *, adapter: str | None = None, out: Path | None = None) -> Way:
    """Return by which adapter a job of the list goes out.

    Raises:
        UsageError: the settings have no adapter of that name, or it does not do this kind of work; or none was named
            and none is set, and there is no file to write either.
    """
    if out is not None:
        if adapter not in (None, MANUAL):
            raise UsageError(f"--out writes a file for you to carry; leave it out where --adapter {adapter} carries it")
        return Way(MANUAL, MANUAL, None)
    of_list = house.settings.of_list(name).care
    wanted = adapter or getattr(of_list, kind) or getattr(house.settings.care, kind)
    if wanted == MANUAL:
        return Way(MANUAL, MANUAL, None)
    if wanted is None:
        raise UsageError(
            f"no adapter is set for {_NAMES[kind]}; write the file with --out FILE.csv and carry it, or name an "
            f"adapter: {kind} = … under [care], or --adapter NAME"
        )
    found = next((each for each in house.settings.adapters if each.name == wanted), None)
    if found is None:
        raise UsageError(f"the settings have no adapter {wanted}; add an [[adapter]] of that name to listkeeper.toml")
    if kind not in found.does:
        raise UsageError(f"adapter {wanted} does not do {_NAMES[kind]}; its `does` names what it does")
    return Way(found.name, found.kind, found)


def _under_way(store: Store, known: Known, kind: str, way: Way) -> list[str]:
    others = [job for job in jobs_in(store, UNDER_WAY) if (job.list_id, job.kind) == (known.id, kind)]
    if not others:
        return []
    numbers = ", ".join(str(job.id) for job in others)
    if any(job.adapter == way.name != MANUAL for job in others):
        raise UsageError(
            f"job {numbers} of list {known.name} is under way with {way.name}; wait for it, or `listkeeper care "
            f"cancel JOB`"
        )
    return [f"job {numbers} of this list is under way as well; `listkeeper care cancel JOB` ends what nobody awaits"]


def _paf(house: House, store: Store, known: Known, kind: str, way: Way) -> tuple[int | None, list[str]]:
    """Return the PAF under which the job goes out, and a warning where there is none."""
    if kind != "ncoa" or way.kind == "simulated":
        return None, []
    from daemon.care.proofs.pafs import live_paf, paf_state

    live = live_paf(store, known.client, known.name, house.today())
    if live is not None:
        return live.id, []
    state = paf_state(store, known.client, known.name, house.today())
    lacks = "has no PAF" if state == "none" else "has a PAF that is not in force any more"
    remedy = "have it signed and enter it with `listkeeper paf add`"
    if way.settings is not None or state != "none" or house.settings.care.paf == "always":
        raise OperatorError(f"list {known.name}: its client {lacks}, and NCOALink may not be asked without; {remedy}")
    return None, [f"the client {lacks}: a licensee may not process this file before; {remedy}"]


def _last_import(store: Store, known: Known) -> int | None:
    """Return the last file that has come for the list: only a later one gives anybody another name."""
    newest: int | None = store.value("SELECT max(id) FROM import_run WHERE list_id = :list", list=known.id)
    return newest


def _write(house: House, store: Store, known: Known, job: Job, file: Path, *, progress: Progress) -> int:
    columns = ", ".join(f"d.{name}" if name in _OF_ADDRESS else f"a.{name}" for name in OUTGOING)
    if job.kind == "cass":
        which = "a.status NOT IN ('deceased', 'removed')"
        values: dict[str, object] = {}
    else:
        also = house.settings.of_list(known.name).care.also_ncoa
        values = {f"also{number}": reason for number, reason in enumerate(also)}
        listed = ", ".join(f":{name}" for name in values)
        which = "a.status IN ('mailable', 'held')"
        if values:
            which = f"({which} OR (a.status = 'undeliverable' AND a.status_reason IN ({listed})))"
    with (
        atomic_writer(file) as text,
        streamed(
            store,
            f"""SELECT {columns}, a.id, a.address_id FROM addressee a CROSS JOIN address d
            WHERE a.list_id = :list AND d.id = a.address_id AND {which} ORDER BY a.record_id""",
            list=known.id,
            **values,
        ) as rows,
    ):
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(OUTGOING)
        noted = _noted(rows, job.id, writer.writerow, known.size, progress)
        return store.load("care_sent", ("job_id", "addressee_id", "address_id", "who"), noted)


def _noted(rows: Iterator[Row], job: int, write: Callable[[Row], object], of: int, progress: Progress) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        write(row[:14])
        if not done % _EVERY:
            progress("writing", done, of)
        yield job, row[14], row[15], who(row[2:7])


def who(names: Row) -> int:
    """Return 32 bits of a name as NCOALink is asked about it: first, middle, last, suffix, company; case apart.

    >>> who(("Mary", "", "Smith", "", "")) == who(("MARY", "", "SMITH", "", ""))
    True
    """
    return zlib.crc32("\x1f".join(names).upper().encode())
