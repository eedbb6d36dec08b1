"""The EPF web service, as far as it is known: what is new comes once, is proved, and is marked as fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.db import writing
from daemon.errors import OperatorError, TryAgainError
from daemon.intake.epf import poll
from daemon.settings import EpfFeed
from daemon.wiring import House
from tests.builders import V02, coa, notification
from tests.builders_zip import PASSWORD, aes, plain, zipcrypto
from tests.epf_service import EpfService, Product
from tests.remote_folder import QUICK, both_engines, new

GOOD = {"P12345626.021": notification(V02, [coa(account="BYOBOFN", keyline="123")])}
OTHER = {"P12345626.022": notification(V02, [coa(account="BYOBOFN", keyline="124")])}


@pytest.fixture(autouse=True)
def secrets(house: House) -> None:
    """The two secrets of the feed."""
    (house.home / "keys").mkdir()
    (house.home / "keys" / "epf").write_text("Sp4ring-Tide\n")
    (house.home / "keys" / "acs-zip").write_bytes(PASSWORD)


def feed_of(service: EpfService, **changes: object) -> EpfFeed:
    values = {
        "name": "usps",
        "kind": "epf",
        "url": service.url,
        "username": "bureau@example.com",
        "password": "keys/epf",
        "zip_password": "keys/acs-zip",
    }
    return EpfFeed.model_validate(values | changes)


def left_over(house: House) -> list[Path]:
    return list((house.home / "spool" / "work").glob("*"))


@both_engines
def test_new_files_are_started_fetched_proved_and_completed_once(house: House) -> None:
    first, second = zipcrypto(GOOD), aes(OTHER)
    with EpfService(
        [Product("1", "a.zip", first), Product("2", "b.zip", second), Product("3", "c.zip", b"", "C")]
    ) as epf:
        polled = poll(house, feed_of(epf), QUICK)
        assert [taken.name for taken in polled.taken] == ["a.zip", "b.zip"]
        assert epf.history == [("a.zip", "S"), ("a.zip", "C"), ("b.zip", "S"), ("b.zip", "C")]
        assert (epf.sessions, epf.stale_tokens, epf.calls[-1]) == (1, 0, "epf/logout")
        assert poll(house, feed_of(epf), QUICK).taken == []
    assert new(house) == {"a.zip": first, "b.zip": second}
    assert left_over(house) == []


def test_only_the_products_and_patterns_of_the_settings_are_fetched(house: House) -> None:
    products = [
        Product("1", "a.zip", plain(GOOD)),
        Product("2", "b.txt", plain(OTHER)),
        Product("3", "c.zip", plain(OTHER), code="AEC"),
    ]
    with EpfService(products) as epf:
        polled = poll(house, feed_of(epf, product_codes=["ACS/ACS1"], patterns=["*.zip"]), QUICK)
        assert [taken.name for taken in polled.taken] == ["a.zip"]
        assert epf.statuses() == {"a.zip": "C", "b.txt": "N", "c.zip": "N"}
        assert "download/listplus" in epf.calls


def test_a_file_that_breaks_off_is_fetched_again_from_its_first_byte(house: House) -> None:
    content = plain(GOOD)
    with EpfService([Product("1", "a.zip", content)], cuts=2) as epf:
        assert len(poll(house, feed_of(epf), QUICK).taken) == 1
        assert epf.statuses() == {"a.zip": "C"}
    assert new(house) == {"a.zip": content}


def test_a_file_that_never_comes_whole_is_cancelled_and_tried_again_later(house: House) -> None:
    with EpfService([Product("1", "a.zip", plain(GOOD))], cuts=99) as epf:
        with pytest.raises(TryAgainError):
            poll(house, feed_of(epf), QUICK)
        assert epf.statuses() == {"a.zip": "X"}
        assert left_over(house) == []
        epf.cuts = 0
        assert len(poll(house, feed_of(epf), QUICK).taken) == 1
        assert epf.statuses() == {"a.zip": "C"}


def test_another_size_than_the_list_says_is_not_whole(house: House) -> None:
    with EpfService([Product("1", "a.zip", plain(GOOD), told_size=17), Product("2", "b.zip", plain(OTHER))]) as epf:
        polled = poll(house, feed_of(epf), QUICK)
        assert [taken.name for taken in polled.taken] == ["b.zip"]
        assert polled.waiting == ["a.zip"]
        assert epf.statuses() == {"a.zip": "X", "b.zip": "C"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (plain(GOOD)[:-30], "corrupt-zip"),
        (aes(GOOD, password=b"of another bureau"), "wrong-password"),
        (plain({"read.me": b"hello"}), "no-notification-file"),
        (b"<html>", "not-a-notification-file"),
    ],
)
def test_what_does_not_open_or_has_no_header_is_cancelled_and_told_once_a_day(
    house: House, content: bytes, reason: str
) -> None:
    with EpfService([Product("1", "a.zip", content), Product("2", "b.zip", plain(OTHER))]) as epf:
        polled = poll(house, feed_of(epf), QUICK)
        assert [taken.name for taken in polled.taken] == ["b.zip"]
        assert [(name, why.partition(":")[0]) for name, why in polled.refused] == [("a.zip", reason)]
        assert epf.statuses() == {"a.zip": "X", "b.zip": "C"}
        assert poll(house, feed_of(epf), QUICK).refused == []
        with writing(house.engine) as store:  # the day after
            store.run("UPDATE remote_file SET modified = replace(modified, 'refused 20', 'refused 19')")
        assert len(poll(house, feed_of(epf), QUICK).refused) == 1
    assert list(new(house)) == ["b.zip"]


@both_engines
def test_what_was_ours_before_a_crash_is_only_marked(house: House) -> None:
    product = Product("1", "a.zip", plain(GOOD))
    with EpfService([product]) as epf:
        poll(house, feed_of(epf), QUICK)
        product.status = "S"  # as it is when killed before C was set
        epf.calls.clear()
        assert poll(house, feed_of(epf), QUICK).taken == []
        assert epf.statuses() == {"a.zip": "C"}
        assert "download/epf" not in epf.calls


def test_a_download_that_was_started_on_an_earlier_day_is_begun_again_and_one_of_today_is_not(house: House) -> None:
    products = [
        Product("1", "a.zip", plain(GOOD), "S", fulfilled="2026-05-20"),
        Product("2", "b.zip", plain(OTHER), "S", fulfilled=house.today()),
    ]
    with EpfService(products) as epf:
        assert [taken.name for taken in poll(house, feed_of(epf), QUICK).taken] == ["a.zip"]
        assert epf.statuses() == {"a.zip": "C", "b.zip": "S"}


def test_a_name_that_may_not_be_is_refused(house: House) -> None:
    with EpfService([Product("1", "../a.zip", plain(GOOD)), Product("2", "x/../a.zip", plain(GOOD))]) as epf:
        polled = poll(house, feed_of(epf), QUICK)
        assert (polled.taken, [name for name, _ in polled.refused]) == ([], ["../a.zip", "x/../a.zip"])
        assert "download/epf" not in epf.calls


def test_a_wrong_password_stops_the_feed_and_is_never_shown(house: House) -> None:
    (house.home / "keys" / "epf").write_text("Wrong-horse-9")
    with EpfService([]) as epf:
        with pytest.raises(OperatorError, match="refuses our login") as caught:
            poll(house, feed_of(epf), QUICK)
        assert epf.calls == ["epf/login"], "tried once: more would lock the account"
    assert "horse" not in repr(caught.value)
    assert "example.com" not in str(caught.value)


def test_a_service_that_is_down_for_a_moment_is_asked_again(house: House) -> None:
    with EpfService([Product("1", "a.zip", plain(GOOD))]) as epf:
        epf.answers = {"epf/login": [503], "download/dnldlist": [500], "download/status": [502]}
        assert len(poll(house, feed_of(epf), QUICK).taken) == 1


def test_a_service_that_is_down_for_long_is_left_for_later(house: House) -> None:
    with EpfService([], page=True) as epf:
        slept: list[float] = []
        with pytest.raises(TryAgainError):
            poll(house, feed_of(epf), QUICK._replace(pause=slept.append, backoff=2, chance=lambda: 0.5))
        assert slept == [2, 4]
        gone = feed_of(epf)
    with pytest.raises(TryAgainError):
        poll(house, gone, QUICK)


@pytest.mark.parametrize("code", [302, 404])
def test_an_address_that_is_not_there_stops_the_feed_and_no_redirect_gets_the_password(house: House, code: int) -> None:
    with EpfService([]) as epf:
        epf.answers = {"epf/login": [code]}
        with pytest.raises(OperatorError, match="correct url or calls"):
            poll(house, feed_of(epf), QUICK)


def test_every_address_is_a_setting(house: House) -> None:
    with EpfService([Product("1", "a.zip", plain(GOOD))]) as epf:
        odd = feed_of(epf, url=epf.url.removesuffix("/resources"))
        with pytest.raises(OperatorError):
            poll(house, odd.model_copy(update={"calls": odd.calls.model_copy(update={"login": "no/such"})}), QUICK)
        calls = {
            name: f"resources/{path}"
            for name, path in {
                "login": "epf/login",
                "list_all": "download/dnldlist",
                "list_product": "download/listplus",
                "status": "download/status",
                "fetch": "download/epf",
                "logout": "epf/logout",
            }.items()
        }
        assert len(poll(house, feed_of(epf, url=odd.url, calls=calls), QUICK).taken) == 1


def test_a_password_is_not_sent_where_all_can_read_it(house: House) -> None:
    with EpfService([]) as epf, pytest.raises(OperatorError, match="write https://"):
        poll(house, feed_of(epf, url="http://epf.example.com/ws"), QUICK)
