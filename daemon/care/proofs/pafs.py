"""The register of PAFs: whose list may be held against NCOALink, by whose word, and until when.

A Processing Acknowledgement Form is signed by the list's owner and by every agent between him and the licensee, before
anything is processed and once a year after that. Source: two vendors' guides to the PAF.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.db import Store, reading, writing
from daemon.errors import UsageError
from daemon.intake.archive import keep_original
from daemon.lists.known import find_list
from daemon.wiring import House

# What we are to the owner of the list; the strictest first. Who only passes a list on may keep its files for 45 days.
ROLES: Final = ("broker-agent", "list-administrator", "owner")
AGENTS: Final = ROLES[:2]
WARNINGS: Final = (60, 30, 7)  # days before a PAF expires
EXPIRED: Final = 0
NEVER: Final = 9999  # Paf.told of one that nobody has been told of yet
PAF_ID: Final = (
    ("licensee", 4, r"[A-Z0-9]{4}"),
    ("NAICS code", 6, r"[0-9]{6}"),
    ("processing frequency", 2, r"[0-9]{2}"),
    ("list id", 6, r"[A-Z0-9]{6}"),
)
"""The parts of a PAF id: 18 characters. Source: one licensee's documentation."""


class Agent(NamedTuple):
    """One agent of the chain between the owner and the licensee, who has signed as well."""

    name: str
    role: str
    signed_on: str  # YYYY-MM-DD


class PafRow(NamedTuple):
    """One PAF, as its row has it."""

    id: int
    client: str
    licensee: str
    paf_id: str
    list_name: str  # empty: all lists of the client
    signed_on: str
    expires_on: str  # the last day on which it is valid
    signer: str
    role: str
    chain: tuple[Agent, ...]
    file: str
    sha256: str
    archived: str
    entered_at: str
    withdrawn_at: str | None
    told: int

    @property
    def live_from(self) -> str:
        """The day on which the last of them had signed."""
        return max(self.signed_on, *(agent.signed_on for agent in self.chain), "")

    def state(self, today: str) -> str:
        """Return ``live``, ``expired``, ``withdrawn`` or ``unsigned`` (not everybody has signed yet) on a day."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if today > self.expires_on:
            return "expired"
        return "live" if self.live_from <= today else "unsigned"

    def covers(self, client: str, list_name: str) -> bool:
        """Say whether it is of this list."""
        return self.client == client and self.list_name in ("", list_name)

    def told_on(self, today: str) -> dict[str, Any]:
        """Return what `paf list --json` tells of it."""
        facts = self._asdict()
        del facts["id"], facts["told"], facts["archived"]
        return {
            "paf": self.id,
            **facts,
            "chain": [agent._asdict() for agent in self.chain],
            "state": self.state(today),
            "days_left": _days_left(self, today),
        }


_SELECT = f"SELECT {', '.join(PafRow._fields)} FROM paf"


def _row(row: tuple[Any, ...]) -> PafRow:
    paf = PafRow._make(row)
    return paf._replace(chain=tuple(Agent(**agent) for agent in json.loads(row[PafRow._fields.index("chain")])))


def add_paf(
    house: House,
    client: str,
    *,
    licensee: str,
    paf_id: str = "",
    signed_on: str,
    signer: str,
    role: str,
    list_name: str = "",
    chain: Iterable[tuple[str, str, str]] = (),
    file: Path | None = None,
) -> dict[str, Any]:
    """Enter a signed PAF; its file, if given, goes into the archive. Returns it as `paf list` tells it, and warnings.

    It is valid for a year: signed on 1 January, to 31 December; signed on 29 February, to 28 February.

    Args:
        signer: who has signed as the owner of the list. An agent may never do so.
        role: what we are to the owner: ``owner``, ``list-administrator`` or ``broker-agent``.
        list_name: the one list it is of; empty: all lists of the client.
        chain: name, role and day of signing of each agent between owner and licensee, ourselves among them.

    Raises:
        UsageError: a date is none or in the future, an agent has signed as the owner or not at all, the PAF id is
            none, or there is no such list of the client.
        OperatorError, TryAgainError: the file cannot be archived.
    """
    agents = [Agent(*(part.strip() for part in agent)) for agent in chain]
    signed_on = _day(house, signed_on, "the owner's signature")
    agents = [agent._replace(signed_on=_day(house, agent.signed_on, "an agent's signature")) for agent in agents]
    _check_signatures(client, licensee, signer.strip(), role, agents)
    paf_id, warnings = _checked_id(paf_id)
    kept = keep_original(file, house.home / "archive") if file is not None else None
    with writing(house.engine) as store:
        warnings += _known(store, client, list_name)
        number = store.next_id("paf")
        store.run(
            f"""INSERT INTO paf ({", ".join(PafRow._fields)}) VALUES (:id, :client, :licensee, :paf_id, :list, :signed,
            :expires, :signer, :role, :chain, :file, :sha256, :archived, :at, NULL, {NEVER})""",
            id=number,
            client=client,
            licensee=licensee,
            paf_id=paf_id,
            list=list_name,
            signed=signed_on,
            expires=expires_on(date.fromisoformat(signed_on)).isoformat(),
            signer=signer.strip(),
            role=role,
            chain=json.dumps([agent._asdict() for agent in agents]),
            file=file.name if file is not None else "",
            sha256=kept.sha256 if kept else "",
            archived=kept.path.relative_to(house.home).as_posix() if kept else "",
            at=house.stamp(),
        )
        told = find_paf(store, number).told_on(house.today())
    if told["state"] == "expired":
        warnings.append(f"it has expired on {told['expires_on']}; have a new one signed")
    return {**told, "warnings": warnings}


def expires_on(signed_on: date) -> date:
    """Return the last day on which a PAF is valid: the one before the day on which it is a year old.

    >>> expires_on(date(2027, 1, 1)).isoformat(), expires_on(date(2028, 2, 29)).isoformat()
    ('2027-12-31', '2029-02-28')
    """
    leap = (signed_on.month, signed_on.day) == (2, 29)
    anniversary = date(signed_on.year + 1, 3, 1) if leap else signed_on.replace(year=signed_on.year + 1)
    return anniversary - timedelta(days=1)


def find_paf(store: Store, number: int) -> PafRow:
    """Return one PAF.

    Raises:
        UsageError: there is none of this number.
    """
    row = store.one(f"{_SELECT} WHERE id = :id", id=number)
    if row is None:
        raise UsageError(f"there is no PAF {number}; `listkeeper paf list` shows them")
    return _row(row)


def pafs_of(store: Store, client: str | None = None) -> list[PafRow]:
    """Return the PAFs of a client, or all; as they were entered."""
    where = "" if client is None else " WHERE client = :client"
    values = {} if client is None else {"client": client}
    return [_row(row) for row in store.all(f"{_SELECT}{where} ORDER BY id", **values)]


def list_pafs(house: House, client: str | None = None) -> dict[str, Any]:
    """Return ``{"pafs": [...]}``, as they were entered."""
    with reading(house.engine) as store:
        return {"pafs": [paf.told_on(house.today()) for paf in pafs_of(store, client)]}


def withdraw_paf(house: House, number: int) -> dict[str, Any]:
    """Take a PAF out of force, for good; it stays in the register. Returns it as `paf list` tells it.

    Raises:
        UsageError: there is none of this number, or it is withdrawn already.
    """
    with writing(house.engine) as store:
        paf = find_paf(store, number)
        if paf.withdrawn_at is not None:
            raise UsageError(f"PAF {number} was withdrawn on {paf.withdrawn_at[:10]}")
        store.run("UPDATE paf SET withdrawn_at = :at WHERE id = :id", at=house.stamp(), id=number)
        return find_paf(store, number).told_on(house.today())


def live_paf(store: Store, client: str, list_name: str, today: str) -> PafRow | None:
    """Return the PAF in force for a list on a day (YYYY-MM-DD), or None.

    One of the list itself goes before one of all lists; of several, the one that is valid longest.
    """
    live = [paf for paf in _covering(store, client, list_name) if paf.state(today) == "live"]
    return max(live, key=lambda paf: (paf.list_name != "", paf.expires_on, paf.id), default=None)


def paf_state(store: Store, client: str, list_name: str, today: str) -> str:
    """Return ``live``, ``expired`` (there was one, and it is over) or ``none``."""
    states = {paf.state(today) for paf in _covering(store, client, list_name)}
    return next((state for state in ("live", "expired") if state in states), "none")


def role_of(store: Store, client: str, list_name: str | None = None) -> str | None:
    """Return what we are to a client: the strictest role of the newest PAF of each of its scopes; None without any.

    A PAF that has expired still says what we are, until another is signed.

    Args:
        list_name: only what we are for this list: its own PAF goes before one of all lists.
    """
    newest: dict[str, PafRow] = {}
    for paf in sorted(pafs_of(store, client), key=lambda paf: (paf.signed_on, paf.id)):
        if paf.withdrawn_at is None:
            newest[paf.list_name] = paf
    if list_name is not None:
        newest = {scope: paf for scope, paf in newest.items() if scope == (list_name if list_name in newest else "")}
    return min((paf.role for paf in newest.values()), key=ROLES.index, default=None)


def expiring(house: House) -> list[dict[str, Any]]:
    """Return an alert for each PAF that has come within 60, 30 or 7 days of its end, or past it, since the last look.

    Each threshold is told once, whenever the look comes; the row remembers the last one told. A PAF whose lists are
    covered for longer by another that is in force is not told of.
    """
    today, alerts = house.today(), []
    with writing(house.engine) as store:
        pafs = [paf for paf in pafs_of(store) if paf.withdrawn_at is None]
        for paf in pafs:
            stage = _stage(_days_left(paf, today))
            if stage is None or stage >= paf.told or any(_follows(other, paf) for other in pafs):
                continue
            store.run("UPDATE paf SET told = :stage WHERE id = :id", stage=stage, id=paf.id)
            alerts.append(_alert(paf, today))
    return alerts


def _alert(paf: PafRow, today: str) -> dict[str, Any]:
    days = _days_left(paf, today)
    of = f"list {paf.list_name} of {paf.client}" if paf.list_name else f"all lists of {paf.client}"
    when = f"has expired on {paf.expires_on}" if days < 0 else f"expires on {paf.expires_on}, {_in_days(days)}"
    what = "NCOALink may not be asked without one" if days < 0 else "have the next one signed"
    message = f"PAF {paf.id} for {of} {when}; {what}: `listkeeper paf add`"
    return {"kind": "paf", "level": "alarm" if days < 0 else "alert", "days": days, "paf": paf.id, "message": message}


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _stage(days: int) -> int | None:
    if days < 0:
        return EXPIRED
    return next((each for each in sorted(WARNINGS) if days <= each), None)


def _follows(other: PafRow, paf: PafRow) -> bool:
    """Say whether a PAF takes over from another that ends before it."""
    return other.covers(paf.client, paf.list_name) and other.expires_on > paf.expires_on


def _days_left(paf: PafRow, today: str) -> int:
    return (date.fromisoformat(paf.expires_on) - date.fromisoformat(today)).days


def _covering(store: Store, client: str, list_name: str) -> list[PafRow]:
    return [paf for paf in pafs_of(store, client) if paf.covers(client, list_name)]


def _day(house: House, text: str, what: str) -> str:
    try:
        day = date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise UsageError(f"the date of {what} is none; write it as YYYY-MM-DD") from error
    if day > house.today():
        raise UsageError(f"{what} is of {day}, which is in the future; enter the PAF once everybody has signed")
    return day


def _check_signatures(client: str, licensee: str, signer: str, role: str, agents: list[Agent]) -> None:
    if not client.strip() or not licensee.strip() or not signer:
        raise UsageError("a PAF needs its client, its licensee and who has signed it as the owner")
    if role not in ROLES:
        raise UsageError(f"{role!r} is no role; {', '.join(ROLES)} are")
    for agent in agents:
        if not agent.name or agent.role not in AGENTS:
            raise UsageError(f"an agent of the chain has a name, and is one of {', '.join(AGENTS)}")
        if agent.name.casefold() == signer.casefold():
            raise UsageError(f"the {agent.role} may never sign as the owner; have the owner of the list sign")
    if role != "owner" and role not in {agent.role for agent in agents}:
        raise UsageError(f"we are the {role}, and none has signed; enter our own signature with --chain")


def _checked_id(paf_id: str) -> tuple[str, list[str]]:
    """Return a PAF id without blanks and dashes, and a warning where there is none.

    Raises:
        UsageError: it has another length, or one of its parts is none.
    """
    bare = re.sub(r"[\s-]", "", paf_id).upper()
    if not bare:
        return "", ["it has no PAF id; enter it again with one when the licensee has given it"]
    if len(bare) != sum(length for _, length, _ in PAF_ID):
        raise UsageError(f"a PAF id has 18 characters, and this one {len(bare)}; leave it out where it is not known")
    start = 0
    for name, length, pattern in PAF_ID:
        if not re.fullmatch(pattern, bare[start : start + length]):
            raise UsageError(f"the PAF id's characters {start + 1} to {start + length} are no {name}")
        start += length
    return bare, []


def _known(store: Store, client: str, list_name: str) -> list[str]:
    """Return a warning where no list is of this client yet.

    Raises:
        UsageError: there is no such list, or it is another client's.
    """
    if list_name and find_list(store, list_name).client != client:
        raise UsageError(f"list {list_name} is of another client; `listkeeper list show {list_name}` says whose it is")
    if store.value("SELECT count(*) FROM mailing_list WHERE client = :client", client=client):
        return []
    return ["no list is of this client; is its name written as in `listkeeper list show`?"]
