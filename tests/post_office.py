"""Servers that feeds are tested against: a real OpenSSH `sshd`, and one in this process that misbehaves as told."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from daemon.settings import SftpFeed

SECONDS = 20
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@dataclass
class PostOffice:
    """An SFTP server on loopback, and what a client needs to be let in."""

    port: int
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey
    user: str

    def known_line(self) -> str:
        """The line of a known_hosts file for this server."""
        return f"[127.0.0.1]:{self.port} {self.host_key.export_public_key().decode()}"

    def furnish(self, home: Path) -> None:
        """Put the private key and the pinned host key into a home."""
        keys = home / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / "id_ed25519").write_bytes(self.client_key.export_private_key())
        (keys / "id_ed25519").chmod(0o600)
        (keys / "known_hosts").write_text(self.known_line())

    def settings(self, folder: Path | str, **changes: Any) -> dict[str, Any]:
        """A `[[feed]]` of this server, as `listkeeper.toml` would have it."""
        return {
            "name": "acs",
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.user,
            "private_key": "keys/id_ed25519",
            "remote": str(folder),
            "patterns": ["P*.zip", "*.dat"],
            "settle_seconds": 0,
            **changes,
        }

    def feed(self, folder: Path | str, **changes: Any) -> SftpFeed:
        """The same, checked."""
        return SftpFeed.model_validate(self.settings(folder, **changes))


@contextlib.contextmanager
def real_office(top: Path) -> Iterator[PostOffice]:
    """OpenSSH's own server, with keys thrown away when it ends. It sees the files of whoever runs the tests."""
    assert SSHD is not None
    host, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host.write_private_key(top / "host_key")
    (top / "host_key").chmod(0o600)
    client.write_public_key(top / "authorized_keys")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (top / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {top / 'host_key'}\nPidFile none\n"
        f"AuthorizedKeysFile {top / 'authorized_keys'}\nStrictModes no\nUsePAM no\nUseDNS no\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        "MaxStartups 100\nLogLevel ERROR\nSubsystem sftp internal-sftp\n"
    )
    command = [SSHD, "-D", "-e", "-f", top / "sshd_config"]
    with (top / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_for(port, process, top / "log")
            yield PostOffice(port, host, client, getpass.getuser())
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            if line.recv(4) == b"SSH-":
                return
        time.sleep(0.02)
    raise AssertionError(f"sshd did not start: {log.read_text()}")


@dataclass
class Faults:
    """What the faulty server does wrong. Counts are used up."""

    drop_reads_at: int = -1  # the connection is cut at a read from this offset on …
    drops: int = 0  # … as often as this
    drop_only: str = ""  # … of this file, of any where empty
    stall: bool = False  # reads are never answered
    short: int = 0  # reads give at most so many bytes
    size_told: dict[str, int] = field(default_factory=dict)  # sizes as the server says they are
    names: list[bytes] = field(default_factory=list)  # listed besides the real ones
    listing_seconds: float = 0
    refuses_to_delete: bool = False
    password: str = ""  # taken besides the key
    grow: dict[str, bytes] = field(default_factory=dict)  # appended when the file is opened
    no_sftp: bool = False


class FaultyOffice(PostOffice):
    """A server in this process, in a thread of its own."""

    def __init__(self, faults: Faults, kind: str = "ssh-ed25519") -> None:
        super().__init__(0, asyncssh.generate_private_key(kind), asyncssh.generate_private_key("ssh-ed25519"), "bureau")
        self.faults = faults
        self.logins = 0
        self.opened: list[str] = []
        self.open_files: list[Any] = []
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> FaultyOffice:
        self._thread.start()
        assert self._ready.wait(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        connections: list[asyncssh.SSHServerConnection] = []
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self.host_key],
            server_factory=lambda: _Doorman(self, connections),
            sftp_factory=None if self.faults.no_sftp else (lambda channel: _FaultySftp(channel, self)),
        )
        self.port = server.get_port()
        self._ready.set()
        await self._over.wait()
        server.close()
        for connection in connections:
            connection.abort()
        await server.wait_closed()
        for file in self.open_files:
            file.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


class _Doorman(asyncssh.SSHServer):
    def __init__(self, office: FaultyOffice, connections: list[asyncssh.SSHServerConnection]) -> None:
        self._office = office
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def auth_completed(self) -> None:
        self._office.logins += 1

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        return key.public_data == self._office.client_key.public_data

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002
        return bool(self._office.faults.password) and password == self._office.faults.password


class _FaultySftp(asyncssh.SFTPServer):
    def __init__(self, channel: Any, office: FaultyOffice) -> None:
        super().__init__(channel)
        self._faults = office.faults
        self._office = office
        self._connection = channel.get_connection()
        self._names: dict[Any, str] = {}
        self._dropped = False

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        name = Path(os.fsdecode(path)).name
        self._office.opened.append(name)
        opened = super().open(path, pflags, attrs)
        self._names[opened] = name
        self._office.open_files.append(opened)
        if name in self._faults.grow:
            with Path(os.fsdecode(path)).open("ab") as file:
                file.write(self._faults.grow[name])
        return opened

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:  # type: ignore[override]
        faults = self._faults
        if faults.stall:
            await asyncio.sleep(SECONDS)
        meant = faults.drop_only in ("", self._names.get(file_obj))
        if faults.drops and meant and offset >= faults.drop_reads_at >= 0 and not self._dropped:
            self._dropped = True  # once a connection, however many reads are under way
            faults.drops -= 1
            self._connection.abort()
        file_obj.seek(offset)
        content: bytes = file_obj.read(min(size, faults.short) if faults.short else size)
        return content

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        await asyncio.sleep(self._faults.listing_seconds)
        async for name in super().scandir(path):
            told = self._faults.size_told.get(os.fsdecode(bytes(name.filename)))
            if told is not None:
                name.attrs.size = told
            yield name
        for extra in self._faults.names:
            yield asyncssh.SFTPName(extra, attrs=asyncssh.SFTPAttrs(size=3, permissions=0o100644, atime=1, mtime=1))

    def stat(self, path: bytes) -> Any:
        facts = super().stat(path)
        told = self._faults.size_told.get(Path(os.fsdecode(path)).name)
        if told is None:
            return facts
        attributes = asyncssh.SFTPAttrs.from_local(facts)  # type: ignore[arg-type]
        attributes.size = told
        return attributes

    def remove(self, path: bytes) -> None:
        if self._faults.refuses_to_delete:
            raise asyncssh.SFTPFailure("no")
        super().remove(path)
