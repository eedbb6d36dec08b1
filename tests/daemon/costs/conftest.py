"""Books to add up, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.wiring import open_house
from tests.daemon.costs.books import Books


@pytest.fixture
def books(home: Path, desk: Path) -> Iterator[Books]:
    """A bureau without a list, on 20 November 2026."""
    house = open_house(home)
    books = Books(house, desk)
    books.at("2026-11-20")
    yield books
    house.close()
