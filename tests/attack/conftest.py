"""A house on each database, for attacks in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.wiring import House, open_house
from tests.flows.story import Story


@pytest.fixture
def bureau(home: Path) -> Iterator[House]:
    """The house of the test's home."""
    house = open_house(home)
    yield house
    house.close()


@pytest.fixture
def story(bureau: House, desk: Path) -> Story:
    """Mary Smith at A."""
    return Story.begin(bureau, desk)
