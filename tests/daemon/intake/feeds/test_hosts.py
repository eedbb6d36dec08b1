"""A far host is who its key says it is, and nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.intake.hosts import HostKeyChangedError, HostKeyUnknownError, pinned, trust
from daemon.intake.sftp import poll
from daemon.settings import Settings, SftpFeed
from daemon.wiring import House
from tests.post_office import Faults, FaultyOffice, PostOffice
from tests.remote_folder import QUICK


def with_feed(house: House, office: PostOffice, **changes: object) -> tuple[House, SftpFeed]:
    """The house with this one feed in its settings, the private key in place, and no host key."""
    office.furnish(house.home)
    (house.home / "keys" / "known_hosts").unlink()
    settings = Settings.model_validate({"feed": [office.settings(house.home / "outgoing", **changes)]})
    (house.home / "outgoing").mkdir()
    feed = settings.feeds[0]
    assert isinstance(feed, SftpFeed)
    return replace(house, settings=settings), feed


def known_hosts(house: House) -> Path:
    return house.home / "keys" / "known_hosts"


def test_an_unknown_host_stops_the_feed_and_names_the_command(house: House, post_office: PostOffice) -> None:
    house, feed = with_feed(house, post_office)
    with pytest.raises(HostKeyUnknownError) as caught:
        poll(house, feed, QUICK)
    assert str(caught.value).endswith("then run `listkeeper host trust acs`")
    assert isinstance(caught.value, OperatorError)


def test_trust_pins_the_key_as_ssh_keygen_shows_it_and_the_feed_goes_on(house: House, post_office: PostOffice) -> None:
    house, feed = with_feed(house, post_office)
    told = trust(house, "acs", patience=QUICK)
    key = house.home / "key.pub"
    key.write_bytes(post_office.host_key.export_public_key())
    shown = subprocess.run(["ssh-keygen", "-l", "-f", key], capture_output=True, text=True, check=True).stdout
    assert told["fingerprint"] == shown.split()[1]
    assert told["before"] == []
    assert told["written"] is True
    assert known_hosts(house).read_text().split() == post_office.known_line().split()[:3]
    assert known_hosts(house).stat().st_mode & 0o777 == 0o600
    assert poll(house, feed, QUICK).taken == []


def test_trust_of_what_is_pinned_already_writes_nothing(house: House, post_office: PostOffice) -> None:
    house, _ = with_feed(house, post_office)
    trust(house, "acs", patience=QUICK)
    before = known_hosts(house).stat().st_ino
    told = trust(house, "acs", patience=QUICK)
    assert told["written"] is False
    assert told["before"] == [told["fingerprint"]]
    assert known_hosts(house).stat().st_ino == before


def test_trust_can_be_asked_to_show_only(house: House, post_office: PostOffice) -> None:
    house, _ = with_feed(house, post_office)
    assert trust(house, "acs", write=False, patience=QUICK)["written"] is False
    assert not known_hosts(house).exists()


def test_trust_with_another_fingerprint_than_the_one_named_writes_nothing(
    house: House, post_office: PostOffice
) -> None:
    house, _ = with_feed(house, post_office)
    with pytest.raises(OperatorError, match="not the key you named"):
        trust(house, "acs", expected="SHA256:" + "A" * 43, patience=QUICK)
    assert not known_hosts(house).exists()
    right = trust(house, "acs", write=False, patience=QUICK)["fingerprint"]
    assert trust(house, "acs", expected=right, patience=QUICK)["written"] is True


def test_a_changed_key_stops_the_feed_before_anything_is_sent(house: House) -> None:
    with FaultyOffice(Faults()) as office, FaultyOffice(Faults()) as other:
        house, feed = with_feed(house, office)
        known_hosts(house).write_text(other.known_line().replace(str(other.port), str(office.port)))
        with pytest.raises(HostKeyChangedError) as caught:
            poll(house, feed, QUICK)
        assert caught.value.fingerprint == trust(house, "acs", write=False, patience=QUICK)["fingerprint"]
        assert str(caught.value).endswith("then run `listkeeper host trust acs`")
        assert office.logins == 0
        trust(house, "acs", patience=QUICK)
        assert len(pinned(house, feed)) == 1, "the old key is not trusted any more"
        poll(house, feed, QUICK)
        assert office.logins == 1


def test_trust_leaves_the_lines_of_others_as_they_are(house: House, post_office: PostOffice) -> None:
    house, feed = with_feed(house, post_office)
    ours, key = f"[127.0.0.1]:{post_office.port}", base64.b64encode(b"an older key").decode()
    salt = b"0123456789abcdef0123"
    digest = hmac.new(salt, ours.encode(), hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
    known_hosts(house).write_text(
        f"# ours\n\nother.example.com ssh-rsa {key}\n{ours},third.example.com ssh-rsa {key} told by letter\n"
        f"{hashed} ssh-rsa {key}\n@revoked {ours} ssh-rsa {key}\nbroken\n"
    )
    assert len(pinned(house, feed)) == 2
    trust(house, "acs", patience=QUICK)
    assert known_hosts(house).read_text().splitlines() == [
        "# ours",
        "",
        f"other.example.com ssh-rsa {key}",
        f"third.example.com ssh-rsa {key} told by letter",
        f"@revoked {ours} ssh-rsa {key}",
        "broken",
        " ".join(post_office.known_line().split()[:3]),
    ]


def test_a_hashed_line_of_openssh_is_understood(house: House, post_office: PostOffice) -> None:
    house, feed = with_feed(house, post_office)
    known_hosts(house).write_text(post_office.known_line())
    subprocess.run(["ssh-keygen", "-H", "-f", known_hosts(house)], capture_output=True, check=True)
    assert known_hosts(house).read_text().startswith("|1|")
    assert poll(house, feed, QUICK).taken == []


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_keys_of_other_kinds_can_be_pinned(house: House, kind: str) -> None:
    with FaultyOffice(Faults(), kind) as office:
        house, feed = with_feed(house, office)
        assert trust(house, "acs", patience=QUICK)["kind"] == kind
        assert poll(house, feed, QUICK).taken == []


def test_trust_of_a_host_that_does_not_answer_can_be_tried_again(house: House, post_office: PostOffice) -> None:
    house, _ = with_feed(house, post_office)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone = Settings.model_validate({"feed": [post_office.settings(".", port=port)]})
    with pytest.raises(TryAgainError):
        trust(replace(house, settings=gone), "acs", patience=QUICK)


def test_trust_of_an_unknown_feed_names_the_known_ones(house: House, post_office: PostOffice) -> None:
    house, _ = with_feed(house, post_office)
    with pytest.raises(UsageError, match="feeds of kind sftp: acs"):
        trust(house, "asc", patience=QUICK)


def test_a_feed_that_is_a_folder_has_no_host_key(house: House) -> None:
    settings = Settings.model_validate({"feed": [{"name": "walk-in", "kind": "folder", "path": "drop"}]})
    with pytest.raises(UsageError, match="no host key"):
        trust(replace(house, settings=settings), "walk-in", patience=QUICK)
