"""What came back and what it cost, against sums that were made by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from daemon.errors import UsageError
from daemon.returns.report import PILES
from daemon.returns.undo import undo_batch
from schemas.acs import family_named
from tests.builders import patched
from tests.builders_zip import plain
from tests.daemon.costs.books import FC, OTHER, Books, small_year


def of_client(told: dict[str, Any], client: str | None) -> dict[str, Any]:
    (found,) = [each for each in told["clients"] if each["client"] == client]
    return dict(found)


def of_list(told: dict[str, Any], client: str | None, name: str | None) -> dict[str, Any]:
    (found,) = [each for each in of_client(told, client)["lists"] if each["list"] == name]
    return dict(found)


def test_a_small_year_comes_to_what_was_added_up_by_hand(books: Books) -> None:
    small_year(books)
    told = books.costs()
    acme, bolt = of_client(told, "Acme"), of_client(told, "Bolt")
    assert acme["kinds"] == {"coa": 1, "nixie": 4, "unread": 0}
    assert acme["electronic"] == {
        "notices": 4, "counted": "0.12", "by_price_table": "0.12", "priced_by_table": 2, "unpriced": 0,
        "cost": "0.24", "by_hand": "2.00", "saved": "1.76",
    }  # fmt: skip
    assert acme["paper"] == {"notices": 1, "cost": "0.50", "unpriced": 0}
    assert acme["care"] == {"jobs": 1, "without_cost": 0, "cost": "25.00"}
    assert (acme["cost"], acme["whole_cost"]) == ("0.74", "25.74")
    assert acme["mailed"] == {"pieces": 2000, "by_drops": 0, "by_labels": 2000}
    assert (acme["per_thousand_pieces"], acme["per_thousand_addressees"]) == ("12.87", "6435.00")
    assert (bolt["notices"], bolt["electronic"]["cost"], bolt["electronic"]["saved"]) == (1, "0.25", "0.25")
    assert (told["total"]["notices"], told["total"]["whole_cost"]) == (6, "25.99")


def test_codes_and_piles_are_told_by_list(books: Books) -> None:
    small_year(books)
    spring = of_list(books.costs(), "Acme", "spring")
    assert spring["codes"] == [
        {"kind": "coa", "code": "", "notices": 1},
        {"kind": "nixie", "code": "A", "notices": 1},
        {"kind": "nixie", "code": "N", "notices": 1},
        {"kind": "nixie", "code": "V", "notices": 1},
    ]
    assert spring["piles"] == dict.fromkeys(PILES, 0) | {"moved": 1, "suppressed": 3}


def test_a_notice_of_nobody_is_its_client_s_where_the_account_is(books: Books) -> None:
    small_year(books)
    nobody = of_list(books.costs(), "Acme", None)
    assert (nobody["notices"], nobody["piles"]["review"], nobody["electronic"]["cost"]) == (1, 1, "0.06")
    books.add("late", "Bolt", "first-class", account="BYOBOFN")  # now the account is of two clients
    assert of_list(books.costs(), None, None)["notices"] == 1


def test_a_drop_has_the_notices_that_came_after_it(books: Books) -> None:
    small_year(books)
    (fall,) = of_list(books.costs(), "Bolt", "autumn")["drops"]
    assert (fall["drop"], fall["pieces"], fall["notices"], fall["per_thousand_pieces"]) == ("fall", 4, 1, "62.50")


def test_a_notice_from_before_the_drop_or_long_after_it_is_of_no_drop(books: Books) -> None:
    books.add("autumn", "Bolt", "marketing")
    books.mailed("fall", "autumn", "2026-03-01", (1, 2, 3, 4))
    books.file(
        books.back("autumn", 1, fulfilled="2026-02-27"),
        books.back("autumn", 2, fulfilled="2026-08-28"),  # 180 days
        books.back("autumn", 3, fulfilled="2026-08-29"),
    )
    fall, none = of_list(books.costs(), "Bolt", "autumn")["drops"]
    assert (fall["drop"], fall["notices"], none["drop"], none["notices"]) == ("fall", 1, None, 2)


def test_a_serial_leads_to_the_drop_of_its_piece_though_another_was_mailed_since(books: Books) -> None:
    books.accounts["ones"] = "567094"
    books.add("ones", "Acme", "first-class")
    first = books.mailed("first", "ones", "2026-09-01", (1, 2))
    books.mailed("second", "ones", "2026-10-01", (2, 3))
    books.run(
        """INSERT INTO piece (account_id, serial, drop_id, addressee_id, used_on)
        SELECT account_id, keyline, :drop, id, '2026-09-01' FROM addressee WHERE record_id = '1'""",
        drop=first,
    )
    books.file(books.back("ones", 1), books.back("ones", 2))
    told = {each["drop"]: each["notices"] for each in of_list(books.costs(), "Acme", "ones")["drops"]}
    assert told == {"first": 1, "second": 1}


def test_only_the_days_and_the_client_that_were_asked_for_count(books: Books) -> None:
    small_year(books)
    day = books.costs(since="2026-11-10", until="2026-11-10")
    assert (day["total"]["notices"], [file["day"] for file in day["files"]]) == (3, ["2026-11-10"])
    assert books.costs(since="2026-11-11")["total"]["notices"] == 3
    acme = books.costs("Acme")
    assert [each["client"] for each in acme["clients"]] == ["Acme"]
    assert acme["total"]["notices"] == 5


def test_what_cannot_be_asked_is_wrong_usage(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    for client, since, until in (("Nobody", None, None), (None, "soon", None), (None, "2026-02-01", "2026-01-01")):
        with pytest.raises(UsageError):
            books.costs(client, since, until)


def test_the_header_stands_beside_what_its_records_say(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    path = books.written(books.move("spring", 1, fees=FC), books.back("spring", 2, fees=FC))
    path.write_bytes(patched(path.read_bytes(), family_named("singlesource_v02"), 1, trd_acs_fee_amount="00000000025"))
    books.apply(path)
    books.file(books.back("spring", 3), layout="traditional_427", day="2026-11-11")
    told = books.costs()
    assert told["headers"] == {
        "files": 1, "header": "0.25", "counted": "0.12", "difference": "0.13", "without": 1,
        "shipping_files": 0, "shipping": "0.00",
    }  # fmt: skip
    assert [file["difference"] for file in told["files"]] == ["0.13", None]
    assert told["products"] == [{"product": "000501", "quantity": 2, "charged": "0.12"}]


def test_what_the_shipping_notice_charges_stands_beside_the_records(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    content = books.written(books.back("spring", 1, fees=FC)).read_bytes()
    heading = b"Indicator,Customer,Date,Shipment,MID,Title,Product,Description,Quantity,Unit Cost,Total Cost\r\n"
    row = b"D,123456,20261110,1,BYOBOFN,SPRING,000501,COA,3,0.06,0.18\r\n"
    path = books.folder / "P12345620.zip"
    path.write_bytes(plain({"P12345620.327": content, "P12345620SD.327": heading + row}))
    result = books.apply(path)
    assert result["charges"] == {"counted": "0.06", "header": "0.06", "shipping": "0.18"}
    told = books.costs()
    assert (told["headers"]["shipping_files"], told["headers"]["shipping"]) == (1, "0.18")
    assert told["files"][0]["shipping"] == "0.18"


def test_a_file_that_says_it_is_free_is_not_priced_by_the_table(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    books.file(books.back("spring", 1))
    told = books.costs()["total"]["electronic"]
    assert (told["cost"], told["priced_by_table"], told["unpriced"]) == ("0.00", 0, 0)


def test_a_notice_without_any_price_is_told_and_not_guessed(books: Books) -> None:
    books.accounts["ones"] = "567094"
    books.add("ones", "Acme", "periodicals")  # no price of OneCode notices ships for this class
    books.file(books.back("ones", 1), layout="onecode_legacy_559")
    told = books.costs()
    assert told["total"]["electronic"]["unpriced"] == 1
    assert told["total"]["electronic"]["saved"] is None
    (missing,) = told["missing_prices"]
    assert missing["item"] == "acs_onecode_nixie"
    assert missing["enter"].startswith("listkeeper price add acs_onecode_nixie ")
    books.price("acs_onecode_nixie", "0.31")
    told = books.costs()
    assert (told["total"]["electronic"]["cost"], told["missing_prices"]) == ("0.31", [])


def test_an_undone_file_is_told_apart_and_counts_nowhere(books: Books) -> None:
    books.add("spring", "Acme", "first-class")
    path = books.written(books.move("spring", 1, fees=FC))
    undo_batch(books.house, int(books.apply(path)["batch"]))
    told = books.costs()
    assert (told["total"]["notices"], told["files"], told["undone"]) == (0, [], {"files": 1, "counted": "0.06"})
    books.apply(path)  # the same file once more
    told = books.costs()
    assert (told["total"]["notices"], told["undone"]) == (1, {"files": 0, "counted": "0.00"})


def test_a_move_that_waited_for_its_day_is_paid_for_once(books: Books) -> None:
    from daemon.returns.due import apply_due

    books.add("spring", "Acme", "first-class")
    books.file(books.move("spring", 1, "2026-11-25", fees=FC))
    books.at("2026-11-26")
    assert apply_due(books.house) is not None
    told = books.costs()["total"]
    assert (told["notices"], told["cost"]) == (1, "0.06")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_count_adds_up_to_the_piles_of_the_batches(books: Books, seed: int) -> None:
    chance = random.Random(seed)
    books.add("spring", "Acme", "first-class", people=12)
    books.add("autumn", "Bolt", "marketing", people=12)
    books.mailed("one", "spring", "2026-11-01", range(1, 9))
    books.mailed("two", "spring", "2026-11-05", range(5, 13))
    for day in range(8, 8 + 5):
        layout = chance.choice(("singlesource_v02", "traditional_427"))
        records = []
        for name in chance.choices(("spring", "autumn"), k=8):
            person, fees = chance.randint(1, 12), chance.choice(((), FC, OTHER))
            fulfilled = f"2026-11-{chance.randint(1, day):02d}"
            more: dict[str, Any] = {"fees": fees, "fulfilled": fulfilled}
            if chance.random() < 0.2:
                more["keyline"] = "9999999991"
            if chance.random() < 0.5:
                records.append(books.move(name, person, chance.choice(("2026-03", "2026-10")), **more))
            else:
                records.append(books.back(name, person, chance.choice("AQRVP"), **more))
        path = books.written(*records, day=f"2026-11-{day:02d}", layout=layout)
        if chance.random() < 0.5:
            family = family_named(layout)
            path.write_bytes(patched(path.read_bytes(), family, 2, sequence_number="x"))
        books.apply(path)
    books.paper("autumn", 3)
    undo_batch(books.house, 2)
    told = books.costs()
    columns = ", ".join(f"sum({pile})" for pile in ("read", *PILES))
    with_sums = "SELECT {} FROM batch WHERE status = 'applied' AND kind IN ('acs', 'paper')"
    read = [books.value(with_sums.format(column)) for column in columns.split(", ")]
    assert [told["total"]["notices"], *told["total"]["piles"].values()] == [int(each) for each in read]
    assert sum(file["notices"] for file in told["files"]) == read[0]
    for whole, parts in _sums(told):
        assert whole["notices"] == sum(part["notices"] for part in parts)
        for pile in PILES:
            assert whole["piles"][pile] == sum(part["piles"][pile] for part in parts)
        assert _cents(whole["cost"]) == sum(_cents(part["cost"]) for part in parts)
        for each in (whole, *parts):
            assert each["notices"] == sum(each["piles"].values()) == sum(each["kinds"].values())
            assert each["notices"] == each["electronic"]["notices"] + each["paper"]["notices"]
            assert each["notices"] == sum(code["notices"] for code in each["codes"])


def _sums(told: dict[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every sum, and what it is made of."""
    found = [(told["total"], told["clients"])]
    for client in told["clients"]:
        found.append((client, client["lists"]))
        found += [(each, each["drops"]) for each in client["lists"] if each["drops"]]
    return found


def _cents(money: str) -> int:
    return int(money.replace(".", ""))
