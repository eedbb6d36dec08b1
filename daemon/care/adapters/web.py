"""One call of a web service: sent with flat memory, answered within bounds, every fault by its family.

Redirects are not followed: they would take people's addresses to a place that nobody wrote into the settings.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import urllib3

from daemon.care.adapters.base import GivenBackError
from daemon.care.adapters.settings import HttpStep
from daemon.care.adapters.templates import filled
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.intake.patience import Patience

BLOCK = 1 << 18
JSON_BYTES = 4 << 20
NOT_TAKEN = (429, 500, 503)  # the service says itself that it did not do it
JSON = "application/json"


class UnknownOutcomeError(Exception):
    """The request went out, and nobody knows what became of it."""


class Service:
    """The vendor's web service, for the time of one look."""

    def __init__(self, name: str, url: str, patience: Patience) -> None:
        self._name = name
        self._url = url
        self._patience = patience
        timeout = urllib3.Timeout(connect=patience.connect, read=patience.answer)
        self._pool = urllib3.PoolManager(num_pools=1, timeout=timeout, retries=False)

    def close(self) -> None:
        """Close its connections."""
        self._pool.clear()

    def asked(self, step: HttpStep, values: Mapping[str, str], file: Path | None = None, name: str = "") -> Any:
        """Make one call; return its JSON answer, None where that is none.

        Args:
            file: what is sent with it, under `name`.

        Raises:
            UnknownOutcomeError: it went out whole, and no answer came.
            GivenBackError: the service certainly did nothing.
            TryAgainError, OperatorError: by the answer's status. SetAsideError: ``refused``, ``bad-reply``.
        """
        body = _body(step, values, file, name)
        with self._reply(step, values, body) as reply:
            said = self._read(step, reply)
        try:
            return json.loads(said, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None

    def fetch(self, step: HttpStep, values: Mapping[str, str], place: Path, most: int) -> None:
        """Download into a new file. Half a file is a fault that passes.

        Raises:
            TryAgainError: it broke off, came too slowly, or is no file. SetAsideError: ``too-large``.
            OperatorError, SetAsideError: by the answer's status.
        """
        try:
            with self._reply(step, values, _body(step, values, None, "")) as reply:
                if JSON in reply.headers.get("Content-Type", ""):
                    raise self._failed(step, "gave no file")
                self._copy(step, reply, place, most)
        except UnknownOutcomeError as error:
            raise self._failed(step, "broke off") from error

    def _copy(self, step: HttpStep, reply: Any, place: Path, most: int) -> None:
        told = reply.headers.get("Content-Length", "")
        size, deadline = 0, self._patience.deadline(int(told) if told.isdigit() else most)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            for block in self._blocks(step, reply):
                size += len(block)
                if size > most:
                    raise SetAsideError(f"{step.path} gives more than {most} bytes", reason="too-large")
                if self._patience.clock() > deadline:
                    raise self._failed(step, "is too slow")
                out.write(block)
        if told.isdigit() and "Content-Encoding" not in reply.headers and size != int(told):
            raise self._failed(step, "broke off")

    def _blocks(self, step: HttpStep, reply: Any) -> Iterator[bytes]:
        try:
            yield from reply.stream(BLOCK, decode_content=True)
        except urllib3.exceptions.HTTPError as error:
            raise self._failed(step, "broke off") from error

    def _read(self, step: HttpStep, reply: Any) -> bytes:
        said = b""
        try:
            for block in reply.stream(BLOCK, decode_content=True):
                said += block
                if len(said) > JSON_BYTES:
                    raise SetAsideError(f"{step.path} gives more than {JSON_BYTES} bytes", reason="bad-reply")
        except urllib3.exceptions.HTTPError as error:
            raise UnknownOutcomeError from error
        return said

    @contextmanager
    def _reply(self, step: HttpStep, values: Mapping[str, str], body: _Body) -> Iterator[Any]:
        headers = {key: _plain(filled(text, values), key) for key, text in step.headers.items()}
        method = step.method or ("POST" if step.does == "submit" else "GET")
        try:
            reply = self._pool.request(
                method,
                self._address(step, values),
                body=body.blocks() if body.size is not None else None,
                headers={"Accept-Encoding": "identity", "User-Agent": "listkeeper", **body.headers, **headers},
                preload_content=False,
                redirect=False,
            )
        except urllib3.exceptions.SSLError as error:
            raise OperatorError(
                f"adapter {self._name}: the certificate of the service cannot be checked; install the machine's CA "
                "certificates, or correct url"
            ) from error
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise GivenBackError(f"adapter {self._name}: the service cannot be reached; will be tried again") from error
        except urllib3.exceptions.HTTPError as error:
            if body.size is not None and not body.is_sent:
                raise GivenBackError(
                    f"adapter {self._name}: {step.path} broke off before all was sent; will be tried again"
                ) from error
            raise UnknownOutcomeError from error
        try:
            self._judge(step, reply.status)
            yield reply
        finally:
            reply.close()
            reply.release_conn()

    def _judge(self, step: HttpStep, status: int) -> None:
        if 200 <= status < 300:
            return
        what = f"adapter {self._name}: {step.path} answers {status}"
        if status in (401, 403):
            raise OperatorError(f"{what}: it refuses our login; correct the secret, or ask the vendor")
        if status in NOT_TAKEN:
            raise GivenBackError(f"{what}; will be tried again")
        if 300 <= status < 400:
            raise OperatorError(f"{what}: it sends us elsewhere, and we do not follow; correct url or path")
        if status >= 500:
            raise UnknownOutcomeError
        raise SetAsideError(f"{step.path} answers {status}", reason="refused")

    def _address(self, step: HttpStep, values: Mapping[str, str]) -> str:
        path = filled(step.path, values, lambda value: urllib.parse.quote(value, safe=""))
        query = urllib.parse.urlencode({key: filled(text, values) for key, text in step.query.items()})
        joined = f"{self._url.rstrip('/')}/{path.lstrip('/')}"
        return f"{joined}{'&' if '?' in joined else '?'}{query}" if query else joined

    def _failed(self, step: HttpStep, what: str) -> TryAgainError:
        return TryAgainError(f"adapter {self._name}: {step.path} {what}; will be tried again")


class _Body:
    """What is sent: some bytes, a file between, some bytes. `size` is None where nothing is."""

    def __init__(self, kind: str = "", before: bytes = b"", file: Path | None = None, after: bytes = b"") -> None:
        self.is_sent = False
        self._parts = before, file, after
        length = len(before) + (file.stat().st_size if file else 0) + len(after)
        self.size = length if kind else None
        self.headers = {"Content-Type": kind, "Content-Length": str(length)} if kind else {}

    def blocks(self) -> Iterator[bytes]:
        """Yield it in blocks; a block asked for says that the one before has gone out."""
        before, path, after = self._parts
        yield before
        if path is not None:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    yield block
        yield after
        self.is_sent = True


def _body(step: HttpStep, values: Mapping[str, str], file: Path | None, name: str) -> _Body:
    fields = {key: filled(text, values) for key, text in step.fields.items()}
    if file is not None and step.body == "raw":
        return _Body(step.content_type, file=file)
    if file is not None:
        edge = secrets.token_hex(16)
        head = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{text}\r\n'
            for key, text in fields.items()
        ]
        head.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="{_quoted(step.file_field)}"; filename="{_quoted(name)}"'
            f"\r\nContent-Type: {step.content_type}\r\n\r\n"
        )
        return _Body(
            f"multipart/form-data; boundary={edge}", "".join(head).encode(), file, f"\r\n--{edge}--\r\n".encode()
        )
    if not fields:
        return _Body()
    if step.content_type == JSON:
        return _Body(JSON, json.dumps(fields).encode())
    return _Body("application/x-www-form-urlencoded", urllib.parse.urlencode(fields).encode())


def _quoted(name: str) -> str:
    """As browsers write a name into a form's head."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _plain(value: str, key: str) -> str:
    if not (value.isprintable() and value.isascii()):
        raise OperatorError(f"the header {key} would hold characters that may not be there; correct the secret or it")
    return value


def found(told: Any, path: str) -> Any:
    """Return what stands at a path of a JSON answer, None where nothing does.

    >>> found({"job": [{"id": 7}]}, "job.0.id")
    7
    """
    for part in path.split("."):
        if isinstance(told, dict):
            told = told.get(part)
        elif isinstance(told, list) and re.fullmatch(r"[0-9]{1,6}", part) and int(part) < len(told):
            told = told[int(part)]
        else:
            return None
    return told


def text_of(value: Any) -> str:
    """Return a value of JSON as it is written there, without quotes.

    >>> text_of(True), text_of(7), text_of("7")
    ('true', '7', '7')
    """
    return value if isinstance(value, str) else json.dumps(value, default=str).strip('"')


class Price(NamedTuple):
    """What a service asks."""

    mills: int

    @classmethod
    def of(cls, value: Any) -> Price | None:
        """Read dollars as a number or as text; a part of a mill counts whole. None where it is no price.

        >>> Price.of("$1,012.3451"), Price.of(True), Price.of("soon")
        (Price(mills=1012346), None, None)
        """
        text = "" if isinstance(value, bool) else text_of(value).strip().removeprefix("$").replace(",", "")
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
            return None
        mills = Decimal(text) * 1000
        return cls(int(mills) + (mills != int(mills)))
