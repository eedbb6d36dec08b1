"""What the settings lead to: secrets, hosts and their keys, folders, mail, webhooks."""

from __future__ import annotations

import os
import secrets
import smtplib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daemon import config
from daemon.care.adapters.settings import CommandAdapter, HttpAdapter, SftpAdapter
from daemon.checks.finding import Finding, Visit, of_error
from daemon.durable import PART, write_through
from daemon.errors import HouseError, OperatorError, TryAgainError
from daemon.settings import AnyFeed, EpfFeed, FolderFeed, SftpFeed

SECONDS = 5.0  # that a far machine is waited for
SECRETS = ("zip_password", "password", "private_key")


def readable_secrets(visit: Visit) -> Iterator[Finding]:
    """Is every secret there that the settings name, and does nobody else read it?"""
    from daemon.intake.hosts import as_feed

    named: list[tuple[str | None, str, AnyFeed | None]] = [
        (visit.settings.acs.zip_password, "acs.zip_password", None),
        (visit.settings.notify.apprise, "notify.apprise", None),
    ]
    for index, feed in enumerate(visit.settings.feeds):
        named += [(getattr(feed, key, None), f"feed[{index}].{key}", feed) for key in SECRETS]
    for index, adapter in enumerate(visit.settings.adapters):
        login = as_feed(adapter, ".") if isinstance(adapter, SftpAdapter) else None
        named += [(getattr(adapter, key, None), f"adapter[{index}].{key}", login) for key in (*SECRETS, "secret")]
        if isinstance(adapter, CommandAdapter):
            named += [(name, f"adapter[{index}].secrets.{key}", None) for key, name in adapter.secrets.items()]
    for name, key, of in named:
        if name is None:
            continue
        try:
            config.secret(visit.home, name, key)
            if isinstance(of, SftpFeed):
                _log_in_with(visit.home, of)
        except OperatorError as error:
            yield of_error("secrets", error)
            continue
        place = config.inside(visit.home, name)
        if not os.environ.get("CREDENTIALS_DIRECTORY") and place.is_file() and place.stat().st_mode & 0o077:
            yield Finding("secrets", "warn", f"{key}: others may read it too", "chmod 600 on the file it names")
        else:
            yield Finding("secrets", "ok", f"{key}: there, and may be read")


def _log_in_with(home: Path, feed: SftpFeed) -> None:
    """Read the secrets as a login would: a private key must be one, and open without a passphrase."""
    from daemon.intake.remote import login_of

    login_of(home, feed)


def hosts(visit: Visit) -> Iterator[Finding]:
    """Can each SFTP server be reached, and does it show the key that is pinned for it?"""
    from daemon.intake.hosts import as_feed

    for feed in visit.settings.feeds:
        if isinstance(feed, SftpFeed):
            yield _host(visit, feed, "feed")
    for adapter in visit.settings.adapters:
        if isinstance(adapter, SftpAdapter):
            yield _host(visit, as_feed(adapter, "."), "adapter")


def _host(visit: Visit, feed: SftpFeed, what: str) -> Finding:
    from daemon.intake.hosts import HostKeyUnknownError, compare, pinned, reached
    from daemon.intake.patience import Patience

    where = f"{what} {feed.name}: {feed.host} port {feed.port}"
    try:
        known = pinned(_as_house(visit), feed)
        if not known:
            raise HostKeyUnknownError(feed.name, feed.host)
        with reached(feed, known, Patience(connect=SECONDS, greet=SECONDS)) as (_transport, shown):
            compare(feed, shown, known)
    except TryAgainError as error:
        detail, _, _ = str(error).partition("; ")
        return Finding("host keys", "warn", detail, f"its key is pinned; the {what} tries again by itself")
    except HouseError as error:
        return of_error("host keys", error)
    return Finding("host keys", "ok", f"{where}: shows the key that is pinned for it")


def _as_house(visit: Visit) -> Any:
    from daemon import db
    from daemon.wiring import House

    return House(visit.home, visit.settings, db.engine_for(visit.url), visit.now)


def folders(visit: Visit) -> Iterator[Finding]:
    """Is each drop folder there, and may files be taken out of it?"""
    for feed in visit.settings.feeds:
        if isinstance(feed, FolderFeed):
            yield _folder(visit, feed)


def _folder(visit: Visit, feed: FolderFeed) -> Finding:
    folder = config.inside(visit.home, feed.path)
    where = f"feed {feed.name}: {folder}"
    if not folder.is_dir():
        return Finding(
            "folders", "fail", f"{where}: there is no such folder", f"create it, or correct path of {feed.name}"
        )
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        return Finding("folders", "fail", f"{where}: may not be read ({error.strerror})", "give this user the folder")
    probe = folder / f".doctor-{secrets.token_hex(4)}{PART}"
    try:
        write_through(probe, b"")
    except OSError as error:
        told = f"{where}: may not be written ({error.strerror})"
        if feed.after == "leave":
            return Finding("folders", "ok", f"{told}; files are left there, so it need not be")
        return Finding("folders", "fail", told, 'give this user the folder, or write after = "leave"')
    finally:
        _forget(probe)
    same = folder.stat().st_dev == visit.home.stat().st_dev
    return Finding("folders", "ok", f"{where}: may be read and written, {'same' if same else 'another'} file system")


def _forget(probe: Path) -> None:
    try:
        probe.unlink(missing_ok=True)
    except OSError:
        return


def mail(visit: Visit) -> Iterator[Finding]:
    """Does the mail server answer? It is greeted and left; nothing is sent."""
    smtp = visit.settings.notify.smtp
    if smtp is None:
        return
    where = f"notify.smtp: {smtp.host} port {smtp.port}"
    remedy = "see that the mail server runs, and correct host and port under [notify] smtp"
    try:
        with smtplib.SMTP(smtp.host, smtp.port, timeout=SECONDS) as server:
            code, _ = server.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("mail", "fail", f"{where}: {_said(error)}", remedy)
        return
    if code == 250:
        yield Finding("mail", "ok", f"{where}: greets us")
    else:
        yield Finding("mail", "fail", f"{where}: answers our greeting with {code}", remedy)


def web(visit: Visit) -> Iterator[Finding]:
    """Can the hosts be reached that are posted to or fetched from? Nothing is sent."""
    if visit.settings.notify.webhook is not None:
        yield _reach("webhook", "notify.webhook.url", visit.settings.notify.webhook.url)
    for index, feed in enumerate(visit.settings.feeds):
        if isinstance(feed, EpfFeed):
            yield _reach("epf", f"feed[{index}].url", feed.url)
    for index, adapter in enumerate(visit.settings.adapters):
        if isinstance(adapter, HttpAdapter):
            yield _reach("engines", f"adapter[{index}].url", adapter.url)


def _reach(check: str, key: str, url: str) -> Finding:
    remedy = f"see that the host can be reached from here, and correct {key}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return Finding(check, "fail", f"{key}: no web address", remedy)
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        return Finding(check, "fail", f"{key}: {host} port {port}: {_said(error)}", remedy)
    return Finding(check, "ok", f"{key}: {host} port {port} can be reached")


def _said(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:.0f} seconds"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, smtplib.SMTPException):
        return error.strerror
    return f"does not speak as it should ({type(error).__name__})"
