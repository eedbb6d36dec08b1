"""Opening the envelope: what is in it, and everything that may be wrong with it."""

from __future__ import annotations

import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.errors import SetAsideError
from daemon.intake.unpack import Envelope, is_zip, open_envelope
from daemon.settings import Limits
from tests.builders_zip import PASSWORD, aes, bomb, header, plain, renamed, shipment, zipcrypto

WRAPPINGS: dict[str, Callable[[dict[str, bytes]], bytes]] = {"plain": plain, "zipcrypto": zipcrypto, "aes": aes}
NAME = "P12345620.327"
SMALL = Limits(members=6, member_bytes=2 << 20, total_bytes=3 << 20, ratio=100)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def opened(tmp_path: Path, work: Path) -> Callable[..., Envelope]:
    def call(content: bytes, password: bytes | None = PASSWORD, limits: Limits | None = None) -> Envelope:
        path = tmp_path / "P12345620.ZIP"
        path.write_bytes(content)
        return open_envelope(path, password, work, limits)

    return call


@pytest.fixture
def refused(opened: Callable[..., Envelope], work: Path) -> Callable[..., SetAsideError]:
    """Open what must not open; nothing of it may be left behind."""

    def call(content: bytes, password: bytes | None = PASSWORD, limits: Limits | None = None) -> SetAsideError:
        with pytest.raises(SetAsideError) as caught:
            opened(content, password, limits)
        assert caught.value.exit_code == 65
        assert caught.value.file == "P12345620.ZIP"
        assert not work.exists() or list(work.iterdir()) == []
        return caught.value

    return call


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_four_kinds_of_member_are_told_apart(wrapping: str, opened: Callable[..., Envelope], work: Path) -> None:
    members = shipment()
    envelope = opened(WRAPPINGS[wrapping](members))
    assert envelope.member == NAME
    assert envelope.notification.read_bytes() == members[NAME]
    assert {kind: path.name for kind, path in envelope.companions.items()} == {
        "SN": "P12345620SN.327",
        "SD": "P12345620SD.327",
        "CB": "P12345620CB.327",
    }
    assert envelope.companions["SD"].read_bytes() == members["P12345620SD.327"]
    assert envelope.warnings == ()
    assert {stat.S_IMODE(path.stat().st_mode) for path in work.iterdir()} == {0o600}


@pytest.mark.parametrize("bits", [128, 192, 256])
def test_aes_of_every_strength_is_read(bits: int, opened: Callable[..., Envelope]) -> None:
    assert opened(aes(shipment(), bits=bits)).member == NAME


def test_a_password_that_is_not_needed_does_no_harm(opened: Callable[..., Envelope]) -> None:
    assert opened(plain(shipment()), b"whatever").member == NAME
    assert opened(plain(shipment()), None).member == NAME
    assert opened(plain(shipment(), zipfile.ZIP_STORED), None).member == NAME


@pytest.mark.parametrize("length", [427, 559, 700])
def test_the_notification_file_is_found_by_its_content_whatever_its_name(
    length: int, opened: Callable[..., Envelope]
) -> None:
    content = header(length=length)
    envelope = opened(plain({"readme.txt": b"hello", "returns.dat": content, NAME: b"not a header\r\n"}))
    assert envelope.member == "returns.dat"
    assert envelope.notification.read_bytes() == content
    assert [warning.split(":")[0] for warning in envelope.warnings] == [
        "member 'returns.dat'",
        "member 'readme.txt'",
        f"member '{NAME}'",
    ]


def test_a_header_without_a_line_end_is_a_notification_file(opened: Callable[..., Envelope]) -> None:
    assert opened(plain({NAME: header().rstrip(b"\r\n")})).member == NAME
    assert opened(plain({NAME: header().replace(b"\r\n", b"\r")})).member == NAME
    assert opened(plain({NAME: header().replace(b"\r\n", b"  ")})).member == NAME


def test_names_match_in_any_case(opened: Callable[..., Envelope]) -> None:
    envelope = opened(plain({name.lower(): content for name, content in shipment().items()}))
    assert sorted(envelope.companions) == ["CB", "SD", "SN"]
    assert envelope.warnings == ()


def test_a_companion_that_begins_with_a_header_of_its_own_is_still_a_companion(
    opened: Callable[..., Envelope],
) -> None:
    envelope = opened(plain(shipment() | {"P12345620CB.327": header()}))
    assert envelope.member == NAME
    assert "CB" not in envelope.companions
    assert envelope.warnings == ("member 'P12345620CB.327': not a file we know; left unread",)


def test_a_companion_that_is_not_what_its_name_says_is_a_warning(opened: Callable[..., Envelope]) -> None:
    envelope = opened(plain({NAME: header(), "P12345620SD.327": b"no commas\r\n", "P12345620SN.327": b"\0\1\2"}))
    assert envelope.companions == {}
    assert len(envelope.warnings) == 2


def test_unknown_members_are_a_warning_only(opened: Callable[..., Envelope]) -> None:
    envelope = opened(plain(shipment() | {"invoice.pdf": b"%PDF"}))
    assert envelope.member == NAME
    assert envelope.warnings == ("member 'invoice.pdf': not a file we know; left unread",)


def test_a_file_left_by_an_earlier_try_is_replaced(opened: Callable[..., Envelope], work: Path) -> None:
    work.mkdir()
    (work / NAME).write_bytes(b"half")
    assert opened(plain(shipment())).notification.read_bytes() == shipment()[NAME]


@pytest.mark.parametrize("wrapping", ["zipcrypto", "aes"])
def test_a_wrong_password_is_named_with_the_remedy(wrapping: str, refused: Callable[..., SetAsideError]) -> None:
    error = refused(WRAPPINGS[wrapping](shipment()), b"wrong")
    assert error.reason == "wrong-password"
    assert "--password-file" in str(error)
    assert "zip_password" in str(error)


def test_no_wrong_password_ever_gets_through(refused: Callable[..., SetAsideError]) -> None:
    content = zipcrypto({NAME: header()})  # its own test passes one wrong password in 256
    assert {refused(content, b"wrong %d" % n).reason for n in range(600)} == {"wrong-password"}


@pytest.mark.parametrize("wrapping", ["zipcrypto", "aes"])
@pytest.mark.parametrize("password", [None, b""])
def test_a_password_that_is_needed_and_not_configured_is_named_with_the_remedy(
    wrapping: str, password: bytes | None, refused: Callable[..., SetAsideError]
) -> None:
    error = refused(WRAPPINGS[wrapping](shipment()), password)
    assert error.reason == "password-needed"
    assert "--password-file" in str(error)


def test_without_a_notification_file_it_is_set_aside(refused: Callable[..., SetAsideError]) -> None:
    for members in ({}, {"P12345620SN.327": b"x"}, {NAME: b""}, {NAME: header()[1:]}, {NAME: b"H" * 699}):
        assert refused(plain(members)).reason == "no-notification-file"


def test_with_two_notification_files_it_is_set_aside(refused: Callable[..., SetAsideError]) -> None:
    error = refused(plain({NAME: header(), "P12345620.328": header()}))
    assert error.reason == "two-notification-files"
    assert NAME in str(error)


def test_too_many_members_are_refused(refused: Callable[..., SetAsideError]) -> None:
    assert refused(plain({f"{n}.txt": b"" for n in range(17)})).reason == "too-many-members"


def test_too_many_members_are_refused_though_the_zip_says_otherwise(refused: Callable[..., SetAsideError]) -> None:
    content = bytearray(plain({f"{n}.txt": b"" for n in range(40)}))
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<2H", content, end + 8, 1, 1)
    assert refused(bytes(content)).reason == "too-many-members"


def test_a_huge_directory_is_refused_before_it_is_read(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(70_000):  # past 65,535 the counts stand in the large form
            archive.writestr(f"{n}", b"")
    tracemalloc.start()
    with pytest.raises(SetAsideError) as caught:
        open_envelope(path, None, work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "too-many-members"
    assert peak < 1 << 20


def test_a_zip_in_the_large_form_is_read(tmp_path: Path, work: Path) -> None:
    content = plain(shipment())
    end = content.rfind(b"PK\x05\x06")
    members, size, offset = struct.unpack_from("<H2L", content, end + 10)
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, members, members, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    small = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (tmp_path / "large.zip").write_bytes(content[:end] + large + locator + small)
    assert open_envelope(tmp_path / "large.zip", None, work).member == NAME


def test_a_member_over_the_limit_is_refused(refused: Callable[..., SetAsideError]) -> None:
    content = header() + bytes(range(256)) * (9 << 10)
    assert refused(plain({NAME: content}, zipfile.ZIP_STORED), limits=SMALL).reason == "member-too-large"


def test_members_over_the_limit_together_are_refused(refused: Callable[..., SetAsideError]) -> None:
    members = {f"{n}.txt": bytes(range(256)) * (5 << 10) for n in range(3)}
    assert refused(plain(members, zipfile.ZIP_STORED), limits=SMALL).reason == "zip-too-large"


def test_a_zip_bomb_is_stopped_while_it_unpacks(tmp_path: Path, work: Path) -> None:
    path = bomb(tmp_path / "bomb.zip", size=512 << 20)
    tracemalloc.start()
    with pytest.raises(SetAsideError) as caught:
        open_envelope(path, None, work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "ratio-too-high"
    assert peak < 8 << 20
    assert list(work.iterdir()) == []


def test_a_bomb_that_declares_small_sizes_is_stopped_too(tmp_path: Path, work: Path) -> None:
    content = bytearray(bomb(tmp_path / "bomb.zip", size=64 << 20).read_bytes())
    for mark, place in ((b"PK\x01\x02", 20), (b"PK\x03\x04", 18)):
        at = content.find(mark)
        packed = len(content)
        struct.pack_into("<2L", content, at + place, packed, 702)
    (tmp_path / "bomb.zip").write_bytes(content)
    with pytest.raises(SetAsideError) as caught:
        open_envelope(tmp_path / "bomb.zip", None, work)
    assert caught.value.reason in ("ratio-too-high", "corrupt-zip")


def test_members_that_share_their_packed_bytes_are_counted_against_the_file(
    refused: Callable[..., SetAsideError],
) -> None:
    content = bytearray(plain({NAME: header() + b" " * (900 << 10)}))
    end = content.rfind(b"PK\x05\x06")
    directory = content.find(b"PK\x01\x02")
    entry = bytes(content[directory:end])
    entries = b"".join(entry.replace(NAME.encode(), b"P1234562%d.327" % n) for n in range(6))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 6, 6, len(entries), directory, 0)
    error = refused(bytes(content[:directory]) + entries + tail, limits=Limits(ratio=200))
    assert error.reason in ("ratio-too-high", "corrupt-zip")


def test_an_honest_file_of_mostly_blanks_is_no_bomb(opened: Callable[..., Envelope]) -> None:
    lines = [b"D02%09dBYOBOFN  %07d" % (n, n * 7919 % 10**7) for n in range(20_000)]
    content = header() + b"".join(line.ljust(700) + b"\r\n" for line in lines)
    assert opened(plain({NAME: content})).notification.stat().st_size == 702 * 20_001


@pytest.mark.parametrize(
    "name",
    [
        "../../a.txt.",
        "/etc/passwd1",
        "C:\\a.txt...",
        "a/b/c/d.txt.",
        "a\\b\\c\\d.txt",
        "a\x00b.txt.....",
        "a\nb.txt.....",
        "a\x1bb.txt.....",
        "............",
        "folder......" + "/",
        "..          ",
        " leading.txt",
    ],
)
def test_a_path_in_a_member_name_is_refused(name: str, refused: Callable[..., SetAsideError], tmp_path: Path) -> None:
    stand_in = "x" * len(name)
    error = refused(renamed(plain({NAME: header(), stand_in: b"evil"}), stand_in, name))
    assert error.reason == "path-in-member-name"
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert not (tmp_path.parent / "a.txt").exists()


def test_a_member_name_that_is_too_long_is_refused(refused: Callable[..., SetAsideError]) -> None:
    assert refused(plain({NAME: header(), "x" * 300: b""})).reason == "path-in-member-name"


def test_a_member_that_comes_twice_is_refused(refused: Callable[..., SetAsideError]) -> None:
    content = renamed(plain({NAME: header(), "P12345620.328": header()}), "P12345620.328", NAME)
    assert refused(content).reason == "duplicate-member"
    assert refused(plain({"a.txt": b"", "A.TXT": b""})).reason == "duplicate-member"


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_zip_in_the_zip_is_refused(wrapping: str, refused: Callable[..., SetAsideError]) -> None:
    error = refused(WRAPPINGS[wrapping](shipment() | {"inner.dat": plain(shipment())}))
    assert error.reason == "nested-zip"
    assert "inner.dat" in str(error)


def test_strong_encryption_and_hidden_names_are_refused(refused: Callable[..., SetAsideError]) -> None:
    for flag in (0x0040, 0x2000):
        content = bytearray(zipcrypto(shipment()))
        struct.pack_into("<H", content, 6, 1 | flag)
        assert refused(bytes(content)).reason == "strong-encryption"
    content = bytearray(zipcrypto(shipment()))
    struct.pack_into("<H", content, content.find(b"PK\x01\x02") + 8, 0x0041)
    assert refused(bytes(content)).reason == "strong-encryption"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_way_of_packing_is_refused(method: int, refused: Callable[..., SetAsideError]) -> None:
    assert refused(plain(shipment(), method)).reason == "unsupported-compression"


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_zip_cut_short_anywhere_is_damaged(wrapping: str, refused: Callable[..., SetAsideError]) -> None:
    content = WRAPPINGS[wrapping](shipment())
    for end in range(4, len(content), 97):
        assert refused(content[:end]).reason == "corrupt-zip"


def test_a_member_with_a_wrong_checksum_is_damaged(refused: Callable[..., SetAsideError]) -> None:
    content = bytearray(plain(shipment(), zipfile.ZIP_STORED))
    content[content.find(b"SHIPPING NOTICE")] ^= 1
    error = refused(bytes(content))
    assert error.reason == "corrupt-zip"
    assert "P12345620SN.327" in str(error)


def test_a_zip_of_nothing_but_its_mark_is_damaged(refused: Callable[..., SetAsideError]) -> None:
    for content in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK\x03\x04" + b"\0" * 60):
        assert refused(content).reason == "corrupt-zip"


@pytest.mark.parametrize(("content", "answer"), [(b"", False), (b"PK", False), (b"H02", False), (b"PK\x03\x04", True)])
def test_a_zip_is_known_by_its_first_bytes(content: bytes, answer: bool, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert is_zip(tmp_path / "a.txt") is answer


SAMPLES = [wrapping(shipment()) for wrapping in WRAPPINGS.values()]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_set_aside_or_harmless_and_never_a_crash(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path, work = tmp_path / "a.zip", tmp_path / "work"
    path.write_bytes(content)
    try:
        envelope = open_envelope(path, PASSWORD, work)
    except SetAsideError:
        assert not work.exists() or list(work.iterdir()) == []
    else:
        assert envelope.notification.parent == work
        for left in work.iterdir():
            left.unlink()
