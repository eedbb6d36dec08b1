"""Does the name on a notice fit the addressee it was found for? Pure (interface, section 5, question 7)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from nicknames import NickNamer
from rapidfuzz.fuzz import ratio

from schemas.notice import Notice
from schemas.text import norm

ALIKE = 85.0  # rapidfuzz ratio from which last names and companies count as the same
NAME_FIELD = 20  # characters of a last name in every ACS layout: a longer one comes cut
COMPANY_FIELD = 47

# Only generations tell two people of one name apart; degrees and orders do not.
_GENERATIONS = {name: name for name in ("JR", "SR", "I", "II", "III", "IV", "V")}
_GENERATIONS |= {"2ND": "II", "3RD": "III", "4TH": "IV", "5TH": "V", "JUNIOR": "JR", "SENIOR": "SR"}


class Person(NamedTuple):
    """Who an addressee is, as on file."""

    first_name: str
    last_name: str
    suffix: str
    company: str


def fits(notice: Notice, person: Person) -> bool:
    """Say whether a change of address speaks of this addressee.

    A family move asks for the last name; an individual's for last name, first name and generation;
    a business's for the company. A company's move never fits a private record, nor the other way
    round; a record with neither last name nor company (an occupant) fits anyone.
    """
    if not person.last_name and not person.company:
        return True
    if notice.move_type == "B":
        return bool(person.company) and alike(norm(notice.company), norm(person.company), COMPANY_FIELD)
    if not person.last_name:
        return False
    theirs, their_generation = split_generation(norm(notice.last_name), notice.suffix)
    ours, our_generation = split_generation(norm(person.last_name), person.suffix)
    if theirs != ours and not alike(theirs, ours, NAME_FIELD):
        return False
    if notice.move_type == "F":
        return True
    if their_generation and our_generation and their_generation != our_generation:
        return False
    return first_names_fit(norm(notice.first_name), norm(person.first_name))


def alike(theirs: str, ours: str, field: int) -> bool:
    """Say whether two normed names are equal, one contains the other as whole words, or nearly equal.

    ``field`` is the width in which theirs came: a name that fills it may have been cut.
    """
    if theirs == ours:
        return True
    if not theirs or not ours:
        return False
    if f" {theirs} " in f" {ours} " or f" {ours} " in f" {theirs} ":
        return True
    if len(theirs) >= field - 1 and ours.startswith(theirs):
        return True
    return ratio(theirs, ours) >= ALIKE


def split_generation(last_name: str, suffix: str) -> tuple[str, str]:
    """Return a normed last name and the generation, which may stand in the name instead of in its own field."""
    if not suffix and " " not in last_name:
        return last_name, ""
    words = norm(suffix).split()
    generation = next((_GENERATIONS[word] for word in words if word in _GENERATIONS), "")
    name = last_name.split()
    if len(name) > 1 and name[-1] in _GENERATIONS:
        generation = generation or _GENERATIONS[name[-1]]
        last_name = " ".join(name[:-1])
    return last_name, generation


def first_names_fit(theirs: str, ours: str) -> bool:
    """Say whether two normed first names may be one person's: equal, an initial, a nickname, or either is blank.

    Only their first words are compared: what follows is a middle name, which lists leave out at will.
    """
    if not theirs or not ours or theirs == ours:
        return True
    one, other = theirs.split(maxsplit=1)[0], ours.split(maxsplit=1)[0]
    if one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return _nickname(one, other)


@cache
def _namer() -> NickNamer:
    return NickNamer()


@lru_cache(maxsize=20_000)
def _nickname(one: str, other: str) -> bool:
    known = _namer().nicknames_of
    return other.lower() in known(one) or one.lower() in known(other)
