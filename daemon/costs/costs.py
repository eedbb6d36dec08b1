"""What notices, care and Move Update cost: by client, list and drop, from what came in and from the price table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

from daemon.costs.exposure import move_update
from daemon.costs.notices import File, Group, Mailed, files_of, groups_of, labels_written, mailed_drops, undone_files
from daemon.costs.prices import Prices
from daemon.costs.sums import Account, Pricing, Sum, signed
from daemon.db import Store, reading
from daemon.errors import UsageError
from daemon.returns.report import dollars
from daemon.wiring import House

_FIRST: Final = "0000-01-01"
_LAST: Final = "9999-12-31"


class _List(NamedTuple):
    id: int
    name: str
    client: str
    mail_class: str
    size: int
    code: str  # of its account


@dataclass(slots=True)
class _Tree:
    """Sums of one client: all of it, each list, each drop of a list."""

    whole: Sum = field(default_factory=Sum)
    lists: dict[int | None, Sum] = field(default_factory=dict)
    drops: dict[tuple[int | None, int | None], Sum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Books:
    """Everything that a report is made from, read at one moment."""

    lists: dict[int, _List]
    mailed: list[Mailed]  # in these days
    drops: dict[int, tuple[str, str | None]]  # every drop: its name, and when it was mailed
    pieces: dict[tuple[int, int], int]  # of every drop that was mailed, by list and drop
    labels: dict[int, int]
    care: dict[int, tuple[int, int, int]]  # by list: jobs, of these without a cost, mills


def costs(
    house: House, client: str | None = None, since: str | None = None, until: str | None = None
) -> dict[str, Any]:
    """Return what came back in these days and what it cost, for one client or each.

    A notice counts on the day of its file; both days are included. Every sum has ``notices`` and what they divide into
    (``kinds``, ``codes``, ``piles``; ``electronic`` and ``paper``), each of which adds up to it; the lists of a client
    add up to the client, and the clients to ``total``. Money is text, ``"12.34"``; None where a price is missing.

    ``{"from", "to", "client", "total", "clients": [{"client", …sum, "care", "mailed", "lists": [{"list", …sum, "care",
    "mailed", "drops": [{"drop", "mailed_on", "pieces", …sum}]}]}], "files", "products", "headers", "undone",
    "move_update", "prices", "missing_prices"}``. The list is None for notices whose
    addressee was not found, the client is where their account has lists of several; the drop is None for notices of no
    drop. ``files`` and ``products`` are of whole files, whoever else has notices in them.

    Raises:
        UsageError: no such client, a day that is none, or the first after the last.
    """
    first, last = _day(since, _FIRST, "--from"), _day(until, _LAST, "--to")
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    with reading(house.engine) as store:
        lists = _lists(store)
        if client is not None and client not in {each.client for each in lists.values()}:
            raise UsageError(f"there is no client {client!r}; `listkeeper list show` has each list and its client")
        prices = Prices.of(store)
        every_drop = mailed_drops(store)
        mailed = [each for each in every_drop if first <= each.mailed_on <= last]
        files = files_of(store, first, last)
        books = _Books(
            lists,
            mailed,
            {number: (name, day) for number, name, day in store.all("SELECT id, name, mailed_on FROM mail_drop")},
            {(each.list_id, each.drop_id): each.pieces for each in every_drop},
            labels_written(store, first, last),
            _care(store, first, last),
        )
        trees, touched = _add_up(store, prices, books, groups_of(store, files, every_drop), client)
        undone, undone_mills = undone_files(store, first, last)
        update = move_update(store, prices, mailed, {each.id: each.client for each in lists.values()})
    own = [each for each in lists.values() if client in (None, each.client)]
    shown = [file for number, file in files.items() if client is None or number in touched]
    for each in own:
        trees.setdefault(each.client, _Tree()).lists.setdefault(each.id, Sum())
    total = Sum()
    for tree in trees.values():
        total.merge(tree.whole)
    return {
        "from": since and first,
        "to": until and last,
        "client": client,
        "total": {**total.told(), **_beside(books, own, total)},
        "clients": [_client(books, name, tree) for name, tree in sorted(trees.items())],
        "files": [_file(file) for file in shown],
        "products": _products(shown),
        "headers": _headers(shown),
        "undone": {"files": undone, "counted": dollars(undone_mills)},
        "move_update": update,
        **prices.told(),
    }


def _day(text: str | None, otherwise: str, option: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else otherwise
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no date; write it as YYYY-MM-DD") from None


def _lists(store: Store) -> dict[int, _List]:
    rows = store.all(
        """SELECT l.id, l.name, l.client, l.mail_class, l.size, a.code FROM mailing_list l
        JOIN account a ON a.id = l.account_id ORDER BY l.name"""
    )
    return {row[0]: _List._make(row) for row in rows}


def _care(store: Store, first: str, last: str) -> dict[int, tuple[int, int, int]]:
    rows = store.all(
        """SELECT list_id, count(*), sum(CASE WHEN cost_mills IS NULL THEN 1 ELSE 0 END), coalesce(sum(cost_mills), 0)
        FROM care_job WHERE state NOT IN ('needs-approval', 'cancelled')
        AND substr(created_at, 1, 10) BETWEEN :first AND :last GROUP BY 1""",
        first=first,
        last=last,
    )
    return {list_id: (jobs, int(without), int(mills)) for list_id, jobs, without, mills in rows}


def _add_up(
    store: Store, prices: Prices, books: _Books, groups: Any, client: str | None
) -> tuple[dict[str, _Tree], set[int]]:
    """Return the sums by client, and the files that have a notice in them."""
    accounts = _accounts(store, books.lists.values())
    pricing = Pricing(prices, accounts, {each.id: each.mail_class for each in books.lists.values()})
    trees: dict[str, _Tree] = {}
    touched = set()
    for group in groups:
        owner = _owner(group, books.lists, accounts)
        if client not in (None, owner):
            continue
        touched.add(group.file.batch)
        cost = pricing.of(group)
        tree = trees.setdefault(owner, _Tree())
        for one in (
            tree.whole,
            tree.lists.setdefault(group.list_id, Sum()),
            tree.drops.setdefault((group.list_id, group.drop_id), Sum()),
        ):
            one.add(group, cost)
    return trees, touched


def _accounts(store: Store, lists: Iterable[_List]) -> dict[str, Account]:
    of: dict[str, list[_List]] = {}
    for each in lists:
        of.setdefault(each.code, []).append(each)
    return {
        code: Account(
            kind,
            bool(full_service),
            _common(each.mail_class for each in of.get(code, ())),
            _common(each.client for each in of.get(code, ())),
        )
        for code, kind, full_service in store.all("SELECT code, kind, full_service FROM account")
    }


def _common(words: Iterable[str]) -> str:
    found = set(words)
    return found.pop() if len(found) == 1 else ""


def _owner(group: Group, lists: dict[int, _List], accounts: dict[str, Account]) -> str:
    if group.list_id in lists:
        return lists[group.list_id].client
    return accounts[group.account].client if group.account in accounts else ""


def _client(books: _Books, name: str, tree: _Tree) -> dict[str, Any]:
    own = [books.lists[number] for number in tree.lists if number is not None]
    lists = sorted(tree.lists.items(), key=lambda item: "" if item[0] is None else books.lists[item[0]].name)
    return {
        "client": name or None,
        **tree.whole.told(),
        **_beside(books, own, tree.whole),
        "lists": [_list(books, number, of, tree) for number, of in lists],
    }


def _list(books: _Books, number: int | None, of: Sum, tree: _Tree) -> dict[str, Any]:
    own = [] if number is None else [books.lists[number]]
    sums = {drop: each for (list_id, drop), each in tree.drops.items() if list_id == number}
    numbers = {each.drop_id for each in books.mailed if each.list_id == number}
    numbers |= {drop for drop in sums if drop is not None}
    told = [_drop(books, number, drop, sums.get(drop, Sum())) for drop in sorted(numbers)]
    if told and None in sums:
        told.append(_drop(books, number, None, sums[None]))
    return {
        "list": own[0].name if own else None,
        "class": own[0].mail_class if own else None,
        **of.told(),
        **_beside(books, own, of),
        "drops": told,
    }


def _drop(books: _Books, list_id: int | None, number: int | None, of: Sum) -> dict[str, Any]:
    name, mailed_on = books.drops[number] if number is not None else (None, None)
    pieces = None if list_id is None or number is None else books.pieces.get((list_id, number))
    return {
        "drop": name,
        "mailed_on": mailed_on,
        "pieces": pieces,
        **of.told(),
        "per_thousand_pieces": _per_thousand(of.cost, pieces),
    }


def _beside(books: _Books, lists: list[_List], of: Sum) -> dict[str, Any]:
    """Return what stands beside the notices of some lists: care, what was mailed, and all of it by the thousand."""
    care = [books.care[each.id] for each in lists if each.id in books.care]
    spent = sum(mills for _jobs, _without, mills in care)
    pieces = Counter[int]()
    for each in books.mailed:
        pieces[each.list_id] += each.pieces
    dropped = sum(pieces[each.id] for each in lists)
    labels = sum(books.labels.get(each.id, 0) for each in lists)
    size = sum(each.size for each in lists)
    cost = of.cost + spent
    return {
        "care": {
            "jobs": sum(each[0] for each in care),
            "without_cost": sum(each[1] for each in care),
            "cost": dollars(spent),
        },
        "whole_cost": dollars(cost),
        "mailed": {"pieces": dropped + labels, "by_drops": dropped, "by_labels": labels},
        "addressees": size,
        "per_thousand_pieces": _per_thousand(cost, dropped + labels),
        "per_thousand_addressees": _per_thousand(cost, size),
    }


def _per_thousand(mills: int, of: int | None) -> str | None:
    return signed(Fraction(mills * 1000, of)) if of else None


def _file(file: File) -> dict[str, Any]:
    return {
        "batch": file.batch,
        "file": file.name,
        "kind": file.kind,
        "day": file.day,
        "notices": file.read,
        "counted": dollars(file.counted),
        "header": dollars(file.header),
        "difference": None if file.header is None else signed(file.header - file.counted),
        "shipping": dollars(file.shipping),
        "has_fees": file.has_fees,
    }


def _products(files: list[File]) -> list[dict[str, Any]]:
    counts, mills = Counter[str](), Counter[str]()
    for file in files:
        if file.kind == "acs":
            for code, quantity, amount in file.products:
                counts[code] += quantity
                mills[code] += amount
    return [{"product": code, "quantity": counts[code], "charged": dollars(mills[code])} for code in sorted(counts)]


def _headers(files: list[File]) -> dict[str, Any]:
    """Hold what the headers say against what the records of the same files say."""
    told = [file for file in files if file.header is not None]
    shipped = [file for file in files if file.shipping is not None]
    header, counted = sum(file.header or 0 for file in told), sum(file.counted for file in told)
    return {
        "files": len(told),
        "header": dollars(header),
        "counted": dollars(counted),
        "difference": signed(header - counted),
        "without": sum(file.header is None and file.kind == "acs" for file in files),
        "shipping_files": len(shipped),
        "shipping": dollars(sum(file.shipping or 0 for file in shipped)),
    }
