"""The story of one list, told step by step: each step is a command that the reader could have typed.

It is told over a year that ends today, on a clock of its own, so that its dates are those of a real list.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon import config
from daemon.demo import data
from daemon.errors import UsageError
from daemon.wiring import House, open_house

LIST, CLIENT, ACCOUNT = "spring", "Acme Seeds", "BDEMOLK"
FOLDER = "demo"  # in the home: every file of the story
PASSWORD = b"an invented password"
BEGINS = 350  # days before today
SETTINGS = """\
# Written by `listkeeper demo`. The manual has every setting.
[acs]
customers = ["900001"]
zip_password = "keys/acs-zip"    # a file below the home, never the password itself

[list.{name}.care]
next_drop = {drop}           # CASS and Move Update must hold on that day
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the day, why it is taken, the command, and what that returned. What follows needs no reason."""

    name: str
    day: date
    why: str
    command: str
    result: dict[str, Any]


class Story:
    """Runs the steps and hands each on as soon as it is done."""

    def __init__(self, house: House, end: datetime, told: Callable[[Step], None]) -> None:
        self._end = self._clock = end
        self.house = replace(house, now=lambda: self._clock)
        self.steps: dict[str, Step] = {}
        self._told = told
        self.folder = Path(FOLDER)  # as the reader types it, who is at home

    @property
    def today(self) -> date:
        """Return the day on the story's clock."""
        return self._clock.date()

    @property
    def end(self) -> date:
        """Return the day on which the story ends: the reader's own."""
        return self._end.date()

    def step(self, name: str, why: str, command: str, result: dict[str, Any]) -> dict[str, Any]:
        """Note one step and tell it."""
        self.steps[name] = Step(name, self.today, why, command, result)
        self._told(self.steps[name])
        self._clock += timedelta(seconds=20)
        return result

    def days_ago(self, days: int) -> None:
        """Put the story's clock to a day."""
        day = self._end - timedelta(days=days)
        earlier = day - timedelta(minutes=10)  # so that the last step is not in the reader's future
        self._clock = earlier if earlier.date() == day.date() else day

    def on(self, day: date) -> None:
        """Put the story's clock to a day, given by its date."""
        self.days_ago((self.end - day).days)

    def result(self, name: str) -> dict[str, Any]:
        """Return what a step returned."""
        return self.steps[name].result


def tell_story(
    home: Path, told: Callable[[Step], None] = lambda _step: None, *, end: datetime | None = None
) -> dict[str, Any]:
    """Run the whole job in a new home, on SQLite whatever the environment says.

    Returns ``{"home", "seconds", "files", "steps": [{"name", "command", "result"}], "summary"}``; the files stay, so
    that the reader can try commands on them. Meanwhile the home is the working folder.

    Args:
        end: the moment at which the story ends; None: now.

    Raises:
        UsageError: the home holds lists already.
    """
    from daemon.demo import care, mailing
    from daemon.demo.summary import summarize

    started = time.monotonic()
    if (home / "listkeeper.db").exists():
        raise UsageError(f"{home}: holds lists already; the demo wants a new home")
    end = end or datetime.now().astimezone()
    _furnish(home, end.date())
    house = open_house(home, f"sqlite:///{home / 'listkeeper.db'}")
    story = Story(house, end, told)
    try:
        with chdir(home):
            mailing.the_list_comes_in(story)
            care.before_the_first_mailing(story)
            mailing.mailed(story)
            care.weeks_later(story)
            care.rescue(story)
            care.the_year_goes_on(story)
            summary = summarize(story)
    finally:
        house.engine.dispose()
    return {
        "home": str(home),
        "seconds": round(time.monotonic() - started, 2),
        "files": [str(path.relative_to(home)) for path in sorted((home / FOLDER).iterdir())],
        "steps": [{"name": s.name, "command": s.command, "result": s.result} for s in story.steps.values()],
        "summary": summary,
    }


def _furnish(home: Path, today: date) -> None:
    config.prepare_home(home)
    (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
    (home / "keys").mkdir(mode=0o700, exist_ok=True)
    secret = home / "keys" / "acs-zip"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSWORD + b"\n")
    (home / "listkeeper.toml").write_text(SETTINGS.format(name=LIST, drop=today), encoding="utf-8")
    settled = today - timedelta(days=BEGINS + 30)
    (home / FOLDER / "spring.csv").write_text(data.first_file(settled.isoformat()), encoding="utf-8")
