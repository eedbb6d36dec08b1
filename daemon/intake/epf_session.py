"""One session with the EPF web service: login, calls whose token changes with each reply, logout.

Untested against the live service; see `daemon.intake.epf`.
"""

from __future__ import annotations

import errno
import http.client
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from daemon.errors import OperatorError, TryAgainError
from daemon.intake.patience import Patience
from daemon.settings import EpfFeed

REPLY_BYTES = 16 << 20  # of a list; a file has no limit but the disk
CHUNK = 1 << 18
OPEN_STATUSES = "NSX"
LOOPBACK = re.compile(r"http://(127\.[0-9.]+|\[::1\]|localhost)(:[0-9]+)?(/|$)")


class FailedCallError(TryAgainError):
    """A call did not do what it should. Nothing was changed here."""


class _RefusedError(Exception):
    """The service answered that it will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One file of the service's list."""

    file_id: str
    name: str
    path: str
    size: int  # bytes; 0 where the list does not say
    status: str
    fulfilled: str  # YYYY-MM-DD
    product_code: str

    @property
    def when(self) -> str:
        """What tells it from another file of its name."""
        return f"{self.fulfilled} {self.file_id}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take a password to an address that nobody wrote into the settings."""

    def redirect_request(self, *_args: Any, **_words: Any) -> None:
        return None


class Session:
    """A login for the time of one look. Used as a context; logs in with the first call, and again where one failed."""

    def __init__(self, feed: EpfFeed, password: str, patience: Patience) -> None:
        if feed.url.startswith("http://") and not LOOPBACK.match(feed.url):
            raise OperatorError(f"feed {feed.name}: url sends the password readable for all; write https://")
        self._feed = feed
        self._password = password
        self._patience = patience
        self._keys: dict[str, str] | None = None
        self._web = urllib.request.build_opener(_NoRedirect)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self._keys is not None:
            with suppress(FailedCallError, OperatorError):
                self._asked(self._feed.calls.logout, {})
        self._web.close()

    def files(self) -> list[Posted]:
        """List what is posted, tried anew where it fails; of the feed's products where it names some.

        Raises:
            OperatorError: the login is refused, or an address is wrong.
            FailedCallError: it cannot be reached or answers otherwise than it should.
        """
        tried = 1
        while True:
            try:
                return self._listed()
            except FailedCallError:
                if tried >= self._patience.tries:
                    raise
            self._patience.wait(tried)
            tried += 1

    def _listed(self) -> list[Posted]:
        replies = []
        for product in self._feed.product_codes:
            code, _, number = product.partition("/")
            members = {"productcode": code, "status": OPEN_STATUSES} | ({"productid": number} if number else {})
            replies.append((code, self._asked(self._feed.calls.list_product, members)))
        if not replies:
            replies.append(("", self._asked(self._feed.calls.list_all, {})))
        found = {posted.file_id: posted for code, reply in replies for posted in _posted(reply, code)}
        return list(found.values())

    def set_status(self, posted: Posted, status: str) -> None:
        """Tell the service how far we are with a file: S, C or X."""
        self._asked(self._feed.calls.status, {"fileid": posted.file_id, "newstatus": status})

    def fetch(self, posted: Posted, out: BinaryIO) -> None:
        """Write a file's bytes to `out`.

        Raises:
            FailedCallError: it came not whole, or the service said something else instead.
            TryAgainError: our disk is full.
            OperatorError: an address is wrong.
        """
        self._log_in()
        # The keys go into the headers as well: files may come by way of a content network.
        headers = {"fileid": posted.file_id, **(self._keys or {})}
        if posted.path.isascii() and posted.path.isprintable() and posted.path:
            headers["Akamai-File-Request"] = posted.path
        try:
            answer = self._reply(self._feed.calls.fetch, {"fileid": posted.file_id, **(self._keys or {})}, headers)
        except _RefusedError as error:
            raise self._failed(self._feed.calls.fetch, "was refused") from error
        with answer as reply:
            self._turn_keys({}, reply)
            if "json" in reply.headers.get("Content-Type", ""):
                raise self._failed(self._feed.calls.fetch, "gave no file")
            size = self._copied(reply, out)
        if posted.size and size != posted.size:
            raise self._failed(self._feed.calls.fetch, f"gave {size} bytes where its list says {posted.size}")

    def _copied(self, reply: Any, out: BinaryIO) -> int:
        size, deadline = 0, None
        while True:
            try:
                chunk = reply.read(CHUNK)
            except (OSError, http.client.HTTPException) as error:
                raise self._failed(self._feed.calls.fetch, "broke off") from error
            size += len(chunk)
            deadline = deadline or self._patience.deadline(int(reply.headers.get("Content-Length") or 1 << 32))
            if not chunk:
                break
            if self._patience.clock() > deadline:
                raise self._failed(self._feed.calls.fetch, "is too slow")
            try:
                out.write(chunk)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise TryAgainError("the disk of the home is full; nothing was changed. Free some space") from error
                raise
        if reply.length:  # of what it announced; urllib does not complain
            raise self._failed(self._feed.calls.fetch, "broke off")
        return size

    def _log_in(self) -> None:
        if self._keys is not None:
            return
        self._keys = {}
        try:
            self._call(self._feed.calls.login, {"login": self._feed.username, "pword": self._password})
        except _RefusedError as error:
            self._keys = None
            raise OperatorError(
                f"feed {self._feed.name}: the service refuses our login; correct username or password, "
                "or unlock the account with the USPS"
            ) from error
        except BaseException:
            self._keys = None
            raise
        if not self._keys:
            self._keys = None
            raise self._failed(self._feed.calls.login, "gave no keys")

    def _asked(self, path: str, members: dict[str, str]) -> dict[str, Any]:
        """Make one call within a login."""
        self._log_in()
        try:
            return self._call(path, {**members, **(self._keys or {})})
        except _RefusedError as error:
            self._keys = None  # as likely as not, the token was not the one it waited for
            raise self._failed(path, "was refused") from error

    def _call(self, path: str, members: dict[str, str]) -> dict[str, Any]:
        with self._reply(path, members, {}) as reply:
            try:
                said = json.loads(reply.read(REPLY_BYTES))
            except (ValueError, RecursionError) as error:
                raise self._failed(path, "does not answer in JSON") from error
            except (OSError, http.client.HTTPException) as error:
                raise self._failed(path, "broke off") from error
            if not isinstance(said, dict):
                raise self._failed(path, "does not answer as it should")
            told = {str(key).lower(): value for key, value in said.items()}
            if str(told.get("response", "")).lower() != "success":
                raise _RefusedError
            self._turn_keys(told, reply)
            return told

    def _turn_keys(self, told: dict[str, Any], reply: Any) -> None:
        """Keep the keys of this reply for the next call; in the body, or in its headers where that is a file."""
        for key in ("logonkey", "tokenkey"):
            value = told.get(key) or reply.headers.get(f"User-{key.capitalize()}")
            if isinstance(value, str) and value.isascii() and value.isprintable():
                self._keys = {**(self._keys or {}), key: value}

    def _reply(self, path: str, members: dict[str, str], headers: dict[str, str]) -> Any:
        body = urllib.parse.urlencode({"obj": json.dumps(members)}).encode()
        url = f"{self._feed.url.rstrip('/')}/{path.lstrip('/')}"
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - http or https, by the settings
        try:
            return self._web.open(request, timeout=self._patience.answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (401, 403):
                raise _RefusedError from error
            if error.code in (301, 302, 303, 307, 308, 400, 404, 405, 410):
                raise OperatorError(
                    f"feed {self._feed.name}: {path} answers {error.code}: it is not there; correct url or calls"
                ) from error
            raise self._failed(path, f"answers {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
                raise OperatorError(
                    f"feed {self._feed.name}: the certificate of the service cannot be checked; "
                    "install the machine's CA certificates, or correct url"
                ) from error
            raise self._failed(path, "cannot be reached") from error

    def _failed(self, path: str, what: str) -> FailedCallError:
        """The token is lost with the reply: the next call logs in anew."""
        self._keys = None
        return FailedCallError(f"feed {self._feed.name}: {path} {what}; will be tried again")


def _posted(reply: dict[str, Any], product: str) -> list[Posted]:
    """Read the one list in a reply, whatever its name; an item without id or name is none."""
    lists = [value for value in reply.values() if isinstance(value, list)]
    found = []
    for item in lists[0] if lists else []:
        if not isinstance(item, dict):
            continue
        told = {str(key).lower(): str(value).strip() for key, value in item.items() if value is not None}
        path = told.get("filepath", "")
        name = told.get("filename") or path.rpartition("/")[2]
        if not told.get("fileid", "").isalnum() or not name:
            continue
        size = told.get("filesize", "")
        found.append(
            Posted(
                file_id=told["fileid"],
                name=name,
                path=path,
                size=int(size) if size.isascii() and size.isdigit() else 0,
                status=told.get("status", "").upper(),
                fulfilled=told.get("fulfilled", "")[:10],
                product_code=told.get("productcode", product),
            )
        )
    return found
