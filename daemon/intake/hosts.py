"""Who a far host is: reach it, hold its key against the one that is pinned, pin one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

import paramiko

from daemon.care.adapters.settings import SftpAdapter
from daemon.config import inside
from daemon.durable import atomic_bytes
from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.intake.patience import PATIENCE, Patience
from daemon.setting_types import SftpLogin
from daemon.settings import SftpFeed
from daemon.wiring import House

# It writes hosts, users and tracebacks of what we handle ourselves.
_theirs = logging.getLogger("paramiko")
_theirs.addHandler(logging.NullHandler())
_theirs.propagate = False
_theirs.setLevel(logging.CRITICAL)

RSA = ("rsa-sha2-512", "rsa-sha2-256")  # how a key of the kind ssh-rsa signs


class BrokenLineError(TryAgainError):
    """A connection ended, or nothing came any more. Nothing was changed."""


class UnreachableError(BrokenLineError):
    """No connection could be made."""


class HostKeyUnknownError(OperatorError):
    """No key is pinned for this host."""

    def __init__(self, feed: str, host: str) -> None:
        super().__init__(
            f"feed {feed}: the key of {host} is not known here; ask whoever runs it for the fingerprint, "
            f"then run `listkeeper host trust {feed}`"
        )
        self.host = host


class HostKeyChangedError(OperatorError):
    """The host shows another key than the one that is pinned."""

    def __init__(self, feed: str, host: str, fingerprint: str) -> None:
        super().__init__(
            f"feed {feed}: {host} shows another host key than the one we know ({fingerprint}); nothing was sent. "
            f"Compare it with whoever runs it, then run `listkeeper host trust {feed}`"
        )
        self.host = host
        self.fingerprint = fingerprint


class HostKey(NamedTuple):
    """A public key as a host shows it."""

    kind: str  # ssh-ed25519, …
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def pinned(house: House, feed: SftpFeed) -> list[HostKey]:
    """Return the keys that `known_hosts` has for the feed's host; none where it has none.

    Lines are OpenSSH's, plain or hashed. Marked ones (``@revoked``, ``@cert-authority``) pin nothing.

    Raises:
        OperatorError: the file is there and may not be read.
    """
    return [key for line in _lines(_path(house, feed)) for names, key in [_read(line)] if key and _is(names, feed)]


@contextmanager
def reached(feed: SftpFeed, known: list[HostKey], patience: Patience = PATIENCE) -> Iterator[tuple[Any, HostKey]]:
    """Yield an encrypted connection (a paramiko Transport) to the feed's host, and the key it has proved to hold.

    Nobody is logged in yet, and nothing of ours was sent. Closed when the block ends.

    Args:
        known: keys whose kinds are asked for first; the caller compares.

    Raises:
        UnreachableError: no answer, no such host, or what answers is no SSH server.
        OperatorError: the two have no algorithm in common.
    """
    where = f"feed {feed.name}: {feed.host} port {feed.port}"
    try:
        line = socket.create_connection((feed.host, feed.port), timeout=patience.connect)
    except OSError as error:
        what = "there is no such host" if isinstance(error, socket.gaierror) else "cannot be reached"
        raise UnreachableError(f"{where}: {what}; will be tried again") from error
    transport = paramiko.Transport(line)
    try:
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = patience.greet
        transport.channel_timeout = patience.greet
        _ask_first_for(transport, known)
        try:
            with closed_after(patience.connect + patience.greet, transport):
                transport.start_client(timeout=patience.greet)
                shown = transport.get_remote_server_key()
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise OperatorError(
                f"{where}: has no algorithm that is safe today; ask whoever runs it for a newer server"
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise UnreachableError(f"{where}: does not answer as an SSH server; will be tried again") from error
        yield transport, HostKey(shown.get_name(), shown.asbytes())
    finally:
        transport.close()
        line.close()  # a transport that has ended by itself leaves it open


@contextmanager
def closed_after(seconds: float, transport: Any) -> Iterator[None]:
    """Close the connection under whatever the block waits for, where it waits too long."""
    timer = Timer(seconds, transport.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def compare(feed: SftpFeed, shown: HostKey, known: list[HostKey]) -> None:
    """Let a host pass only with a key that is pinned for it.

    Raises:
        HostKeyUnknownError, HostKeyChangedError
    """
    if not known:
        raise HostKeyUnknownError(feed.name, feed.host)
    if shown not in known:
        raise HostKeyChangedError(feed.name, feed.host, shown.fingerprint)


def trust(
    house: House, feed_name: str, *, expected: str = "", write: bool = True, patience: Patience = PATIENCE
) -> dict[str, Any]:
    """Fetch the key that a feed's host shows now and pin it; other hosts' lines stay as they are.

    Returns ``{"feed", "host", "port", "kind", "fingerprint", "before", "known_hosts", "written"}``: ``before`` are the
    fingerprints that were pinned, ``written`` is false where the file says so already.

    Args:
        expected: the fingerprint as the other side has told it (``SHA256:…``); with another one nothing is written.
        write: False only shows.

    Raises:
        UsageError: there is no such feed, or it has no host key.
        OperatorError: the key is not the expected one, or `known_hosts` may not be written.
        TryAgainError: the host cannot be reached.
    """
    feed = _named(house, feed_name)
    path, known = _path(house, feed), pinned(house, feed)
    with reached(feed, [], patience) as (_transport, shown):
        pass
    if expected and expected.rstrip("=") != shown.fingerprint:
        raise OperatorError(
            f"feed {feed.name}: {feed.host} shows {shown.fingerprint}, not the key you named; nothing was written. "
            "Ask whoever runs it which one is right"
        )
    written = write and known != [shown]
    if written:
        _pin(path, feed, shown)
    return {
        "feed": feed.name,
        "host": feed.host,
        "port": feed.port,
        "kind": shown.kind,
        "fingerprint": shown.fingerprint,
        "before": [key.fingerprint for key in known],
        "known_hosts": str(path),
        "written": written,
    }


def as_feed(adapter: SftpAdapter, remote: str) -> SftpFeed:
    """Return one folder of an engine's server as a feed would have it: the same line leads to both."""
    return SftpFeed(
        kind="sftp",
        remote=remote,
        **{name: getattr(adapter, name) for name in ("name", *SftpLogin.model_fields)},
    )


def _named(house: House, name: str) -> SftpFeed:
    """Return the feed, or the adapter, of a name."""
    feeds = [as_feed(each, ".") if isinstance(each, SftpAdapter) else each for each in house.settings.adapters]
    known = [each.name for each in (*house.settings.feeds, *feeds) if isinstance(each, SftpFeed)]
    for feed in (*house.settings.feeds, *feeds):
        if feed.name == name:
            if not isinstance(feed, SftpFeed):
                raise UsageError(f"feed {name} is of kind {feed.kind}, which has no host key")
            return feed
    raise UsageError(f"there is no feed {name}; feeds of kind sftp: {', '.join(known) or 'none'}")


def _path(house: House, feed: SftpFeed) -> Path:
    return inside(house.home, feed.known_hosts)


def _ask_first_for(transport: Any, known: list[HostKey]) -> None:
    """A host has keys of several kinds: ask for the pinned one first, else an honest host looks changed."""
    first = [kind for key in known for kind in (RSA if key.kind == "ssh-rsa" else (key.kind,))]
    options = transport.get_security_options()
    offered = list(options.key_types)
    first = [kind for kind in dict.fromkeys(first) if kind in offered]
    options.key_types = first + [kind for kind in offered if kind not in first]


def _entry(feed: SftpFeed) -> str:
    return feed.host.lower() if feed.port == 22 else f"[{feed.host.lower()}]:{feed.port}"


def _is(names: list[str], feed: SftpFeed) -> bool:
    return any(_matches(name, _entry(feed)) for name in names)


def _matches(name: str, entry: str) -> bool:
    if not name.startswith("|1|"):
        return name.lower() == entry
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in name[3:].split("|"))
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(salt, entry.encode(), "sha1").digest(), digest)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OperatorError(f"{path}: may not be read; give this user the file") from error


def _read(line: str) -> tuple[list[str], HostKey | None]:
    """Return whom a line is about and which key it has; no key where it pins none."""
    words = line.split()
    if len(words) < 3 or words[0][0] in "#@":
        return [], None
    try:
        return words[0].split(","), HostKey(words[1], base64.b64decode(words[2], validate=True))
    except (ValueError, binascii.Error):
        return [], None


def _pin(path: Path, feed: SftpFeed, key: HostKey) -> None:
    """Write the file with this one key for the host, and everything about others as it was."""
    kept = []
    for line in _lines(path):
        names, _ = _read(line)
        others = [name for name in names if not _matches(name, _entry(feed))]
        if len(others) == len(names):
            kept.append(line)
        elif others:  # several hosts share the line
            kept.append(line.replace(line.split()[0], ",".join(others), 1))
    kept.append(f"{_entry(feed)} {key.kind} {base64.b64encode(key.blob).decode()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_bytes(path) as file:
            file.write("".join(f"{line}\n" for line in kept).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise OperatorError(f"{path}: may not be written; give this user the folder") from error
