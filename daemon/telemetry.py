"""Log lines: one a step, an event in the past tense, ids and counts and never people. They go to stderr."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

_level = logging.WARNING  # of commands; what is done well is said only where somebody asks


def configure(*, verbose: bool = False) -> None:
    """Say how much is logged: without ``verbose`` only what is wrong. structlog is loaded with the first line."""
    global _level  # noqa: PLW0603 - one process, one log
    _level = logging.INFO if verbose else logging.WARNING


def log(event: str, **values: object) -> None:
    """Write one line at info level: for a person's eye on a terminal, as JSON otherwise."""
    if _level > logging.INFO:
        return
    import structlog

    _set_up()
    structlog.get_logger().info(event, **values)


def _set_up() -> None:
    import structlog

    last: Any = structlog.processors.JSONRenderer()
    if sys.stderr.isatty() and "JOURNAL_STREAM" not in os.environ:
        last = structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), last],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
