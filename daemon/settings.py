"""What `listkeeper.toml` may say: one frozen model per table. `daemon.config` reads it."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from daemon.care.adapters.settings import AnyAdapter
from daemon.care.settings import Care, ListCare
from daemon.setting_types import (
    After,
    Duration,
    Name,
    Port,
    SftpLogin,
    Table,
    Text,
    Texts,
    TimeOfDay,
    WebAddress,
    Zone,
    fault,
    time_of_day,
)

# Every deliverability letter a return file has been seen with; B, C, D and X are retired but still read.
ACS_CODES = "ABCDEGIKLMNPQRSUVX"
PolicyStatus = Literal["keep", "held", "undeliverable", "removed", "review"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_or_at_once(value: object) -> time | Literal["at-once"]:
    return "at-once" if value == "at-once" else time_of_day(value)


def _listen_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if host and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        return value
    raise fault('should be an address and a port; write it like "127.0.0.1:9108"')


def _policy_rule(value: object) -> object:
    return {"status": value} if isinstance(value, str) else value


class Feed(Table):
    """What all feeds have: a name, what is taken from them, how often, and when something is expected."""

    name: Name
    patterns: Texts = ("*",)
    zip_password: Text | None = None  # the name of a secret
    every: Duration = timedelta(minutes=15)
    due: Annotated[tuple[Weekday, ...], Field(strict=False)] = ()


class SftpFeed(SftpLogin, Feed):
    """Files on a server reached by SFTP. The host key is pinned in `known_hosts`."""

    kind: Literal["sftp"]
    remote: Text = "."
    settle_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    after: After = "leave"


class FolderFeed(Feed):
    """Files that somebody puts into a local folder."""

    kind: Literal["folder"]
    path: Text
    settle_seconds: Annotated[int, Field(ge=0, le=86400)] = 5
    done_suffix: Text | None = None  # a file is whole only when one of its name with this behind it is there
    after: After = "delete"


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
    url: WebAddress
    username: Text
    password: Text  # the name of a secret
    product_codes: Texts = ()  # "CODE" or "CODE/ID"
    calls: EpfCalls = EpfCalls()


AnyFeed = Annotated[SftpFeed | FolderFeed | EpfFeed, Field(discriminator="kind")]


class Schedule(Table):
    """When the nightly work is done."""

    apply: Annotated[time | Literal["at-once"], BeforeValidator(_time_or_at_once)] = time(2, 30)
    backup: TimeOfDay = time(4, 0)
    time_zone: Zone | None = None  # None: the machine's own


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

    url: WebAddress


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
            raise fault('says nothing; write a status such as "held", or strikes = 3')
        return self


class ListSettings(Table):
    """What one list does otherwise than the defaults."""

    large_change_percent: Annotated[int, Field(ge=0, le=100)] = 20
    care: ListCare = ListCare()
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


class Suppression(Table):
    """How suppression files are compared with the records of a drop, besides by their keys.

    Attributes:
        fuzzy: rows that are nearly equal are looked for as well. The names of files that are loaded from then on are
            kept for it.
        remove_at, review_at: of 100: from which score on a record is removed, and from which it is put to review.
    """

    fuzzy: bool = False
    remove_at: Annotated[int, Field(ge=50, le=100)] = 92
    review_at: Annotated[int, Field(ge=50, le=100)] = 85


class ClientSuppression(Table):
    """What one client wants of it; None: as the house has it."""

    fuzzy: bool | None = None
    remove_at: Annotated[int, Field(ge=50, le=100)] | None = None
    review_at: Annotated[int, Field(ge=50, le=100)] | None = None


class ClientSettings(Table):
    """What is done otherwise for one client than for all."""

    suppression: ClientSuppression = ClientSuppression()


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
    adapters: Annotated[tuple[AnyAdapter, ...], Field(strict=False)] = Field(default=(), alias="adapter")
    care: Care = Care()
    suppression: Suppression = Suppression()
    clients: dict[str, ClientSettings] = Field(default={}, alias="client")

    @model_validator(mode="after")
    def _review_comes_before_removal(self) -> Settings:
        for name in (None, *self.clients):
            of = self.suppression_of(name or "")
            if of.review_at > of.remove_at:
                message = "is above the score from which a record is removed; lower it, or raise remove_at"
                key = "suppression.review_at" if name is None else f"client.{name}.suppression.review_at"
                raise PydanticCustomError("at", "{message}", {"at": key, "message": message})
        return self

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
        # `host trust NAME` knows feeds and adapters alike, and `manual` is the operator.
        taken = {*names, "manual"}
        for index, adapter in enumerate(self.adapters):
            if adapter.name in taken:
                message = "a feed, another adapter or the operator has this name; give each its own"
                raise PydanticCustomError("at", "{message}", {"at": f"adapter[{index}].name", "message": message})
            taken.add(adapter.name)
        return self

    def of_list(self, name: str) -> ListSettings:
        """The settings of one list; the defaults where it has none of its own."""
        return self.lists.get(name, ListSettings())

    def suppression_of(self, client: str) -> Suppression:
        """How suppression files are compared for one client; as for all where it says nothing of its own."""
        own = self.clients.get(client, ClientSettings()).suppression.model_dump(exclude_none=True)
        return self.suppression.model_copy(update=own)

    def compares_names(self, client: str | None) -> bool:
        """Say whether nearly equal names are looked for, for a client; None: for any."""
        if client is not None:
            return self.suppression_of(client).fuzzy
        return self.suppression.fuzzy or any(self.suppression_of(name).fuzzy for name in self.clients)
