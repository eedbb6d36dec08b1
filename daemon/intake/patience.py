"""How long a far machine is waited for, and how often it is asked again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple


class Patience(NamedTuple):
    """Limits of one look at a far machine. The outside world, sleep and chance, comes in with it.

    Attributes:
        connect: seconds until a connection stands.
        greet: seconds for each step of logging in.
        answer: seconds of silence after which a connection counts as broken.
        slowest: bytes a second; a file that comes slower than this is given up for this time.
        tries: how often one step is tried in one look.
        backoff: seconds before the second try; doubled before each further one.
        pause: sleeps.
        chance: a random number from 0 to below 1, so that many bureaus do not come back at one moment.
        clock: seconds that only go forward.
    """

    connect: float = 20
    greet: float = 30
    answer: float = 60
    slowest: int = 2048
    tries: int = 3
    backoff: float = 2
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic

    def wait(self, tried: int) -> None:
        """Sleep before the next try: half to one and a half times the backoff, which doubles each time.

        >>> slept: list[float] = []
        >>> patience = Patience(backoff=2, pause=slept.append, chance=lambda: 0.5)
        >>> for tried in (1, 2, 3):
        ...     patience.wait(tried)
        >>> slept
        [2.0, 4.0, 8.0]
        """
        self.pause(self.backoff * 2 ** (tried - 1) * (0.5 + self.chance()))

    def deadline(self, size: int) -> float:
        """Return the moment until which a file of so many bytes may take."""
        return self.clock() + 10 * self.answer + size / self.slowest


PATIENCE = Patience()
