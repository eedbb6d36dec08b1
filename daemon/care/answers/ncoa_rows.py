"""The rows of an NCOALink answer, cut and cleaned. What they do to mail is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from daemon.care.answers.containers import Container
from daemon.care.answers.recognise import Bound
from daemon.care.answers.texts import (
    Memo,
    delivery_point,
    flag,
    is_zip,
    iso_date,
    place_of,
    street_line,
    translated,
    without_controls,
)
from daemon.errors import SetAsideError
from schemas.ncoalink import RETURN_CODES, NcoaRow
from schemas.preset import PARTS

FLAG_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {"M": "A", "S": "91", "K": "02", "G": "03", "F": "01", "N": "00", "B": "17", "P": "19", "L": "19"}
)
"""The return code that a match flag stands for where the answer has no code.

M moved, K left no address, G box closed, F abroad and N no match say so themselves. The others stand for the code that
does to mail what the flag asks: S (the new unit is not verified) for 91, which is reported as well; P (the new address
is not usable) and L (a temporary address has lapsed) for 19, held; B (a possible move) for 17, a near match.
"""

_NEAR: Final = frozenset(code.code for code in RETURN_CODES.values() if code.treatment == "near")
_AGREES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "M": frozenset({"A", "91", "92"}),
        "S": frozenset({"A", "91", "92"}),
        "K": frozenset({"02"}),
        "G": frozenset({"03"}),
        "F": frozenset({"01"}),
        "N": _NEAR | {"00"},
        "B": _NEAR,
        "P": frozenset({"05", "14", "19", "66", "77"}),
        "L": frozenset({"19"}),
    }
)
MOVES: Final = frozenset(code.code for code in RETURN_CODES.values() if code.treatment == "move")

_CODED: Final = ("ncoa_code", "match_flag", "ank_code", "row_role", "results", "false_positive")
_LINES: Final = ("addr1", "addr2", "addr3", "addr4", "urbanization")
_ZIPS: Final = ("city", "state", "zip5", "zip4", "zip9", "lastline")
_SENT: Final = ("in_addr1", "in_zip5", "in_zip9")
_NAMES: Final = (
    *("record_id", *_CODED, "move_type", "move_date", *_LINES, *_ZIPS),
    *("dp", "dpbc", "crrt", *_SENT, "engine"),
)
_RESULT: Final = re.compile(r"[A-Z]{2}[0-9]{2}", re.ASCII)
_LONGEST_CODE: Final = 16


class Coded(NamedTuple):
    """What the coded columns of a row say together."""

    code: str
    role: str
    note: str
    fault: str
    lock: str
    moves: bool  # to the address of this row


class NcoaReading:
    """Reads the rows of one NCOALink answer.

    Attributes:
        engines: every text of the ``engine`` column.
        lock: the flag by which the engine says that it has locked itself, "" for none.
        warnings: complete once the rows are at their end.
    """

    def __init__(self, bound: Bound, name: str) -> None:
        preset = bound.preset
        self._places, self._name, self._by_address = bound.places, name, preset.coded_by_address
        # Where the vendor has one address only, that of a row without a move is no new one.
        self._shared = not bound.apart and "row_role" not in bound.places
        self._values = {column: translated(preset.values, column) for column in (*_CODED, "move_type")}
        self._roles = {theirs.upper(): ours for theirs, ours in preset.row_roles.items()}
        self.engines: set[str] = set()
        self.lock = ""
        self.warnings: list[str] = []

    def rows(self, container: Container) -> Iterator[NcoaRow]:
        """Yield the rows.

        Raises:
            SetAsideError: see `Container.rows`; ``no-record-id`` where a row has none.
        """
        names = _NAMES if "addr1" in self._places else (*_NAMES, *PARTS)
        coded, dates, types, engine_before = Memo(self.coded), Memo(iso_date), Memo(self._move_type), ""
        for line, given in container.rows([self._places.get(name) for name in names]):
            texts, fault = given, ""
            if not "".join(texts).isprintable():
                texts, fault = without_controls(names, texts)
            # fmt: off
            (
                record_id, code, match_flag, ank, role, results, false_positive, move_type, move_date, address1,
                address2, addr3, addr4, urbanization, city, state, zip5, zip4, zip9, lastline, dp, dpbc, route,
                in_address1, in_zip5, in_zip9, engine, *parts,
            ) = texts
            # fmt: on
            if not record_id:
                raise no_record_id(self._name, line)
            if engine != engine_before:
                self.engines.add(engine)
                engine_before = engine
            if parts:
                address1 = street_line(parts)
            if addr3 or addr4:
                address2 = street_line((address2, addr3, addr4))
            said = coded[code, match_flag, ank, role, results, false_positive, bool(address1)]
            if said.lock:
                self.lock = said.lock
            date = dates[move_date]
            if date is None:
                date, fault = "", fault or "move_date"
            if zip9 or lastline or ((zip5 or zip4) and not is_zip(zip5, zip4)):
                place = place_of(city=city, state=state, zip5=zip5, zip4=zip4, zip9=zip9, lastline=lastline)
                city, state, zip5, zip4 = place[:4]
                if said.moves:
                    fault = fault or place.fault
            if dp or dpbc:
                dp, _chk, wrong = delivery_point(dp, "-", dpbc)
                if wrong and said.moves:
                    fault = fault or wrong
            if self._shared and not said.moves:
                address1 = address2 = urbanization = city = state = zip5 = zip4 = dp = route = ""
            yield NcoaRow(
                line, record_id, said.role, said.code, types[move_type], date,
                address1, address2, urbanization, city, state, zip5, zip4, dp, route,
                in_address1, (in_zip5 or in_zip9)[:5], said.note, fault or said.fault,
            )  # fmt: skip

    def coded(self, key: tuple[str, str, str, str, str, str, bool]) -> Coded:
        """Return what the coded columns say: code, flag, ANKLink, role, results, false positive, an address given."""
        texts = [
            self._values[name].get(text.upper(), text).upper() for name, text in zip(_CODED, key[:-1], strict=True)
        ]
        code, match_flag, ank, role, results, false_positive = texts
        fault = note = ""
        given = key[-1]
        if "row_role" in self._places:
            role = self._roles.get(key[3].upper(), "")
            fault = "" if role else "row_role"
            given = role == "C"
        else:
            role = ""
            given = given and not self._shared
        code = _two_digits(code)
        if match_flag and not code:
            code = FLAG_CODES.get(match_flag, match_flag)
        elif match_flag and code not in _AGREES.get(match_flag, frozenset()):
            note = "flag-disagrees"
        if "results" in self._places and not code:
            code = _code_of_results(results)
        if code in ("", "00") and ank:
            code = self._ank(code, _two_digits(ank), given)
        if not code and role == "A":
            code = "00"
        if self._by_address:
            code = "A" if given else "00"
        lock = "false_positive" if flag(false_positive) == "Y" else "AS18" if "AS18" in results else ""
        moves = code in MOVES if not role else role == "C"
        return Coded(code[:_LONGEST_CODE], role, note, fault, lock, moves)

    @staticmethod
    def _ank(code: str, ank: str, given: bool) -> str:
        if ank == "48":
            return "A" if given else "77"
        return code if ank in ("00", "N") else ank

    def _move_type(self, text: str) -> str:
        letter = self._values["move_type"].get(text.upper(), text).upper()[:1]
        return letter if letter in ("I", "F", "B") else ""


def _two_digits(code: str) -> str:
    return f"0{code}" if len(code) == 1 and code.isascii() and code.isdigit() else code


def _code_of_results(results: str) -> str:
    """Return the code that Melissa's result codes amount to; "" where there are none."""
    codes = _RESULT.findall(results)
    if "CS01" in codes or "AS12" in codes:
        return "A"
    odd = [code for code in codes if code[:2] not in ("AS", "AE")]
    return odd[0] if odd else "00" if codes else ""


def no_record_id(name: str, line: int) -> SetAsideError:
    """Return the refusal of a file that has a row of nobody."""
    return SetAsideError(
        "the row has no record_id, so nobody knows whose it is; ask for the answer again",
        reason="no-record-id",
        file=name,
        line=line,
        field="record_id",
    )
