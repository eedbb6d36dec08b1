"""A bureau to print labels in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bureau import Bureau


@pytest.fixture
def empty_bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau without any list."""
    bureau = Bureau.on(database_url, home, desk)
    yield bureau
    bureau.house.engine.dispose()


@pytest.fixture
def bureau(empty_bureau: Bureau) -> Bureau:
    """A bureau with the list `spring`, serial keylines."""
    empty_bureau.create()
    return empty_bureau
