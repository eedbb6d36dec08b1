"""What `listkeeper.toml` may say: one frozen model per table. `daemon.config` reads it."""

from __future__ import annotations

import re
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

# Every deliverability letter a return file has been seen with; B, C, D and X are retired but still read.
ACS_CODES = "ABCDEGIKLMNPQRSUVX"
PolicyStatus = Literal["keep", "held", "undeliverable", "removed", "review"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("fault", "{message}", {"message": message})


def _duration(value: object) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value) if isinstance(value, str) else None
    if found is None:
        raise _fault('should be a number and a unit (s, m, h, d); write it like "15m"')
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def _time_of_day(value: object) -> time:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    if found is None:
        raise _fault('should be a time of day; write it like "02:30"')
    return time(int(found[1]), int(found[2]))


def _time_or_at_once(value: object) -> time | Literal["at-once"]:
    return "at-once" if value == "at-once" else _time_of_day(value)


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise _fault('not a known time zone; write it like "America/Denver"') from error
    return value


def _after(value: str) -> str:
    if value in ("leave", "delete") or (value.startswith("move:") and len(value) > len("move:")):
        return value
    raise _fault('should be "leave", "delete" or "move:FOLDER"')


def _listen_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        return value
    raise _fault('should be an address and a port; write it like "127.0.0.1:9108"')


def _web_address(value: str) -> str:
    if re.match(r"https?://[^/\s]+", value):
        return value
    raise _fault("should be an address that starts with http:// or https://")


def _policy_rule(value: object) -> object:
    return {"status": value} if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class Table(BaseModel):
    """A table of the settings: frozen, strict about types, and no key it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise _fault("should be a table")
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in value:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                advice = f'did you mean "{near[0]}"?' if near else f"known here are {', '.join(known)}"
                raise PydanticCustomError("unknown_key", "unknown key; {advice}", {"key": key, "advice": advice})
        return value


class Feed(Table):
    """What all feeds have: a name, what is taken from them, how often, and when something is expected."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    patterns: Texts = ("*",)
    zip_password: Text | None = None  # the name of a secret
    every: Duration = timedelta(minutes=15)
    due: Annotated[tuple[Weekday, ...], Field(strict=False)] = ()


class SftpFeed(Feed):
    """Files on a server reached by SFTP. The host key is pinned in `known_hosts`."""

    kind: Literal["sftp"]
    host: Text
    port: Port = 22
    username: Text
    private_key: Text | None = None  # the name of a secret
    password: Text | None = None  # the name of a secret
    known_hosts: Text = "keys/known_hosts"
    remote: Text = "."
    settle_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    after: Annotated[str, AfterValidator(_after)] = "leave"

    @model_validator(mode="after")
    def _can_log_in(self) -> SftpFeed:
        if self.private_key is None and self.password is None:
            raise _fault('no way to log in; write private_key = "…" or password = "…", each the name of a secret')
        return self


class FolderFeed(Feed):
    """Files that somebody puts into a local folder."""

    kind: Literal["folder"]
    path: Text
    settle_seconds: Annotated[int, Field(ge=0, le=86400)] = 5
    done_suffix: Text | None = None  # a file is whole only when one of its name with this behind it is there
    after: Annotated[str, AfterValidator(_after)] = "delete"


class EpfCalls(Table):
    """Where each call of the EPF service is, from the feed's `url`, as public clients have used it."""

    login: Text = "epf/login"
    list_all: Text = "download/dnldlist"
    list_product: Text = "download/listplus"
    status: Text = "download/status"
    fetch: Text = "download/epf"
    logout: Text = "epf/logout"


class EpfFeed(Feed):
    """USPS Electronic Product Fulfillment. Untested against the live service; no public page fixes its addresses."""

    kind: Literal["epf"]
    url: Annotated[str, AfterValidator(_web_address)]
    username: Text
    password: Text  # the name of a secret
    product_codes: Texts = ()  # "CODE" or "CODE/ID"
    calls: EpfCalls = EpfCalls()


AnyFeed = Annotated[SftpFeed | FolderFeed | EpfFeed, Field(discriminator="kind")]


class Schedule(Table):
    """When the nightly work is done."""

    apply: Annotated[time | Literal["at-once"], BeforeValidator(_time_or_at_once)] = time(2, 30)
    backup: TimeOfDay = time(4, 0)
    time_zone: Annotated[str, AfterValidator(_known_zone)] | None = None  # None: the machine's own


class Backup(Table):
    """Where backups go and how many of them are kept."""

    folder: Text = "backups"  # a relative one starts at the home; better on another disk
    keep: Annotated[int, Field(ge=1, le=1000)] = 14


class Smtp(Table):
    """Where mail to the operator goes out."""

    host: Text
    port: Port = 25
    sender: Text = Field(alias="from")
    to: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


class Webhook(Table):
    """Where a digest is posted."""

    url: Annotated[str, AfterValidator(_web_address)]


class Notify(Table):
    """Who is told: one digest a run."""

    smtp: Smtp | None = None
    webhook: Webhook | None = None
    apprise: Text | None = None  # the name of a secret: Apprise addresses, one a line


class Metrics(Table):
    """Where /metrics, /healthz and /readyz answer. Off where `listen` is not given."""

    listen: Annotated[str, AfterValidator(_listen_address)] | None = None


class PolicyRule(Table):
    """What one code does on one list. None means: as the table of defaults has it."""

    status: PolicyStatus | None = None
    strikes: Annotated[int, Field(ge=1, le=9)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> PolicyRule:
        if self.status is None and self.strikes is None:
            raise _fault('says nothing; write a status such as "held", or strikes = 3')
        return self


class ListSettings(Table):
    """What one list does otherwise than the defaults."""

    large_change_percent: Annotated[int, Field(ge=0, le=100)] = 20
    policy: dict[str, Annotated[PolicyRule, BeforeValidator(_policy_rule)]] = {}

    @model_validator(mode="before")
    @classmethod
    def _knows_every_code(cls, value: Any) -> Any:
        policy = value.get("policy") if isinstance(value, dict) else None
        for code in policy if isinstance(policy, dict) else ():
            if code not in ACS_CODES or len(code) != 1:
                advice = f"the codes are {' '.join(ACS_CODES)}"
                raise PydanticCustomError(
                    "unknown_key", "unknown code; {advice}", {"key": f"policy.{code}", "advice": advice}
                )
        return value


class Acs(Table):
    """The ACS account: its customer numbers, and the zip password for files named on the command line."""

    customers: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9]{6}$")], ...], Field(strict=False)] = ()
    zip_password: Text | None = None  # the name of a secret


class Limits(Table):
    """How much a zip may hold. A day's shipment of a large mailer stays far below each of them.

    Attributes:
        members: files in one zip; USPS sends at most four.
        member_bytes: bytes of one member, unpacked: two million records of 702 bytes.
        total_bytes: bytes of all members together, unpacked.
        ratio: unpacked bytes for each packed byte, counted past the first MiB. A file of 700-character
            records is mostly blanks and packs well, at times 60 to one; deflate ends at 1032 to one.
    """

    members: Annotated[int, Field(ge=1, le=10_000)] = 16
    member_bytes: Annotated[int, Field(ge=1)] = 1_500_000_000
    total_bytes: Annotated[int, Field(ge=1)] = 2_000_000_000
    ratio: Annotated[int, Field(ge=1, le=2000)] = 200


class Settings(Table):
    """All of `listkeeper.toml`. Every table is optional."""

    feeds: Annotated[tuple[AnyFeed, ...], Field(strict=False)] = Field(default=(), alias="feed")
    schedule: Schedule = Schedule()
    backup: Backup = Backup()
    notify: Notify = Notify()
    metrics: Metrics = Metrics()
    lists: dict[str, ListSettings] = Field(default={}, alias="list")
    acs: Acs = Acs()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        names = [feed.name for feed in self.feeds]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise PydanticCustomError(
                    "at",
                    "{message}",
                    {"at": f"feed[{index}].name", "message": "another feed has this name; give each its own"},
                )
        return self

    def of_list(self, name: str) -> ListSettings:
        """The settings of one list; the defaults where it has none of its own."""
        return self.lists.get(name, ListSettings())
