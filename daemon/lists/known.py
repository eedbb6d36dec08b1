"""The lists we have: one row of list and account together, and the words both are made of."""

from __future__ import annotations

import json
from typing import NamedTuple, cast

from daemon.db import Store
from daemon.errors import UsageError
from keyline.keylines import Attribute
from keyline.schemes import Scheme, Source, parse_match_code


class Known(NamedTuple):
    """A list and the account it mails under."""

    id: int
    name: str
    client: str
    mail_class: str
    endorsement: str
    option: int | None
    stid: str
    extra_columns: tuple[str, ...]  # the client's own columns, in the order they first came
    size: int
    account_id: int
    code: str
    kind: str  # participant | mailer
    full_service: bool
    scheme: Scheme
    next_serial: int


_COLUMNS = (
    "l.id, l.name, l.client, l.mail_class, l.endorsement, l.option, l.stid, l.extra_columns, l.size, "
    "c.id, c.code, c.kind, c.full_service, c.key_source, c.key_length, c.key_attribute, c.match_code, c.next_serial"
)


def find_list(store: Store, name: str) -> Known:
    """Return the list of this name.

    Raises:
        UsageError: there is none.
    """
    row = store.one(
        f"SELECT {_COLUMNS} FROM mailing_list l JOIN account c ON c.id = l.account_id WHERE l.name = :name", name=name
    )
    if row is None:
        raise UsageError(f"there is no list {name!r}; `listkeeper list create` makes one")
    extra_columns, (source, length, attribute, match_code) = tuple(json.loads(row[7])), row[13:17]
    scheme = scheme_of(source, length, attribute, match_code)
    return Known._make((*row[:7], extra_columns, *row[8:12], bool(row[12]), scheme, row[17]))


def scheme_of(source: str, length: int, attribute: str, match_code: str) -> Scheme:
    """Return the keyline scheme that an account row describes."""
    columns = parse_match_code(match_code) if match_code else ()
    return Scheme(cast("Source", source), length, cast("Attribute", attribute), columns)


def key_facts(scheme: Scheme) -> dict[str, object]:
    """Return a scheme as the commands print it."""
    return {
        "source": scheme.source,
        "length": scheme.length,
        "attribute": scheme.attribute,
        "match_code": ",".join(f"{column}:{width}" for column, width in scheme.match_code),
    }
