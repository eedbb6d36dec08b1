"""Take in a suppression file: its rows become keys of one level, sorted before they are loaded. One transaction.

A newer file of the same kind, source and scope takes the place of the older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, cast, get_args

from daemon.db import CHUNK, Row, Store, in_bulk, writing
from daemon.drop.register import LEVELS, NEVER, WIDE, Registered, files_of, find_file, scope_of, withdraw
from daemon.drop.suppression_file import COLUMNS, KEY_COLUMNS, NAME_COLUMNS, NAMED, Columns, Level, Reading, day_of
from daemon.errors import HouseError, SetAsideError, TryAgainError, UsageError
from daemon.lists.columns import RowError, read_map
from daemon.lists.known import find_list
from daemon.lists.load import rejects_path, write_rejects
from daemon.lists.source import NOT_CSV, ListFile, Progress, opened, silent
from daemon.wiring import House

_PROGRESS_ROWS: Final = 5_000
_STAGED: Final = {
    "new_suppression": "key bigint, line bigint, first_name text, generation text, on_date text",
    "new_suppression_name": "block bigint, line bigint, last_name text, first_name text, generation text, street text, "
    "unit text",
    "rejected": "line bigint PRIMARY KEY, reason text NOT NULL",
}


class UnbalancedFileError(HouseError):
    """The rows read and the rows accounted for differ in number. Nothing was changed."""


@dataclass(slots=True)
class _Loaded:
    """Where the rows of one file went."""

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    keys: int = 0
    first_fault: tuple[int, str] | None = None

    def close(self) -> None:
        """Prove that no row fell between two piles."""
        if self.loaded + self.rejected != self.read:
            raise UnbalancedFileError(
                f"{self.read} rows were read, {self.loaded + self.rejected} accounted for; nothing was changed"
            )


def add_file(
    house: House,
    kind: str,
    path: Path,
    *,
    source: str,
    as_of: str,
    match: str | None = None,
    client: str = "",
    list_name: str = "",
    max_age: int | None = None,
    licence: str = "",
    keep_older: bool = False,
    map_file: Path | None = None,
    encoding: str = "utf-8",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Load a suppression file and enter it in the register.

    Returns ``{"file_id", "kind", "source", "as_of", "match", "scope": {"client", "list"}, "read", "keys", "rejected",
    "rejects_file", "status", "replaced", "warnings"}`` with read = rows loaded + rejected. Status ``repeat``: these
    bytes are in force for the same kind, level and scope, nothing was loaded; a later as-of day is taken over.

    Args:
        source: who says so; with kind and scope it names the series of which this is the newest.
        as_of: the day that the file speaks of, YYYY-MM-DD.
        match: level; None: that of the kind (of kind client ``id`` where the file has record ids and no addresses).
        client, list_name: whose mailings it is for; neither: everybody's.
        max_age: days after ``as_of`` at which it is too old; None: never.
        keep_older: the older file of its series stays in force.

    Raises:
        UsageError: unknown kind, level, list, file, map or encoding; a day that is none or in the future; a scope of
            two; a level that the kind or scope does not bear; an older file than the one in force.
        SetAsideError: it is empty, has no header that can be used, lacks columns, is not in its encoding, or every
            row of it is bad.
        TryAgainError: the file changed while it was read.
        OperatorError: the rejects cannot be written.
    """
    mapping = read_map(map_file, COLUMNS)
    facts = _facts(house, kind, source=source, as_of=as_of, match=match, max_age=max_age)
    rejects = rejects_path(path)
    with writing(house.engine) as store, opened(path, encoding) as file, in_bulk():
        facts["client"], facts["list_id"], whose, warnings = _scope(store, client, list_name)
        sha256 = _hash(path)
        rows = file.rows()
        columns = _header(rows, mapping, file.name)
        level = _level(kind, match, columns, scoped=whose is not None)
        columns.check(kind, level)
        facts |= {"licence": licence.strip(), "level": level, "file": file.name, "sha256": sha256}
        facts["named"] = level in NAMED and house.settings.compares_names(whose)
        in_force = _in_force(store, facts)
        known = next((each for each in in_force if (each.sha256, each.level) == (sha256, level)), None)
        if known is not None and (known.named or not facts["named"]):
            warnings += _renew(store, known, facts)
            return _told(store, find_file(store, known.id), "repeat", warnings=warnings)
        series = [each for each in in_force if each.source.casefold() == facts["source"].casefold()]
        replaced = [] if keep_older else series
        if replaced and facts["as_of"] < (newest := max(each.as_of for each in replaced)):
            raise UsageError(
                f"a file of {newest} from this source is in force; withdraw it first, or keep both with --keep-older"
            )
        read_row = Reading(columns, level=level, dated=kind == "converted", named=facts["named"], today=house.today())
        done = _stage(store, file, rows, read_row, progress)
        if file.sha256() != sha256:
            raise TryAgainError(f"{file.name} changed while it was read; nothing was loaded. Give it again")
        if not done.loaded:
            raise _nothing(file.name, done)
        progress("sorting", 0, None)
        number = _enter(store, facts | {"loaded_at": house.stamp()}, done)
        for each in replaced:
            withdraw(store, each, house.stamp())
        warnings += _of_replaced(replaced, done) + _of_names(read_row, kind)
        if done.rejected:
            write_rejects(store, path, columns.fields, encoding=encoding, sha256=sha256)
        for table in _STAGED:
            store.run(f"DROP TABLE {'pg_temp' if store.postgres else 'temp'}.{table}")
        told = _told(
            store,
            find_file(store, number),
            "added",
            replaced=max((each.id for each in replaced), default=None),
            rejects=rejects,
            warnings=warnings,
        )
    if not done.rejected:
        with suppress(OSError):
            rejects.unlink(missing_ok=True)
    return told


def _facts(
    house: House, kind: str, *, source: str, as_of: str, match: str | None, max_age: int | None
) -> dict[str, Any]:
    if kind not in LEVELS:
        raise UsageError(f"{kind!r} is no kind of suppression file; {', '.join(LEVELS)} are")
    if match is not None and match not in get_args(Level):
        raise UsageError(f"{match!r} is no level; {', '.join(get_args(Level))} are")
    if not source.strip():
        raise UsageError("a suppression file has a source: give --source")
    day = day_of(as_of.strip())
    if not day:
        raise UsageError("--as-of: not a date; write the day that the file speaks of as YYYY-MM-DD")
    if day > house.today():
        raise UsageError(f"--as-of: {day} is in the future; give the day that the file speaks of")
    if max_age is not None and max_age < 0:
        raise UsageError("--max-age: days are not less than none")
    if max_age is not None and kind == "prohibitory":
        raise UsageError("a prohibitory order does not grow old: leave --max-age out")
    return {"kind": kind, "source": source.strip(), "as_of": day, "max_age_days": max_age}


def _scope(store: Store, client: str, list_name: str) -> tuple[str, int | None, str | None, list[str]]:
    """Return client and list of a scope, whose mailings that are (None: everybody's), and warnings."""
    client = client.strip()
    if client and list_name:
        raise UsageError("a suppression file is for a client or for a list, not both")
    if list_name:
        known = find_list(store, list_name)
        return "", known.id, known.client, []
    if client and not store.value("SELECT count(*) FROM mailing_list WHERE client = :client", client=client):
        return client, None, client, ["no list is of this client; is its name written as in `listkeeper list show`?"]
    return client, None, client or None, []


def _header(rows: Iterator[tuple[int, list[str] | None, str]], mapping: dict[str, str], file: str) -> Columns:
    first = next(rows, None)
    if first is None:
        raise SetAsideError("the file is empty; a suppression file has a header row", reason="empty", file=file)
    if first[1] is None:
        raise SetAsideError(NOT_CSV, reason="header", file=file, line=first[0])
    return Columns(first[1], mapping, file, first[0])


def _level(kind: str, match: str | None, columns: Columns, *, scoped: bool) -> Level:
    level: Level = cast("Level", match) if match else LEVELS[kind]
    if match is None and kind == "client" and columns.only_ids:
        level = "id"
    if level == "id" and not scoped:
        raise UsageError("record ids are one client's own: say whose with --list or --client")
    return level


def _in_force(store: Store, facts: dict[str, Any]) -> list[Registered]:
    """Return the files in force of the same kind and scope."""
    same = (facts["kind"], facts["client"], facts["list_id"])
    return [each for each in files_of(store, in_force=True) if (each.kind, each.client, each.list_id) == same]


def _renew(store: Store, known: Registered, facts: dict[str, Any]) -> list[str]:
    """Let the same bytes speak of a later day, or hold for longer: who sends an unchanged file means it anew."""
    as_of, age = max(facts["as_of"], known.as_of), facts["max_age_days"]
    age = known.max_age_days if age is None else age
    if (as_of, age) == (known.as_of, known.max_age_days):
        return []
    store.run(
        "UPDATE suppression_file SET as_of = :as_of, max_age_days = :age, told = :never WHERE id = :id",
        as_of=as_of,
        age=age,
        never=NEVER,
        id=known.id,
    )
    return [f"the file is unchanged and was not loaded again; its day is {as_of} now"]


def _stage(
    store: Store,
    file: ListFile,
    rows: Iterator[tuple[int, list[str] | None, str]],
    read_row: Reading,
    progress: Progress,
) -> _Loaded:
    """Fill the temporary tables with what the rows give, the bad ones with their reason."""
    for table, kinds in _STAGED.items():
        store.temporary(table, kinds)
    done = _Loaded()
    keys: list[Row] = []
    names: list[Row] = []
    bad: list[Row] = []
    for line, row, _ in rows:
        done.read += 1
        if not done.read % _PROGRESS_ROWS:
            progress("reading", file.done, file.size)
        try:
            if row is None:
                raise RowError(NOT_CSV)
            read_row(line, row, keys, names)
            done.loaded += 1
        except RowError as error:
            done.rejected += 1
            done.first_fault = done.first_fault or (line, str(error))
            bad.append((line, str(error)))
        if len(keys) + len(bad) >= CHUNK:
            _unload(store, done, keys, names, bad)
    _unload(store, done, keys, names, bad)
    progress("reading", file.size, file.size)
    done.close()
    return done


def _unload(store: Store, done: _Loaded, keys: list[Row], names: list[Row], bad: list[Row]) -> None:
    done.keys += store.load("new_suppression", KEY_COLUMNS, keys)
    store.load("new_suppression_name", NAME_COLUMNS, names)
    store.load("rejected", ("line", "reason"), bad)
    for each in (keys, names, bad):
        each.clear()


def _enter(store: Store, facts: dict[str, Any], done: _Loaded) -> int:
    """Enter a file in the register, and its keys and names in their order; return its number."""
    number = store.next_id("suppression_file")
    row = facts | {"id": number, "read": done.read, "rejected": done.rejected, "keys": done.keys, "told": NEVER}
    names = ", ".join(row)
    store.run(
        f"INSERT INTO suppression_file ({names}) VALUES ({', '.join(f':{name}' for name in row)})",
        **row,
    )
    loaded = store.run(
        """INSERT INTO suppression_key (level, key, file_id, line, first_name, generation, on_date)
        SELECT :level, key, :file, line, first_name, generation, on_date FROM new_suppression ORDER BY key, line""",
        level=facts["level"],
        file=number,
    )
    if loaded != done.keys:
        raise UnbalancedFileError(f"{done.keys} keys were made, {loaded} loaded; nothing was changed")
    store.run(
        """INSERT INTO suppression_name (block, file_id, line, last_name, first_name, generation, street, unit)
        SELECT block, :file, line, last_name, first_name, generation, street, unit FROM new_suppression_name
        WHERE block <> 0 ORDER BY block, line""",
        file=number,
    )
    return number


def _nothing(file: str, done: _Loaded) -> SetAsideError:
    if done.first_fault is None:
        return SetAsideError("the file has a header and no rows; ask for it again", reason="empty", file=file)
    line, reason = done.first_fault
    return SetAsideError(
        f"every row is bad, this one since: {reason}. Is it the right kind, level and map?",
        reason="no-good-row",
        file=file,
        line=line,
    )


def _of_replaced(replaced: list[Registered], done: _Loaded) -> list[str]:
    told = []
    if len(replaced) > 1:
        told.append(f"it replaces files {', '.join(str(each.id) for each in replaced)}, all of the same source")
    before = sum(each.read - each.rejected for each in replaced)
    if done.loaded * 2 < before:
        told.append(f"{done.loaded:,} rows were loaded where what it replaces had {before:,}; is it whole?")
    return told


def _of_names(read_row: Reading, kind: str) -> list[str]:
    if not read_row.nameless:
        return []
    fit = "everybody of their household" if kind in WIDE else "only records that have none either"
    return [f"{read_row.nameless:,} rows have no first name: they fit {fit}"]


def _told(
    store: Store,
    known: Registered,
    status: str,
    *,
    replaced: int | None = None,
    rejects: Path | None = None,
    warnings: list[str],
) -> dict[str, Any]:
    return {
        "file_id": known.id,
        "kind": known.kind,
        "source": known.source,
        "as_of": known.as_of,
        "match": known.level,
        "scope": scope_of(store, known),
        "read": known.read,
        "keys": known.keys,
        "rejected": known.rejected,
        "rejects_file": str(rejects) if rejects and known.rejected else None,
        "status": status,
        "replaced": replaced,
        "warnings": warnings,
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
