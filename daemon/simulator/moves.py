"""What NCOALink would answer for a record, invented from name, address and a seed. Nothing of it is NCOALink data.

Who has neither name nor company, or no ZIP+4, is never found, as with a real licensee. Of the others a share has
moved; a family moves together.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from daemon.errors import SetAsideError, UsageError
from daemon.pub28.standard import standardise
from daemon.simulator.chance import draw
from daemon.simulator.coding import ENGINE
from daemon.simulator.invent import code_of, new_address
from daemon.simulator.places import places
from schemas.ncoalink import RETURN_CODES

COLUMNS: Final = (
    *("ncoa_code", "match_flag", "move_type", "move_date", "new_addr1", "new_addr2", "new_urbanization", "new_city"),
    *("new_state", "new_zip5", "new_zip4", "new_dp", "new_crrt", "engine"),
)
"""Columns of the answer, behind those that were sent."""

ASKED: Final = (
    *("record_id", "first_name", "middle_name", "last_name", "name_suffix", "company"),
    *("address1", "state", "zip5", "zip4"),
)
"""What :meth:`Movers.answer` is given of a record, in this order."""

MONTHS: Final = 48  # as far back as a full service provider looks
FAMILIES: Final = 3  # one move in three is a family's
_FLAGS: Final[Mapping[str, str]] = {"A": "M", "91": "M", "92": "M", "01": "F", "02": "K", "03": "G"}
_NEAR: Final = tuple(code for code, known in RETURN_CODES.items() if known.treatment == "near")
_NO_MATCH: Final = ("00", *[""] * 12, ENGINE)
# Of a hundred moves: what is not told here has a new address and code A. 9x and 0x stand for a choice by address.
_SHARES: Final = (("9x", 5), ("0x", 7), ("01", 2), ("05", 1), ("14", 1), ("19", 2), ("66", 1), ("77", 2))
_LUCK: Final = tuple(code for code, share in _SHARES for _ in range(share))
_MOVES_COLUMNS: Final = (
    *("record_id", "ncoa_code", "move_type", "move_date", "new_addr1", "new_city", "new_state", "new_zip5", "new_zip4"),
)


class Movers:
    """Says who has moved, the same always in the same way.

    Args:
        percent: how many of a hundred have moved.
        as_of: the day of processing; moves lie in the months before it.
        told: record id to what is to be answered for it (columns of a file of moves); all others have not moved.
        every_code: answer the first records with each return code in turn; all others have not moved.
    """

    def __init__(
        self,
        as_of: date,
        seed: int = 0,
        percent: float = 12,
        told: Mapping[str, Mapping[str, str]] | None = None,
        *,
        every_code: bool = False,
    ) -> None:
        self._seed = seed
        self._threshold = round(percent * 100)  # of ten thousand
        self._near = round(percent * 12)
        self._told = told
        self._codes = iter(RETURN_CODES) if every_code else None
        month = as_of.year * 12 + as_of.month - 1
        self.months = [f"{(month - back) // 12:04}-{(month - back) % 12 + 1:02}" for back in range(MONTHS)]

    def answer(self, record: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values of :data:`COLUMNS` for one record."""
        record_id, first, middle, last, suffix, company, address1, state, zip5, zip4 = record
        if self._told is not None:
            told = self._told.get(record_id)
            return _NO_MATCH if told is None else self._as_told(told, state)
        if self._codes is not None:
            code = next(self._codes, "00")
            return self._moved(code, "B" if company and not last else "I", state, draw(f"{self._seed}|{record_id}"))
        if not zip4 or not (last or company):
            return _NO_MATCH
        where = f"{address1}|{zip5}"
        if not last:
            return self._drawn(f"{self._seed}|B|{company}|{where}".upper(), "B", self._threshold, address1, state)
        family = self._threshold // FAMILIES
        moved = self._drawn(f"{self._seed}|F|{last}|{where}".upper(), "F", family, address1, state)
        if moved is not _NO_MATCH:
            return moved
        name = f"{first}|{middle}|{last}|{suffix}"
        return self._drawn(f"{self._seed}|I|{name}|{where}".upper(), "I", self._threshold - family, address1, state)

    def _drawn(self, who: str, move_type: str, threshold: int, address1: str, state: str) -> tuple[str, ...]:
        numbers = draw(who)
        luck = numbers[0] % 10000
        if luck >= threshold:
            if move_type != "F" and luck < threshold + self._near:
                return self._moved(_NEAR[numbers[1] % len(_NEAR)], "", state, numbers)
            return _NO_MATCH
        which = numbers[1] % 100
        code = _LUCK[which] if which < len(_LUCK) else "A"
        if code == "9x":
            code = "92" if standardise(address1).unit else "91"
        elif code == "0x":
            code = "03" if standardise(address1).kind == "P" else "02"
        return self._moved(code, move_type, state, draw(f"{who}|"))

    def _moved(self, code: str, move_type: str, state: str, numbers: tuple[int, int, int, int]) -> tuple[str, ...]:
        known = RETURN_CODES[code]
        if known.treatment in ("near", "none") or code == "77":
            return (code, *_NO_MATCH[1:])
        moved_in = self.months[min(numbers[0] % MONTHS, numbers[1] % MONTHS)]
        if known.treatment != "move":
            return (code, _FLAGS.get(code, ""), move_type, moved_in, *[""] * 9, ENGINE)
        address, city, found = new_address(places(), state, numbers)
        return (
            *(code, "M", move_type, moved_in, address.line, "", "", city.city, city.state, city.zip5),
            *(found.zip4, found.delivery_point, found.carrier_route, ENGINE),
        )

    def _as_told(self, told: Mapping[str, str], state: str) -> tuple[str, ...]:
        code = told["ncoa_code"]
        line, zip5 = told.get("new_addr1", ""), told.get("new_zip5", "")
        known = RETURN_CODES.get(code)
        if known is not None and known.treatment == "move" and not line:
            made = self._moved(code, "I", state, draw(f"{self._seed}|{told['record_id']}"))
            return (code, "M", told.get("move_type") or "I", told.get("move_date") or made[3], *made[4:])
        zip4, point, route = told.get("new_zip4", ""), "", ""
        address = standardise(line) if line else None
        if address is not None and address.number and len(zip5) == 5 and zip5.isdecimal():
            found = code_of(zip5, address)
            zip4, point, route = zip4 or found.zip4, found.delivery_point, found.carrier_route
        return (
            *(code, _FLAGS.get(code, ""), told.get("move_type", ""), told.get("move_date", "")),
            *(address.line if address else "", "", "", told.get("new_city", ""), told.get("new_state", ""), zip5),
            *(zip4, point, route, ENGINE),
        )


def read_moves(path: Path) -> dict[str, dict[str, str]]:
    """Return what a file of moves says of each record.

    Columns: ``record_id`` and ``ncoa_code``; and, where wanted, ``move_type``, ``move_date`` (2026-05), ``new_addr1``,
    ``new_city``, ``new_state``, ``new_zip5``, ``new_zip4``. A move without an address is given an invented one.

    Raises:
        UsageError: it is not there.
        SetAsideError: a column is missing or none of these (``header``), a row is none, or names a record twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = reader.fieldnames or []
            if not {"record_id", "ncoa_code"} <= set(names) or not set(names) <= set(_MOVES_COLUMNS):
                columns = f"record_id and ncoa_code, and may have {', '.join(_MOVES_COLUMNS[2:])}"
                raise SetAsideError(f"a file of moves needs {columns}", reason="header", file=path.name, line=1)
            told: dict[str, dict[str, str]] = {}
            for line, row in enumerate(reader, 2):
                if None in row or None in row.values() or row["record_id"] in told:
                    what = "too many or too few fields, or a record_id that was there before"
                    raise SetAsideError(what, reason="row", file=path.name, line=line)
                told[row["record_id"]] = row
            return told
    except OSError as error:
        raise UsageError(f"{path}: cannot be read; name a file of moves") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SetAsideError("not CSV in UTF-8; save it again", reason="not-csv", file=path.name) from error
