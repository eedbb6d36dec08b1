"""Telling people: one digest a run, by mail, webhook and, as an extra, whatever Apprise knows.

A digest has files, counts, reasons and remedies; it never has the name or the address of an addressee. It is written
into the home before it is sent, so that one that could not be sent goes out with the next; a failure to tell never
fails the job that was told about.
"""

from __future__ import annotations

import json
import secrets
import smtplib
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from threading import Lock
from typing import Any

from daemon import config
from daemon.db import reading
from daemon.durable import atomic_writer
from daemon.errors import HouseError, OperatorError, TryAgainError
from daemon.returns.report import PILES
from daemon.telemetry import fail, log, warn
from daemon.wiring import House

Digest = dict[str, Any]
Channel = Callable[[House, Digest], None]

FOLDER = "digests"  # in the spool: what has not been sent everywhere yet
MOST = 50  # digests kept when nobody can be told; the oldest goes first
SECONDS = 15.0  # for one mail server or web server to answer
APPLIED = ("feed", "file", "batch", "status", "kind", "read", *PILES, "answered", "reasons", "lists", "charges")
ASIDE = ("feed", "file", "status", "error", "reason", "what_to_do")
ALERT = ("kind", "level", "feed", "job", "list", "missed", "days", "last_file_at", "message")

_sending = Lock()


def compose(
    house: House,
    results: Iterable[Mapping[str, Any]] = (),
    *,
    due: Mapping[str, Any] | None = None,
    alerts: Iterable[Mapping[str, Any]] = (),
) -> Digest | None:
    """Put together what one run has to tell; None where it is nothing.

    Args:
        results: what `apply` tells of each file, with its feed.
        due: what `apply_due` told.
        alerts: dicts with ``kind``, ``level`` and ``message``.
    """
    files, told = list(results), list(alerts)
    if not (files or due or told):
        return None
    return {**about(house, told, files, due), "questions": _questions(house)}


def about(
    house: House,
    alerts: Iterable[Mapping[str, Any]],
    files: Iterable[Mapping[str, Any]] = (),
    due: Mapping[str, Any] | None = None,
) -> Digest:
    """Return a digest without asking the database. Otherwise as `compose`."""
    files = list(files)
    return {
        "digest": secrets.token_hex(8),
        "at": house.stamp(),
        "host": socket.gethostname(),
        "applied": [_only(APPLIED, each) for each in files if each["status"] in ("applied", "repeat")],
        "set_aside": [_only(ASIDE, each) for each in files if each["status"] not in ("applied", "repeat")],
        "due": _only(APPLIED, due) if due else None,
        "alerts": [_only(ALERT, each) for each in alerts],
        "questions": {"open": 0, "reasons": {}},
    }


def _only(keys: Iterable[str], of: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: of[key] for key in keys if of.get(key) is not None}
    if of.get("warnings"):
        told["warnings"] = len(of["warnings"])
    return told


def _questions(house: House) -> dict[str, Any]:
    with reading(house.engine) as store:
        reasons = store.all("SELECT reason, count(*) FROM review_item WHERE status = 'open' GROUP BY reason ORDER BY 1")
    return {"open": sum(count for _reason, count in reasons), "reasons": dict(reasons)}


def told_in_words(digest: Digest) -> tuple[str, str]:
    """Return subject and text of a digest."""
    alerts, aside, applied = digest["alerts"], digest["set_aside"], digest["applied"]
    alarm = "ALARM: " if any(each.get("level") == "alarm" for each in alerts) else ""
    counts = ((len(applied), "applied"), (len(aside), "set aside"), (len(alerts), "to look at"))
    counted = ", ".join(f"{count} {word}" for count, word in counts if count) or "moves that were due"
    lines: list[str] = []
    for each in alerts:
        lines.append(f"{each.get('level', 'alert').upper()}: {each['message']}")
    for each in aside:
        lines += [f"SET ASIDE: {each['file']} ({each.get('feed', '')})", f"  why: {each.get('error', '')}"]
        lines += [f"  what to do: {each['what_to_do']}"] if each.get("what_to_do") else []
    for each in [*applied, *([digest["due"]] if digest["due"] else [])]:
        if each["status"] == "repeat":
            lines.append(f"REPEAT: {each['file']}: applied before, as batch {each['batch']}; nothing done")
            continue
        piles = ", ".join(f"{each[pile]:,} {pile}" for pile in PILES if each.get(pile))
        lines.append(f"APPLIED: {each['file']}: batch {each['batch']}, {each.get('read', 0):,} read: {piles or 'none'}")
        for name, per in each.get("lists", {}).items():
            lines.append(f"  list {name}: " + ", ".join(f"{count:,} {pile}" for pile, count in per.items()))
        if each.get("warnings"):
            lines.append(f"  {each['warnings']} warnings: listkeeper batch show {each['batch']}")
    waiting = digest["questions"]["open"]
    if waiting:
        lines.append(f"QUESTIONS: {waiting:,} wait for a person: listkeeper review list")
    return f"[listkeeper] {alarm}{counted}", "\n".join([*lines, "", f"{digest['host']}, {digest['at']}"]) + "\n"


def post(house: House, digest: Digest | None) -> int:
    """Send a digest, and those that could not be sent before; return how many are still unsent. Never raises."""
    if not channels(house):
        return 0
    try:
        with _sending:
            if digest is not None:
                _write(_folder(house) / f"{house.now():%Y%m%dT%H%M%S%f}-{digest['digest']}.json", digest, [])
            return _deliver(house)
    except (HouseError, OSError) as error:
        warn("digest_not_kept", error=str(error) if isinstance(error, HouseError) else None, kind=type(error).__name__)
        return 1


def channels(house: House) -> dict[str, Channel]:
    """Return the channels that the settings name."""
    notify = house.settings.notify
    known: dict[str, tuple[object, Channel]] = {
        "smtp": (notify.smtp, _mail),
        "webhook": (notify.webhook, _hook),
        "apprise": (notify.apprise, _apprise),
    }
    return {name: send for name, (setting, send) in known.items() if setting is not None}


def _folder(house: House) -> Path:
    folder = house.home / "spool" / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(path: Path, digest: Digest, sent: list[str]) -> None:
    with atomic_writer(path) as file:
        json.dump({"sent": sent, "digest": digest}, file, ensure_ascii=False, indent=1)


def _deliver(house: House) -> int:
    """Send what lies in the folder, the oldest first. A channel that fails once is left alone until the next time."""
    waiting = sorted(_folder(house).glob("*.json"))
    for path in waiting[:-MOST]:
        path.unlink(missing_ok=True)
        warn("digest_given_up", file=path.name)
    down: set[str] = set()
    unsent = 0
    for path in waiting[-MOST:]:
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            digest, sent = kept["digest"], list(kept["sent"])
        except (OSError, ValueError, KeyError):
            path.unlink(missing_ok=True)
            continue
        before = len(sent)
        for name, send in channels(house).items():
            if name in sent or name in down:
                continue
            if _sent(house, name, send, digest):
                sent.append(name)
            else:
                down.add(name)
        if set(channels(house)) <= set(sent):
            path.unlink(missing_ok=True)
            continue
        unsent += 1
        if len(sent) != before:
            _write(path, digest, sent)
    return unsent


def _sent(house: House, name: str, send: Channel, digest: Digest) -> bool:
    try:
        send(house, digest)
    except TryAgainError as error:
        warn("digest_not_sent", channel=name, error=str(error))
    except HouseError as error:
        fail("digest_not_sent", channel=name, error=str(error))
    except Exception as error:  # whatever a server or a library thinks of: telling never fails the job
        fail("digest_not_sent", channel=name, kind=type(error).__name__)
    else:
        log("digest_sent", channel=name)
        return True
    return False


def _mail(house: House, digest: Digest) -> None:
    smtp = house.settings.notify.smtp
    assert smtp is not None  # noqa: S101 - only called where it is set
    subject, text = told_in_words(digest)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, smtp.sender, ", ".join(smtp.to)
    message["Message-ID"] = f"<{digest['digest']}@listkeeper>"  # the same where it is sent a second time
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with smtplib.SMTP(smtp.host, smtp.port, timeout=SECONDS) as server:
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        code = getattr(error, "smtp_code", None)
        what = f"answered {code}" if code else f"cannot be reached ({type(error).__name__})"
        raise TryAgainError(f"notify.smtp: {smtp.host}:{smtp.port} {what}") from error
    if refused:
        warn("recipients_refused", channel="smtp", refused=len(refused))


def _hook(house: House, digest: Digest) -> None:
    webhook = house.settings.notify.webhook
    assert webhook is not None  # noqa: S101 - only called where it is set
    subject, text = told_in_words(digest)
    request = urllib.request.Request(  # noqa: S310 - the settings take http and https only
        webhook.url,
        data=json.dumps({"subject": subject, "text": text, **digest}).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "listkeeper"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            answer.read(1 << 16)
    except urllib.error.HTTPError as error:
        with suppress(OSError):
            error.close()
        raise TryAgainError(f"notify.webhook: it answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise TryAgainError(f"notify.webhook: it cannot be reached ({type(error).__name__})") from error


def _apprise(house: House, digest: Digest) -> None:
    name = house.settings.notify.apprise
    assert name is not None  # noqa: S101 - only called where it is set
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise OperatorError("notify.apprise: not installed; pip install 'listkeeper[apprise]'") from error
    subject, text = told_in_words(digest)
    outlets = apprise.Apprise()
    addresses = config.secret(house.home, name, "notify.apprise").decode("utf-8", "replace").split()
    if not all([outlets.add(address) for address in addresses]):  # noqa: C419 - each is tried
        raise OperatorError("notify.apprise: the secret has an address that Apprise does not know; write one a line")
    if not outlets.notify(body=text, title=subject):
        raise TryAgainError("notify.apprise: not every address could be told")
