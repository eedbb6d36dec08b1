"""Interface, section 5, in every layout; sections 2 and 3: accounts of every kind, and how a new address is written."""

from __future__ import annotations

import pytest

from schemas.acs_write import Place, coa, nixie
from tests.flows.story import ACCOUNT, MARY, A, B, Story
from tests.interface.telling import LAYOUTS, Mailers, came_to, one, row

SPRING, SUMMER = "2026-04-10", "2026-07-01"
SIX, NINE = "567094", "912345678"
TRADITIONAL = [name for name in LAYOUTS if name != "onecode_legacy_559"]
WITHOUT_DATE = ["traditional_427", "onecode_legacy_559"]


def account(layout: str) -> str:
    """An account whose records the layout can carry."""
    return SIX if layout == "onecode_legacy_559" else ACCOUNT


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_move_and_a_nixie_mean_the_same_in_every_layout(mailers: Mailers, layout: str) -> None:
    code = account(layout)
    key = mailers.add("spring", code)
    result = mailers.file(mailers.move(code, keyline=key), layout=layout)
    assert came_to(result) == "moved 1: moved 1"
    assert result["layout"] == layout
    assert mailers.stands("spring") == "B mailable moved"
    nixie_at_b = mailers.back(code, keyline=key, old_zip=B.zip5)
    assert came_to(mailers.file(nixie_at_b, layout=layout)) == "suppressed 1: vacant 1"


@pytest.mark.parametrize("layout", WITHOUT_DATE)
@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("B", "held 1: insufficient_address 1"),
        ("D", "held 1: forwarding_order_expired 1"),
        ("X", "held 1: forwarding_order_expired 1"),
    ],
)
def test_old_codes_b_d_x_read_as_i_q_q(mailers: Mailers, layout: str, code: str, outcome: str) -> None:
    key = mailers.add("spring", account(layout))
    assert came_to(mailers.file(mailers.back(account(layout), keyline=key, code=code), layout=layout)) == outcome


@pytest.mark.parametrize("layout", LAYOUTS)
def test_old_code_c_no_delivery_at_address_reads_as_m(mailers: Mailers, layout: str) -> None:
    key = mailers.add("spring", account(layout))
    record = mailers.move(account(layout), keyline=key, code="C", new=Place())
    assert came_to(mailers.file(record, layout=layout)) == "suppressed 1: no_mail_receptacle 1"
    assert mailers.stands("spring") == "A undeliverable no_mail_receptacle"


@pytest.mark.parametrize("code", ["B", "D", "X"])
def test_old_codes_read_the_same_in_the_new_layouts(story: Story, code: str) -> None:
    assert one(story, story.back("A", code, SUMMER)).startswith("held ")


@pytest.mark.parametrize("layout", WITHOUT_DATE)
def test_layouts_without_a_fulfillment_date_use_the_headers_create_date(mailers: Mailers, layout: str) -> None:
    code = account(layout)
    key = mailers.add("spring", code)
    strike = mailers.back(code, keyline=key, code="R")
    assert came_to(mailers.file(strike, layout=layout)) == "kept 1: first_strike 1"
    assert came_to(mailers.file(strike, layout=layout)) == "kept 1: repeat 1"  # of the same day


def test_two_strikes_by_two_create_dates_are_two(story: Story) -> None:
    from daemon.returns.apply import apply_file
    from schemas.acs import family_named
    from schemas.acs_write import notification

    for day, outcome in (("2026-05-01", "first_strike"), ("2026-05-02", "refused")):
        path = story.folder / day
        path.write_bytes(
            notification(
                family_named("traditional_427"), [story.back("A", "R", "")], create_date=day, shipment=day[-2:]
            )
        )
        assert apply_file(story.house, path)["reasons"] == {outcome: 1}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_codes_g_k_and_w_are_changes_in_every_layout(mailers: Mailers, layout: str) -> None:
    code = account(layout)
    key = mailers.add("spring", code)
    away = mailers.move(code, keyline=key, code="W", new=Place())
    assert came_to(mailers.file(away, layout=layout)) == "kept 1: temporarily_away 1"
    closed = mailers.move(code, keyline=key, code="G", new=Place())
    assert came_to(mailers.file(closed, layout=layout)) == "suppressed 1: po_box_closed 1"


def test_temporarily_away_in_place_of_an_address_is_never_written_as_one(story: Story) -> None:
    away = Place(label="TEMPORARILY AWAY", zip5=A.zip5)
    assert one(story, story.move("A", away, SPRING)) == "kept temporarily_away"
    assert story.stands() == "A mailable"


# accounts


@pytest.mark.parametrize(("mailer", "digits"), [(SIX, 9), (NINE, 6)])
def test_for_a_mailer_id_the_key_is_the_serial_alone_9_or_6_digits(mailers: Mailers, mailer: str, digits: int) -> None:
    key = mailers.add("spring", mailer)
    assert len(key) == digits
    assert came_to(mailers.file(mailers.move(mailer, keyline=key))) == "moved 1: moved 1"


@pytest.mark.parametrize("mailer", [SIX, NINE])
def test_onecode_the_barcodes_serial_where_the_key_field_is_blank(mailers: Mailers, mailer: str) -> None:
    key = mailers.add("spring", mailer)
    record = mailers.move(mailer, keyline="", barcode=f"00300{mailer}{key}74101")
    assert came_to(mailers.file(record)) == "moved 1: moved 1"


@pytest.mark.parametrize("mailer", [SIX, NINE])
def test_full_service_is_read_like_onecode(mailers: Mailers, mailer: str) -> None:
    key = mailers.add("spring", mailer, full_service=True)
    record = mailers.back(mailer, keyline="", barcode=f"00300{mailer}{key}", type_of_acs="F")
    result = mailers.file(record)
    assert came_to(result) == "suppressed 1: vacant 1"
    assert result["warnings"] == []


@pytest.mark.parametrize("mailer", [SIX, NINE])
def test_the_legacy_layout_carries_mailer_ids_of_6_and_9_digits(mailers: Mailers, mailer: str) -> None:
    key = mailers.add("spring", mailer)
    result = mailers.file(mailers.move(mailer, keyline=key), layout="onecode_legacy_559")
    assert came_to(result) == "moved 1: moved 1"


@pytest.mark.parametrize("mailer", [SIX, NINE])
def test_the_legacy_layouts_barcode_stands_in_too(mailers: Mailers, mailer: str) -> None:
    key = mailers.add("spring", mailer)
    record = mailers.move(mailer, keyline="", barcode=f"00300{mailer}{key}")
    assert came_to(mailers.file(record, layout="onecode_legacy_559")) == "moved 1: moved 1"


def test_a_serial_of_the_wrong_length_is_review_foreign_keyline_and_of_nobody_unknown_keyline(
    mailers: Mailers,
) -> None:
    mailers.add("spring", NINE)
    result = mailers.file(mailers.move(NINE, keyline="123456789"), mailers.move(NINE, keyline="000099"))
    assert result["reasons"] == {"foreign_keyline": 1, "unknown_keyline": 1}


def test_one_account_may_serve_several_lists_and_a_keyline_is_unique_within_it(mailers: Mailers) -> None:
    keys = [mailers.add(name, ACCOUNT) for name in ("spring", "autumn")]
    assert len(set(keys)) == 2
    result = mailers.file(mailers.move(ACCOUNT, keyline=keys[0]), mailers.back(ACCOUNT, keyline=keys[1]))
    assert result["lists"] == {"spring": {"moved": 1}, "autumn": {"suppressed": 1}}
    assert (mailers.stands("spring"), mailers.stands("autumn")) == ("B mailable moved", "A undeliverable vacant")


def test_the_same_key_on_two_accounts_is_two_people(mailers: Mailers) -> None:
    key = mailers.add("spring", ACCOUNT)
    assert mailers.add("autumn", "BOTHERS") == key
    mailers.file(mailers.move("BOTHERS", keyline=key))
    assert (mailers.stands("spring"), mailers.stands("autumn")) == ("A mailable", "B mailable moved")


@pytest.mark.parametrize("layout", TRADITIONAL)
def test_a_keyline_made_from_letters_comes_back_like_any_other(mailers: Mailers, layout: str) -> None:
    options = {"keyline_source": "match-code", "match_code": "zip5:5,last_name:4,address1:4"}
    key = mailers.add("spring", ACCOUNT, **options)
    assert key.startswith("74101SMIT12EL")
    assert came_to(mailers.file(mailers.move(ACCOUNT, keyline=key), layout=layout)) == "moved 1: moved 1"


def test_a_record_id_keyline_is_zero_filled_when_numeric(mailers: Mailers) -> None:
    assert mailers.add("spring", ACCOUNT, keyline_source="record-id")[:-1] == "000000001"


# how a new address is written

PARTS = Place(
    number="123",
    pre_directional="N",
    street="MAIN",
    suffix="ST",
    post_directional="SW",
    unit_designator="APT",
    unit_number="4",
    city="ADA",
    state="OK",
    zip5="74820",
    zip4="1234",
    delivery_point="23",
)


def written(story: Story, new: Place, layout: str = "singlesource_v02", **more: str) -> dict[str, str]:
    """Mary after a move there."""
    record = coa(**(MARY | {"account": ACCOUNT, "keyline": story.key(), "old": A, "new": new} | more))
    assert one(story, record, layout=layout) == "moved moved"
    return row(story)


@pytest.mark.parametrize("layout", TRADITIONAL)
def test_address1_is_the_files_own_one_line_label_field_where_it_is_filled(story: Story, layout: str) -> None:
    assert written(story, PARTS, layout, new_address_label="PO BOX 77")["address1"] == "PO BOX 77"


@pytest.mark.parametrize("layout", TRADITIONAL)
def test_else_number_directionals_street_suffix_unit_joined_by_single_blanks(story: Story, layout: str) -> None:
    assert written(story, PARTS, layout, new_address_label="")["address1"] == "123 N MAIN ST SW APT 4"


def test_parts_that_are_blank_leave_no_gap(story: Story) -> None:
    assert written(story, B, new_address_label="")["address1"] == "99 BIRCH RD"


@pytest.mark.parametrize(
    ("label", "pmb", "line"),
    [
        ("10 MAIN ST", "45", "10 MAIN ST PMB 45"),
        ("10 MAIN ST PMB 45", "45", "10 MAIN ST PMB 45"),
        ("10 MAIN ST", "PMB 45", "10 MAIN ST PMB 45"),
        ("", "45", "123 N MAIN ST SW APT 4 PMB 45"),
        ("10 MAIN ST PMB 4", "45", "10 MAIN ST PMB 4 PMB 45"),
    ],
)
def test_pmb_n_at_its_end_when_a_private_mailbox_is_given_and_not_yet_in_it(
    story: Story, label: str, pmb: str, line: str
) -> None:
    assert written(story, PARTS, new_address_label=label, new_pmb=pmb)["address1"] == line


@pytest.mark.parametrize("layout", TRADITIONAL)
def test_city_state_zip_zip4_and_delivery_point_as_in_the_file(story: Story, layout: str) -> None:
    mary = written(story, PARTS, layout)
    told = [mary[name] for name in ("city", "state", "zip5", "zip4", "delivery_point")]
    assert told == ["ADA", "OK", "74820", "1234", "23"]


def test_urbanization_too(story: Story) -> None:
    place = Place(
        number="7", street="CALLE SOL", suffix="", urbanization="URB LAS GLADIOLAS", city="PONCE", zip5="00716"
    )
    mary = written(story, place)
    assert (mary["urbanization"], mary["address1"]) == ("URB LAS GLADIOLAS", "7 CALLE SOL")


def test_address2_is_emptied_when_a_move_replaces_the_address(story: Story) -> None:
    story.client("1", address2="C O BAKER")
    assert row(story)["address2"] == "C O BAKER"
    assert written(story, B)["address2"] == ""


def test_the_carrier_route_of_the_old_address_does_not_go_along(story: Story) -> None:
    story.client("1", carrier_route="C001", zip4="9999", delivery_point="11")
    mary = written(story, B)
    assert (mary["carrier_route"], mary["zip4"], mary["delivery_point"]) == ("", "", "")


def test_a_nixie_leaves_address_and_coding_alone(story: Story) -> None:
    story.client("1", address2="C O BAKER", zip4="9999", delivery_point="11", needs_cass="false")
    before = row(story)
    story.file(nixie(account=ACCOUNT, keyline=story.key(), code="V", old_zip=A.zip5))
    changed = {name for name, value in row(story).items() if value != before[name]}
    assert changed == {"status", "status_reason"}
