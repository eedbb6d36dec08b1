"""Records that could have no label."""

from __future__ import annotations

import csv
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, TextIO

from daemon.durable import atomic_writer

_MOST_SKIPPED: Final = 1_000


class Skipped:
    """Records without a label: in a file of their own, which exists only when there are any."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self.count = 0
        self.first: list[dict[str, object]] = []
        self._stack = stack
        self._file: TextIO | None = None

    def __call__(self, line: int, record_id: str, reason: str) -> None:
        """Note a record, with the line of the endorsement file that named it, or 0."""
        if self._file is None:
            self._file = self._stack.enter_context(atomic_writer(self.path))
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow(["line", "record_id", "reason"])
        self._writer.writerow([line or "", record_id, reason])
        self.count += 1
        if self.count <= _MOST_SKIPPED:
            self.first.append({"line": line or None, "record_id": record_id, "reason": reason})

    def told(self) -> dict[str, object]:
        """Return what a label run tells of them; where there is none, an older run's file goes."""
        if not self.count:
            with suppress(OSError):
                self.path.unlink()
        return {
            "skipped": self.first,
            "rejected": self.count,
            "rejects_file": str(self.path) if self.count else None,
        }
