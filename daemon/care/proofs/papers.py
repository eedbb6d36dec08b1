"""Proof papers: PS Form 3553 and NCOALink Processing Summary Report, read by label, reconciled and kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from daemon.care.jobs import Job
from daemon.care.proofs.paper_fields import fields_of
from daemon.care.proofs.paper_grid import lines_of
from daemon.care.proofs.paper_pairs import fields_of_pairs
from daemon.care.proofs.paper_text import MOST_BYTES, texts_of
from daemon.db import Store
from daemon.errors import OperatorError, SetAsideError, TryAgainError, UsageError
from daemon.intake.archive import keep_original
from daemon.wiring import House
from schemas.papers import PaperKind

UNCERTIFIED = re.compile(r"\bnot\s+cass[\s-]+certified\b", re.IGNORECASE)
NAMES: Mapping[str, str] = {"3553": "PS Form 3553", "psr": "Processing Summary Report"}
DATED = {"processed_on": "processed on", "returned_on": "returned on", "database_date": "database of"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFields:
    """What one paper says.

    Attributes:
        kind: ``3553`` or ``psr``.
        fields: canonical name to text, date (``YYYY-MM-DD``) or whole number; a field that is not filled is not there.
            3553: company, software, processor, processed_on, database_date, list_name, lists, records; for each of
            zip4, zip5, crrt, elot, z4change ``…_coded``, ``…_from``, ``…_to``; highrise_default, highrise_exact,
            rural_default, rural_exact, lacslink, ews, suitelink. psr: paf_id, mailer, list_name, category,
            processed_on, returned_on, records, ncoa_matches, ank_matches, zip4_coded, dpv_confirmed, lacslink,
            suitelink, matching_logic, mail_class, data_returned, flags of its processes, ``moves_0_3_months`` ….
        certified: False where the paper says anywhere that it is not CASS certified.
        file: its name; sha256: of the bytes that were read.
    """

    kind: PaperKind
    fields: Mapping[str, Any]
    certified: bool
    file: str
    sha256: str


def read_paper(path: Path) -> PaperFields:
    """Return what a paper says: text, PDF, or the data form of Service Objects (JSON, CSV, XML, a name a line).

    It is read by its labels, wherever they stand and however they are wrapped; a value stands behind its label or
    below it. Dates are MM/DD/YYYY, YYYY-MM-DD, YYYYMMDD or with the month's name; a database may be of a month.

    Raises:
        UsageError: there is no such file.
        OperatorError: it may not be read.
        SetAsideError: ``unknown-paper``: neither of the two, or both at once. ``unreadable-paper``: no text in it,
            damaged or encrypted. ``paper-label``: records, date processed or (3553) database date are missing, or a
            count or date is none. ``paper-conflict``: two values for one label. ``field`` is the canonical name.
    """
    content = _content_of(path)
    file = path.name
    texts = texts_of(content, file)
    kind, fields = _fields_of(texts, file)
    certified = not any(UNCERTIFIED.search(text) for text in texts)
    digest = hashlib.sha256(content).hexdigest()
    return PaperFields(kind=kind, fields=fields, certified=certified, file=file, sha256=digest)


def _content_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except PermissionError as error:
        raise OperatorError(f"{path}: may not be read; give this user the file") from error
    except ValueError as error:
        raise UsageError("that is no name of a file") from error


def _fields_of(texts: list[str], file: str) -> tuple[PaperKind, dict[str, Any]]:
    """Read the first text that can be read; where none can, the first one's fault is told."""
    fault: SetAsideError | None = None
    for text in texts:
        try:
            return fields_of_pairs(text, file) or fields_of(lines_of(text), file)
        except SetAsideError as error:
            fault = fault or error
    assert fault is not None  # noqa: S101 - there is always a text
    raise fault


def reconcile(
    paper: PaperFields,
    *,
    kind: Literal["ncoa", "cass"],
    sent: int,
    moved: int,
    confirmed: int,
    today: str = "",
    paf_id: str = "",
) -> tuple[list[str], list[str]]:
    """Hold a paper against its job: return faults (the answer is refused whole) and warnings. Pure.

    Args:
        kind: of the job. A Processing Summary Report is no proof of a CASS job; a 3553 may come with either.
        sent: records that went out.
        moved: rows of the answer that were found to have moved, with an address to tell or without (A, 91, 92, 01,
            02, 03, 05, 14, 19); confirmed: rows whose delivery point DPV confirmed.
        today: YYYY-MM-DD; a date more than a day after it is in the future (an engine may be a time zone ahead).
            Empty: the dates are not held against it.
        paf_id: of the PAF under which the job went out, where it is known.
    """
    from daemon.care.cycles import cass_window

    name, fields = NAMES[paper.kind], paper.fields
    faults, warnings = [], []
    if paper.kind == "psr" and kind == "cass":
        faults.append(f"a {name} is the paper of an NCOALink job, and this is a CASS job; give its PS Form 3553")
    if fields["records"] != sent:
        faults.append(f"the {name} is of {fields['records']:,} records, and {sent:,} were sent")
    if fields.get("zip4_coded", 0) > fields["records"]:
        faults.append(f"the {name} has {fields['zip4_coded']:,} coded of {fields['records']:,} records")
    for key, told in DATED.items():
        if today and key in fields and _days(fields[key]) > _days(today) + 1:
            faults.append(f"the {name} is {told} {fields[key]}, which is in the future")
    if paper.kind == "psr":
        warnings += _of_moves(fields, kind, moved)
        if paf_id and fields.get("paf_id", paf_id).upper() != paf_id.upper():
            warnings.append(f"the {name} is of another PAF than the one that the job went out under")
        return faults, warnings
    if kind == "cass" and fields.get("zip4_coded", confirmed) != confirmed:
        warnings.append(f"the {name} has {fields['zip4_coded']:,} coded, the answer {confirmed:,} confirmed by DPV")
    window = cass_window(date.fromisoformat(fields["database_date"]))
    until = date.fromisoformat(fields["processed_on"])
    if until > window.match_to:
        warnings.append(
            f"processed on {until} with data of {fields['database_date']}, which may be used until {window.match_to}"
        )
    if "zip4_to" in fields and fields["zip4_to"] != window.mail_to.isoformat():
        warnings.append(
            f"the {name} is valid to {fields['zip4_to']} as printed, and to {window.mail_to} by the rule of its "
            f"database, {fields['database_date']}; the earlier date is kept to"
        )
    return faults, warnings


def _days(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _of_moves(fields: Mapping[str, Any], kind: str, moved: int) -> list[str]:
    """Compare the matches printed with those of the answer. Some engines count ANKLink's matches among them."""
    matches = fields.get("ncoa_matches")
    if kind != "ncoa" or matches is None or moved in (matches, matches - fields.get("ank_matches", 0)):
        return []
    return [f"the {NAMES['psr']} has {matches:,} NCOALink matches, the answer {moved:,} with the code of a move"]


def keep_paper(store: Store, house: House, job: Job, path: Path, paper: PaperFields) -> int:
    """Keep a paper with its job: the original in the archive, its fields and hash in a row. Returns the row's id.

    The same bytes for the same job are one paper. The caller commits.

    Raises:
        TryAgainError: the file is not what was read any more.
        UsageError, OperatorError: as `keep_original`.
    """
    kept = keep_original(path, house.home / "archive")
    if kept.sha256 != paper.sha256:
        raise TryAgainError(f"{path}: changed since it was read; wait until it is whole and try again")
    known = store.value(
        "SELECT id FROM paper WHERE job_id = :job AND sha256 = :sha256", job=job.id, sha256=paper.sha256
    )
    if known is not None:
        return int(known)
    number = store.next_id("paper")
    store.run(
        """INSERT INTO paper (id, job_id, kind, file, sha256, archived, fields, at)
        VALUES (:id, :job, :kind, :file, :sha256, :archived, :fields, :at)""",
        id=number,
        job=job.id,
        kind=paper.kind,
        file=paper.file,
        sha256=paper.sha256,
        archived=kept.path.relative_to(house.home).as_posix(),
        fields=json.dumps({"certified": paper.certified, **paper.fields}),
        at=house.stamp(),
    )
    return number
