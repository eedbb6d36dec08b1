"""One return on paper, entered by a command; and what the commands for paper end with."""

from __future__ import annotations

from typing import Any

from daemon.db import reading
from daemon.errors import SetAsideError, TryAgainError
from daemon.lists.known import find_list
from daemon.returns.paper import Papers, apply_papers, plan_papers
from daemon.returns.paper_entry import entry_of
from daemon.wiring import House


def add_return(
    house: House, name: str, values: dict[str, str], *, plan: bool = False, accept_large_change: bool = False
) -> dict[str, Any]:
    """Apply one return as a batch of one record, or plan it; return what `apply` tells, with ``records``.

    Args:
        values: as :func:`daemon.returns.paper_entry.entry_of` takes them.

    Raises:
        UsageError: there is no such list, or a value is not what it should be.
        SetAsideError: the key leads to nobody of the list; ``reason`` says why. Nothing is written.
    """
    with reading(house.engine) as store:
        find_list(store, name)
    entry = entry_of(1, house.today(), values)
    papers = Papers(f"return of {entry.on}", [entry])
    if plan:
        return plan_papers(house, name, papers, strict=True)
    return apply_papers(house, name, papers, strict=True, accept_large_change=accept_large_change)


def day_of(house: House, on: str | None) -> str:
    """Return the day on which pieces came back: as given, else today.

    Raises:
        UsageError: it is no date, or has not come.
    """
    return entry_of(1, house.today(), {"key": "", "reason": "V", "on": on or ""}).on


def exit_code(result: dict[str, Any]) -> int:
    """Return what the command ends with: entries that were left without an answer are to be gone on with.

    >>> exit_code({"status": "applied"}), exit_code({"status": "stopped"}), exit_code({"status": "waiting"})
    (0, 65, 75)
    """
    if result["status"] == "stopped":
        return SetAsideError.exit_code
    return TryAgainError.exit_code if result["status"] == "waiting" and "said" not in result else 0
