"""Prove, by doing it, that this installation can be relied on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon import config
from daemon.checks import database, engines, home, outside
from daemon.checks.finding import Finding, Visit, of_error
from daemon.errors import HouseError, OperatorError
from daemon.settings import Settings

CHECKS: tuple[tuple[str, Callable[[Visit], Iterator[Finding]]], ...] = (
    ("secrets", outside.readable_secrets),
    ("home", home.owner),
    ("rename", home.renames),
    ("spool", home.spool),
    ("disk", home.disk),
    ("database", database.database),
    ("clock", database.ticking),
    ("archive", home.originals),
    ("backup", home.backups),
    ("folders", outside.folders),
    ("host keys", outside.hosts),
    ("engines", engines.engines),
    ("mail", outside.mail),
    ("webhook", outside.web),
    ("packages", home.packages),
)
NEED_DATABASE = ("database", "archive", "backup")


def examine(home: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dict[str, Any]:
    """Run every check that the settings call for.

    Returns ``{"ok", "checks": [{"check", "status", "detail", "remedy"}]}``.

    Each thing is proved by using it: files are written, renamed and read back, hosts are greeted, originals are read.
    Nothing is sent or changed. A check that fails does not keep the others from being run, but those which need the
    database are left out where that cannot be opened. ``ok`` is false where any failed.
    """
    findings: list[Finding] = []
    visit = _enter(home, now, findings)
    for name, check in CHECKS:
        if name in NEED_DATABASE and any(each.check == "database" and each.status == "fail" for each in findings):
            continue
        try:
            findings += check(visit)
        except HouseError as error:
            findings.append(of_error(name, error))
        except OSError as error:
            findings.append(
                Finding(name, "fail", f"{error.strerror or type(error).__name__}", "give this user the folder")
            )
    return {
        "ok": all(finding.status != "fail" for finding in findings),
        "checks": [asdict(finding) for finding in findings],
    }


def _enter(home: Path, now: Callable[[], datetime], findings: list[Finding]) -> Visit:
    """Make the home and read the settings; where that fails, the defaults stand in for them."""
    settings, url = Settings(), f"{config.SQLITE}{home / 'listkeeper.db'}"
    try:
        config.prepare_home(home)
        settings = config.load(home)
        there = "read and understood" if (home / config.FILE).exists() else "none; every setting has its default"
        findings.append(Finding("settings", "ok", f"{config.FILE}: {there}"))
        url = config.database_url(home)
    except OperatorError as error:
        findings.append(of_error("settings", error))
        try:
            url = config.database_url(home)
        except OperatorError as wrong:
            findings.append(of_error("database", wrong))
    return Visit(home, settings, url, now)
