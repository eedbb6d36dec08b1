"""A small honest EPF service: one session, a token that changes with each reply, statuses in their order."""

from __future__ import annotations

import json
import secrets
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Product:
    """One file that is posted."""

    file_id: str
    name: str
    content: bytes
    status: str = "N"
    fulfilled: str = "2026-05-20"
    code: str = "ACS"
    told_size: int | None = None

    def item(self) -> dict[str, str]:
        """As the list has it."""
        return {
            "fileid": self.file_id,
            "status": self.status,
            "filepath": f"/epf/{self.code}/{self.name}",
            "filename": self.name,
            "filesize": str(len(self.content) if self.told_size is None else self.told_size),
            "fulfilled": self.fulfilled,
            "productcode": self.code,
            "productid": "ACS1",
        }


@dataclass
class EpfService:
    """What it has, what it was asked, and what it does wrong as it is told."""

    products: list[Product]
    login: str = "bureau@example.com"
    password: str = "Sp4ring-Tide"
    calls: list[str] = field(default_factory=list)
    history: list[tuple[str, str]] = field(default_factory=list)  # file and status, as they were set
    cuts: int = 0  # files that break off in their middle, so many times
    answers: dict[str, list[int]] = field(default_factory=dict)  # HTTP answers before the true one, by call
    page: bool = False  # says everything as a web page
    keys: tuple[str, str] | None = None
    sessions: int = 0
    stale_tokens: int = 0

    def __enter__(self) -> EpfService:
        service = self

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/ws/resources"

    def statuses(self) -> dict[str, str]:
        return {product.name: product.status for product in self.products}

    def answer(self, desk: BaseHTTPRequestHandler) -> None:
        """Take one call."""
        call = desk.path.removeprefix("/ws/resources/")
        body = desk.rfile.read(int(desk.headers["Content-Length"])).decode()
        asked = json.loads(urllib.parse.parse_qs(body)["obj"][0])
        self.calls.append(call)
        if self.answers.get(call):
            desk.send_response(self.answers[call].pop(0))
            desk.send_header("Location", "http://127.0.0.1:9/elsewhere")
            desk.send_header("Content-Length", "0")
            desk.end_headers()
        elif self.page:
            self._send(desk, b"<html>closed for upkeep</html>", "text/html")
        elif call == "epf/login":
            right = (asked.get("login"), asked.get("pword")) == (self.login, self.password)
            if right:
                self.sessions += 1
                self.keys = ("logon-" + secrets.token_hex(4), "")
            self._say(desk, right)
        elif self.keys is None or (asked.get("logonkey"), asked.get("tokenkey")) != self.keys:
            self.stale_tokens += 1
            self.keys = None
            self._say(desk, False)
        else:
            self._serve(desk, call, asked)

    def _serve(self, desk: BaseHTTPRequestHandler, call: str, asked: dict[str, str]) -> None:
        product = next((each for each in self.products if each.file_id == asked.get("fileid")), None)
        if call in ("download/dnldlist", "download/listplus"):
            listed = [
                each.item()
                for each in self.products
                if asked.get("productcode", each.code) == each.code and each.status in asked.get("status", "NSXC")
            ]
            name = "dnldfileList" if call == "download/dnldlist" else "fileList"
            self._say(desk, True, **{"reccount": str(len(listed)), name: listed})
        elif call == "download/status" and product is not None:
            right = asked["newstatus"] != "C" or product.status in "SC"  # complete is only what was started
            if right:
                product.status = asked["newstatus"]
                self.history.append((product.name, product.status))
            self._say(desk, right)
        elif call == "download/epf" and product is not None and product.status == "S":
            cut, self.cuts = self.cuts > 0, max(0, self.cuts - 1)
            self._send(desk, product.content, "application/octet-stream", cut=cut)
        elif call == "epf/logout":
            self._say(desk, True)
            self.keys = None
        else:
            self._say(desk, False)

    def _say(self, desk: BaseHTTPRequestHandler, right: bool, **more: Any) -> None:
        said = {"response": "success" if right else "failed", "messages": "" if right else "not so", **more}
        if right and self.keys is not None:
            self.keys = (self.keys[0], "token-" + secrets.token_hex(4))
            said |= {"logonkey": self.keys[0], "tokenkey": self.keys[1]}
        self._send(desk, json.dumps(said).encode(), "application/json", turn=False)

    def _send(
        self, desk: BaseHTTPRequestHandler, content: bytes, kind: str, *, cut: bool = False, turn: bool = True
    ) -> None:
        desk.send_response(200)
        desk.send_header("Content-Type", kind)
        desk.send_header("Content-Length", str(len(content)))
        if turn and self.keys is not None:
            self.keys = (self.keys[0], "token-" + secrets.token_hex(4))
            desk.send_header("User-Logonkey", self.keys[0])
            desk.send_header("User-Tokenkey", self.keys[1])
        desk.end_headers()
        desk.wfile.write(content[: len(content) // 2] if cut else content)
