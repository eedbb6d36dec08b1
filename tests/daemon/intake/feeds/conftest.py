"""A house on either engine, and a folder on a real SFTP server that it fetches from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.settings import SftpFeed
from daemon.wiring import House, open_house
from tests.post_office import PostOffice


@pytest.fixture
def engine() -> str:
    """SQLite; a test that is marked so runs on both."""
    return "sqlite"


@pytest.fixture
def house(tmp_path: Path, engine: str, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house of the test's own."""
    opened = open_house(tmp_path / "home", request.getfixturevalue(f"{engine}_url"))
    yield opened
    opened.close()


@pytest.fixture
def outgoing(tmp_path: Path) -> Path:
    """The folder on the server."""
    path = tmp_path / "outgoing"
    path.mkdir()
    return path


@pytest.fixture
def feed(house: House, post_office: PostOffice, outgoing: Path) -> SftpFeed:
    """A feed of that folder; the home has what it needs."""
    post_office.furnish(house.home)
    return post_office.feed(outgoing)
