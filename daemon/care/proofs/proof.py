"""Write the evidence of one client's list care: one zip with every paper, stamp and hash, and what they come to.

Nobody's name or address is in it: a record is its client's own key. Its papers are the very bytes that came; a paper
that is missing, or is not what it was, stops the whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.care import facts as known_of
from daemon.care.cycles import MOVE_UPDATE_DAYS, OUTSIDE_MOVE_UPDATE
from daemon.care.jobs import Job, find_job
from daemon.care.proofs.pafs import PafRow, live_paf, pafs_of
from daemon.care.proofs.proof_words import lacks_of, readme, summary_text
from daemon.db import Store, reading
from daemon.drop.report import facts_of, printed
from daemon.drop.state import find_drop
from daemon.durable import atomic_bytes
from daemon.errors import OperatorError, UsageError
from daemon.intake.archive import safe_name
from daemon.lists.known import Known, find_list
from daemon.lists.streams import streamed
from daemon.returns import ledger
from daemon.telemetry import log
from daemon.wiring import House
from schemas.codes import STRENGTH

CHUNK: Final = 1 << 20  # bytes of an original
BUFFER: Final = 1 << 16  # characters of a list
AGES: Final = ((30, "0-30"), (60, "31-60"), (MOVE_UPDATE_DAYS, f"61-{MOVE_UPDATE_DAYS}"))
UNCERTIFIED: Final = known_of.UNCERTIFIED.upper()
STAMP_COLUMNS: Final = ("list", "record_id", "method", "processed_on", "job", "valid_on_drop", "certified")
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of every member: the same evidence is the same bytes
_EVERY = 10_000

Progress = Callable[[str, int, int | None], None]


class Scope(NamedTuple):
    """Of what the evidence is: a client, its lists, the day of the drop; and which drop, where it is of one."""

    client: str
    lists: tuple[Known, ...]
    drop: date
    name: str | None = None


def write_proof(
    house: House,
    name: str,
    path: Path,
    *,
    drop: date | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Write the evidence for a drop, or for the client of a list as of the day of one, to a zip; return what is in it.

    ``{"client", "drop", "written_at", "file", "sha256", "members", "papers", "lists": [...], "warnings"}``; the lists
    are those of ``summary.json``. Records and addresses are as they stand when it is written; stamps, jobs and PAFs
    as they are on that day. Memory stays flat, however long the lists are.

    Args:
        name: of a drop: its lists, its day, its manifest and report. Where no drop has it, of one of the client's
            lists; all lists of that client are in it.
        drop: the day of the mailing, for a list; None: today.

    Raises:
        UsageError: no such drop or list, a drop that was never checked or is given another day, or ``path`` cannot be
            a file.
        OperatorError: a paper or PAF is not in the archive, or not as it came; its name is told, and no zip is left.
        TryAgainError: the disk is full.
    """
    with reading(house.engine) as store:
        scope = _drop_scope(store, name, drop) or _scope_of(store, name, drop or house.now().date())
        jobs = list(_jobs_of(store, scope))
        with atomic_bytes(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            evidence = _Evidence(house, archive)
            evidence.text("README.txt", readme(scope.client, scope.drop, house.stamp()))
            if scope.name is not None:
                _write_drop(store, evidence, scope.name)
            counts = {known.id: _Stamped(scope.drop) for known in scope.lists}
            evidence.write("stamps.csv", _encoded(_stamp_rows(store, scope, jobs, counts, progress)))
            papers = sum(_write_job(store, evidence, job) for job in jobs)
            for paf in _pafs(store, scope):
                _write_paf(evidence, paf, scope.drop)
            summary = {
                "client": scope.client,
                "drop": scope.drop.isoformat(),
                "written_at": house.stamp(),
                "move_update_days": MOVE_UPDATE_DAYS,
                "lists": [
                    _told(store, house, scope, known, jobs=jobs, stamped=counts[known.id]) for known in scope.lists
                ],
            }
            evidence.document("summary.json", summary)
            evidence.text("summary.txt", summary_text(summary))
            members = evidence.close()
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    log("proof_written", jobs=len(jobs), files=members, sha256=digest)
    told: dict[str, Any] = {"file": str(path), "sha256": digest, "members": members, "papers": papers}
    return {**summary, **told, "warnings": _warnings(summary)}


def _drop_scope(store: Store, name: str, day: date | None) -> Scope | None:
    """Return of what the evidence of a drop is; None where no drop has this name."""
    if store.value("SELECT id FROM mail_drop WHERE name = :name", name=name) is None:
        return None
    found = find_drop(store, name)
    on = date.fromisoformat(found.mailed_on or found.mail_date)
    if day not in (None, on):
        raise UsageError(f"{name} is a drop of {on}; leave --drop out, or name a list")
    return Scope(found.client, tuple(find_list(store, each) for _id, each in found.lists), on, name)


def _write_drop(store: Store, evidence: _Evidence, name: str) -> None:
    """Write the manifest and the report of the drop itself."""
    facts = facts_of(store, name)
    evidence.document("drop/manifest.json", facts["manifest"])
    for form in ("pdf", "json"):
        evidence.write(f"drop/report.{form}", printed(store, facts, form))


def _scope_of(store: Store, name: str, drop: date) -> Scope:
    """Return of what the evidence of a list's client is."""
    client = find_list(store, name).client
    names = store.all("SELECT name FROM mailing_list WHERE client = :client", client=client)
    return Scope(client, tuple(find_list(store, each) for each in sorted(row[0] for row in names)), drop)


def _jobs_of(store: Store, scope: Scope) -> Iterator[Job]:
    """Yield the jobs of the lists that had begun on the day of the drop, oldest first."""
    for number, created_at, list_id in store.all("SELECT id, created_at, list_id FROM care_job ORDER BY id"):
        if list_id in {known.id for known in scope.lists} and created_at[:10] <= scope.drop.isoformat():
            yield find_job(store, number)


class _Evidence:
    """The zip as it is written, member by member, and the hash of each."""

    def __init__(self, house: House, archive: zipfile.ZipFile) -> None:
        self.house, self._archive = house, archive
        self._sums: dict[str, str] = {}

    def write(self, name: str, chunks: Iterable[bytes]) -> str:
        """Write one member; return its SHA-256."""
        info = zipfile.ZipInfo(name, _MOMENT)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        digest = hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                member.write(chunk)
        self._sums[name] = digest.hexdigest()
        return self._sums[name]

    def text(self, name: str, text: str) -> None:
        """Write a member of words."""
        self.write(name, [text.encode()])

    def document(self, name: str, value: object) -> None:
        """Write a member of JSON."""
        self.text(name, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def original(self, name: str, archived: str, sha256: str, what: str) -> None:
        """Write an original from the archive, byte for byte.

        Raises:
            OperatorError: it is not there, cannot be read, or has other bytes.
        """
        remedy = "put it back from a backup; no evidence was written"
        try:
            with (self.house.home / archived).open("rb") as file:
                found = self.write(name, iter(lambda: file.read(CHUNK), b""))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise OperatorError(f"{what} is missing from the archive ({archived}); {remedy}") from error
        except PermissionError as error:
            raise OperatorError(f"{what} may not be read ({archived}); give this user the file") from error
        if found != sha256:
            raise OperatorError(f"{what} in the archive is not what came in ({archived}); {remedy}")

    def close(self) -> int:
        """Write the list of hashes, for ``sha256sum -c``; return how many members there are."""
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self.text("SHA256SUMS", sums)
        return len(self._sums)


class _Stamped:
    """The Move Update stamps of one list's mailable records, counted as they stand on the day of the drop."""

    def __init__(self, drop: date) -> None:
        self._drop = drop
        self.mailable = self.expired = self.none = self.uncertified = 0
        self.methods: Counter[str] = Counter()
        self.ages: Counter[str] = Counter({name: 0 for _, name in AGES})
        self.days: list[str] = []  # the oldest and the newest

    def add(self, method: str | None, processed_on: str | None, certified: bool) -> bool:
        """Count one record by its newest stamp; say whether that holds on the day."""
        self.mailable += 1
        if not method or not processed_on:
            self.none += 1
            return False
        age = (self._drop - date.fromisoformat(processed_on)).days
        if age > MOVE_UPDATE_DAYS:
            self.expired += 1
            return False
        self.methods[method] += 1
        self.ages[next(name for most, name in AGES if age <= most)] += 1
        self.uncertified += not certified
        days = [*self.days, processed_on]
        self.days = [min(days), max(days)]
        return True

    def told(self) -> dict[str, Any]:
        """Return the counts: mailable = valid + expired + none."""
        oldest, newest = self.days or (None, None)
        return {
            "mailable": self.mailable,
            "valid": self.mailable - self.expired - self.none,
            "expired": self.expired,
            "none": self.none,
            "uncertified": self.uncertified,
            "by_method": dict(sorted(self.methods.items())),
            "by_age": dict(self.ages),
            "oldest": oldest,
            "newest": newest,
        }


def _stamp_rows(
    store: Store, scope: Scope, jobs: Iterable[Job], counts: dict[int, _Stamped], progress: Progress
) -> Iterator[tuple[object, ...]]:
    """Yield the line of each mailable record: its newest stamp of its present address, and whether it holds."""
    uncertified = {job.id for job in jobs if not job.certified}
    yield STAMP_COLUMNS
    for known in scope.lists:
        done, last = 0, None
        with streamed(
            store,
            """SELECT a.record_id, s.method, s.processed_on, s.job_id FROM addressee a CROSS JOIN address d
            LEFT JOIN stamp s ON s.addressee_id = a.id AND s.place_id = d.place_id AND s.void_at IS NULL
            AND s.processed_on <= :drop
            WHERE a.list_id = :list AND d.id = a.address_id AND a.status = 'mailable'
            ORDER BY a.record_id, s.processed_on DESC, s.id DESC""",
            list=known.id,
            drop=scope.drop.isoformat(),
        ) as rows:
            for record_id, method, processed_on, job in rows:
                if record_id == last:
                    continue  # an older stamp of the same record
                last, done = record_id, done + 1
                certified = job not in uncertified
                holds = counts[known.id].add(method, processed_on, certified)
                told = "" if job is None else "yes" if certified else "no"
                yield known.name, record_id, method, processed_on, job, "yes" if holds else "no", told
                if not done % _EVERY:
                    progress(f"stamps of {known.name}", done, known.size)


def _encoded(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    """Yield rows as CSV, UTF-8, some thousand of them at a time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        if text.tell() > BUFFER:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _write_job(store: Store, evidence: _Evidence, job: Job) -> int:
    """Write one job: its row, its papers, the manifest of each batch of it. Returns how many papers it has."""
    folder = f"jobs/{job.token}"
    papers = store.all(
        "SELECT id, kind, file, sha256, archived, fields, at FROM paper WHERE job_id = :job ORDER BY id", job=job.id
    )
    batches = [row[0] for row in store.all("SELECT id FROM batch WHERE job_id = :job ORDER BY id", job=job.id)]
    told = []
    for number, kind, file, sha256, archived, fields, at in papers:
        member = f"{folder}/paper-{number}-{safe_name(file)}"
        evidence.original(member, archived, sha256, f"paper {number} of job {job.id}, {file},")
        told.append(
            {"paper": number, "kind": kind, "member": member, "sha256": sha256, "at": at, "fields": json.loads(fields)}
        )
    for batch in batches:
        evidence.document(f"{folder}/batch-{batch}.json", ledger.manifest(store, batch))
    evidence.document(f"{folder}/job.json", {**job_facts(job), "batches": batches, "papers": told})
    return len(told)


def job_facts(job: Job) -> dict[str, Any]:
    """Return what the evidence tells of a job: no path of this machine, nothing of the adapter's own."""
    names = (
        *("kind", "list", "client", "adapter", "adapter_kind", "token", "state", "why", "created_at", "sent"),
        *("closed_at", "engine", "database_date", "processed_on", "valid_to", "certified", "purged_at"),
    )
    return {
        "job": job.id,
        **{name: getattr(job, name) for name in names},
        "certification": "" if job.certified else UNCERTIFIED,
        "paf": job.paf_id,
        "sent_sha256": job.sha256,
        "answer_sha256": job.answer_sha256,
        "batch": job.batch_id,
    }


def _pafs(store: Store, scope: Scope) -> list[PafRow]:
    return [paf for paf in pafs_of(store, scope.client) if paf.signed_on <= scope.drop.isoformat()]


def _write_paf(evidence: _Evidence, paf: PafRow, drop: date) -> None:
    evidence.document(f"pafs/paf-{paf.id}.json", paf.told_on(drop.isoformat()))
    if paf.archived:
        member = f"pafs/paf-{paf.id}-{safe_name(paf.file)}"
        evidence.original(member, paf.archived, paf.sha256, f"the file of PAF {paf.id}, {paf.file},")


def _told(
    store: Store, house: House, scope: Scope, known: Known, *, jobs: Iterable[Job], stamped: _Stamped
) -> dict[str, Any]:
    """Return how one list stands on the day of the drop."""
    mine = [job for job in jobs if job.list_id == known.id]
    rows = store.all("SELECT status, count(*) FROM addressee WHERE list_id = :list GROUP BY status", list=known.id)
    codings = known_of.codings_of(store, known)
    paf = live_paf(store, scope.client, known.name, scope.drop.isoformat())
    return {
        "list": known.name,
        "class": known.mail_class,
        "records": dict.fromkeys(STRENGTH, 0) | dict(rows),
        "move_update": {"needed": known.mail_class not in OUTSIDE_MOVE_UPDATE, **stamped.told()},
        "cass": _cass(house, scope, known, mine),
        "coding": {"of": codings.of, "coded": codings.coded, "rate": codings.rate.percent, "grade": codings.rate.grade},
        "paf": paf and {"paf": paf.id, "paf_id": paf.paf_id, "role": paf.role, "expires_on": paf.expires_on},
        "jobs": [job.id for job in mine],
    }


def _cass(house: House, scope: Scope, known: Known, jobs: Iterable[Job]) -> dict[str, Any] | None:
    """Return the last CASS run before the drop, and until when it holds; None where there was none."""
    applied = [job for job in jobs if job.state == "applied" and known_of.processed(job) <= scope.drop]
    runs = known_of.last_runs(applied).get(known.id)
    if runs is None or runs.cass is None:
        return None
    window, presumed = known_of.window_of(runs.cass)
    validity = known_of.validity_of(house.settings, known, runs.cass)
    return {
        "job": runs.cass.id,
        "processed_on": known_of.processed(runs.cass).isoformat(),
        "database_date": runs.cass.database_date or None,
        "release_presumed": presumed,
        "match_to": window.match_to.isoformat(),
        "mail_to": window.mail_to.isoformat(),
        "printed_to": runs.cass.valid_to or None,
        "valid_to": validity.to and validity.to.isoformat(),
        "ruled_by": validity.by,
        "differences": validity.differences,
        "holds_on_drop": validity.to is not None and scope.drop <= validity.to,
        "certified": runs.cass.certified,
    }


def _warnings(summary: dict[str, Any]) -> list[str]:
    return [f"{each['list']}: {lack}" for each in summary["lists"] for lack in lacks_of(each)]
