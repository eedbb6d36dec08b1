"""From a staged answer to decisions: what each record that was answered for comes to, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from daemon.care.decide import CareRules, Moved, decide_cass, decide_ncoa, is_confirmed
from daemon.care.jobs import Job
from daemon.care.proofs import papers
from daemon.care.send import who
from daemon.care.stage import Ours, hits
from daemon.care.write import CareWriter, event_of, notice_of
from daemon.db import Store
from daemon.errors import SetAsideError
from daemon.intake.read import Reject
from daemon.returns.decide import Place
from daemon.returns.decide import event_of as coa_event
from daemon.returns.fold import Decided
from daemon.wiring import House
from schemas.cass import CassRow
from schemas.ncoalink import RETURN_CODES, NcoaRow
from schemas.notice import NewAddress, Notice
from schemas.text import norm

FACTS: Final = ("vacant", "no_stat", "cmra")
_EVERY: Final = 512
_NAMED: Final = 20  # lines that a warning names
_NO_MOVES: Final = frozenset(code.code for code in RETURN_CODES.values() if code.treatment in ("none", "near"))
_CODE, _IN_ADDRESS1, _IN_ZIP5, _NOTE, _FAULT = (
    NcoaRow._fields.index(name) for name in ("code", "in_address1", "in_zip5", "note", "fault")
)
_NOBODY: Final[tuple[Place, ...]] = ()


class Asked:
    """One job with all that its answer is held against, and what is found out on the way."""

    def __init__(
        self, house: House, store: Store, job: Job, came_along: Sequence[papers.PaperFields], file: str
    ) -> None:
        care = house.settings.of_list(job.list).care
        facts = {name: getattr(care, name) for name in FACTS if getattr(care, name) != "mailable"}
        self.rules = CareRules(care.codes, facts, house.today())
        self.job, self.file, self.papers = job, file, came_along
        self.rejects: list[Reject] = []
        self.warnings: list[str] = []
        self.counts: Counter[str] = Counter()
        self.engine = ""
        self.certified = job.certified and all(paper.certified for paper in came_along)
        self._lines: dict[str, list[int]] = {}
        self._store = store

    @property
    def processed_on(self) -> str:
        """Return the day on which the engine did it: as its report says, else the day on which it was sent."""
        found = [str(paper.fields["processed_on"]) for paper in self.papers if paper.fields.get("processed_on")]
        return min(found) if found else self.job.created_at[:10]

    def facts(self) -> dict[str, object]:
        """Return what the job's row keeps of its answer."""
        form: Mapping[str, Any] = next((paper.fields for paper in self.papers if paper.kind == "3553"), {})
        engine = " ".join(str(form[name]) for name in ("company", "software") if form.get(name))
        return {
            "engine": engine or self.engine,
            "database_date": form.get("database_date") or "",
            "valid_to": form.get("zip4_to") or "",
            "processed_on": self.processed_on,
            "certified": self.certified,
        }

    def note(self, what: str, line: int) -> None:
        """Note a line that the operator should look at."""
        self._lines.setdefault(what, []).append(line)

    def reconcile(self, read: int) -> None:
        """Hold the reports against what was counted, and put what was noted into words.

        Raises:
            SetAsideError: a report is of another list, or of another run.
        """
        for what, lines in self._lines.items():
            more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
            self.warnings.append(f"{what}: line {', '.join(map(str, lines[:_NAMED]))}{more}")
        for paper in self.papers:
            faults, warnings = papers.reconcile(
                paper,
                kind=self.job.kind,
                sent=read,
                moved=self.counts["found"],
                confirmed=self.counts["confirmed"],
                today=self.rules.today,
                paf_id=self._paf_id(),
            )
            done = str(paper.fields.get("processed_on") or "")
            if done and done < self._day_before_it_went_out():
                faults = [*faults, f"it says {done}, and job {self.job.id} went out on {self.job.created_at[:10]}"]
            if faults:
                raise SetAsideError(
                    f"{'; '.join(faults)}. Nothing is applied, job {self.job.id} stays open",
                    reason="paper-disagrees",
                    file=self.file,
                )
            self.warnings += warnings

    def _day_before_it_went_out(self) -> str:
        """Return the earliest day that a report may say: the engine's own day may be another than ours."""
        return (datetime.fromisoformat(self.job.created_at).date() - timedelta(days=1)).isoformat()

    def _paf_id(self) -> str:
        """Return the licensee's number of the PAF under which the job went out."""
        return str(self._store.value("SELECT paf_id FROM paf WHERE id = :id", id=self.job.paf_id) or "")

    def check_as_sent(self, line: int, address1: str, zip5: str, ours: Ours) -> None:
        """Refuse an answer that repeats another address than the one that was sent.

        Raises:
            SetAsideError: neither line nor ZIP are those that went out under this record id.
        """
        if zip5 == (ours.zip5 if ours.sent_zip5 is None else ours.sent_zip5):
            return
        if norm(address1) != norm(ours.address1 if ours.sent_address1 is None else ours.sent_address1):
            raise SetAsideError(
                f"the address in it is not the one that job {self.job.id} sent for this record: an answer to another "
                "list, or to an older job. Nothing is applied, the job stays open",
                reason="not-as-sent",
                file=self.file,
                line=line,
            )


def ncoa_results(store: Store, asked: Asked, writer: CareWriter) -> Iterator[int]:
    """Decide every record of a staged NCOALink answer; yield how many are done, now and then."""
    kept: dict[tuple[object, ...], str] = {}  # what changes nobody is the same for all who stand alike
    for done, (row, ours, names) in enumerate(hits(store, asked.job), 1):
        if not done % _EVERY:
            yield done
        if row[_IN_ZIP5]:
            asked.check_as_sent(row[0], row[_IN_ADDRESS1], row[_IN_ZIP5], ours)
        if row[_FAULT]:
            _reject(asked, writer, row[0], row[_FAULT])
            continue
        if row[_NOTE]:
            asked.note("match flag and return code disagree; the code was taken", row[0])
        changed = ours.is_elsewhere or bool(names and names[-1] != who(names[:-1]))
        alike = (row[_CODE], ours.status, ours.status_reason, ours.locked, changed)
        if (reason := kept.get(alike)) is not None:
            writer.no_move(row, ours, reason)
            continue
        entry = _decided(store, asked, NcoaRow._make(row), ours, changed)
        if row[_CODE] in _NO_MOVES and entry.answer.outcome == "kept" and entry.answer.standing is None:
            kept[alike] = entry.answer.reason
        writer.ncoa(entry, ours)


def _decided(store: Store, asked: Asked, said: NcoaRow, ours: Ours, changed: bool) -> Decided:
    standing, new, here = ours.standing, None, _NOBODY
    known = RETURN_CODES.get(said.code)
    if known is not None and known.found:
        asked.counts["found"] += 1
        if known.watched:
            asked.note("moves matched without the unit number (91, 92), worth a look", said.line)
        if known.treatment == "move":
            new, here = _new_address(said), _places(ours)
    move = Moved(said.code, said.move_date, new)
    answer = decide_ncoa(move, standing, here, asked.rules, locked=bool(ours.locked), changed=changed)
    if answer.reason == "future_move":
        notice = _coa(store, said, new, ours)
        event = coa_event(notice)
    else:
        notice = notice_of("ncoa", said.line, said.code, said.move_type, said.move_date, new)
        event = event_of("ncoa", ours.addressee_id)
    return Decided(notice, event, answer, standing, answer.standing or standing)


def _places(ours: Ours) -> tuple[Place, ...]:
    """Return the present address as it is written now, and as it was written when it was sent."""
    now = Place(norm(ours.address1), ours.zip5)
    if ours.sent_address1 is None or ours.is_elsewhere:
        return (now,)
    return (now, Place(norm(ours.sent_address1), ours.sent_zip5 or ""))


def _new_address(said: NcoaRow) -> NewAddress:
    return NewAddress(
        said.address1,
        said.urbanization,
        said.city,
        said.state,
        said.zip5,
        said.zip4,
        said.delivery_point,
        False,
        said.address2,
        said.carrier_route,
    )


def _coa(store: Store, said: NcoaRow, new: NewAddress | None, ours: Ours) -> Notice:
    """Return a move of the future as the change of address that it is: its day asks the rest of the questions."""
    account, key, first, last, suffix, company, address1, zip5 = store.all(
        """SELECT c.code, a.keyline, a.first_name, a.last_name, a.name_suffix, a.company, d.address1, d.zip5
        FROM addressee a JOIN account c ON c.id = a.account_id JOIN address d ON d.id = a.address_id
        WHERE a.id = :id""",
        id=ours.addressee_id,
    )[0]
    return notice_of("coa", said.line, "", said.move_type or "I", said.move_date, new)._replace(
        account=account,
        key=key,
        first_name=first,
        last_name=last,
        suffix=suffix,
        company=company,
        old_number=next((word for word in norm(address1).split() if word[:1].isdigit()), ""),
        old_address1=address1,
        old_zip=zip5,
    )


def cass_results(store: Store, asked: Asked, writer: CareWriter) -> Iterator[int]:
    """Decide every record of a staged CASS answer; yield how many are done, now and then."""
    for done, (row, ours, text) in enumerate(hits(store, asked.job), 1):
        if not done % _EVERY:
            yield done
        said = CassRow._make(row)
        if said.in_zip5:
            asked.check_as_sent(said.line, said.in_address1, said.in_zip5, ours)
        if said.fault:
            _reject(asked, writer, said.line, said.fault)
            continue
        found = is_confirmed(said)
        if found:
            asked.counts["confirmed"] += 1
        elif said.ews == "Y":
            asked.note("no match now, but one is coming (early warning): goes again with next month's data", said.line)
        coded = decide_cass(
            said, text, ours.standing, asked.rules, found=found, locked=bool(ours.locked), changed=ours.is_elsewhere
        )
        writer.cass(said, ours, coded)


def _reject(asked: Asked, writer: CareWriter, line: int, field: str) -> None:
    asked.rejects.append(Reject(line, 0, field, "bad_field"))
    writer.reject(notice_of(asked.job.kind, line, ""), "bad_field")
