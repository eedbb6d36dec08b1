"""Rows that are nearly equal: removed above a score, put to review below it, and never a comparison too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from daemon import config
from daemon.db import writing
from daemon.drop import suppress
from daemon.drop.fuzzy import Found, Known, Scores, compare, score
from daemon.drop.keys import refresh_keys
from daemon.drop.suppression_load import add_file
from daemon.errors import OperatorError
from tests.bureau import A, Bureau

KINDS = ("preference", "client")
ON = "[suppression]\nfuzzy = true\n"


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau that compares what is nearly equal."""
    (home / config.FILE).write_text(ON, encoding="utf-8")
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    yield bureau
    bureau.house.engine.dispose()


def person(record_id: str, name: str, line: str = "12 N ELM ST", **more: str) -> dict[str, str]:
    first, _, last = name.rpartition(" ")
    return {"record_id": record_id, "first_name": first, "last_name": last, **A, "address1": line, **more}


def load(bureau: Bureau, *rows: dict[str, str], kind: str = "preference", match: str = "individual") -> None:
    add_file(bureau.house, kind, bureau.file(rows), source="A", as_of="2026-11-01", match=match)


def nearly(bureau: Bureau, scores: Scores = Scores()) -> dict[str, str]:  # noqa: B008 - a tuple
    """Whom the files nearly name, and the verdict, by record id."""
    with writing(bureau.house.engine) as store:
        refresh_keys(store, [1])
        suppress.hits(store, drop_lists=[1], client="Acme", kinds=KINDS, mail_date=date(2026, 12, 1))
        found = compare(store, drop_lists=[1], client="Acme", kinds=KINDS, scores=scores)
        told = dict(store.all("SELECT a.record_id, n.verdict FROM nearly n JOIN addressee a ON a.id = n.addressee_id"))
    verdicts = list(told.values())
    assert found == Found(verdicts.count("remove"), verdicts.count("review"), 0)
    return told


def test_a_name_that_is_spelled_a_little_otherwise_is_removed_or_put_to_review(bureau: Bureau) -> None:
    bureau.take(
        [
            person("exact", "MARY CLOUSER"),
            person("closer", "MARY CLOSER"),
            person("claus", "MARY CLAUSER"),
            person("street", "MARY CLOUSER", "12 ELM ST"),
            person("other", "MARY CLOUSER", "12 OAK ST"),
            person("far", "MARY CLOUSER", "14 N ELM ST"),
            person("john", "JOHN CLOSER"),
            person("unit", "MARY CLOSER", "12 N ELM ST APT 4"),
        ]
    )
    load(bureau, person("x", "MARY CLOUSER"))
    assert nearly(bureau) == {"closer": "remove", "claus": "review", "street": "review", "unit": "review"}
    assert nearly(bureau, Scores(80, 80)) == {
        "closer": "remove", "claus": "remove", "street": "remove", "unit": "review",
    }  # fmt: skip
    assert nearly(bureau, Scores(100, 100)) == {}


def test_a_household_is_compared_without_first_names_and_a_list_keeps_to_itself(bureau: Bureau) -> None:
    bureau.take([person("1", "JOHN CLOSER"), person("2", "JOHN CLOSER", "12 N ELM ST # 9")])
    load(bureau, person("x", "MARY CLOUSER"), kind="client", match="household")
    assert nearly(bureau) == {"1": "remove", "2": "review"}
    bureau.create("autumn")
    load(bureau, person("x", "JOHN CLOUSER"), kind="client", match="individual")
    add_file(
        bureau.house, "preference", bureau.file([person("x", "JOHN CLOSUR")]), source="B", as_of="2026-11-01",
        list_name="autumn",
    )  # fmt: skip
    assert nearly(bureau) == {"1": "remove", "2": "review"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Known("SMITH", "BOB", "JR", "ELM ST", ""), Known("SMITH", "BOB", "SR", "ELM ST", "")),
        (Known("SMITH", "BOB", "", "ELM ST", "APT 1"), Known("SMITH", "BOB", "", "ELM ST", "APT 2")),
        (Known("SMITH", "BOB", "", "115TH ST", ""), Known("SMITH", "BOB", "", "116TH ST", "")),
        (Known("&SMITH SEEDS", "&", "", "ELM ST", ""), Known("SMITH SEEDS", "", "", "ELM ST", "")),
    ],
)
def test_what_tells_two_apart_is_not_outweighed(ours: Known, theirs: Known) -> None:
    assert score(ours, theirs, wide=True) == 0


def test_a_block_that_is_too_large_is_left_out_and_counted(bureau: Bureau) -> None:
    bureau.take([person(str(each), f"MARY CLOSER{each}", f"12 N ELM ST APT {each}") for each in range(201)])
    load(bureau, *(person("x", "MARY CLOUSER") for _ in range(200)))
    with writing(bureau.house.engine) as store:
        refresh_keys(store, [1])
        suppress.hits(store, drop_lists=[1], client="Acme", kinds=KINDS, mail_date=date(2026, 12, 1))
        assert compare(store, drop_lists=[1], client="Acme", kinds=KINDS, scores=Scores()) == Found(0, 0, 1)


def test_names_are_kept_only_where_they_are_compared(database_url: str, home: Path, desk: Path) -> None:
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    rows = [person("x", "MARY CLOUSER")]
    bureau.take([person("1", "MARY CLOSER")])
    load(bureau, *rows)
    assert bureau.value("SELECT count(*) FROM suppression_name") == 0
    assert nearly(bureau) == {}
    bureau.house.engine.dispose()
    (home / config.FILE).write_text("[client.Acme.suppression]\nfuzzy = true\n", encoding="utf-8")
    bureau = Bureau.on(database_url, home, desk)
    load(bureau, *rows)  # the same bytes: loaded once more, for their names
    assert nearly(bureau) == {"1": "remove"}
    assert bureau.all("SELECT id FROM suppression_file WHERE withdrawn_at IS NULL") == [(2,)]
    load(bureau, *rows, match="address")
    assert bureau.value("SELECT count(*) FROM suppression_name") == 0
    bureau.house.engine.dispose()


def test_a_client_may_have_scores_of_its_own(tmp_path: Path) -> None:
    text = '[suppression]\nremove_at = 95\n[client."Acme Seeds".suppression]\nfuzzy = true\nreview_at = 90\n'
    (tmp_path / config.FILE).write_text(text, encoding="utf-8")
    settings = config.load(tmp_path)
    own, others = settings.suppression_of("Acme Seeds"), settings.suppression_of("Brown")
    assert (own.fuzzy, own.remove_at, own.review_at) == (True, 95, 90)
    assert (others.fuzzy, others.remove_at, others.review_at) == (False, 95, 85)
    assert [settings.compares_names(each) for each in ("Acme Seeds", "Brown", None)] == [True, False, True]


def test_a_score_of_review_above_that_of_removal_is_refused_with_its_key(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text("[client.Acme.suppression]\nreview_at = 99\n", encoding="utf-8")
    with pytest.raises(OperatorError, match=r"client\.Acme\.suppression\.review_at: is above the score"):
        config.load(tmp_path)
