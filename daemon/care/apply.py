"""Apply an engine's answer, or plan what applying it would do: the corridor of return files, for NCOALink and CASS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from daemon.care.answered import Asked, cass_results, ncoa_results
from daemon.care.answers.answer import AnswerFile, opened_answer
from daemon.care.cycles import grade
from daemon.care.jobs import MANUAL, TAKES_ANSWER, Job, find_job, step, take_step
from daemon.care.proofs import papers
from daemon.care.stage import join, stage
from daemon.care.write import CareWriter
from daemon.db import Store, in_bulk, reading, writing
from daemon.errors import HouseError, SetAsideError
from daemon.intake.archive import keep_original
from daemon.intake.incoming import must_be_file, told_name
from daemon.returns import ledger
from daemon.returns.apply import (
    LargeChangeError,
    Progress,
    close_questions,
    set_aside,
    too_large,
    unread,
)
from daemon.returns.planned import PlannedRecord, planning
from daemon.turn import turn
from daemon.wiring import House

LOCKED: Final = "engine-locked"


@dataclass(frozen=True, slots=True)
class Given:
    """What an operator, or an adapter, hands in.

    Attributes:
        path: the answer, as it came.
        name: how it is told.
        kept: our copy of it, in the archive; None for a plan, which reads the answer where it lies.
        archived: the copy's place, from the home.
    """

    path: Path
    name: str
    sha256: str
    kept: Path | None = None
    archived: str = ""
    preset: str | None = None
    map_file: Path | None = None
    reports: Sequence[Path] = ()

    @property
    def lies(self) -> Path:
        return self.kept or self.path


def apply_answer(
    house: House,
    path: Path,
    number: int,
    *,
    preset: str | None = None,
    map_file: Path | None = None,
    reports: Sequence[Path] = (),
    accept_large_change: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Apply the answer to one job whole, or nothing of it; return what `apply --json` prints.

    A job whose answer cannot be taken stays open. Where the engine says that it has locked itself, the job is
    ``stopped``.

    Args:
        preset: names of the answer's columns; None: found from its header.
        map_file: the user's own names, instead.
        reports: PS Form 3553 or Processing Summary Report that came along.

    Raises:
        UsageError: there is no such job, file, preset or map.
        TryAgainError: another writer was busy for too long.
    """
    for each in (path, *reports):
        must_be_file(each)
    with reading(house.engine) as store:
        job = find_job(store, number)
    kept = keep_original(path, house.home / "archive")
    archived = str(kept.path.relative_to(house.home))
    given = Given(path, told_name(path), kept.sha256, kept.path, archived, preset, map_file, tuple(reports))
    try:
        result = _apply(house, job, given, accept_large_change=accept_large_change, progress=progress)
    except LargeChangeError as error:
        return {**error.told, "batch": None, "status": "stopped", "error": str(error)}
    except SetAsideError as error:
        _note_lock(house, number, error)
        return set_aside(path, error, job.kind) | {"job": number}
    late = ledger.print_manifests(house)
    if result["status"] == "applied":
        result["warnings"] = [*result["warnings"], *late]
    return result


def plan_answer(
    house: House,
    path: Path,
    number: int,
    *,
    preset: str | None = None,
    map_file: Path | None = None,
    reports: Sequence[Path] = (),
    records: Callable[[Iterator[PlannedRecord]], None] = lambda _records: None,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Say what applying the answer would do; writes nothing. ``records`` is handed the plan record by record.

    Raises:
        UsageError: as :func:`apply_answer`.
    """
    for each in (path, *reports):
        must_be_file(each)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    given = Given(path, told_name(path), digest, None, "", preset, map_file, tuple(reports))
    with reading(house.engine) as store:
        job = find_job(store, number)
        try:
            if (repeat := _repeat(job, given)) is not None:
                return repeat
            with planning(store) as (tell, planned):
                asked = _asked(house, store, job, given, read_papers(given))
                writer = _writer(store, house, asked, batch_id=None, tell=tell)
                told, large = _decide(house, store, asked, given=given, writer=writer, progress=progress)
            warnings = [*told["warnings"], *(f"apply would stop: {reason}" for reason in large)]
            records(planned())
        except SetAsideError as error:
            return set_aside(path, error, job.kind) | {"job": number}
    return {"batch": None, "status": "planned", **told, "warnings": warnings}


def _apply(house: House, job: Job, given: Given, *, accept_large_change: bool, progress: Progress) -> dict[str, Any]:
    at = house.stamp()
    came_along = read_papers(given)
    with writing(house.engine) as store, in_bulk():
        job = find_job(store, job.id)  # as it is now that nobody else writes
        if (repeat := _repeat(job, given)) is not None:
            return repeat
        _not_of_another_job(store, job, given)
        asked = _asked(house, store, job, given, came_along)
        source = ledger.Source(given.sha256, given.archived, "", job.id)
        batch_id = ledger.open_batch(store, kind=job.kind, file=given.name, at=at, answer=source)
        writer = _writer(store, house, asked, batch_id=batch_id)
        told, large = _decide(house, store, asked, given=given, writer=writer, progress=progress)
        if large and not accept_large_change:
            raise LargeChangeError(told, large)
        writer.flush()
        progress("applying", 0, None)
        turn(store, writer.first_change, writer.last_change)
        close_questions(store, writer, batch_id, at)
        store.run("UPDATE batch SET layout = :preset WHERE id = :id", preset=told["layout"], id=batch_id)
        result = {"batch": batch_id, "status": "applied", **told}
        ledger.close_batch(store, batch_id, writer, result)
        for paper_path, paper in came_along:
            papers.keep_paper(store, house, job, paper_path, paper)
        step(
            store,
            job,
            "applied",
            batch_id=batch_id,
            closed_at=at,
            answer=given.archived,
            answer_sha256=given.sha256,
            error="",
            reason="",
            what_to_do="",
            **asked.facts(),
        )
    return result


def read_papers(given: Given) -> list[tuple[Path, papers.PaperFields]]:
    """Read the reports that came along with an answer.

    Raises:
        SetAsideError: one of them is none, or cannot be read.
    """
    return [(path, papers.read_paper(path)) for path in given.reports]


def _repeat(job: Job, given: Given) -> dict[str, Any] | None:
    """Return what is told of an answer that is applied already; None where it is still to be taken."""
    if job.state in TAKES_ANSWER:
        return None
    if job.state == "applied" and job.answer_sha256 == given.sha256:
        return {
            "batch": job.batch_id,
            "status": "repeat",
            "kind": job.kind,
            "job": job.id,
            "file": given.name,
            "sha256": given.sha256,
        }
    what = f"was answered by batch {job.batch_id}; undo that first" if job.state == "applied" else f"is {job.state}"
    raise SetAsideError(f"job {job.id} takes no answer: it {what}", reason="job-closed", file=given.name)


def _not_of_another_job(store: Store, job: Job, given: Given) -> None:
    """Refuse last month's answer, carried by hand. An engine that found the same again shows it by its report.

    Raises:
        SetAsideError: these bytes were the answer to another job, and nothing says that they are of this one.
    """
    if job.adapter_kind != MANUAL or given.reports:  # the token, or the report's own date, says whose it is
        return
    other = store.value(
        """SELECT id FROM care_job WHERE answer_sha256 = :sha AND id <> :job AND state = 'applied'
        ORDER BY id LIMIT 1""",
        sha=given.sha256,
        job=job.id,
    )
    if other is not None:
        raise SetAsideError(
            f"these bytes are the answer to job {other}, and were applied as that; job {job.id} stays open. If the "
            "engine has really found the same again, give its report with --report",
            reason="answer-of-another-job",
            file=given.name,
        )


def _asked(
    house: House, store: Store, job: Job, given: Given, came_along: list[tuple[Path, papers.PaperFields]]
) -> Asked:
    return Asked(house, store, job, [paper for _path, paper in came_along], given.name)


def _writer(store: Store, house: House, asked: Asked, **how: Any) -> CareWriter:
    return CareWriter(
        store,
        kind=asked.job.kind,
        job_id=asked.job.id,
        processed_on=asked.processed_on,
        today=house.today(),
        at=house.stamp(),
        **how,
    )


def _decide(
    house: House, store: Store, asked: Asked, *, given: Given, writer: CareWriter, progress: Progress
) -> tuple[dict[str, Any], list[str]]:
    """Stage, hold against what was sent, and decide a whole answer; return what is told of it, and large changes."""
    job = asked.job
    progress("reading", 0, None)
    with opened_answer(given.lies, job.kind, preset=given.preset, map_file=given.map_file, name=given.name) as answer:
        stage(store, answer.rows())
        if answer.lock:
            raise _locked(asked, answer)
        asked.engine, preset = answer.engine, answer.preset
        asked.certified = asked.certified and answer.certified
        warnings = [*answer.warnings]
    read = join(store, job, given.name)
    results = ncoa_results if job.kind == "ncoa" else cass_results
    for done in results(store, asked, writer):
        progress("deciding", done, read)
    writer.close()
    asked.reconcile(read)
    names = ledger.list_names(store)
    told = {
        "kind": job.kind,
        "layout": preset,
        "file": given.name,
        "sha256": given.sha256,
        "job": job.id,
        **writer.count.told(read, names),
        "charges": {"counted": "0.00", "header": None},
        "certified": asked.certified,
        **_coding(asked, read),
        "warnings": [*warnings, *asked.warnings, *unread(asked.rejects)],
    }
    return told, too_large(house, store, writer.count, names)


def _locked(asked: Asked, answer: AnswerFile) -> SetAsideError:
    line = next((row.line for row in answer.rows() if getattr(row, "lock", "")), None)
    return SetAsideError(
        f"the engine says that it has locked itself ({answer.lock}): it met a planted record. Nothing of this answer "
        "may be used; have its vendor unlock it",
        reason=LOCKED,
        file=asked.file,
        line=line,
        field=answer.lock,
    )


def _coding(asked: Asked, read: int) -> dict[str, Any]:
    """Return the coding rate of a CASS run, in percent of the records that were sent, and its grade."""
    if asked.job.kind != "cass" or not read:
        return {}
    coded = asked.counts["confirmed"]
    return {
        "coding": {"of": read, "coded": coded, "rate": coded * 1000 // read / 10, "grade": grade(coded * 100 / read)}
    }


def _note_lock(house: House, number: int, error: SetAsideError) -> None:
    if error.reason != LOCKED:
        return
    with suppress(HouseError):
        with reading(house.engine) as store:
            job = find_job(store, number)
        take_step(
            house,
            job,
            "stopped",
            error=str(error),
            reason=LOCKED,
            what_to_do="have the engine's vendor unlock it, then `listkeeper care retry JOB`",
        )
