"""Files as chance writes them: everything that can be said of a few people, in any order, more than once."""

from __future__ import annotations

from random import Random
from typing import Any

from keyline.keylines import make
from schemas.acs_write import Detail, Place, coa, nixie
from tests.flows.story import ABROAD, ACCOUNT, PLACES, Story

PEOPLE = {
    "1": {"first_name": "MARY", "last_name": "SMITH"},
    "2": {"first_name": "PAUL", "last_name": "SMITH"},
    "3": {"company": "ACME TOOL WORKS"},
    "4": {"first_name": "JOHN", "last_name": "OHARA", "name_suffix": "JR"},
    "5": {},  # an occupant
    "6": {"first_name": "ANN", "last_name": "OHARA"},
}
DATES = ["2026-02-03", "2026-04-10", "2026-04-30", "2026-07-01", "2026-10-05", "2026-11-12"]
LATER = ["2026-12-24", "2027-01-20"]
NIXIES, LEFT = "ANSVMRUQILEP", "KGW"
LAYOUTS = ["singlesource_v02"] * 3 + ["singlesource_v01", "traditional_427"]


class Chance:
    """A source of records about the people of one list. The same seed gives the same records."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.keys: dict[str, str] = {}

    def furnish(self, story: Story) -> None:
        """Put the people on the list, at places of their own."""
        for record_id, names in PEOPLE.items():
            story.client(record_id, at=self.random.choice("ABCD"), **names)
            self.keys[record_id] = story.key(record_id)

    def letter(self) -> str:
        """The name of a place."""
        return self.random.choice(list(PLACES))

    def record(self) -> Detail:
        """One record: mostly about somebody, mostly readable, mostly of the past."""
        dice, who = self.random, self.random.choice(list(PEOPLE))
        key = self.keys[who]
        if dice.random() < 0.06:
            key = dice.choice(["", make("000099999"), "123456", key[:-1] + str((int(key[-1]) + 1) % 10)])
        account = "BOTHERS" if dice.random() < 0.03 else ACCOUNT
        known: dict[str, Any] = {"account": account, "keyline": key, "fulfilled": dice.choice(DATES)}
        if dice.random() < 0.45:
            code = dice.choice(NIXIES + "RUZBDX")
            return nixie(code=code, old_zip=PLACES[self.letter()].zip5, **known)
        names = dict(PEOPLE[who if dice.random() < 0.9 else dice.choice(list(PEOPLE))])
        names["suffix"] = names.pop("name_suffix", "")
        kind = "B" if "company" in names else dice.choice("FI")
        on = dice.choice(
            DATES + (LATER if dice.random() < 0.15 else []) + (["", "20260700"] if dice.random() < 0.1 else [])
        )
        known |= names | {"move_type": kind, "old": PLACES[self.letter()], "move_date": on}
        chance = dice.random()
        if chance < 0.15:
            return coa(code=dice.choice(LEFT + "C"), **known)
        new = PLACES[self.letter()]
        if chance > 0.93:
            new = dice.choice([ABROAD, Place(), Place(label="TEMPORARILY AWAY")])
        return coa(new=new, **known)

    def records(self, most: int = 14) -> list[Detail]:
        """The records of one file; some of them twice, and not all of them of an account nobody knows."""
        found = [self.record() for _ in range(self.random.randint(1, most))]
        while all(record.account != ACCOUNT for record in found):
            found.append(self.record())
        return found + [self.random.choice(found) for _ in range(self.random.randint(0, 2))]

    def layout(self) -> str:
        """The layout of one file."""
        return self.random.choice(LAYOUTS)
