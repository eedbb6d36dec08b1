"""A vendor's web service on loopback: takes a file, names a price, works, gives the answer; and misbehaves as told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.yard import coded

SECRET = "hush-hush"


@dataclass
class Vendor:
    """What the service knows, and what it does wrong.

    Faults stand under what is called (submit, start, status, file, report), each used up in its turn: a status, or
    ``drop`` (the line is cut before an answer), ``half`` (in the middle of one), ``redirect``, ``json``, ``silent``.
    """

    url: str = ""
    price: str = "0"
    engine: str = "Some engine 1.0"
    polls: int = 1  # how often it says that it is not done yet
    state: str = "DONE"
    faults: dict[str, list[str | int]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)  # what was called, in order
    jobs: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)  # headers and fields of submissions
    starts: int = 0

    def settings(self, *lines: str, polls: str = "") -> str:
        """An adapter of this service, as `listkeeper.toml` would have it."""
        return "\n".join(
            (
                '[[adapter]]\nname = "engine"\nkind = "http"',
                f'url = "{self.url}"\nsecret = "keys/vendor"',
                *lines,
                '[[adapter.step]]\ndoes = "submit"\npath = "/jobs"\nfields = { key = "{secret}", list = "{token}" }',
                'take = { guid = "job.guid" }',
                '[[adapter.step]]\ndoes = "poll"\npath = "/jobs/{remote.guid}"\ncost = "price"',
                'done = { field = "state", is = ["PRICED", "DONE"] }\n' + polls,
                '[[adapter.step]]\ndoes = "start"\nmethod = "POST"\npath = "/jobs/{remote.guid}/start"',
                'headers = { Authorization = "Bearer {secret}" }',
                '[[adapter.step]]\ndoes = "poll"\npath = "/jobs/{remote.guid}"',
                'done = { field = "state", is = ["DONE"] }\nfailed = { field = "state", is = ["FAILED"] }',
                'locked = { field = "state", is = ["LOCKED"] }',
                '[[adapter.step]]\ndoes = "download"\npath = "/file"\nquery = { guid = "{remote.guid}" }',
                '[[adapter.step]]\ndoes = "report"\npath = "/report"\nquery = { guid = "{remote.guid}" }\n',
            )
        )


class _Desk(BaseHTTPRequestHandler):
    vendor: Vendor

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if match := re.fullmatch(r"/jobs/(\w+)", self.path):
            self._status(match[1])
        elif match := re.fullmatch(r"/(file|report)\?guid=(\w+)", self.path):
            self._file(*match.groups())
        elif self.path == "/source":
            self._pour()
        else:
            self._answer(404, b"{}")

    def do_POST(self) -> None:
        if self.path == "/sink":
            self._swallow()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/jobs":
            self._submit(body)
        elif self.path.endswith("/start"):
            self._call("start", self._start)

    def _swallow(self) -> None:
        left = size = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 16)))
        self._answer(200, json.dumps({"bytes": size}).encode())

    def _pour(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(24 << 20))
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(24 << 4):
                self.wfile.write(bytes(1 << 16))

    def _submit(self, body: bytes) -> None:
        def take() -> None:
            guid = f"J{len(self.vendor.jobs) + 1}"
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            message = BytesParser().parsebytes(head + body)
            parts = {}
            for part in message.walk():
                name = part.get_param("name", header="content-disposition")
                if name:
                    parts[str(name)] = bytes(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            self.vendor.jobs[guid] = parts.pop("file", body.decode())
            self.vendor.asked.append(parts | dict(self.headers))
            self._answer(200, json.dumps({"job": {"guid": guid}}).encode())

        self._call("submit", take)

    def _start(self) -> None:
        self.vendor.starts += 1
        self._answer(202, b"")

    def _status(self, guid: str) -> None:
        def tell() -> None:
            self.vendor.polls -= 1
            state = "WORKING" if self.vendor.polls >= 0 else self.vendor.state
            self._answer(200, json.dumps({"guid": guid, "state": state, "price": self.vendor.price}).encode())

        self._call("status", tell)

    def _file(self, which: str, guid: str) -> None:
        content = coded(self.vendor.jobs[guid], self.vendor.engine) if which == "file" else "PS Form 3553\n"
        self._call(which, lambda: self._answer(200, content.encode(), "text/csv"), content.encode())

    def _call(self, what: str, work: Callable[[], None], content: bytes = b"{}") -> None:
        self.vendor.said.append(what)
        fault = self.vendor.faults[what].pop(0) if self.vendor.faults.get(what) else None
        match fault:
            case None:
                work()
            case "drop":
                self.close_connection = True
            case "half":
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            case "redirect":
                self.send_response(302)
                self.send_header("Location", f"{self.vendor.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "json":
                self._answer(200, b'{"error": "not yet"}')
            case status:
                self._answer(int(status), b'{"error": "no"}')

    def _answer(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def vendor_service() -> Iterator[Vendor]:
    """A service in a thread of its own."""
    vendor = Vendor()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Desk,), {"vendor": vendor}))
    server.daemon_threads = True
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
