"""Make a list, and its account where it is the first of it."""

from __future__ import annotations

import re
from typing import Any

from daemon.db import Store, writing
from daemon.errors import UsageError
from daemon.lists.columns import MATCH_COLUMNS
from daemon.lists.known import key_facts, scheme_of
from daemon.lists.service import stid_warnings
from daemon.wiring import House
from keyline.errors import KeylineError
from keyline.schemes import Scheme, parse_match_code

CLASSES = ("first-class", "marketing", "periodicals", "package")
ENDORSEMENTS = ("address", "return", "change", "forwarding", "electronic")
SOURCES = ("serial", "record-id", "match-code")
ATTRIBUTES = ("numeric", "alpha", "alphanumeric")

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PARTICIPANT = re.compile(r"[A-Z]{7}")
_MAILER = re.compile(r"[0-8][0-9]{5}|9[0-9]{8}")
_KEY_LENGTH = 10  # nine digits and the check digit
_ROOM_FOR_RUNNING = 2
_LONGEST = 16


def create_list(
    house: House,
    name: str,
    *,
    client: str,
    account: str,
    mail_class: str | None = None,
    endorsement: str | None = None,
    option: int | None = None,
    stid: str | None = None,
    full_service: bool = False,
    keyline_source: str | None = None,
    keyline_length: int | None = None,
    keyline_attribute: str | None = None,
    match_code: str | None = None,
) -> dict[str, Any]:
    """Make a list; return ``{"list", "client", "account", "kind", "keyline", "warnings"}``.

    The first list of an account settles how its keys are made: a running number in numeric keylines of 10 unless
    said otherwise; a Mailer ID has serials of 9 or 6 digits and no check digit. Further lists share the account's
    keys: what they leave out is the account's, what they give must agree with it.

    Raises:
        UsageError: a name that is taken or has other characters than letters, digits, ``-``, ``_`` and ``.``; a CODE
            that is neither participant code nor Mailer ID; an option that is none or contradicts the account.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("a list's name has letters, digits, - _ and . only")
    if not client.strip():
        raise UsageError("a list belongs to a client: give --client")
    check_mail(mail_class=mail_class, endorsement=endorsement, option=option, stid=stid)
    _one_of("--keyline-source", keyline_source, SOURCES)
    _one_of("--keyline-attribute", keyline_attribute, ATTRIBUTES)
    kind = _kind(account)
    if full_service and kind != "mailer":
        raise UsageError("--full-service goes with a Mailer ID; a participant code is Traditional ACS")
    asked = {
        "--keyline-source": str(keyline_source) if keyline_source else "match-code" if match_code else None,
        "--keyline-length": keyline_length,
        "--keyline-attribute": str(keyline_attribute) if keyline_attribute else None,
        "--match-code": _tidy(match_code) if match_code else None,
    }
    warnings = []
    if kind == "participant" and account[0] != "B":
        warnings.append(f"{account}: every participant code seen so far starts with B; check it with the USPS")
    with writing(house.engine) as store:
        if store.one("SELECT 1 FROM mailing_list WHERE name = :name", name=name):
            raise UsageError(f"there is a list {name} already")
        account_id, scheme = _account(store, house, account, kind, full_service=full_service, asked=asked)
        served = store.value("SELECT full_service FROM account WHERE id = :account", account=account_id)
        warnings += stid_warnings(
            kind=kind,
            mail_class=str(mail_class or ""),
            endorsement=str(endorsement or ""),
            option=option,
            stid=stid or "",
            full_service=bool(served),
        )
        store.run(
            """INSERT INTO mailing_list (name, client, account_id, mail_class, endorsement, option, stid,
                                         extra_columns, size, created_at)
            VALUES (:name, :client, :account, :mail_class, :endorsement, :option, :stid, '[]', 0, :at)""",
            name=name,
            client=client.strip(),
            account=account_id,
            mail_class=str(mail_class or ""),
            endorsement=str(endorsement or ""),
            option=option,
            stid=stid or "",
            at=house.stamp(),
        )
    return {
        "list": name,
        "client": client.strip(),
        "account": account,
        "kind": kind,
        "keyline": key_facts(scheme),
        "warnings": warnings,
    }


def check_mail(*, mail_class: str | None, endorsement: str | None, option: int | None, stid: str | None) -> None:
    """Raise UsageError where class, endorsement, option or STID is none."""
    _one_of("--class", mail_class, CLASSES)
    _one_of("--endorsement", endorsement, ENDORSEMENTS)
    if option not in (None, 1, 2):
        raise UsageError("--option is 1 or 2")
    if stid and not re.fullmatch(r"[0-9]{3}", stid):
        raise UsageError("--stid has three digits")


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{option} is one of {', '.join(allowed)}")


def _kind(code: str) -> str:
    if _PARTICIPANT.fullmatch(code):
        return "participant"
    if _MAILER.fullmatch(code):
        return "mailer"
    raise UsageError(
        "--account is a participant code (seven capital letters) or a Mailer ID "
        "(six digits that start with 0 to 8, or nine that start with 9)"
    )


def _tidy(match_code: str) -> str:
    try:
        columns = parse_match_code(match_code)
    except KeylineError as error:
        raise UsageError(f"--match-code: {error}") from error
    for column, _ in columns:
        if column not in MATCH_COLUMNS:
            raise UsageError(f"--match-code: no column {column}; it is made from {', '.join(MATCH_COLUMNS)}")
    return ",".join(f"{column}:{width}" for column, width in columns)


def _account(
    store: Store, house: House, code: str, kind: str, *, full_service: bool, asked: dict[str, Any]
) -> tuple[int, Scheme]:
    row = store.one(
        """SELECT id, full_service, key_source, key_length, key_attribute, match_code
        FROM account WHERE code = :code""",
        code=code,
    )
    if row is not None:
        _agree(code, row, full_service, asked)
        return row[0], scheme_of(*row[2:])
    scheme = _new_scheme(code, kind, asked)
    facts = key_facts(scheme)
    store.run(
        """INSERT INTO account (code, kind, full_service, key_source, key_length, key_attribute, match_code,
                                next_serial, created_at)
        VALUES (:code, :kind, :full_service, :source, :length, :attribute, :match_code, 1, :at)""",
        code=code,
        kind=kind,
        full_service=full_service,
        at=house.stamp(),
        **facts,
    )
    return int(store.value("SELECT id FROM account WHERE code = :code", code=code)), scheme


def _agree(code: str, row: tuple[Any, ...], full_service: bool, asked: dict[str, Any]) -> None:
    has = dict(zip(asked, row[2:], strict=True))
    has["--keyline-source"] = "serial" if has["--keyline-source"] == "mailer-serial" else has["--keyline-source"]
    for option, value in asked.items():
        if value is not None and value != has[option]:
            told = ", ".join(f"{name} {given}" for name, given in has.items() if given != "")
            raise UsageError(f"account {code} has its keys settled already: {told}; leave {option} out")
    if full_service and not row[1]:
        raise UsageError(f"account {code} was set up without --full-service; leave it out")


def _new_scheme(code: str, kind: str, asked: dict[str, Any]) -> Scheme:
    source, length, attribute, match_code = asked.values()
    if kind == "mailer":
        digits = 15 - len(code)
        if (source or "serial") != "serial" or (length or digits) != digits or (attribute or "numeric") != "numeric":
            raise UsageError(f"the keys of Mailer ID {code} are serials of {digits} digits; leave the options out")
        return Scheme("mailer-serial", digits, "numeric")
    columns = parse_match_code(match_code) if match_code else ()
    if source == "match-code":
        if not columns:
            raise UsageError('a match code needs its columns: --match-code "zip5:5,last_name:4,address1:4"')
        needed = sum(width for _, width in columns) + _ROOM_FOR_RUNNING + 1
        length = length or min(max(needed, _KEY_LENGTH), _LONGEST)
        attribute = attribute or "alphanumeric"
    elif columns:
        raise UsageError("--match-code goes with --keyline-source match-code")
    try:
        return scheme_of(source or "serial", length or _KEY_LENGTH, attribute or "numeric", match_code or "")
    except KeylineError as error:
        raise UsageError(f"--keyline-…: {error}") from error
