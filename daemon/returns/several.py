"""Several files one after the other, each a batch of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daemon.care.arrivals import apply_any
from daemon.errors import HouseError, SetAsideError, UsageError
from daemon.intake.incoming import must_be_file, told_name
from daemon.returns.apply import Progress
from daemon.returns.report import PILES
from daemon.telemetry import log
from daemon.wiring import House

EXIT_CODES = {"stopped": SetAsideError.exit_code, "set_aside": SetAsideError.exit_code}


def apply_several(
    house: House,
    paths: Sequence[Path],
    *,
    password: bytes | None = None,
    accept_large_change: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> list[dict[str, Any]]:
    """Apply files in the order given; return the result of each.

    A file that is set aside or stopped does not keep the next ones back. Whatever would hit the next one as well (a
    full disk, a busy database) ends the run: that file is told as ``not_applied`` with its ``exit_code``.

    Raises:
        UsageError: one of them does not exist, or is a folder. None has been applied then.
        OperatorError: one of them may not be read.
    """
    for path in paths:
        must_be_file(path)
    results: list[dict[str, Any]] = []
    for path in paths:
        started = time.monotonic()
        try:
            result = apply_any(
                house, path, password=password, accept_large_change=accept_large_change, progress=progress
            )
        except HouseError as error:
            if len(paths) == 1:
                raise
            told = {"batch": None, "status": "not_applied", "file": told_name(path), "error": str(error)}
            return [*results, {**told, "exit_code": error.exit_code}]
        counts = {name: result[name] for name in ("batch", "read", *PILES) if name in result}
        seconds = round(time.monotonic() - started, 2)
        log(f"batch_{result['status']}", **counts, sha256=result.get("sha256"), seconds=seconds)
        results.append(result)
    return results


def exit_code(results: Sequence[dict[str, Any]]) -> int:
    """Return the worst exit code of several results.

    >>> exit_code([{"status": "applied"}, {"status": "set_aside"}, {"status": "repeat"}])
    65
    """
    return max((result.get("exit_code") or EXIT_CODES.get(result["status"], 0) for result in results), default=0)


def read_password(path: Path | None) -> bytes | None:
    """Return the password that a file holds, without its line end.

    Raises:
        UsageError: there is no such file, it cannot be read, or it is empty.
    """
    if path is None:
        return None
    try:
        password = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the password file cannot be read ({error.strerror})") from error
    password = password.removesuffix(b"\n").removesuffix(b"\r")
    if not password:
        raise UsageError(f"{path}: the password file is empty")
    return password
