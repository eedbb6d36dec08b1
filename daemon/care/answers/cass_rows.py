"""The rows of a CASS answer, cut and cleaned. What they do to mail is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from daemon.care.answers.containers import Container
from daemon.care.answers.ncoa_rows import MOVES, no_record_id
from daemon.care.answers.recognise import Bound
from daemon.care.answers.texts import (
    Memo,
    delivery_point,
    flag,
    footnotes,
    is_zip,
    place_of,
    street_line,
    translated,
    without_controls,
)
from schemas.cass import CassRow
from schemas.preset import PARTS

_FACTS: Final = (
    *("dpv", "dpv_enhanced", "dpv_footnotes", "cmra", "vacant", "no_stat", "no_stat_reason", "record_type"),
    *("lacs_ind", "lacs_code", "suitelink_code", "rdi", "ews", "cass_footnotes", "false_positive", "suspended"),
    *("results", "elot_dir", "candidate_index", "ncoa_code", "match_flag"),
)
_LINES: Final = ("addr1", "addr2", "addr3", "addr4", "urbanization")
_ZIPS: Final = ("city", "state", "zip5", "zip4", "zip9", "lastline")
_SENT: Final = ("in_addr1", "in_zip5", "in_zip9")
_NAMES: Final = ("record_id", *_LINES, *_ZIPS, "dp", "chk", "dpbc", "crrt", "elot", *_SENT, "engine")
_RESULT: Final = re.compile(r"[A-Z]{2}[0-9]{2}", re.ASCII)
_RDI: Final = {"RESIDENTIAL": "Y", "R": "Y", "COMMERCIAL": "N", "BUSINESS": "N", "C": "N", "B": "N"}
_DPV: Final = ("Y", "D", "S", "N", "R", "")
_DPV_OF_RESULTS: Final = (("AS03", "N"), ("AE08", "S"), ("AS02", "D"), ("AS01", "Y"))
_DPV_OF_FOOTNOTES: Final = (
    *(("A1", "N"), ("M1", "N"), ("M3", "N"), ("P1", "N"), ("P3", "N")),
    *(("CC", "S"), ("C1", "S"), ("N1", "D"), ("BB", "Y"), ("RR", "Y"), ("F1", "Y"), ("G1", "Y"), ("U1", "Y")),
)


class _Facts(NamedTuple):
    record_type: str
    dpv: str
    dpv_footnotes: str
    cmra: str
    vacant: str
    no_stat: str
    no_stat_reason: str
    lacslink: str
    suitelink: str
    rdi: str
    ews: str
    footnotes: str
    lock: str
    direction: str
    fault: str
    left_out: bool


class CassReading:
    """Reads the rows of one CASS answer.

    Attributes:
        engines: every text of the ``engine`` column.
        lock: the flag by which the engine says that it has locked itself, "" for none.
        warnings: complete once the rows are at their end.
    """

    def __init__(self, bound: Bound, name: str) -> None:
        self._places, self._name, self._apart = bound.places, name, bound.apart
        self._values = {column: translated(bound.preset.values, column) for column in _FACTS}
        self._facts = tuple(name for name in _FACTS if name in bound.places)
        self._odd: set[str] = set()  # columns with a flag that is none
        self.engines: set[str] = set()
        self.lock = ""
        self.warnings: list[str] = []

    def rows(self, container: Container) -> Iterator[CassRow]:
        """Yield the rows.

        Raises:
            SetAsideError: see `Container.rows`; ``no-record-id`` where a row has none.
        """
        own, end = len(_NAMES), len(_NAMES) + len(self._facts)
        names = (*_NAMES, *self._facts, *(() if "addr1" in self._places else PARTS))
        facts, engine_before, left_out = Memo(self.facts), "", 0
        for line, given in container.rows([self._places.get(name) for name in names]):
            texts, fault = given, ""
            if not "".join(texts).isprintable():
                texts, fault = without_controls(names, texts)
            # fmt: off
            (
                record_id, address1, address2, addr3, addr4, urbanization, city, state, zip5, zip4, zip9, lastline,
                dp, chk, dpbc, route, elot, in_address1, in_zip5, in_zip9, engine,
            ) = texts[:own]
            # fmt: on
            if not record_id:
                raise no_record_id(self._name, line)
            said = facts[texts[own:end]]
            if said.left_out:
                left_out += 1
                continue
            if engine != engine_before:
                self.engines.add(engine)
                engine_before = engine
            if said.lock:
                self.lock = said.lock
            if len(texts) > end:
                address1 = street_line(texts[end:])
            if addr3 or addr4:
                address2 = street_line((address2, addr3, addr4))
            if zip9 or lastline or ((zip5 or zip4) and not is_zip(zip5, zip4)):
                place = place_of(city=city, state=state, zip5=zip5, zip4=zip4, zip9=zip9, lastline=lastline)
                city, state, zip5, zip4 = place[:4]
                fault = fault or place.fault
            if dp or dpbc:
                dp, chk, wrong = delivery_point(dp, chk, dpbc)
                fault = fault or wrong
            if elot and said.direction and elot[-1:] not in ("A", "D"):
                elot += said.direction
            yield CassRow(
                line, record_id, address1, address2, urbanization, city, state, zip5, zip4, dp, chk, route.upper(),
                elot, *said[:12], said.lock, in_address1, (in_zip5 or in_zip9)[:5], fault or said.fault,
            )  # fmt: skip
        if left_out:
            self.warnings.append(f"further candidates of one record, left out: {left_out}")
        self.warnings += [
            f"column {name}: values that are neither yes nor no, read as blank" for name in sorted(self._odd)
        ]

    def facts(self, key: tuple[str, ...]) -> _Facts:
        """Return what the coded columns of a row say that the answer has, in the order of ``_FACTS``."""
        raw = zip(self._facts, key, strict=True)
        said = dict.fromkeys(_FACTS, "") | {
            name: self._values[name].get(text.upper(), text).upper() for name, text in raw
        }
        results = _RESULT.findall(said["results"])
        dpv, notes = said["dpv"], footnotes(said["dpv_footnotes"])
        if not dpv and "dpv" not in self._places:
            dpv = _first(_DPV_OF_RESULTS, results) or _first(_DPV_OF_FOOTNOTES, re.findall("..", notes))
        if said["dpv_enhanced"] == "R":
            dpv = "R"
        moved = "CS01" in results or "AS12" in results or said["ncoa_code"] in MOVES or said["match_flag"] in ("M", "S")
        reason, index = said["no_stat_reason"], said["candidate_index"]
        return _Facts(
            record_type=said["record_type"],
            dpv=dpv if dpv in _DPV else "",
            dpv_footnotes=notes,
            cmra=self._flag("cmra", said) or ("Y" if "AS10" in results else ""),
            vacant=self._flag("vacant", said) or ("Y" if "AS16" in results else ""),
            no_stat=self._flag("no_stat", said) or ("Y" if "AS17" in results else ""),
            no_stat_reason="" if reason == "0" else reason,
            lacslink=said["lacs_ind"] + said["lacs_code"],
            suitelink=said["suitelink_code"],
            rdi=_RDI.get(said["rdi"]) or self._flag("rdi", said),
            ews=self._flag("ews", said),
            footnotes=said["cass_footnotes"],
            lock=self._lock(said, results),
            direction=said["elot_dir"][:1],
            # The one address of a mover is not the one that was sent.
            fault="address1" if moved and not self._apart else "" if dpv in _DPV else "dpv",
            left_out=index not in ("", "0"),
        )

    def _flag(self, name: str, said: Mapping[str, str]) -> str:
        found = flag(said[name])
        if found is None:
            self._odd.add(name)
        return found or ""

    @staticmethod
    def _lock(said: Mapping[str, str], results: list[str]) -> str:
        if flag(said["false_positive"]) == "Y":
            return "false_positive"
        if said["lacs_ind"] == "F":
            return "lacs_ind"
        if "AS18" in results:
            return "AS18"
        return "suspended" if said["suspended"] else ""


def _first(table: tuple[tuple[str, str], ...], found: list[str]) -> str:
    return next((dpv for code, dpv in table if code in found), "")
