"""Files as Listkeeper sends them, with invented people at invented houses of real cities."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from schemas.cass import OUTGOING
from tests.running import environment

DAY = "2026-11-20"
AS_OF = ("--as-of", DAY)
ANN = {
    **{"record_id": "1", "first_name": "ANN", "last_name": "CARROW", "address1": "1234 N COPPERKETTLE ST"},
    **{"city": "ALBUQUERQUE", "state": "NM", "zip5": "87110", "zip4": "4321"},
}


def write(path: Path, rows: Iterable[dict[str, str]] = (), number: int = 40) -> Path:
    """Write an outgoing file: rows as what differs from Ann's; without rows, couples at as many houses as it takes."""
    given = list(rows) or [
        {"record_id": f"R{each}", "first_name": f"A{each}", "last_name": f"CARROW{each // 2}"}
        | {"address1": f"{100 + each // 2} OAK ST"}
        for each in range(number)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, OUTGOING, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**ANN, **row} for row in given)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def simulator(*words: object, die_at: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real executable."""
    return subprocess.run(
        [Path(sys.executable).parent / "listkeeper-simulator", *map(str, words)],
        env=environment(Path("/nowhere"), None) | ({"LISTKEEPER_SIMULATOR_DIE_AT": die_at} if die_at else {}),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
