"""What a file is and what it says. Touches no database and needs no home; people are masked unless asked for."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from daemon import config
from daemon.care.answers.inspect import look_into_answer
from daemon.errors import OperatorError, SetAsideError, UsageError
from daemon.intake.incoming import digest_of, must_be_file, told_name
from daemon.intake.read import NotificationFile
from daemon.intake.shipping import read_shipping_data
from daemon.intake.unpack import Envelope, is_zip, open_envelope
from daemon.lists.columns import COLUMNS, Check, Header, RowError
from daemon.lists.source import NOT_CSV, opened
from daemon.returns.report import dollars
from keyline.errors import KeylineError
from keyline.keylines import check
from keyline.schemes import Scheme
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE
from schemas.notice import Notice

PROBLEMS = 20  # told one by one; the counts have them all
RECORDS = 5
ACCOUNTS = 50
Progress = Callable[[str, int, int | None], None]


def inspect_file(
    path: Path,
    *,
    password: bytes | None = None,
    home: Path | None = None,
    show_names: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Say what a file is and what it says, as far as it can be read.

    ``status`` is ``readable`` or ``set_aside`` (with ``error``, ``reason``, ``line`` and ``field``); ``kind`` is
    ``acs``, ``list``, ``ncoa``, ``cass`` or None. A notification file has ``layout``, ``header``, its counts,
    ``codes``, ``accounts``, ``charges``, ``problems``, ``warnings`` and the first ``records``; a list file ``columns``,
    ``extra_columns`` and ``problems``; an answer of NCOALink or CASS ``preset``, ``container``, ``engine``, ``codes``
    and ``problems`` (``also``: what else it can be read as). Counts are there even where they are the reason for which
    `apply` would refuse the file.

    Args:
        password: of a zip.
        home: whose settings may name the password of a zip, where none is given. It need not exist.
        show_names: show names and streets, of which otherwise only the first letters are shown.

    Raises:
        UsageError: there is no such file, or it is a folder.
    """
    must_be_file(path)
    told: dict[str, Any] = {"file": told_name(path), "status": "readable", "kind": None, "bytes": path.stat().st_size}
    told["sha256"] = digest_of(path)
    work = Path(tempfile.mkdtemp(prefix="listkeeper-inspect-"))
    try:
        _look(path, work, told, home=home, password=password, show_names=show_names, progress=progress)
    except SetAsideError as error:
        where = {"reason": error.reason, "line": error.line, "field": error.field}
        told |= {"status": "set_aside", "error": str(error), **where}
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return told


def _look(
    path: Path,
    work: Path,
    told: dict[str, Any],
    *,
    home: Path | None,
    password: bytes | None,
    show_names: bool,
    progress: Progress,
) -> None:
    source = path
    if is_zip(path):
        told["kind"] = "acs"
        password = password or _configured(home)
        envelope = open_envelope(path, password, work)
        source = envelope.notification
        told |= {"member": envelope.member, "companions": _companions(envelope)}
        told["warnings"] = list(envelope.warnings)
    try:
        with NotificationFile(source) as file:
            told["kind"] = "acs"
            _notification(file, told, show_names, progress)
    except SetAsideError as error:
        if error.reason == "not-a-notification-file" and source is path:
            if look_into_answer(path, told, str if show_names else mask, progress):
                return
            if _is_list(path):
                _list(path, told, show_names)
                return
        raise


def _configured(home: Path | None) -> bytes | None:
    """Return the password that the settings of a home name; None where there is none, or it cannot be had."""
    try:
        name = config.load(home).acs.zip_password if home is not None else None
        return config.secret(home, name) if home is not None and name else None
    except OperatorError:
        return None


def _companions(envelope: Envelope) -> list[dict[str, Any]]:
    found = []
    for kind, place in sorted(envelope.companions.items()):
        entry: dict[str, Any] = {"kind": kind, "file": place.name, "bytes": place.stat().st_size}
        if kind == "SD":
            try:
                rows = read_shipping_data(place)
                entry |= {"records": sum(row.quantity for row in rows)}
                entry |= {"charged": dollars(sum(row.total_mills for row in rows))}
            except SetAsideError as error:
                entry |= {"error": str(error)}
        found.append(entry)
    return found


def _notification(file: NotificationFile, told: dict[str, Any], show_names: bool, progress: Progress) -> None:
    header = file.header
    told |= {
        "layout": file.family.name,
        "header": {
            **{name: value for name, value in header._asdict().items() if name != "groups"},
            "groups": {name: _group(group._asdict()) for name, group in header.groups.items() if group.records != 0},
        },
    }
    counts: Counter[str] = Counter()
    codes: dict[str, Counter[str]] = {"coa": Counter(), "nixie": Counter()}
    accounts: Counter[str] = Counter()
    records: list[dict[str, Any]] = []
    try:
        for line, at, kind, account, _key in file.scan():
            counts[kind or "rejected"] += 1
            accounts[account] += 1
            if kind:
                notice = file.notice_at(line, at)
                codes[notice.kind][notice.code] += 1
                if len(records) < RECORDS:
                    records.append(_record(notice, show_names))
            if not line % 4096:
                progress("reading", line, header.total)
    finally:  # what was counted is worth knowing where the header says otherwise, too
        read = counts.total()
        told |= {"read": read, **{name: counts[name] for name in ("coa", "nixie", "rejected")}}
        told["codes"] = {kind: [_code(kind, *item) for item in sorted(of.items())] for kind, of in codes.items()}
        told["accounts"] = dict(accounts.most_common(ACCOUNTS))
        told["problems"] = [
            {"line": reject.line, "field": reject.field, "reason": reject.reason} for reject in file.rejects[:PROBLEMS]
        ]
        told["records"] = records
    told["charges"] = {"counted": dollars(file.summary.counted), "header": dollars(file.summary.header_fee)}
    told["warnings"] = [*told.get("warnings", []), *file.summary.warnings]


def _group(group: dict[str, int | None]) -> dict[str, object]:
    return {name: dollars(value) if name.endswith("fee") else value for name, value in group.items()}


def _code(kind: str, code: str, count: int) -> dict[str, object]:
    known = (DELIVERABILITY_COA if kind == "coa" else DELIVERABILITY_NIXIE).get(code)
    return {"code": code, "meaning": known.meaning if known else "not known; asked of a person", "records": count}


def _record(notice: Notice, show_names: bool) -> dict[str, Any]:
    """What one record says, with the person masked."""
    shown: Callable[[str], str] = str if show_names else mask
    new = notice.new
    names = (notice.first_name, notice.last_name, notice.suffix)
    return {
        "line": notice.line,
        "kind": notice.kind,
        "code": notice.code,
        "move_type": notice.move_type,
        "move_date": notice.move_date,
        "fulfilled": notice.fulfilled,
        "account": notice.account,
        "key": notice.key,
        "name": shown(" ".join(part for part in names if part) or notice.company),
        "old_address": _joined(shown(notice.old_address1), notice.old_city, notice.old_state, notice.old_zip),
        "new_address": _joined(shown(new.address1), new.city, new.state, new.zip5) if new else "",
    }


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def mask(text: str) -> str:
    """Return a text of which only the first letter of each word is left, and not how long the words were.

    >>> mask("MARY ANN SMITH"), mask("")
    ('M*** A*** S***', '')
    """
    return " ".join(f"{word[0]}***" for word in text.split())


def _is_list(path: Path) -> bool:
    """Say whether the first row has columns of a list; it may lack some."""
    try:
        with opened(path) as file:
            _line, row, _raw = next(file.rows(), (0, None, ""))
    except (SetAsideError, UsageError, csv.Error):
        return False
    titles = {field.strip().lower() for field in row or ()}
    return "record_id" in titles or len(titles & set(COLUMNS)) > 1


def _list(path: Path, told: dict[str, Any], show_names: bool) -> None:
    told["kind"] = "list"
    with opened(path) as file:
        rows = file.rows()
        line, first, _raw = next(rows)
        header = Header(first or [], {}, (), path.name, line)
        told |= {"columns": list(header.ours), "extra_columns": list(header.extras)}
        key_at = header.ours.pop("keyline", None)  # which keys are right only its list's account can say
        read = _Rows(rows, Check(header, Scheme("serial", 10, "numeric")), header.ours["record_id"], key_at)
        told["records"] = [_person(header, row, show_names) for row in islice(read, RECORDS)]
        for _row in read:
            pass
    told |= {"read": read.read, "rejected": read.rejected, "problems": read.problems}
    if key_at is not None:
        told["keylines"] = {"given": read.keys, "without_check_digit": read.bad_keys}


class _Rows:
    """The good rows of a list file; what is wrong with the others is kept."""

    def __init__(
        self, rows: Iterator[tuple[int, list[str] | None, str]], check_row: Check, id_at: int, key_at: int | None
    ) -> None:
        self._rows, self._check, self._key_at = rows, check_row, key_at
        self.read = self.rejected = self.keys = self.bad_keys = 0
        self.problems: list[dict[str, Any]] = []
        self._id_at = id_at
        self._seen: set[int] = set()

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        for line, row, _raw in self._rows:
            self.read += 1
            try:
                if row is None:
                    raise RowError(NOT_CSV)
                self._check(row)
                self._once(row)
            except RowError as error:
                self.rejected += 1
                if len(self.problems) < PROBLEMS:
                    self.problems.append({"line": line, "field": None, "reason": str(error)})
                continue
            self._key(row)
            return row
        raise StopIteration

    def _once(self, row: list[str]) -> None:
        number = hash(row[self._id_at].strip())
        if number in self._seen:
            raise RowError("record_id: stands in the file already")
        self._seen.add(number)

    def _key(self, row: list[str]) -> None:
        if self._key_at is None or not row[self._key_at].strip():
            return
        self.keys += 1
        try:
            check(row[self._key_at])
        except KeylineError:
            self.bad_keys += 1


def _person(header: Header, row: list[str], show_names: bool) -> dict[str, str]:
    shown: Callable[[str], str] = str if show_names else mask

    def field(name: str) -> str:
        return row[header.ours[name]].strip() if name in header.ours else ""

    names = " ".join(part for part in (field("first_name"), field("last_name")) if part) or field("company")
    place = (field("city"), field("state"), field("zip5"))
    return {
        "record_id": field("record_id"),
        "name": shown(names),
        "address": _joined(shown(field("address1")), *place),
    }
