"""What a check finds, and what it needs to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from daemon.settings import Settings

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    status: Status
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What the doctor was called to. ``settings`` are the defaults where the file cannot be read."""

    home: Path
    settings: Settings
    url: str  # of the database
    now: Callable[[], datetime]


def of_error(check: str, error: Exception, status: Status = "fail") -> Finding:
    """Return the finding of an error of the house, whose message ends with the remedy."""
    detail, _, remedy = str(error).partition("; ")
    return Finding(check, status, detail, remedy or "see there")
