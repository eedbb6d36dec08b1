"""How tests make an answer of an outside engine, and read one to its end."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon.care.answers.answer import AnswerFile, opened_answer
from daemon.errors import SetAsideError
from schemas.cass import CassRow
from schemas.ncoalink import NcoaRow
from schemas.preset import Kind

MOVED = {
    **{"record_id": "1", "ncoa_code": "A", "move_type": "I", "move_date": "2026-09", "new_addr1": "7 MADEUP RD"},
    **{"new_city": "NEWTOWN", "new_state": "CO", "new_zip5": "80202", "new_zip4": "1234", "new_dp": "04"},
}
CODED = {
    **{"record_id": "1", "std_addr1": "12 INVENTED AVE", "std_city": "SAMPLETOWN", "std_state": "NM"},
    **{"std_zip5": "87110", "std_zip4": "4321", "std_dp": "12", "std_chk": "9", "dpv": "Y", "dpv_footnotes": "AABB"},
}
NCOA_HEAD = [*MOVED]
CASS_HEAD = [*CODED]


@dataclass
class Answers:
    """A folder that answers come to."""

    folder: Path

    def csv(self, head: Sequence[str], *rows: Mapping[str, str], name: str = "answer.csv") -> Path:
        """Write rows under a header."""
        out = io.StringIO()
        writer = csv.DictWriter(out, head, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.bytes(out.getvalue().encode(), name)

    def bytes(self, content: bytes, name: str = "answer.csv") -> Path:
        """Write an answer as it is."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def map(self, text: str) -> Path:
        """Write a map."""
        return self.bytes(text.encode(), "MAP.toml")

    def ncoa(self, *rows: Mapping[str, str], more: Sequence[str] = (), **how: Any) -> list[NcoaRow]:
        """Read rows under our own names as an NCOALink answer; ``more`` columns at the end."""
        whole = [MOVED | {"record_id": str(number)} | dict(row) for number, row in enumerate(rows, 1)]
        return read(self.csv([*NCOA_HEAD, *more], *whole), "ncoa", **how)

    def cass(self, *rows: Mapping[str, str], more: Sequence[str] = (), **how: Any) -> list[CassRow]:
        """Read rows under our own names as a CASS answer; ``more`` columns at the end."""
        whole = [CODED | {"record_id": str(number)} | dict(row) for number, row in enumerate(rows, 1)]
        return read(self.csv([*CASS_HEAD, *more], *whole), "cass", **how)


def read(path: Path, kind: Kind, **how: Any) -> list[Any]:
    """Return every row of an answer."""
    with opened_answer(path, kind, **how) as answer:
        return list(answer.rows())


def read_whole(path: Path, kind: Kind, **how: Any) -> tuple[AnswerFile, list[Any]]:
    """Return an answer and every row of it."""
    with opened_answer(path, kind, **how) as answer:
        return answer, list(answer.rows())


def refusal(path: Path, kind: Kind, **how: Any) -> SetAsideError:
    """Return why an answer is set aside; it must be."""
    with pytest.raises(SetAsideError) as caught:
        read(path, kind, **how)
    assert caught.value.file == path.name
    return caught.value
