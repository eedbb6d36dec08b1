"""A story to begin with, on both databases; what the outside may rely on is tried on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.wiring import open_house
from tests.flows.story import Story
from tests.interface.telling import Mailers, Office


@pytest.fixture
def story(home: Path, desk: Path) -> Iterator[Story]:
    """Mary Smith at A."""
    house = open_house(home)
    yield Story.begin(house, desk)
    house.close()


@pytest.fixture
def mailers(home: Path, desk: Path) -> Iterator[Mailers]:
    """Lists on accounts of their own, each with Mary Smith at A."""
    house = open_house(home)
    yield Mailers(house, desk)
    house.close()


@pytest.fixture
def office(house: object, cli: object, home: Path, desk: Path) -> Office:
    """The command, a list `spring` with three people, and files to give it."""
    return Office(house, cli, home, desk)  # type: ignore[arg-type]
