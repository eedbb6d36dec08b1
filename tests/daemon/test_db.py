"""The database: migrations and models agree, one writer at a time, sets of rows in and out."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import schemas.care
import schemas.drops
import schemas.master
import schemas.work  # noqa: F401 - registers the tables
from daemon import db
from daemon.errors import OperatorError, TryAgainError


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on a migrated database."""
    engine = db.engine_for(database_url)
    yield engine
    engine.dispose()


def test_migrations_and_models_agree(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    db.migrate(database_url)
    db.migrate(database_url)


def test_an_empty_postgres_database_is_migrated(empty_postgres_url: str) -> None:
    db.migrate(empty_postgres_url)
    engine = db.engine_for(empty_postgres_url)
    with db.reading(engine) as store:
        assert store.value("SELECT count(*) FROM addressee") == 0
    engine.dispose()


def test_a_database_that_cannot_be_opened_is_an_operators_matter() -> None:
    with pytest.raises(OperatorError, match="LISTKEEPER_DATABASE_URL"):
        db.migrate("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")


def test_what_fails_leaves_nothing(engine: sa.Engine) -> None:
    rows = [("check", "now", "running", ""), ("check", None, "running", "")]
    with pytest.raises(Exception, match=r"(?i)null"), db.writing(engine) as store:
        store.load("job_run", ("job", "started_at", "state", "note"), rows)
    with db.reading(engine) as store:
        assert store.value("SELECT count(*) FROM job_run") == 0


def test_rows_stream_while_others_are_loaded(engine: sa.Engine) -> None:
    with db.writing(engine) as store:
        store.temporary("stage", "line bigint PRIMARY KEY, text text")
        assert store.load("stage", ("line", "text"), ((n, f"50 % of {n}") for n in range(5000))) == 5000
        seen = 0
        for line, text in store.rows("SELECT line, text FROM stage WHERE line < :most ORDER BY line", most=5000):
            assert text == f"50 % of {line}"
            seen += 1
            if seen == 2500:
                store.load("stage", ("line", "text"), [(9000, "late")])
        assert seen == 5000
        assert store.run("UPDATE stage SET text = '' WHERE line < :n", n=10) == 10


def test_a_second_writer_waits_for_the_first(engine: sa.Engine, database_url: str) -> None:
    order: list[str] = []
    begun = threading.Event()

    def second() -> None:
        other = db.engine_for(database_url)
        begun.set()
        with db.writing(other):
            order.append("second")
        other.dispose()

    with db.writing(engine) as store:
        store.value("SELECT 1")
        thread = threading.Thread(target=second)
        thread.start()
        begun.wait()
        thread.join(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_writer_that_waits_too_long_is_told_to_try_again(
    engine: sa.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 1)
    other = db.engine_for(database_url)
    with db.writing(engine), pytest.raises(TryAgainError), db.writing(other):
        pass
    other.dispose()


def test_the_head_is_the_newest_file_and_alembic_agrees() -> None:
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == db.head_revision()


def test_a_disk_that_is_full_is_tried_again_and_a_read_only_database_waits_for_an_operator(engine: sa.Engine) -> None:
    for message, family in (
        ("database or disk is full", TryAgainError),
        ("attempt to write a readonly database", OperatorError),
    ):
        with pytest.raises(family, match="nothing was changed"), db.writing(engine):
            raise sqlite3.OperationalError(message)


def test_a_database_of_a_newer_version_is_left_alone(engine: sa.Engine, database_url: str) -> None:
    with db.writing(engine) as store:
        store.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OperatorError, match="newer"):
        db.migrate(database_url)


def test_a_file_that_is_no_database_is_an_operators_matter(tmp_path: Path) -> None:
    path = tmp_path / "listkeeper.db"
    path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(OperatorError):
        db.migrate(f"sqlite:///{path}")


def test_an_address_that_is_none_is_an_operators_matter() -> None:
    with pytest.raises(OperatorError, match="LISTKEEPER_DATABASE_URL"):
        db.migrate("postgresql+psycopg://host:port/name")


def test_any_text_comes_back_from_a_bulk_load_as_it_went_in(database_url: str) -> None:
    rows = [(1, "a\tb\nc\\d\re", None), (2, "\x01", ""), (3, "\\N", "None"), (4, "plain", "true")]
    engine = db.engine_for(database_url)
    with db.writing(engine) as store:
        store.temporary("texts", "id integer, one text, two text")
        assert store.load("texts", ("id", "one", "two"), rows) == 4
        assert store.load("texts", ("id", "one", "two"), [(5, "plain", None)]) == 1
        assert store.all("SELECT id, one, two FROM texts ORDER BY id") == [*rows, (5, "plain", None)]
    engine.dispose()
