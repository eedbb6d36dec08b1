"""The rows that an engine's answer leaves behind: decisions and changes as of a return file, codings and stamps."""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import Any, Final

from daemon.care.decide import Coded
from daemon.care.stage import Ours
from daemon.db import Row
from daemon.returns.fold import Decided
from daemon.returns.report import CHANGES
from daemon.returns.write import Writer
from schemas.cass import CassRow
from schemas.ncoalink import NcoaRow
from schemas.notice import Kind, NewAddress, Notice
from schemas.standing import Standing

_OF_ROW: Final = (
    *("check_digit", "elot", "record_type", "dpv", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason"),
    *("lacslink", "suitelink", "rdi", "ews", "footnotes"),
)
_CODING_OF: Final = itemgetter(*(CassRow._fields.index(name) for name in _OF_ROW))
CODING_COLUMNS: Final = ("id", "addressee_id", "address_id", "job_id", *_OF_ROW, "mailable", "automation")
STAMP_COLUMNS: Final = ("id", "addressee_id", "place_id", "job_id", "method", "processed_on")
_MOVE_OF: Final = itemgetter(*(NcoaRow._fields.index(name) for name in ("line", "code", "move_type", "move_date")))
METHOD: Final = "ncoalink"


def notice_of(  # noqa: PLR0917 - in the order of a notice; called a million times a run
    kind: Kind, line: int, code: str, move_type: str = "", move_date: str = "", new: NewAddress | None = None
) -> Notice:
    """Return an engine's word about one addressee as the notice that decisions, questions and `why` have."""
    return Notice(
        line, kind, 0, "", "", code, move_type, move_date, "", "", "", "", "", "", "", "", "", "", "", new, 0, "", ""
    )


def event_of(kind: str, addressee_id: int) -> int:
    """Return the number under which a question about an addressee is asked: the next answer replaces it."""
    return addressee_id * 4 + (1 if kind == "ncoa" else 2)


class CareWriter(Writer):
    """Gathers the rows of the batch that an engine's answer becomes."""

    def __init__(self, *given: Any, kind: str, job_id: int, processed_on: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.source, self.moving = kind, "coded" if kind == "cass" else "moved"
        self._job, self._processed_on = job_id, processed_on
        self._codings: list[Row] = []
        self._stamps: list[Row] = []
        self._version_of: Ours | None = None
        self._alike: Counter[tuple[str, int]] = Counter()  # kept, by reason and list

    def ncoa(self, entry: Decided, ours: Ours) -> None:
        """Take in what NCOALink came to for one addressee; whoever was answered for, has a stamp."""
        number, address_id = self._take(entry, ours)
        if self._writes and entry.answer.outcome != "review":
            place = ours.place_id if address_id == ours.address_id else address_id
            self._stamps.append((number, ours.addressee_id, place, self._job, METHOD, self._processed_on))
        self._flush_when_full()

    def no_move(self, row: Row, ours: Ours, reason: str) -> None:
        """Take in what is said of nearly everyone: nothing that changes anything. The short way of :meth:`ncoa`."""
        line, code, move_type, move_date = _MOVE_OF(row)
        if not self._writes:
            self._tell_kept(notice_of("ncoa", line, code), ours, reason)
            return
        stamp = (self._decision, ours.addressee_id, ours.place_id, self._job, METHOD, self._processed_on)
        self._stamps.append(stamp)
        self._keep(line, ("ncoa", code, move_type, move_date), ours, reason)
        self._flush_when_full()

    def cass(self, row: CassRow, ours: Ours, coded: Coded) -> None:
        """Take in what CASS came to; a text that differs is another version of the same place."""
        answer, address_id = coded.answer, ours.address_id
        number = self._decision if self._writes else 0
        if answer.outcome != "kept":
            notice, before = notice_of("cass", row.line, row.dpv), ours.standing
            entry = Decided(notice, event_of("cass", ours.addressee_id), answer, before, answer.standing or before)
            _number, address_id = self._take(entry, ours, version=True)
        elif not self._writes:
            self._tell_kept(notice_of("cass", row.line, row.dpv), ours, answer.reason)
        else:
            self._keep(row.line, ("cass", row.dpv, "", ""), ours, answer.reason)
            if answer.standing is not None and (answer.new is not None or answer.standing[1:] != ours[4:12]):
                address_id = self._recode(row.line, ours, answer.new, answer.standing)
        if self._writes and coded.tells:
            known = (number, ours.addressee_id, address_id, self._job)
            self._codings.append((*known, *_CODING_OF(row), coded.mailable, coded.automation))
        self._flush_when_full()

    def close(self) -> None:
        """Put on their piles those who were counted by the way."""
        for (reason, list_id), many in self._alike.items():
            self.count.add("kept", reason, list_id, many)
        self._alike.clear()

    def _tell_kept(self, notice: Notice, ours: Ours, reason: str) -> None:
        self._alike[reason, ours.list_id] += 1
        if self._tell:
            self._tell(notice, ours.addressee_id, ours.list_id, "kept", reason)

    def _keep(self, line: int, said: tuple[str, str, str, str], ours: Ours, reason: str) -> None:
        """Write down the decision on a record that is kept."""
        self._alike[reason, ours.list_id] += 1
        addressee_id = ours.addressee_id
        who = (self._decision, self._batch, line, ours.list_id, addressee_id, "", "", *said)
        event = event_of(said[0], addressee_id)
        self._decisions.append((*who, "", "kept", reason, False, False, None, event, ours.address_id, 0))
        self._decision += 1

    def _recode(self, line: int, ours: Ours, new: NewAddress | None, after: Standing) -> int:
        """Append the change, and the next version of the address; return the one that the addressee has now."""
        address_id, turned, kind = ours.address_id, after[1:6] != ours[4:9], "status"
        if new is not None:
            address_id, turned, kind = self._address, True, self.moving
            self._address += 1
            self._addresses.append(
                (
                    address_id,
                    ours.addressee_id,
                    new.urbanization,
                    new.address1,
                    new.address2,
                    new.city,
                    new.state,
                    new.zip5,
                    new.zip4,
                    new.delivery_point,
                    new.carrier_route,
                    self.source,
                    ours.came_in,
                    ours.place_id,
                )
            )
        elif not turned:
            kind = "confirmed"
        change = (self._change, ours.addressee_id, self._batch, None, line, kind, turned)
        self._changes.append((*change, *ours[3:12], address_id, *after[1:]))
        self._change += 1
        return address_id

    def _take(self, entry: Decided, ours: Ours, *, version: bool = False) -> tuple[int, int]:
        """Write down one decision and what follows; return its number and the address that the addressee has then."""
        answer, addressee_id, list_id = entry.answer, ours.addressee_id, ours.list_id
        self.count.add(answer.outcome, answer.reason, list_id)
        if answer.outcome in CHANGES:
            self.count.touched[list_id] += 1
        if not self._writes:
            if self._tell:
                self._tell(entry.notice, addressee_id, list_id, answer.outcome, answer.reason)
            return 0, ours.address_id
        number, address_id = self._decision, ours.address_id
        self._decide(
            entry.notice, answer, entry.event, addressee_id=addressee_id, list_id=list_id, address_id=address_id
        )
        if answer.outcome == "review":
            self._ask(entry.notice, entry.event, answer.reason, addressee_id=addressee_id, list_id=list_id)
        elif answer.reason == "future_move":
            self._defer(entry, addressee_id)
        if answer.standing is not None and (answer.new is not None or entry.after != entry.before):
            self._version_of = ours if version else None
            address_id = self._turn(entry, addressee_id, address_id)
        return number, address_id

    def _write_address(self, number: int, addressee_id: int, written: NewAddress) -> None:
        super()._write_address(number, addressee_id, written)
        if self._version_of is not None:
            row = self._addresses[-1]
            self._addresses[-1] = (*row[:-2], self._version_of.came_in, self._version_of.place_id)

    def flush(self) -> None:
        """Hand what is gathered to the database."""
        super().flush()
        if self._writes:
            self._store.load("coding", CODING_COLUMNS, self._codings)
            self._store.load("stamp", STAMP_COLUMNS, self._stamps)
            self._codings.clear()
            self._stamps.clear()
