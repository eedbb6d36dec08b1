"""USPS Electronic Product Fulfillment: what is new there is fetched, proved and marked as fetched.

Untested against the live service. No public page fixes it; what is here follows acs-file-formats, section 9: what
four public clients agree on. Every address is a setting (``[feed.calls]``).
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from daemon import config
from daemon.db import reading, writing
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.intake.archive import safe_name
from daemon.intake.epf_session import FailedCallError, Posted, Session
from daemon.intake.feeds import Polled, wanted
from daemon.intake.incoming import incoming
from daemon.intake.patience import PATIENCE, Patience
from daemon.intake.spool import Taken, check_name, take_in
from daemon.settings import EpfFeed
from daemon.telemetry import log
from daemon.wiring import House

NEW, STARTED, COMPLETED, CANCELLED = "N", "S", "C", "X"
NOT_TAKEN = 0  # stands for the ledger's number where a file was refused


def poll(house: House, feed: EpfFeed, patience: Patience = PATIENCE) -> Polled:
    """Fetch what is posted: set S, fetch, open zip and header, take in, set C; set X where that fails.

    A file is marked C only when it is ours; where a crash came between, the next look marks it. What was
    cancelled (X), and what was started (S) on an earlier day, is tried again, but a file that was refused only
    once a day: fetching costs the service, and nothing is deleted there for 95 days.

    Raises:
        OperatorError: login, secrets or addresses; the message names the remedy.
        TryAgainError: the service cannot be reached, or not one file came through.

    Source: acs-file-formats, section 9. Untested against the live service.
    """
    password = _text(config.secret(house.home, feed.password, f"feed {feed.name}: password"), feed)
    zip_password = None  # that of the account
    if feed.zip_password is not None:
        zip_password = config.secret(house.home, feed.zip_password, f"feed {feed.name}: zip_password")
    visit = _Visit(house, feed, Session(feed, password, patience), zip_password, patience)
    for part in visit.work.glob(f"{_prefix(feed)}*"):  # of a killed look; no job overlaps itself
        part.unlink(missing_ok=True)
    return visit.made()


def _text(secret: bytes, feed: EpfFeed) -> str:
    try:
        return secret.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OperatorError(f"feed {feed.name}: password: the secret it names is not UTF-8; write it again") from error


def _prefix(feed: EpfFeed) -> str:
    return f"fetch-{feed.name}@"  # no name of a feed has an @ in it


@dataclass(slots=True)
class _Visit:
    """One look at the service."""

    house: House
    feed: EpfFeed
    session: Session
    zip_password: bytes | None
    patience: Patience
    taken: list[Taken] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def work(self) -> Path:
        return self.house.home / "spool" / "work"

    def made(self) -> Polled:
        failed: TryAgainError | None = None
        with self.session:
            for posted in self._due(self.session.files()):
                try:
                    self._take(posted)
                except FailedCallError as error:
                    self.waiting.append(posted.name)
                    failed = error
        if failed is not None and not self.taken:
            raise failed
        return Polled(self.taken, self.waiting, self.refused, list(self.waiting))

    def _due(self, files: list[Posted]) -> list[Posted]:
        """Return what is to be fetched; what is ours already and not yet marked so is marked."""
        memory, due = self._memory(), []
        today = self.house.today()
        for posted in files:
            if posted.status not in (NEW, STARTED, CANCELLED) or not wanted(
                self.feed, re.split(r"[/\\]", posted.name)[-1]
            ):
                continue
            if not self._of_our_products(posted):
                continue
            if (_kept(posted.name), posted.size, posted.when) in memory:
                with suppress(FailedCallError):
                    self._mark_complete(posted)
                continue
            if (_kept(posted.name), posted.size, f"{posted.when} refused {today}") in memory:
                continue
            if posted.status == STARTED and posted.fulfilled >= today:
                continue  # another program on the account may be at it; ours would have finished
            try:
                check_name(posted.name)
            except SetAsideError as error:
                self._refuse(posted, str(error))
                continue
            due.append(posted)
        return sorted(due, key=lambda posted: (posted.fulfilled, posted.name))

    def _of_our_products(self, posted: Posted) -> bool:
        codes = {code.partition("/")[0] for code in self.feed.product_codes}
        return not codes or not posted.product_code or posted.product_code in codes

    def _take(self, posted: Posted) -> None:
        part = self.work / f"{_prefix(self.feed)}{secrets.token_hex(8)}.part"
        whole = part.with_name(f"{part.name.removesuffix('.part')}__{safe_name(posted.name)}")
        begun = self.patience.clock()
        try:
            self._fetch(posted, part)
            part.rename(whole)
            with incoming(self.house, whole, password=self.zip_password, archive=False):
                pass  # the envelope opens, and what is in it begins with a header
            taken = take_in(self.house, self.feed.name, whole, posted.name)
        except SetAsideError as error:
            self._cancel(posted)
            self._refuse(posted, f"{error.reason}: {_without_place(error)}")
            return
        except BaseException:
            self._cancel(posted)
            raise
        finally:
            part.unlink(missing_ok=True)
            whole.unlink(missing_ok=True)
        self._remember(posted, posted.when, taken.id, let_go=False)
        self.taken.append(taken)
        seconds = round(self.patience.clock() - begun, 2)
        log("file_fetched", feed=self.feed.name, file=taken.id, known=taken.known, seconds=seconds)
        with suppress(FailedCallError):  # it is ours; the next look marks it
            self._mark_complete(posted)

    def _fetch(self, posted: Posted, part: Path) -> None:
        """Fetch one file, from its first byte at each try."""
        for tried in range(1, self.patience.tries + 1):
            try:
                self.session.set_status(posted, STARTED)
                part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                    self.session.fetch(posted, out)
            except FailedCallError:
                if tried >= self.patience.tries:
                    raise
                self.patience.wait(tried)
            else:
                return

    def _mark_complete(self, posted: Posted) -> None:
        self.session.set_status(posted, COMPLETED)
        self._remember(posted, posted.when, None, let_go=True)

    def _cancel(self, posted: Posted) -> None:
        with suppress(FailedCallError, OperatorError):
            self.session.set_status(posted, CANCELLED)

    def _refuse(self, posted: Posted, why: str) -> None:
        self.refused.append((_kept(posted.name), why))
        self._remember(posted, f"{posted.when} refused {self.house.today()}", NOT_TAKEN, let_go=True)

    def _memory(self) -> set[tuple[str, int, str]]:
        with reading(self.house.engine) as store:
            rows = store.all("SELECT name, size, modified FROM remote_file WHERE feed = :feed", feed=self.feed.name)
        return {(str(name), int(size), str(modified)) for name, size, modified in rows}

    def _remember(self, posted: Posted, when: str, taken: int | None, *, let_go: bool) -> None:
        with writing(self.house.engine) as store:
            store.run(
                """INSERT INTO remote_file (feed, name, size, modified, taken_file_id, let_go)
                VALUES (:feed, :name, :size, :modified, coalesce(:taken, 0), :let_go)
                ON CONFLICT (feed, name, size, modified) DO UPDATE
                SET let_go = :let_go, taken_file_id = coalesce(:taken, remote_file.taken_file_id)""",
                feed=self.feed.name,
                name=_kept(posted.name),
                size=posted.size,
                modified=when,
                taken=taken,
                let_go=let_go,
            )


def _kept(name: str) -> str:
    """A name that a database and a terminal take."""
    return name if name.isprintable() else ascii(name)


def _without_place(error: SetAsideError) -> str:
    """What went wrong, without the name the file had while it was fetched."""
    return Exception.__str__(error)
