"""Log lines: one a step, an event in the past tense, ids and counts and never people. They go to stderr.

What may be said is a list of keys, each with a plain value; whatever else a line is given is left out, so that a
name or an address cannot come in by accident. Other libraries' own log lines are told by logger and level only:
their text may hold what a statement was given.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

_level = logging.WARNING  # of commands; what is done well is said only where somebody asks

COUNTS = frozenset(
    (
        "read", "moved", "suppressed", "held", "kept", "review", "rejected", "answered", "added", "changed",
        "unchanged", "batch", "batches", "undone", "conflicts", "plan", "seconds", "due", "manifests", "swept",
        "files", "feeds", "jobs", "taken", "waiting", "refused", "set_aside", "applied", "alerts", "open",
        "failures", "attempts", "line", "size", "righted", "killed", "records", "bytes", "known", "deleted", "digests",
        "exit_code",
    )
)  # fmt: skip
WORDS = frozenset(
    (
        "job", "feed", "file", "kind", "state", "status", "outcome", "reason", "field", "check", "channel",
        "level", "event", "timestamp", "logger", "sha256", "until",
    )
)  # fmt: skip
TEXTS = frozenset(("error", "note", "remedy"))  # messages of HouseError, which by rule 6 quote nobody
LONGEST = 1000
EVENT = re.compile(r"[a-z][a-z0-9_]{1,63}")


def configure(*, verbose: bool = False) -> None:
    """Say how much is logged: without ``verbose`` only what is wrong. structlog is loaded with the first line."""
    global _level  # noqa: PLW0603 - one process, one log
    _level = logging.INFO if verbose else logging.WARNING


def log(event: str, **values: object) -> None:
    """Write one line at info level: for a person's eye on a terminal, as JSON otherwise."""
    _write(logging.INFO, event, values)


def warn(event: str, **values: object) -> None:
    """Write one line about something that will be tried again, or that an operator should know."""
    _write(logging.WARNING, event, values)


def fail(event: str, **values: object) -> None:
    """Write one line about something that needs an operator, or is a bug."""
    _write(logging.ERROR, event, values)


def people_kept_out(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out of a line whatever is not on the list of keys, or is no plain value. A structlog processor.

    >>> people_kept_out(None, "", {"event": "batch_applied", "read": 2, "last_name": "SMITH", "kind": ["SMITH"]})
    {'event': 'batch_applied', 'read': 2, 'left_out': 2}
    """
    kept: dict[str, Any] = {}
    for key, value in line.items():
        if (
            (key in COUNTS and (value is None or isinstance(value, int | float)))
            or (key in WORDS and (value is None or isinstance(value, int | str)))
            or (key in TEXTS and (value is None or isinstance(value, str)))
        ):
            kept[key] = value[:LONGEST] if isinstance(value, str) else value
    if not EVENT.fullmatch(str(kept.get("event", ""))):
        kept["event"] = "unnamed"
    left_out = len(line) - len(kept)
    return {**kept, "left_out": left_out} if left_out > 0 else kept


def hear_libraries() -> None:
    """Turn the warnings of other libraries into lines of ours, without their text."""
    root = logging.getLogger()
    if not any(isinstance(each, _Overheard) for each in root.handlers):
        root.addHandler(_Overheard(logging.WARNING))


class _Overheard(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        warn("library_warned", logger=record.name, level=record.levelname.lower(), kind=kind)


def _write(level: int, event: str, values: dict[str, object]) -> None:
    if level < _level:
        return
    import structlog

    _set_up()
    logger = structlog.get_logger()
    {logging.INFO: logger.info, logging.WARNING: logger.warning}.get(level, logger.error)(event, **values)


def _set_up() -> None:
    import structlog

    last: Any = structlog.processors.JSONRenderer()
    if sys.stderr.isatty() and "JOURNAL_STREAM" not in os.environ:
        last = structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            people_kept_out,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
