"""What systemd wants to know of a service: ready, status, still alive, reloading, stopping (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

PATIENCE = 2.0  # seconds for a manager that does not read: telling must never hold up the work


class Notifier:
    """Tells the service manager how we are; where there is none, tells nobody.

    Args:
        environment: where NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are looked up.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        ours = environment.get("WATCHDOG_PID") in (None, "", str(os.getpid()))
        period = environment.get("WATCHDOG_USEC", "")
        self.watchdog_seconds: float | None = int(period) / 1e6 if ours and period.isdigit() and int(period) else None

    def tell(self, *lines: str) -> bool:
        """Send one message, an assignment a line; say whether it was sent. Never fails.

        An address that begins with ``@`` lies in the abstract name space.
        """
        if self._address[:1] not in ("/", "@"):
            return False
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.settimeout(PATIENCE)
            door.connect(address)
            door.sendall("\n".join(lines).encode())
            return True
        return False

    def ready(self, status: str) -> None:
        """Say that the service is at work."""
        self.tell("READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        """Say in a sentence what is going on."""
        self.tell(f"STATUS={text}")

    def alive(self) -> None:
        """Beat the watchdog."""
        self.tell("WATCHDOG=1")

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` ends it."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, status: str) -> None:
        """Say that the service is on its way out."""
        self.tell("STOPPING=1", f"STATUS={status}")
