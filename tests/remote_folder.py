"""What tests put on a server, and what they find in the spool after a look at it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.db import reading
from daemon.intake.patience import Patience
from daemon.settings import SftpFeed
from daemon.wiring import House
from tests.builders_zip import plain, shipment

QUICK = Patience(connect=5, greet=5, answer=5, backoff=0, pause=lambda _seconds: None)
OLD = 1_700_000_000  # modified in 2023: nobody is writing it any more
both_engines = pytest.mark.parametrize("engine", ["sqlite", "postgres"])


def put(folder: Path, name: str = "P12345620.zip", content: bytes | None = None, at: int = OLD) -> bytes:
    """Put a file there, whole, and long ago."""
    content = plain(shipment()) if content is None else content
    (folder / name).write_bytes(content)
    os.utime(folder / name, (at, at))
    return content


def changed(feed: SftpFeed, **values: object) -> SftpFeed:
    return feed.model_copy(update=values)


def new(house: House) -> dict[str, bytes]:
    """What lies in the spool, by the name it came under."""
    return {path.name.partition("@")[2]: path.read_bytes() for path in (house.home / "spool" / "new").glob("*")}


def work(house: House) -> list[str]:
    return sorted(path.name for path in (house.home / "spool" / "work").glob("*"))


def remembered(house: House) -> list[tuple[str, bool]]:
    with reading(house.engine) as store:
        return [(name, bool(gone)) for name, gone in store.all("SELECT name, let_go FROM remote_file ORDER BY name")]
