"""Rows of the database, read one by one and let go in time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import cast

from daemon.db import Row, Store


@contextmanager
def streamed(store: Store, sql: str, **values: object) -> Iterator[Iterator[Row]]:
    """Stream the rows of one query; its cursor is closed with the block, read to the end or not.

    A cursor left to the garbage collector may outlive its connection.
    """
    with closing(cast("Generator[Row]", store.rows(sql, **values))) as rows:
        yield rows
