"""Add new records, change known ones: the rows of a staged file become addressees, addresses and changes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice

from daemon.db import CHUNK, Row, Store
from daemon.errors import HouseError
from daemon.lists.columns import NAMES, Header, as_json
from daemon.lists.keys import give_keylines
from daemon.lists.settle import Earlier, Given, same_place, settle
from daemon.lists.stage import PLACE_COLUMNS, Stage
from daemon.turn import ADDRESS_COLUMNS, append_changes, turn
from schemas.standing import STANDING, AddressText, Standing
from schemas.text import norm

_MOST_WARNINGS = 1_000
_GIVEN = slice(3, 3 + len(Given._fields))
_NAMES = slice(_GIVEN.stop, _GIVEN.stop + len(NAMES) + 1)  # and extra
_STANDING = slice(_NAMES.stop, _NAMES.stop + len(STANDING))
_PLACE = slice(_STANDING.stop, _STANDING.stop + len(PLACE_COLUMNS))


class HalfLoadedError(HouseError):
    """Records and addresses added differ in number. The caller's transaction rolls back."""


@dataclass(slots=True)
class Changed:
    """What became of the rows that were not plainly equal."""

    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    warnings: list[str] = field(default_factory=list)

    def keep(self, line: int, record_id: str, month: str) -> None:
        """Count a kept row and say which."""
        self.kept += 1
        if self.kept <= _MOST_WARNINGS:
            of = f" of {month}" if month else ""
            self.warnings.append(f"line {line}: record_id {record_id}: kept, the address is from before the move{of}")


def change_records(store: Store, stage: Stage, import_id: int, *, today: str, at: str) -> Changed:
    """Settle every row that differs from what we have, append the history, and turn the addressees."""
    done = Changed()
    next_address, first_change = store.next_id("address"), store.next_id("change")
    next_change = first_change
    names = (*NAMES, "extra")
    strangers: list[Row] = []
    store.temporary("renamed", "addressee_id bigint PRIMARY KEY, " + ", ".join(f"{name} text" for name in names))
    with stage.differing() as rows:
        while chunk := list(islice(rows, CHUNK)):
            history = _history(
                store, [row for row in chunk if not same_place(Given(*row[_GIVEN]), AddressText(*row[_PLACE]))]
            )
            addresses: list[Row] = []
            changes: list[Row] = []
            renamed: list[Row] = []
            for row in chunk:
                line, addressee_id, record_id = row[:3]
                given, ours = Given(*row[_GIVEN]), Standing(*row[_STANDING])
                ours = ours._replace(needs_cass=bool(ours.needs_cass))
                if given.needs_cass is not None:
                    given = given._replace(needs_cass=bool(given.needs_cass))
                settled = settle(
                    given, ours, AddressText(*row[_PLACE]), row[-2], earlier=history.get(addressee_id, ()), today=today
                )
                to = settled.standing
                if settled.place is not None:
                    place_id = row[-1] if settled.same else next_address
                    addresses.append((next_address, addressee_id, *settled.place, "client", settled.came_in, place_id))
                    to = to._replace(address_id=next_address)
                    next_address += 1
                called = _named(given, row[_NAMES], stage.header)
                if called is not None:
                    renamed.append((addressee_id, *called))
                    if any(norm(new) != norm(old) for new, old in zip(called[1:6], row[_NAMES][1:6], strict=True)):
                        strangers.append((addressee_id,))
                if to != ours or called is not None:
                    turned = to[:6] != ours[:6]
                    changes.append((next_change, addressee_id, None, import_id, line, "client", turned, *ours, *to))
                    next_change += 1
                if settled.kept:
                    done.keep(line, record_id, ours.move_month or ours.address_since[:7])
                elif to != ours or called is not None:
                    done.changed += 1
                else:
                    done.unchanged += 1
            store.load("address", ADDRESS_COLUMNS, addresses)
            append_changes(store, changes)
            store.load("renamed", ("addressee_id", *names), renamed)
    if next_change > first_change:
        turn(store, first_change, next_change - 1)
        _rename(store, names)
        _void_stamps(store, strangers, at)
    if done.kept > _MOST_WARNINGS:
        done.warnings.append(f"and {done.kept - _MOST_WARNINGS} more rows kept")
    return done


def add_records(store: Store, stage: Stage, import_id: int, today: str) -> tuple[int, int]:
    """Add every staged row whose record is new, in file order; return how many, and the account's next serial."""
    known = stage.known
    if stage.hits == store.value("SELECT count(*) FROM stage"):
        return 0, known.next_serial
    next_serial = give_keylines(store, known, stage.columns)
    store.run("INSERT INTO rejected SELECT line, reason FROM newkey WHERE reason <> ''")
    store.temporary("newrow", "id bigint PRIMARY KEY, line bigint NOT NULL, keyline text NOT NULL")
    first = store.next_id("addressee")
    added = store.run(
        """INSERT INTO newrow SELECT :before + row_number() OVER (ORDER BY line), line, keyline FROM newkey
        WHERE reason = '' ORDER BY line""",
        before=first - 1,
    )
    facts = {
        "shift": store.next_id("address") - first,
        "list": known.id,
        "account": known.account_id,
        "import": import_id,
        "today": today,
    }
    for table, values in (("addressee", _new_addressee(stage.columns)), ("address", _new_address(stage.columns))):
        names, expressions = ", ".join(values), ", ".join(values.values())
        used = {name: value for name, value in facts.items() if f":{name}" in expressions}
        written = store.run(
            f"""INSERT INTO {table} ({names}) SELECT {expressions} FROM newrow n JOIN stage s ON s.line = n.line
            ORDER BY n.id""",
            **used,
        )
        if written != added:
            raise HalfLoadedError(f"{added} records were to be added, {written} were; nothing was changed")
    return added, next_serial


def _new_addressee(columns: Collection[str]) -> dict[str, str]:
    """Return the columns of a new addressee and what each is made of."""

    def given(name: str) -> str:
        return f"s.{name}" if name in columns else "''"

    lowered = f"{given('status')} NOT IN ('', 'mailable')"
    status = f"CASE WHEN {lowered} THEN {given('status')} ELSE 'mailable' END"
    own = f"CASE WHEN {given('status_reason')} = '' THEN 'imported' ELSE {given('status_reason')} END"
    # A mailable record may still say why it is, as our own export does.
    mailable = f"CASE WHEN {given('status')} = 'mailable' THEN {given('status_reason')} ELSE '' END"
    reason = f"CASE WHEN {lowered} THEN {own} ELSE {mailable} END"
    return {
        "id": "n.id",
        "list_id": ":list",
        "account_id": ":account",
        "record_id": "s.record_id",
        "keyline": "n.keyline",
        **{name: given(name) for name in NAMES},
        "address_id": "n.id + :shift",
        "status": status,
        "status_reason": reason,
        "status_by": f"CASE WHEN {lowered} OR {mailable} <> '' THEN 'client' ELSE '' END",
        "base_status": status,
        "base_reason": f"CASE WHEN {lowered} THEN {own} ELSE '' END",
        "address_since": given("address_since"),
        "move_month": given("move_month"),
        "needs_cass": "coalesce(s.needs_cass, true)" if "needs_cass" in columns else "true",
        "locked": "false",
        "extra": given("extra"),
        "import_id": ":import",
        "import_line": "s.line",
    }


def _new_address(columns: Collection[str]) -> dict[str, str]:
    return {
        "id": "n.id + :shift",
        "addressee_id": "n.id",
        **{name: f"s.{name}" if name in columns else "''" for name in PLACE_COLUMNS},
        "source": "'client'",
        "came_in": ":today",
        "place_id": "n.id + :shift",
    }


def _history(store: Store, rows: Iterable[Row]) -> dict[int, list[Earlier]]:
    """Return the standing changes of address of the addressees whose row names another place than ours."""
    ids = ", ".join(str(int(row[1])) for row in rows)
    history: dict[int, list[Earlier]] = {}
    if ids:
        for addressee_id, *change in store.all(
            f"""SELECT c.addressee_id, f.address1, f.city, f.state, f.zip5, t.source, f.address2, f.urbanization,
            f.place_id = d.place_id FROM change c
            JOIN address f ON f.id = c.from_address_id JOIN address t ON t.id = c.to_address_id
            JOIN addressee a ON a.id = c.addressee_id JOIN address d ON d.id = a.address_id
            WHERE c.addressee_id IN ({ids}) AND c.turned AND c.undone_at IS NULL
            AND c.from_address_id <> c.to_address_id ORDER BY c.addressee_id, c.id"""
        ):
            history.setdefault(addressee_id, []).append(Earlier(*change))
    return history


def _named(given: Given, ours: Row, header: Header) -> Row | None:
    """Return names and own columns as the row has them; None where they are as before."""
    names = [old if new is None else new for new, old in zip(given[2:8], ours, strict=False)]
    extra = ours[-1]
    if given.extra is not None:
        extra = given.extra
        if not header.all_extras:
            old, new = (json.loads(text or "{}") for text in (ours[-1], extra))
            merged = {name: (old if place is None else new).get(name, "") for name, place in header.extras.items()}
            extra = as_json({name: text for name, text in merged.items() if text})
    called = (*names, extra)
    return called if called != tuple(ours) else None


def _void_stamps(store: Store, strangers: Iterable[Row], at: str) -> None:
    """A stamp is of a name at an address: whoever is called otherwise now has none, and new match keys."""
    store.temporary("stranger", "addressee_id bigint PRIMARY KEY")
    if store.load("stranger", ("addressee_id",), strangers):
        store.run(
            """UPDATE stamp SET void_at = :at WHERE void_at IS NULL
            AND addressee_id IN (SELECT addressee_id FROM stranger)""",
            at=at,
        )
        store.run("DELETE FROM match_key WHERE addressee_id IN (SELECT addressee_id FROM stranger)")


def _rename(store: Store, names: tuple[str, ...]) -> None:
    if store.postgres:
        sets = ", ".join(f"{name} = renamed.{name}" for name in names)
        store.run(f"UPDATE addressee SET {sets} FROM renamed WHERE renamed.addressee_id = addressee.id")
        return
    listed = ", ".join(names)
    store.run(
        f"""UPDATE OR ROLLBACK addressee SET ({listed}) =
        (SELECT {listed} FROM renamed WHERE renamed.addressee_id = addressee.id)
        WHERE id IN (SELECT addressee_id FROM renamed)"""
    )
