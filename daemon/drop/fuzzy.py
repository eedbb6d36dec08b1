"""The second tier of suppression: rows that are nearly equal to a record, though no key of theirs is.

Only rows of one block are compared: the same ZIP and the same house number. Last name, first name and street must
each be alike, and the score is that of the least alike of them; numbers in a street's name must be equal, another unit
or another generation is never the same. At or above one score a record is removed, in the band below it is put to
review; where only one side says a unit it is never more than that.

Blocks that would need too many comparisons are left out and counted: the second tier never runs away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, islice
from typing import Final, NamedTuple

from rapidfuzz.fuzz import ratio

from daemon.db import CHUNK, Row, Store
from daemon.drop.keys import same_person
from daemon.drop.register import WIDE, Registered
from daemon.drop.suppress import files_in_scope
from daemon.drop.suppression_file import NAME_COLUMNS, name_row
from daemon.lists.streams import streamed

MOST_OF_BLOCK: Final = 40_000  # comparisons of one block: 200 records with 200 rows
_PROBE: Final = ("block", "addressee_id", *NAME_COLUMNS[2:])


class Scores(NamedTuple):
    """From which score on a record is removed, and from which it is put to review; of 100."""

    remove_at: float = 92
    review_at: float = 85


class Found(NamedTuple):
    """What came of a comparison: records removed, records for review, and blocks that were too large."""

    removed: int
    review: int
    left_out: int


class Known(NamedTuple):
    """What is compared of one side."""

    last_name: str  # or the firm, with an ampersand before it
    first_name: str
    generation: str
    street: str
    unit: str


def compare(store: Store, *, drop_lists: Sequence[int], client: str, kinds: Collection[str], scores: Scores) -> Found:
    """Fill ``nearly (addressee_id, kind, file_id, line, score, verdict)``, verdict ``remove`` or ``review``.

    One row per addressee: the best. Whoever is in ``suppressed`` (`suppress.hits`, before this) is not looked at.
    Files whose names were not kept when they were loaded are passed over.
    """
    kinds_of = "addressee_id bigint PRIMARY KEY, kind text, file_id bigint, line bigint, score real, verdict text"
    store.temporary("nearly", kinds_of)
    files = {each.id: each for each in files_in_scope(store, drop_lists, client) if each.named and each.kind in kinds}
    if not files or not drop_lists:
        return Found(0, 0, 0)
    texts = ", ".join(f"{name} text" for name in NAME_COLUMNS[2:])
    store.temporary("fuzzy_probe", f"block bigint, addressee_id bigint, list_id bigint, {texts}")
    listed = ", ".join(str(int(number)) for number in drop_lists)
    store.load("fuzzy_probe", ("list_id", *_PROBE), _probes(store, listed))
    of_files = f"({', '.join(str(number) for number in files)})"
    store.temporary("fuzzy_block", "block bigint PRIMARY KEY, ours bigint, theirs bigint")
    store.run(
        f"""INSERT INTO fuzzy_block SELECT b.block, b.ours, (SELECT count(*) FROM suppression_name n
        WHERE n.block = b.block AND n.file_id IN {of_files})
        FROM (SELECT block, count(*) AS ours FROM fuzzy_probe GROUP BY block) b ORDER BY b.block"""
    )
    left_out = int(store.value("SELECT count(*) FROM fuzzy_block WHERE ours * theirs > :most", most=MOST_OF_BLOCK))
    ours, theirs = (", ".join(f"{side}.{name}" for name in NAME_COLUMNS[2:]) for side in "pn")
    pairs = f"""SELECT p.addressee_id, p.list_id, n.file_id, n.line, {ours}, {theirs}
        FROM fuzzy_block b CROSS JOIN fuzzy_probe p CROSS JOIN suppression_name n
        WHERE b.theirs > 0 AND b.ours * b.theirs <= {MOST_OF_BLOCK} AND p.block = b.block AND n.block = b.block
        AND n.file_id IN {of_files} AND (p.unit = n.unit OR p.unit = '' OR n.unit = '')
        ORDER BY b.block, p.addressee_id"""
    store.run("CREATE INDEX fuzzy_probe_block ON fuzzy_probe (block, addressee_id)")
    with streamed(store, pairs) as rows:
        store.load(
            "nearly",
            ("addressee_id", "kind", "file_id", "line", "score", "verdict"),
            _best(rows, files, scores),
        )
    counts: dict[str, int] = dict(store.all("SELECT verdict, count(*) FROM nearly GROUP BY verdict"))
    for table in ("fuzzy_probe", "fuzzy_block"):
        store.run(f"DROP TABLE {'pg_temp' if store.postgres else 'temp'}.{table}")
    return Found(counts.get("remove", 0), counts.get("review", 0), left_out)


def score(ours: Known, theirs: Known, *, wide: bool = False, least: float = 0) -> float:
    """Return how alike two of one block are, 0 to 100: as alike as the least alike of last name, first name, street.

    Below ``least`` it is 0: whoever asks for no less is spared the rest of the comparison.

    >>> round(score(Known("CLOUSER", "BOB", "", "N ELM ST", ""), Known("CLOSER", "ROBERT", "", "N ELM ST", "")), 1)
    92.3
    >>> score(Known("SMITH", "BOB", "JR", "N ELM ST", ""), Known("SMITH", "BOB", "SR", "N ELM ST", ""))
    0.0
    >>> score(Known("SMITH", "BOB", "", "15TH ST", ""), Known("SMITH", "BOB", "", "16TH ST", ""))
    0.0
    """
    if ours.unit and theirs.unit and ours.unit != theirs.unit:
        return 0.0
    if ours.generation and theirs.generation and ours.generation != theirs.generation:
        return 0.0
    if ours.last_name.startswith("&") != theirs.last_name.startswith("&"):
        return 0.0
    street = ratio(ours.street, theirs.street, score_cutoff=least)
    if street < 100 and (not street or _numbers(ours.street) != _numbers(theirs.street)):
        return 0.0
    both = min(street, ratio(ours.last_name, theirs.last_name, score_cutoff=least))
    one, other = (ours.first_name, ours.generation), (theirs.first_name, theirs.generation)
    if not both or same_person(one, other, wide=wide):
        return both
    return min(both, ratio(ours.first_name, theirs.first_name, score_cutoff=least))


def _best(rows: Iterator[Row], files: dict[int, Registered], scores: Scores) -> Iterator[Row]:
    width = len(Known._fields)
    for addressee_id, of_one in groupby(rows, lambda row: row[0]):
        best: Row | None = None
        for _id, list_id, file_id, line, *both in of_one:
            file = files[file_id]
            if file.list_id not in (None, list_id):
                continue
            ours, theirs = Known(*both[:width]), Known(*both[width:])
            if file.level == "household":
                ours, theirs = (each._replace(first_name="", generation="") for each in (ours, theirs))
            alike = score(ours, theirs, wide=file.kind in WIDE, least=scores.review_at)
            if alike < scores.review_at:
                continue
            sure = alike >= scores.remove_at and ours.unit == theirs.unit
            found = (addressee_id, file.kind, file_id, line, round(alike, 1), "remove" if sure else "review")
            if best is None or (found[5] == "remove", found[4]) > (best[5] == "remove", best[4]):
                best = found
        if best is not None:
            yield best


def _probes(store: Store, listed: str) -> Iterator[Row]:
    with streamed(
        store,
        f"""SELECT a.id, a.list_id, a.first_name, a.last_name, a.name_suffix, a.company, d.urbanization, d.address1,
        d.address2, d.state, d.zip5 FROM addressee a CROSS JOIN address d
        WHERE a.list_id IN ({listed}) AND d.id = a.address_id
        AND a.id NOT IN (SELECT addressee_id FROM suppressed) ORDER BY a.id""",
    ) as rows:
        while chunk := list(islice(rows, CHUNK)):
            for addressee_id, list_id, *told in chunk:
                block, *known = name_row(addressee_id, told)
                if block and known[1]:
                    yield list_id, block, *known


def _numbers(street: str) -> list[str]:
    return [word for word in street.split() if any(letter.isdigit() for letter in word)]
