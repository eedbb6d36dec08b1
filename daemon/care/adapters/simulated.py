"""The bundled simulator, run as any vendor's program is. What it answers is not CASS certified."""

from __future__ import annotations

import sys

from daemon.care.adapters.command import CommandEngine
from daemon.care.adapters.settings import CommandAdapter, SimulatedAdapter
from daemon.wiring import House

COMMAND = (
    *(sys.executable, "-P", "-m", "daemon.simulator", "{kind}", "{in}", "{out}"),
    *("--report", "{report}", "--as-of", "{date}"),
)


def simulated(house: House, settings: SimulatedAdapter) -> CommandEngine:
    """Return the adapter that runs the simulator."""
    command = CommandAdapter(name=settings.name, kind="command", command=COMMAND)
    return CommandEngine(house, command.model_copy(update={"timeout": settings.timeout}))
