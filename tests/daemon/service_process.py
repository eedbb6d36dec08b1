"""The real daemon in a process of its own, with the test as its service manager."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.running import environment

SECONDS = 20.0


def until(true: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := true():
            return value
        time.sleep(0.03)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class ServiceProcess:
    """`listkeeper run`, and everything it tells systemd and the journal."""

    def __init__(self, home: Path, url: str, *, watchdog: float | None = None, abstract: bool = True) -> None:
        name = f"lk-{uuid.uuid4().hex}"
        path = Path(os.environ.get("TMPDIR", "/tmp")) / f"{name}.sock"
        self._path = None if abstract else path
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._door.bind(f"\0{name}" if abstract else str(path))
        self.told: list[str] = []
        self.home = home
        env = environment(home, url) | {"NOTIFY_SOCKET": f"@{name}" if abstract else str(path)}
        if watchdog is not None:
            env["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        self._log = (home.parent / f"{name}.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "daemon", "run"], env=env, stdout=subprocess.DEVNULL, stderr=self._log
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._door.close()
        self._log.close()
        if self._path:
            self._path.unlink(missing_ok=True)

    def lines(self) -> list[str]:
        """Return every assignment that the service manager was told so far."""
        while select.select([self._door], [], [], 0)[0]:
            self.told += self._door.recv(65536).decode().splitlines()
        return self.told

    def hears(self, start: str, seconds: float = SECONDS, *, after: int = 0) -> str:
        """Wait for a line that starts so, and return it."""

        def heard() -> str | None:
            assert self.process.poll() is None or after, f"it ended with {self.process.returncode}: {self.log()}"
            return next((line for line in self.lines()[after:] if line.startswith(start)), None)

        return str(until(heard, f"{start} among {self.told}", seconds))

    def ready(self) -> Self:
        """Wait until it is at work."""
        self.hears("READY=1")
        return self

    def log(self) -> str:
        """Return what it has logged."""
        self._log.flush()
        return Path(self._log.name).read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def logs(self, name: str, times: int = 1) -> list[dict[str, Any]]:
        """Wait until it has logged an event so often."""
        return list(until(lambda: len(found := self.events(name)) >= times and found, f"{name} in {self.log()}"))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def stop(self, seconds: float = SECONDS) -> int:
        """Stop it as systemd does, and return what it ends with."""
        self.signal(signal.SIGTERM)
        return self.process.wait(seconds)
