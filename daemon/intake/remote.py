"""One line to an SFTP server: log in, list, fetch, let go; every fault by its family."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READDIR,
    SFTP_FLAG_READ,
)

from daemon import config
from daemon.errors import OperatorError
from daemon.intake.hosts import BrokenLineError, HostKey, HostKeyUnknownError, closed_after, compare, reached
from daemon.intake.patience import Patience
from daemon.intake.stream import BLOCK, ChangedError, Stream
from daemon.settings import SftpFeed

LINE_FAULTS = (EOFError, paramiko.SSHException, paramiko.SFTPError, TimeoutError, ConnectionError)

_FORM = serialization.PrivateFormat
KEYS = (
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key, _FORM.OpenSSH),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey, _FORM.TraditionalOpenSSL),
    (rsa.RSAPrivateKey, paramiko.RSAKey, _FORM.TraditionalOpenSSL),
)


class LoginRefusedError(OperatorError):
    """The server knows our login and does not take it."""


class Login(NamedTuple):
    """What we prove ourselves by."""

    key: Any  # a paramiko PKey, or None
    password: str | None


class Entry(NamedTuple):
    """One file of a remote folder. Bytes of its name that are no UTF-8 are surrogates."""

    name: str
    size: int
    modified: str  # seconds since 1970 by the server's clock; empty where it tells none


def login_of(home: Path, feed: SftpFeed) -> Login:
    """Read the feed's secrets. Nothing is sent.

    Raises:
        OperatorError: one is missing, or is no private key that can be used unattended.
    """
    where = f"feed {feed.name}"
    key = password = None
    if feed.private_key is not None:
        text = config.secret(home, feed.private_key, f"{where}: private_key")
        key = _private_key(text, f"{where}: private_key")
    if feed.password is not None:
        try:
            password = config.secret(home, feed.password, f"{where}: password").decode("utf-8")
        except UnicodeDecodeError as error:
            raise OperatorError(f"{where}: password: the secret it names is not UTF-8; write it again") from error
    return Login(key, password)


def _private_key(text: bytes, where: str) -> Any:
    """Read a key of any usual kind, as OpenSSH, PEM or PKCS #8 writes it; the SSH library itself reads only some."""
    for load in (serialization.load_ssh_private_key, serialization.load_pem_private_key):
        try:
            key = load(text + b"\n", None)
        except TypeError as error:  # what both say where a passphrase is missing
            raise OperatorError(
                f"{where}: the key asks for a passphrase, and nobody is there at night to type it; "
                "write it without one (`ssh-keygen -p`) and keep it in a systemd credential"
            ) from error
        except (ValueError, UnsupportedAlgorithm):
            continue
        for kind, reader, form in KEYS:
            if isinstance(key, kind):
                plain = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
                return reader.from_private_key(io.StringIO(plain.decode()))
    raise OperatorError(
        f"{where}: the secret it names is no private key that we read; make one with `ssh-keygen -t ed25519`"
    )


@contextmanager
def opened(feed: SftpFeed, login: Login, known: list[HostKey], patience: Patience) -> Iterator[Line]:
    """Yield a line to the feed's server: host key held against the pinned ones, logged in, SFTP begun.

    Raises:
        HostKeyUnknownError, HostKeyChangedError: before anything of ours is sent.
        LoginRefusedError, OperatorError: the server lets us not in, or offers no SFTP.
        BrokenLineError: it cannot be reached, or ends the connection meanwhile.
    """
    if not known:
        raise HostKeyUnknownError(feed.name, feed.host)
    with reached(feed, known, patience) as (transport, shown):
        compare(feed, shown, known)
        _log_in(transport, feed, login, patience)
        yield Line(_begin(transport, feed, patience), feed, patience)


def _log_in(transport: Any, feed: SftpFeed, login: Login, patience: Patience) -> None:
    ways: list[Callable[[], list[str]]] = []
    if login.key is not None:
        ways.append(lambda: list(transport.auth_publickey(feed.username, login.key)))
    if login.password is not None:
        ways.append(lambda: list(transport.auth_password(feed.username, login.password)))
    for way in ways:
        begun = patience.clock()
        try:
            with closed_after(2 * patience.greet, transport):
                way()
        except paramiko.AuthenticationException as error:
            # The one exception stands for a refusal, for silence and for an ended connection.
            if not transport.is_active() or patience.clock() - begun >= patience.greet:
                raise _broken(feed, "while we logged in") from error
        except (*LINE_FAULTS, OSError) as error:
            raise _broken(feed, "while we logged in") from error
        if transport.is_authenticated():
            return
    raise LoginRefusedError(
        f"feed {feed.name}: {feed.host} refuses our login; give whoever runs it our public key, or correct "
        "username, private_key or password in listkeeper.toml"
    )


def _begin(transport: Any, feed: SftpFeed, patience: Patience) -> Any:
    begun = patience.clock()
    try:
        with closed_after(2 * patience.greet, transport):  # the library itself waits for ever here
            channel = transport.open_session(timeout=patience.greet)
            channel.settimeout(patience.answer)
            channel.invoke_subsystem("sftp")
            return paramiko.SFTPClient(channel)
    except (*LINE_FAULTS, OSError) as error:
        if transport.is_active() and patience.clock() - begun < patience.greet:
            raise OperatorError(
                f"feed {feed.name}: {feed.host} lets us in and offers no SFTP; ask whoever runs it to allow it"
            ) from error
        raise _broken(feed, "before SFTP began") from error


def _broken(feed: SftpFeed, when: str) -> BrokenLineError:
    return BrokenLineError(f"feed {feed.name}: the connection to {feed.host} broke off {when}; will be tried again")


class Line:
    """An open SFTP session. After a BrokenLineError or a ChangedError it is of no more use."""

    def __init__(self, client: Any, feed: SftpFeed, patience: Patience) -> None:
        self._client = client
        self._feed = feed
        self._patience = patience

    def files(self) -> list[Entry]:
        """List the ordinary files of the feed's folder, and links to such, by name.

        Raises:
            OperatorError: the folder is not there or may not be read.
            BrokenLineError
        """
        try:
            with self._faults_named("while its folder was listed"):
                listed = self._list(self._feed.remote)
        except FileNotFoundError as error:
            raise self._folder("is not there; correct `remote`") from error
        except PermissionError as error:
            raise self._folder("may not be read; ask whoever runs it for the right") from error
        found = [entry for name, attributes in listed if (entry := self._entry(name, attributes))]
        return sorted(found, key=lambda entry: entry.name)

    def facts(self, name: str) -> Entry | None:
        """Say how a file is now; None where it is not there."""
        with self._faults_named("while a file was looked at"):
            try:
                return _told(name, self._client.stat(self._path(name)))
            except FileNotFoundError:
                return None

    def fetch(self, entry: Entry, out: int) -> None:
        """Write a remote file to an open, empty file, from its first byte: nothing is ever resumed.

        Many reads are under way at once, and memory stays at a megabyte whatever the size.
        (The library's own prefetch leaves a thread turning for ever where a line breaks.)

        Raises:
            ChangedError: it is not, or no longer, what the listing said.
            FileNotFoundError, PermissionError: it is gone, or may not be read.
            BrokenLineError: nothing came any more, or too slowly.
            TryAgainError: our disk is full.
        """
        with self._faults_named("while a file was fetched"):
            _, answer = self._client._request(CMD_OPEN, self._path(entry.name), SFTP_FLAG_READ, _no_attributes())
            handle = answer.get_binary()
            Stream(self._client, handle, out, entry.size).run(self._patience)
            self._client._request(CMD_CLOSE, handle)
        if self.facts(entry.name) != entry or os.fstat(out).st_size != entry.size:
            raise ChangedError

    def exists(self, name: str) -> bool:
        """Say whether there is a file of that name."""
        return self.facts(name) is not None

    def upload(self, source: Path, name: str) -> None:
        """Write a file there, from its first byte and over whatever had the name; whole when this returns.

        Raises:
            OperatorError: the folder is not there, or may not be written.
            BrokenLineError: the line broke, or was too slow. What is there then may be half a file.
        """
        size = source.stat().st_size
        deadline = self._patience.deadline(size)
        try:
            with (
                self._faults_named("while a file was sent"),
                source.open("rb") as file,
                self._client.open(self._path(name), "wb") as there,
            ):
                there.set_pipelined(True)
                while block := file.read(BLOCK):
                    there.write(block)
                    if self._patience.clock() > deadline:
                        raise TimeoutError
        except FileNotFoundError as error:
            raise self._folder("is not there; correct it") from error
        except PermissionError as error:
            raise self._folder("may not be written; ask whoever runs it for the right") from error
        entry = self.facts(name)
        if entry is None or entry.size != size:
            raise _broken(self._feed, "while a file was sent")

    def rename(self, name: str, new: str) -> None:
        """Give a file of the folder another name, which must be free.

        Raises:
            OSError: the server does not let us. FileNotFoundError: it is gone.
            BrokenLineError: nobody knows whether it was done.
        """
        with self._faults_named("while a file was renamed", refusals=True):
            self._client.rename(self._path(name), self._path(new))

    def delete(self, name: str) -> None:
        """Delete a file.

        Raises:
            OSError: the server does not let us. FileNotFoundError: it is gone.
            BrokenLineError
        """
        with self._faults_named("while a file was deleted", refusals=True):
            self._client.remove(self._path(name))

    def move(self, name: str, folder: str, names: list[str]) -> None:
        """Move a file into a folder, made where missing, under the first of the names that is free there.

        Raises:
            OSError: the server does not let us.
            BrokenLineError
        """
        target = posixpath.join(self._feed.remote, folder)
        with self._faults_named("while a file was moved", refusals=True):
            try:
                self._client.stat(target)
            except FileNotFoundError:
                self._client.mkdir(target)
            for new in names:
                place = posixpath.join(target, new)
                try:
                    self._client.stat(place)
                except FileNotFoundError:
                    self._client.rename(self._path(name), place)
                    return
        raise FileExistsError(errno.EEXIST, "every name is taken")

    def _path(self, name: str) -> str:
        return posixpath.join(self._feed.remote, name)

    def _folder(self, what: str) -> OperatorError:
        return OperatorError(f"feed {self._feed.name}: the remote folder {what} (`remote` in listkeeper.toml)")

    @contextmanager
    def _faults_named(self, when: str, *, refusals: bool = False) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, PermissionError):
            raise
        except LINE_FAULTS as error:
            raise _broken(self._feed, when) from error
        except OSError as error:
            # A refusal without a number is what SFTP has for all the rest; a closed channel looks the same.
            channel = self._client.get_channel()
            if refusals and not channel.closed and channel.get_transport().is_active():
                raise
            raise _broken(self._feed, when) from error

    def _list(self, folder: str) -> list[tuple[str, Any]]:
        """As the library lists, but one name that is no UTF-8 does not hide all the others."""
        kind, answer = self._client._request(CMD_OPENDIR, folder)
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("no handle")
        handle, found = answer.get_binary(), []
        while True:
            try:
                kind, answer = self._client._request(CMD_READDIR, handle)
            except EOFError:
                break
            if kind != CMD_NAME:
                raise paramiko.SFTPError("no names")
            for _ in range(answer.get_int()):
                name = answer.get_binary().decode("utf-8", "surrogateescape")
                long_form = answer.get_binary().decode("utf-8", "replace")
                attributes = paramiko.SFTPAttributes._from_msg(answer, name, long_form)
                if name not in (".", ".."):
                    found.append((name, attributes))
        self._client._request(CMD_CLOSE, handle)
        return found

    def _entry(self, name: str, attributes: Any) -> Entry | None:
        mode = attributes.st_mode
        linked = stat.S_ISLNK(mode) if mode is not None else attributes.longname.startswith("l")
        if linked and name.isprintable() and "/" not in name:
            return self.facts(name)
        return _told(name, attributes)


def _told(name: str, attributes: Any) -> Entry | None:
    """What a server says about an ordinary file; None for anything else."""
    mode, size = attributes.st_mode, attributes.st_size
    ordinary = stat.S_ISREG(mode) if mode is not None else attributes.longname[:1] not in ("d", "l")
    if not ordinary or size is None:
        return None
    return Entry(name, int(size), "" if attributes.st_mtime is None else str(int(attributes.st_mtime)))


def _no_attributes() -> Any:
    return paramiko.SFTPAttributes()
