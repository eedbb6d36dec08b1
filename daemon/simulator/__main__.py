"""`python -m daemon.simulator` is the `listkeeper-simulator` command."""

from __future__ import annotations

from daemon.simulator.cli import main

if __name__ == "__main__":
    main()
