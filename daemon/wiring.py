"""The one place that builds the real home, settings, database and clock, and hands them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine

from daemon import config, db


@dataclass(frozen=True, slots=True)
class House:
    """Everything a function of this project needs from outside."""

    home: Path
    settings: config.Settings
    engine: Engine
    now: Callable[[], datetime]  # aware, in the time zone of the settings

    def today(self) -> str:
        """Return the date of the bureau's own day, YYYY-MM-DD."""
        return self.now().date().isoformat()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def stamp(self) -> str:
        """Return the moment as text with seconds and offset."""
        return self.now().isoformat(timespec="seconds")


def open_house(home: Path | None = None, url: str | None = None) -> House:
    """Return the house at ``home``: folder made, settings read, database migrated.

    Raises:
        OperatorError: settings or database cannot be used; the message names the remedy.
    """
    home = home or config.home_folder()
    config.prepare_home(home)
    settings = config.load(home)
    url = url or config.database_url(home)
    db.migrate(url)
    return House(home, settings, db.engine_for(url), clock_of(settings))


def read_again(house: House) -> House:
    """Return the same house with the settings as they are in its file now.

    Raises:
        OperatorError: they cannot be used. The house that was given goes on as it is.
    """
    settings = config.load(house.home)
    return replace(house, settings=settings, now=clock_of(settings))


def clock_of(settings: config.Settings) -> Callable[[], datetime]:
    """Return the real clock in the bureau's time zone."""
    zone = ZoneInfo(settings.schedule.time_zone) if settings.schedule.time_zone else None
    return lambda: datetime.now(zone).astimezone(zone)
