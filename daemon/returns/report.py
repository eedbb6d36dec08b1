"""The tally of a file, and what is told about it. A tally that does not add up cannot be made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.errors import HouseError

PILES = ("moved", "suppressed", "held", "kept", "review", "rejected")
CHANGES = ("moved", "suppressed", "held")


class UnbalancedError(HouseError):
    """The piles do not add up to what was read. Nothing of it is kept."""

    def __init__(self, read: int, piled: int) -> None:
        super().__init__(f"{read} records were read and {piled} accounted for; nothing was applied")
        self.read = read
        self.piled = piled


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where every record of one file went."""

    read: int
    moved: int = 0
    suppressed: int = 0
    held: int = 0
    kept: int = 0
    review: int = 0
    rejected: int = 0

    def __post_init__(self) -> None:
        piled = sum(self.piles().values())
        if piled != self.read:
            raise UnbalancedError(self.read, piled)

    def piles(self) -> dict[str, int]:
        """Return the six piles by name."""
        return {name: getattr(self, name) for name in PILES}


@dataclass(slots=True)
class Count:
    """The counting of one run, record by record; closes into a :class:`Tally`."""

    piles: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    lists: dict[int, Counter[str]] = field(default_factory=dict)
    touched: Counter[int] = field(default_factory=Counter)  # addressees changed, by list
    answered: int = 0

    def add(self, outcome: str, reason: str, list_id: int | None, many: int = 1) -> None:
        """Put one record, or many that are alike, on its pile."""
        self.piles[outcome] += many
        self.reasons[reason] += many
        if list_id is not None:
            of_list = self.lists.get(list_id)
            if of_list is None:
                of_list = self.lists[list_id] = Counter()
            of_list[outcome] += many

    def close(self, read: int) -> Tally:
        """Return the tally.

        Raises:
            UnbalancedError: a record is missing or stands on two piles.
        """
        return Tally(read=read, **{name: self.piles[name] for name in PILES})

    def told(self, read: int, names: Mapping[int, str]) -> dict[str, object]:
        """Return the counts as `apply` prints them; ``names`` gives each list its name."""
        return {
            "read": read,
            **self.close(read).piles(),
            "answered": self.answered,
            "reasons": dict(sorted(self.reasons.items())),
            "lists": {
                names[number]: {pile: counts[pile] for pile in PILES if counts[pile]}
                for number, counts in sorted(self.lists.items(), key=lambda item: names[item[0]])
            },
        }


def dollars(mills: int | None) -> str | None:
    """Return whole mills as dollars and cents, ``"12.34"``; a half cent goes to the even side.

    >>> dollars(12_340), dollars(None)
    ('12.34', None)
    """
    if mills is None:
        return None
    cents = round(mills / 10)
    return f"{cents // 100}.{cents % 100:02d}"
