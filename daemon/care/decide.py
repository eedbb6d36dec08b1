"""What an engine's answer does to one addressee (interface, section 8). Pure: no session, no clock, no log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from daemon.returns.decide import Answer, Place, kept, lower, move, review
from schemas.cass import DELIVERABLE, CassRow
from schemas.ncoalink import RETURN_CODES, ReturnCode
from schemas.notice import NewAddress
from schemas.standing import Standing
from schemas.text import before, norm

EXPIRED: Final = "forwarding_order_expired"
PENDING: Final = "ncoa_pending"
# What CASS takes back once it finds the delivery point.
CLEARED: Final = ("insufficient_address", "illegible", "dpv_not_confirmed", "dpv_vacant", "dpv_no_stat", "dpv_cmra")
PHANTOM: Final = ("R777", "R779")  # routes on which nothing is delivered


class CareRules(NamedTuple):
    """What one list does otherwise than the defaults, and the day."""

    codes: Mapping[str, str]  # NCOALink return code: keep, held, undeliverable, removed, review
    facts: Mapping[str, str]  # vacant, no_stat, cmra: held or undeliverable; those that are mailed are left out
    today: str


class Moved(NamedTuple):
    """What NCOALink says of one record."""

    code: str
    move_date: str  # YYYY-MM, or a day where the engine gives one
    new: NewAddress | None


def decide_ncoa(
    said: Moved,
    standing: Standing,
    here: Sequence[Place],
    rules: CareRules,
    *,
    locked: bool,
    changed: bool,
    waved: str = "",
) -> Answer:
    """Say what an NCOALink result does to an addressee.

    Args:
        here: the address on file in every way it was written; needed only where a new address is given.
        changed: the address, or the name, is no longer the one that was sent.
        waved: the question that an operator has answered with yes.
    """
    known = RETURN_CODES.get(said.code)
    moves = known is not None and known.treatment == "move"
    if changed and waved != "changed_since_sent":
        if moves and said.new is not None and Place(norm(said.new.address1), said.new.zip5) in here:
            return kept("already_there")
        return review("changed_since_sent")
    if locked:
        return kept("locked")
    if known is None or (moves and not (said.new is not None and said.new.usable)):
        return review("unknown_code")
    if standing.status == "deceased" and waved != "deceased_addressee":
        return review("deceased_addressee") if moves else kept("already_known")
    dated = known.treatment not in ("none", "near")
    if dated and before(said.move_date, standing.address_since):
        return kept("older_than_ours")
    own = rules.codes.get(said.code)
    if own == "keep":
        return kept(known.reason)
    if own == "review" and waved != known.reason:
        return review(known.reason)
    if own not in (None, "review"):
        return lower(own, known.reason, standing, "ncoa")
    return _settle(known, said, standing, here, rules)


def _settle(known: ReturnCode, said: Moved, standing: Standing, here: Sequence[Place], rules: CareRules) -> Answer:
    """The table, for a result that every question before let through."""
    if known.treatment in ("none", "near"):
        return _no_move(known, standing)
    if known.treatment == "move":
        assert said.new is not None  # noqa: S101 - asked before
        if before(rules.today, said.move_date):
            return Answer("kept", "future_move", took=True)
        return move(said.new, said.move_date, standing, here, "ncoa")
    if known.treatment == "suppress":
        gone = _is_expired(standing) and known.reason != "ncoa_address_withheld"
        return lower("removed" if gone else "undeliverable", known.reason, standing, "ncoa")
    if _is_expired(standing):
        return kept(known.reason)  # it stays held as what it is, for the next round
    return lower("held", known.reason, standing, "ncoa")


def _is_expired(standing: Standing) -> bool:
    """True for whom the post office has nothing left to forward to: NCOALink was the last to ask."""
    return standing.status == "held" and standing.status_reason == EXPIRED


def _no_move(known: ReturnCode, standing: Standing) -> Answer:
    if _is_expired(standing):
        return lower("removed", "ncoa_no_match", standing, "ncoa")
    if standing.status == "held" and standing.status_reason == PENDING:
        # The move that was being withdrawn is gone: as before it was heard of.
        return Answer("kept", known.reason, _released(standing, known.reason, "ncoa"))
    return kept(known.reason)


def _released(standing: Standing, reason: str, by: str) -> Standing:
    """Return the status that the client or an operator had set."""
    base, free = standing.base_status, standing.base_status == "mailable"
    return standing._replace(
        status=base, status_reason=reason if free else standing.base_reason, status_by=by if free else "client"
    )


class Coded(NamedTuple):
    """What a CASS result comes to.

    Attributes:
        answer: its ``new`` is the next version of the address, where that differs from what was sent.
        mailable: DPV found a delivery point.
        automation: the piece has the full delivery-point code that automation prices ask for.
        tells: something is known about the address on file.
    """

    answer: Answer
    mailable: bool = False
    automation: bool = False
    tells: bool = True


def decide_cass(
    row: CassRow, sent: Sequence[str], standing: Standing, rules: CareRules, *, found: bool, locked: bool, changed: bool
) -> Coded:
    """Say what a CASS result does to an addressee's status and to the text of the address.

    DPV decides two things apart: whether the USPS delivers there, and whether the piece is one for automation.

    Args:
        sent: the address with the coding that it has so far, in the order of `AddressText`.
        found: what :func:`is_confirmed` says of the row.
    """
    if changed:
        return Coded(review("changed_since_sent"), tells=False)
    if locked:
        return Coded(kept("locked"), tells=False)
    if not found:
        answer = lower("held", "dpv_not_confirmed", standing, "cass")
        return Coded(answer._replace(standing=_coded(answer.standing or standing)))
    text = _standardised(row, sent)
    new = None if text == sent else _version(text)
    automation = row.delivery_point != ""
    for fact, status in rules.facts.items():
        if getattr(row, fact) == "Y":
            answer = lower(status, f"dpv_{fact}", standing, "cass")
            return Coded(answer._replace(standing=_coded(answer.standing or standing), new=new), True, automation)
    reason = "coded" if new is None or text[:6] == sent[:6] else "standardised"
    if standing.status == "held" and standing.status_reason in CLEARED:
        standing = _released(standing, reason, "cass")
    return Coded(Answer("kept", reason, _coded(standing), new), True, automation)


def is_confirmed(row: CassRow) -> bool:
    """Say whether DPV found a delivery point: confirmed, with a ZIP+4, and not on a route where nobody delivers."""
    return (
        row.dpv in DELIVERABLE
        and row.zip4 != ""
        and row.carrier_route not in PHANTOM
        and not ("R7" in row.dpv_footnotes and "R7" in _pairs(row.dpv_footnotes))
    )


def _pairs(footnotes: str) -> list[str]:
    return [footnotes[at : at + 2] for at in range(0, len(footnotes), 2)]


def _coded(standing: Standing) -> Standing:
    """Note that the address has been to CASS, whatever came of it."""
    return standing._replace(needs_cass=False) if standing.needs_cass else standing


def _standardised(row: CassRow, sent: Sequence[str]) -> tuple[str, ...]:
    """Return the address as the engine writes it, as `AddressText` has it; what it leaves blank stays as it was."""
    return (
        row.urbanization or sent[0],
        row.address1 or sent[1],
        row.address2 if row.address1 else sent[2],
        row.city or sent[3],
        row.state or sent[4],
        row.zip5 or sent[5],
        row.zip4,
        row.delivery_point,
        row.carrier_route,
    )


def _version(text: tuple[str, ...]) -> NewAddress:
    urbanization, address1, address2, city, state, zip5, zip4, delivery_point, carrier_route = text
    return NewAddress(address1, urbanization, city, state, zip5, zip4, delivery_point, False, address2, carrier_route)
