"""A bureau whose list goes out, on SQLite: what an adapter does with files does not hang on the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yard import Yard


@pytest.fixture
def yard(tmp_path: Path, sqlite_url: str) -> Iterator[Yard]:
    """The list `spring`, and no adapter yet."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yard = Yard.begin(home, sqlite_url, tmp_path)
    yield yard
    yard.house.close()
