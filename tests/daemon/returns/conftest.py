"""A story to begin with, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.wiring import open_house
from tests.flows.story import Story


@pytest.fixture
def story(home: Path, desk: Path) -> Iterator[Story]:
    """Mary Smith at A."""
    house = open_house(home)
    yield Story.begin(house, desk)
    house.close()
