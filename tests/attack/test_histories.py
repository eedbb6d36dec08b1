"""Random histories: whatever happens in whatever order, nothing is lost, and undoing all of it leaves no trace."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from daemon.wiring import House, open_house
from tests.attack.history import History

STEPS = 14


def tell(house: House, folder: Path, seed: int, *, trusting: bool = False) -> History:
    """Tell one history, held against the invariants after each step."""
    history = History(house, folder, random.Random(seed), trusting=trusting)
    history.begin()
    for _ in range(STEPS):
        history.step()
        history.hold()
    return history


@pytest.mark.parametrize("seed", [2125, 1481, 1])
def test_after_every_step_of_a_random_history_nothing_is_lost(bureau: House, desk: Path, seed: int) -> None:
    tell(bureau, desk, seed)


@pytest.mark.parametrize("seed", [5106, 5296, 2])
def test_undoing_everything_newest_first_gives_back_the_list_as_it_was(bureau: House, desk: Path, seed: int) -> None:
    undone(bureau, desk, seed)


def undone(house: House, folder: Path, seed: int) -> None:
    """Tell a history without imports and undo all of it."""
    history = History(house, folder, random.Random(seed), trusting=True)
    history.begin()
    before = history.export()
    for _ in range(STEPS):
        history.step()
        history.hold()
    history.undo_all()
    history.hold()
    assert history.export() == before, "\n".join(history.told)


@pytest.mark.parametrize("seed", [11, 12])
def test_both_databases_come_to_the_same_export(sqlite_url: str, postgres_url: str, desk: Path, seed: int) -> None:
    same_on_both(sqlite_url, postgres_url, desk, seed)


def same_on_both(sqlite_url: str, postgres_url: str, desk: Path, seed: int) -> None:
    """Tell one history on each."""
    told, exports = [], []
    for number, url in enumerate((sqlite_url, postgres_url)):
        folder = desk / f"{seed}-{number}"
        folder.mkdir()
        house = open_house(folder / "home", url)
        history = tell(house, folder, seed)
        told.append(history.told)
        exports.append(history.export())
        house.close()
    assert told[0] == told[1]
    assert exports[0] == exports[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_after_every_step_of_300_random_histories_nothing_is_lost(bureau: House, desk: Path, seed: int) -> None:
    tell(bureau, desk, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_undoing_everything_gives_back_the_list_300_times(bureau: House, desk: Path, seed: int) -> None:
    undone(bureau, desk, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2100))
def test_both_databases_come_to_the_same_export_100_times(
    sqlite_url: str, postgres_url: str, desk: Path, seed: int
) -> None:
    same_on_both(sqlite_url, postgres_url, desk, seed)
