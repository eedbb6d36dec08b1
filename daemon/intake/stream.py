"""The reads of one remote file that are under way: many at once, in flat memory."""

from __future__ import annotations

import errno
import os
from typing import Any

import paramiko
from paramiko.sftp import CMD_READ, CMD_STATUS, int64

from daemon.errors import OperatorError, TryAgainError
from daemon.intake.patience import Patience

BLOCK = 32_768  # bytes of one read; every server gives as much
UNDER_WAY = 32  # reads asked for and not answered yet: with BLOCK, all the memory a file of any size takes


class ChangedError(Exception):
    """A remote file became another while we fetched it: it is still being written."""


class Stream:
    """The reads of one file that are under way."""

    def __init__(self, client: Any, handle: bytes, out: int, size: int) -> None:
        self._client = client
        self._handle = handle
        self._out = out
        self._size = size
        self._asked = 0
        self._again: list[tuple[int, int]] = []  # what short answers left open
        self._under_way: dict[int, tuple[int, int]] = {}

    def run(self, patience: Patience) -> None:
        """Read it to its end.

        Raises:
            ChangedError: it is shorter than the listing said. TimeoutError: it comes too slowly.
            TryAgainError: our disk is full.
        """
        deadline = patience.deadline(self._size)
        while self._asked < self._size or self._again or self._under_way:
            while len(self._under_way) < UNDER_WAY and (self._again or self._asked < self._size):
                self._ask(*(self._again.pop() if self._again else self._next()))
            self._client._read_response()
            if patience.clock() > deadline:
                raise TimeoutError

    def _next(self) -> tuple[int, int]:
        block = (self._asked, min(BLOCK, self._size - self._asked))
        self._asked += block[1]
        return block

    def _ask(self, offset: int, length: int) -> None:
        number = self._client._async_request(self, CMD_READ, self._handle, int64(offset), length)
        self._under_way[number] = (offset, length)

    def _async_response(self, kind: int, answer: Any, number: int) -> None:
        """Take one answer; the library calls this for the object that asked."""
        offset, length = self._under_way.pop(number)
        if kind == CMD_STATUS:
            try:
                self._client._convert_status(answer)
            except EOFError as error:
                raise ChangedError from error  # shorter than the listing said
        data = answer.get_binary() if kind != CMD_STATUS else b""
        if not data or len(data) > length:
            raise paramiko.SFTPError("not what was asked for")
        self._write(offset, data)
        if len(data) < length:
            self._again.append((offset + len(data), length - len(data)))

    def _write(self, offset: int, data: bytes) -> None:
        try:
            while data:
                written = os.pwrite(self._out, data, offset)
                offset, data = offset + written, data[written:]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TryAgainError("the disk of the home is full; nothing was changed. Free some space") from error
            raise OperatorError("spool/work may not be written; give this user the folder") from error
