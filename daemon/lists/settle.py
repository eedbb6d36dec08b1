"""What a row of the client's file does to an addressee we know. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE, STRENGTH
from schemas.ncoalink import RETURN_CODES
from schemas.standing import AddressText, Standing
from schemas.text import before, norm

# What notices, NCOALink and CASS leave behind as a status reason (interface, sections 5 and 8).
_OF_CODES: Final = frozenset(
    code.reason
    for table in (DELIVERABILITY_COA, DELIVERABILITY_NIXIE, RETURN_CODES)
    for code in table.values()
    if code.reason
)
OUR_REASONS: Final = _OF_CODES | {
    *("already_there", "confirmed", "foreign_move", "incomplete_new_address", "first_strike", "already_known"),
    *("client_address", "coded", "standardised", "dpv_not_confirmed", "dpv_vacant", "dpv_no_stat", "dpv_cmra"),
    "changed_since_sent",
}
_LOWERED_BY: Final = ("notice", "ncoa", "cass")


class Given(NamedTuple):
    """What the row says. None: the file has no such column; empty: it is blank."""

    status: str | None
    status_reason: str | None
    name_prefix: str | None
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    name_suffix: str | None
    company: str | None
    extra: str | None
    urbanization: str | None
    address1: str | None
    address2: str | None
    city: str | None
    state: str | None
    zip5: str | None
    zip4: str | None
    delivery_point: str | None
    carrier_route: str | None
    address_since: str | None
    move_month: str | None
    needs_cass: bool | None


class Earlier(NamedTuple):
    """One standing change of address: where from, and whose word the new one was."""

    address1: str
    city: str
    state: str
    zip5: str
    to_source: str
    address2: str = ""
    urbanization: str = ""
    same: bool = False  # the place we have now, as it was written before CASS standardised it


class Settled(NamedTuple):
    """What is to be done. ``standing.address_id`` is 0 where ``place`` is to be written as a new address."""

    kept: bool  # the row's address is from before a move of ours
    standing: Standing
    place: AddressText | None
    came_in: str
    same: bool = False  # ``place`` is another version of the place we had


def settle(
    given: Given, standing: Standing, place: AddressText, came_in: str, *, earlier: Sequence[Earlier], today: str
) -> Settled:
    """Say what one row does to one addressee's address and status (interface, section 3).

    Args:
        place: of the address on file, which came in on the day ``came_in``.
        earlier: the standing changes of address so far, oldest first.
    """
    if same_place(given, place):
        standing = _lower(given, standing, stale=False)
        rewritten = _rewrite(given, place)
        since, month = given.address_since or "", standing.move_month or given.move_month or ""
        if not since or (standing.address_since and not before(standing.address_since, since)):
            since = standing.address_since
        needs_cass = standing.needs_cass if given.needs_cass is None else given.needs_cass
        if rewritten != place:
            standing = standing._replace(address_id=0)
            needs_cass = given.needs_cass is not False
        standing = standing._replace(address_since=since, move_month=month, needs_cass=needs_cass)
        if rewritten == place:
            return Settled(False, standing, None, came_in)
        return Settled(False, standing, rewritten, came_in, same_unit(rewritten, place))
    if any(change.same and same_place(given, change) and _says_no_more(given, change) for change in earlier):
        return Settled(False, _lower(given, standing, stale=False), None, came_in)
    if _is_stale(given, earlier) and not before(standing.address_since, given.address_since or ""):
        return Settled(True, _lower(given, standing, stale=True), None, came_in)
    standing = _raise(_lower(given, standing, stale=False))._replace(
        address_id=0,
        address_since=given.address_since or "",
        move_month=standing.move_month or given.move_month or "",
        needs_cass=given.needs_cass is not False,
    )
    return Settled(False, standing, _new_place(given, place), today)


def same_place(given: Given, place: AddressText | Earlier) -> bool:
    """Say whether a row names an address: line and ZIP the same; city and state where either has no ZIP.

    A row of a file without addresses names none, and so no other.
    """
    if given.address1 is None:
        return True
    if given.address1 != place.address1 and norm(given.address1) != norm(place.address1):
        return False
    if given.zip5 and place.zip5:
        return given.zip5 == place.zip5
    return _alike(given.city, place.city) and _alike(given.state, place.state)


def _alike(one: str | None, other: str) -> bool:
    return one == other or norm(one or "") == norm(other)


def _is_stale(given: Given, earlier: Sequence[Earlier]) -> bool:
    """True where the addressee had this address, and someone else than the client has moved it since."""
    since = [number for number, change in enumerate(earlier) if not change.same and same_place(given, change)]
    return bool(since) and any(change.to_source not in ("client", "cass") for change in earlier[since[-1] :])


def _says_no_more(given: Given, written: Earlier) -> bool:
    """True where the row has the second line and the urbanization of that version, or does not name them."""
    return (given.address2 is None or _alike(given.address2, written.address2)) and (
        given.urbanization is None or _alike(given.urbanization, written.urbanization)
    )


def same_unit(one: AddressText, other: AddressText) -> bool:
    """Say whether two versions of one place are the same delivery point, as far as their text says."""
    return _alike(one.address2, other.address2) and _alike(one.urbanization, other.urbanization)


def _lower(given: Given, standing: Standing, *, stale: bool) -> Standing:
    """Take the row's status where it is weaker mail than ours, or the client's own word below ours."""
    status, reason = given.status, given.status_reason or ""
    if not status:
        return standing
    if STRENGTH[status] > STRENGTH[standing.status]:
        if stale and reason in OUR_REASONS:
            return standing  # our own export from before the move
        reason = reason or "imported"
        return standing._replace(
            status=status, status_reason=reason, status_by="client", base_status=status, base_reason=reason
        )
    if STRENGTH[status] <= STRENGTH.get(standing.base_status, 0) or reason in OUR_REASONS:
        return standing
    if status == standing.status and reason in ("", standing.status_reason):
        return standing  # our own export
    return standing._replace(base_status=status, base_reason=reason or "imported")


def _raise(standing: Standing) -> Standing:
    """Clear what was found out about the address that is left: back to what the client had set."""
    if standing.status in ("mailable", "deceased") or standing.status_by not in _LOWERED_BY:
        return standing
    mailable = standing.base_status in ("", "mailable")
    return standing._replace(
        status="mailable" if mailable else standing.base_status,
        status_reason="client_address" if mailable else standing.base_reason,
        status_by="client",
    )


def _rewrite(given: Given, place: AddressText) -> AddressText:
    """Return our text of the same place with what the row changes; case and punctuation are no change."""
    values: dict[str, Any] = {}
    for column in ("urbanization", "address2", "city", "state"):
        text = getattr(given, column)
        if text is not None and not _alike(text, getattr(place, column)):
            values[column] = text
    for column in ("zip5", "zip4", "delivery_point", "carrier_route"):
        values[column] = getattr(given, column) or getattr(place, column)
    return place._replace(**values)


def _new_place(given: Given, place: AddressText) -> AddressText:
    city, state = given.city, given.state
    if given.zip5 == place.zip5 != "":  # the same ZIP is the same city, where the file names none
        city, state = place.city if city is None else city, place.state if state is None else state
    return AddressText(
        given.urbanization or "",
        given.address1 or "",
        given.address2 or "",
        city or "",
        state or "",
        given.zip5 or "",
        given.zip4 or "",
        given.delivery_point or "",
        given.carrier_route or "",
    )
