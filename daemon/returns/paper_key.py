"""Whom a piece in the hand leads to: what a scanner or an operator types, cleaned, checked, and looked up."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from daemon.db import Row, Store
from daemon.errors import SetAsideError
from daemon.lists.known import find_list, scheme_of
from daemon.returns.names import Person
from keyline.addressblock import last_line
from keyline.errors import ImbError
from keyline.imb import decode, split_digits
from keyline.schemes import Scheme, accepts

RECORD = "id:"  # what stands before the client's own id, where a piece has no key that can be read
BARS: Final = frozenset("TDAF")
DIGITS: Final = (20, 25, 29, 31)  # of a barcode, by its routing code
_AIM: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")  # a scanner's own word for the kind of code that it read
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_ROUND: Final = re.compile(r"^[^0-9A-Za-z/#]+|[^0-9A-Za-z/#]+$")  # what no key begins or ends with


class Key(NamedTuple):
    """What was scanned or typed."""

    kind: Literal["keyline", "barcode", "record"]
    text: str  # keyline bare, serial, or record id
    account: str = ""  # the barcode's Mailer ID
    whole: str = ""  # the barcode's bars or digits

    @property
    def kept(self) -> str:
        """Return the key as an entry keeps it: `read_key` gives the same of it again."""
        return f"{RECORD}{self.text}" if self.kind == "record" else self.whole or self.text


class Found(NamedTuple):
    """The addressee that a key leads to, with what an operator is shown."""

    addressee_id: int
    list_id: int
    list: str
    record_id: str
    account: str
    key: str
    drop_id: int | None  # of the piece, where its serial was given to one drop
    status: str
    status_reason: str
    person: Person
    name: str
    address: str


def read_key(text: str) -> Key:
    """Return what a scanner typed, without what it puts around a key.

    Taken away: control characters, the symbology mark (``]C0``), and at either end whatever no key has. Letters
    become capitals. Between two ``#`` stands a keyline, and what follows is not ours. 65 bars, or 20, 25, 29 or 31
    digits, are a barcode; ``id:`` begins a record id, which is left as it is.

    Raises:
        SetAsideError: ``no_keyline``, nothing is left; or the reason of :class:`keyline.errors.ImbError`.

    >>> read_key("]C0*jlst MS67 969*\\r"), read_key("#JLST MS67 969# 0497ABJ").text
    (Key(kind='keyline', text='JLSTMS67969', account='', whole=''), 'JLSTMS67969')
    >>> read_key("00 300 567094 987654321 87110")[:3]
    ('barcode', '987654321', '567094')
    """
    text = _AIM.sub("", _CONTROL.sub(" ", text).strip())
    if text[: len(RECORD)].lower() == RECORD:
        if record_id := text[len(RECORD) :].strip():
            return Key("record", record_id)
        raise SetAsideError("no record id stands after id:", reason="no_keyline", field="key")
    if text.count("#") > 1:
        text = text.split("#", 2)[1]
    bare = _ROUND.sub("", text.replace("#", " ")).replace(" ", "").upper()
    if not bare:
        raise SetAsideError("no key was given", reason="no_keyline", field="key")
    digits = bare.isascii() and bare.isdigit()
    if (digits and len(bare) in DIGITS) or (len(bare) > 16 and BARS.issuperset(bare)):
        try:
            code = split_digits(bare) if digits else decode(bare)
        except ImbError as error:
            raise SetAsideError(error.message, reason=error.reason, field="key") from error
        return Key("barcode", code.serial, code.mid, bare)
    return Key("keyline", bare)


def find(store: Store, key: Key, name: str | None, on: str) -> Found:
    """Return whom a key leads to.

    Args:
        name: the list; None: any list, for a key that is only one's.
        on: the day the piece came back: a serial that was given to several drops is that of the last before it.

    Raises:
        UsageError: there is no such list.
        SetAsideError: ``unknown_account``, ``foreign_keyline``, ``bad_check_digit`` or ``unknown_keyline``, as for a
            return file; ``several_lists`` where without a list the key may be of more than one.
    """
    known = find_list(store, name) if name is not None else None
    if key.kind == "record":
        if known is None:
            raise _refused("several_lists", "a record id is its list's own; name the list")
        rows = _rows(store, "a.list_id = :list AND a.record_id = :record", list=known.id, record=key.text)
        if not rows:
            raise _refused("unknown_keyline", f"list {known.name} has no record of this id")
        return _found(rows[0])
    accounts = _accounts(store, key, known.account_id if known else None)
    problems = {accepts(scheme, key.text) for _id, _code, scheme in accounts}
    found = [
        row
        for number, _code, scheme in accounts
        if accepts(scheme, key.text) is None
        for row in _of_key(store, number, key, on)
    ]
    if known is not None and found and found[0].list_id != known.id:
        raise _refused("unknown_keyline", f"the key is of list {found[0].list}, not of {known.name}")
    if len(found) > 1:
        raise _refused("several_lists", "several accounts have this key; name the list")
    if found:
        return found[0]
    if None in problems:
        raise _refused("unknown_keyline", "nobody has this key")
    if "check-digit" in problems:
        raise _refused("bad_check_digit", "the check digit is not that of the key; scan or type it again")
    raise _refused("foreign_keyline", "keys of this length and kind are not the account's")


def _refused(reason: str, message: str) -> SetAsideError:
    return SetAsideError(message, reason=reason, field="key")


def _accounts(store: Store, key: Key, wanted: int | None) -> list[tuple[int, str, Scheme]]:
    """Return the accounts that a key may be of: the list's own, or all; a barcode names its own.

    Raises:
        SetAsideError: ``unknown_account``.
    """
    rows = store.all("SELECT id, code, key_source, key_length, key_attribute, match_code FROM account ORDER BY id")
    accounts = [(int(number), str(code), scheme_of(*rest)) for number, code, *rest in rows]
    if key.account:
        named = [each for each in accounts if each[1] == key.account]
        if not named:
            raise _refused("unknown_account", f"Mailer ID {key.account} of the barcode is no account of ours")
        if wanted not in (None, named[0][0]):
            raise _refused("unknown_account", f"Mailer ID {key.account} of the barcode is not the list's account")
        return named
    return [each for each in accounts if wanted in (None, each[0])]


def _of_key(store: Store, account_id: int, key: Key, on: str) -> list[Found]:
    """Return the addressee of a key: of the piece that has the serial, else of the addressee's own key."""
    piece = store.one(
        """SELECT addressee_id, drop_id FROM piece WHERE account_id = :account AND serial = :serial
        ORDER BY CASE WHEN used_on <= :day THEN 0 ELSE 1 END, used_on DESC, drop_id DESC LIMIT 1""",
        account=account_id,
        serial=key.text,
        day=on,
    )
    if piece is not None:
        rows = _rows(store, "a.id = :id", id=piece[0])
        return [_found(row)._replace(key=key.text, drop_id=piece[1]) for row in rows]
    return [
        _found(row)
        for row in _rows(store, "a.account_id = :account AND a.keyline = :key", account=account_id, key=key.text)
    ]


def _rows(store: Store, where: str, **values: object) -> list[Row]:
    return store.all(
        f"""SELECT a.id, a.list_id, l.name, a.record_id, c.code, a.keyline, a.status, a.status_reason,
        a.first_name, a.last_name, a.name_suffix, a.company, a.name_prefix, a.middle_name,
        d.address1, d.city, d.state, d.zip5, d.zip4
        FROM addressee a JOIN mailing_list l ON l.id = a.list_id JOIN account c ON c.id = a.account_id
        JOIN address d ON d.id = a.address_id WHERE {where}""",
        **values,
    )


def _found(row: Row) -> Found:
    first, last, suffix, company, prefix, middle = row[8:14]
    name = " ".join(part for part in (prefix, first, middle, last, suffix) if part)
    address = ", ".join(part for part in (row[14], last_line(*row[15:19])) if part)
    told = ", ".join(part for part in (name, company) if part)
    return Found._make((*row[:6], None, *row[6:8], Person(first, last, suffix, company), told, address))
