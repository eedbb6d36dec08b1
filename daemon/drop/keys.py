"""Match keys: 64 bits for an address, a household, a delivery point; and what tells two of one household apart.

An address is its ZIP and its line as Publication 28 writes it, unit included; a household is an address and a
last name, a person a household and a first name: nicknames read as names, and JR is not SR. A company takes the
place of both. Where an address is coded, its delivery point with house number and unit is a key as well: the eleven
digits alone may stand for several.

Source: trade practice of merge/purge; NCOALink return code 05 for the last sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Final, NamedTuple

from daemon.db import CHUNK, Row, Store
from daemon.pub28.standard import standardise
from daemon.returns.names import first_names_fit, split_generation
from schemas.text import norm

COLUMNS: Final = (
    *(
        "addressee_id",
        "address_id",
        "address_key",
        "household_key",
        "point_key",
        "home_key",
        "first_name",
        "generation",
    ),
)
# Said at the end of a firm's name by some and left out by others.
LEGAL: Final = frozenset(
    "INC INCORPORATED LLC LLP LP LTD LIMITED CO COMPANY CORP CORPORATION PC PLLC PLC NA".split()  # noqa: SIM905
)


class Keys(NamedTuple):
    """The keys of one name at one address; 0, or nothing, where there is not enough to make one."""

    address: int
    household: int  # address and last name, or firm
    point: int  # delivery point, house number and unit; the address key where it is not coded
    home: int  # point and last name, or firm
    first_name: str  # its first word, as it is compared
    generation: str


def keys_of(  # noqa: PLR0917 - the row of a query goes in as it comes
    address1: str,
    zip5: str,
    first_name: str = "",
    last_name: str = "",
    name_suffix: str = "",
    company: str = "",
    urbanization: str = "",
    address2: str = "",
    state: str = "",
    zip4: str = "",
    delivery_point: str = "",
) -> Keys:
    """Return the match keys of a name at an address; `parts_of` selects what is asked for in this order.

    >>> bob = keys_of(first_name="Bob", last_name="Smith", address1="12 North Elm Street", zip5="87110")
    >>> bob.household == keys_of(first_name="Robert", last_name="SMITH", address1="12 N ELM ST", zip5="87110").household
    True
    >>> bob.household == keys_of(last_name="Smith", address1="12 N Elm St Apt 2", zip5="87110").household
    False
    """
    written = standardise(address1, address2, urbanization, state)
    line = f"{written.line} {written.mailbox}" if written.mailbox else written.line
    if not line or not zip5:
        return Keys(0, 0, 0, 0, "", "")
    address, people = f"{zip5}|{line}|{written.urbanization}", household_of(last_name, company)
    first, generation = person_of(first_name, last_name, name_suffix, company)
    key, household = bits(address), bits(f"{address}|{people}") if people else 0
    if not (zip4 and delivery_point):
        return Keys(key, household, key, household, first, generation)
    point = f"{zip5}{zip4}{delivery_point}|{written.number}|{written.unit}|{written.mailbox}"
    return Keys(key, household, bits(point), bits(f"{point}|{people}") if people else 0, first, generation)


def bits(text: str) -> int:
    """Return 64 bits that stand for a text; never 0."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True) or 1


def id_key(record_id: str) -> int:
    """Return the key of a client's own record id."""
    return bits(f"id|{record_id}")


@lru_cache(maxsize=1 << 16)
def household_of(last_name: str, company: str) -> str:
    """Return a last name, or a firm's name without its legal form, as households are compared; "" where neither is."""
    if company and not last_name:
        words = norm(company).split()
        while len(words) > 1 and words[-1] in LEGAL:
            words.pop()
        return f"&{' '.join(words)}"
    return split_generation(norm(last_name), "")[0].replace(" ", "")


@lru_cache(maxsize=1 << 16)
def person_of(first_name: str, last_name: str, name_suffix: str, company: str) -> tuple[str, str]:
    """Return the first word of a first name, and the generation: what tells two people of one household apart."""
    if company and not last_name:
        return "&", ""
    words = norm(first_name).split()
    return words[0] if words else "", split_generation(norm(last_name), name_suffix)[1]


def same_person(one: tuple[str, str], other: tuple[str, str], *, wide: bool = False) -> bool:
    """Say whether two of one household are one person: (first name, generation) of each.

    Equal, one the other's initial, or a known nickname of it; JR is not SR. Of someone without a first name nobody can
    say so, unless the net is to be a wide one.

    >>> same_person(("BOB", ""), ("ROBERT", "JR")), same_person(("BOB", "SR"), ("ROBERT", "JR"))
    (True, False)
    """
    if one[1] and other[1] and one[1] != other[1]:
        return False
    if not one[0] or not other[0]:
        return wide or one[0] == other[0]
    return first_names_fit(one[0], other[0])


def parts_of(place: str) -> str:
    """Return the columns that `keys_of` takes, in its order: of the addressee ``a``, at an address by its alias."""
    line, coding = f"{place}.address1, {place}.zip5", f"{place}.zip4, {place}.delivery_point"
    person = "a.first_name, a.last_name, a.name_suffix, a.company"
    return f"{line}, {person}, {place}.urbanization, {place}.address2, {place}.state, {coding}"


def refresh_keys(store: Store, list_ids: Iterable[int]) -> int:
    """Make the keys anew of whoever has another address than when they were made, or none yet; return how many.

    A new name takes its keys away (`daemon.lists.records`), so that an address is all there is to compare.
    """
    listed = ", ".join(str(int(number)) for number in list_ids)
    kinds = ", ".join(f"{name} {'text' if name in COLUMNS[-2:] else 'bigint'}" for name in COLUMNS[1:])
    store.temporary("new_key", f"addressee_id bigint PRIMARY KEY, {kinds}")
    made = store.load("new_key", COLUMNS, _made(store, listed)) if listed else 0
    if made:
        store.run("DELETE FROM match_key WHERE addressee_id IN (SELECT addressee_id FROM new_key)")
        names = ", ".join(COLUMNS)
        store.run(f"INSERT INTO match_key ({names}) SELECT {names} FROM new_key ORDER BY addressee_id")
    return made


def _made(store: Store, listed: str) -> Iterator[Row]:
    rows = store.rows(
        f"""SELECT a.id, a.address_id, {parts_of("d")}
        FROM addressee a CROSS JOIN address d LEFT JOIN match_key m ON m.addressee_id = a.id
        WHERE a.list_id IN ({listed}) AND d.id = a.address_id
        AND (m.address_id IS NULL OR m.address_id <> a.address_id) ORDER BY a.id"""
    )
    while chunk := list(islice(rows, CHUNK)):
        for addressee_id, address_id, *parts in chunk:
            yield addressee_id, address_id, *keys_of(*parts)
