"""What `listkeeper.toml` may say of an adapter: one `[[adapter]]` for each engine."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from daemon.care.adapters.templates import names_in
from daemon.setting_types import After, Duration, Name, SftpLogin, Table, Text, WebAddress, fault

Kind = Literal["cass", "ncoa"]
Verdict = Literal["done", "again", "failed", "locked"]
LOOPBACK = re.compile(r"http://(127\.[0-9.]+|\[::1\]|localhost)(:[0-9]+)?(/|$)")
OF_COMMAND = frozenset(("in", "out", "report", "token", "job", "folder", "kind", "records", "date"))
OF_STEP = frozenset(("secret", "token", "job", "kind", "records"))


def _with_token(value: str) -> str:
    if "{token}" not in value or names_in(value) != {"token"}:
        raise fault('should have {token} in it, so that no other job\'s file fits; write it like "{token}*.csv"')
    return value


def _at_most_token(value: str) -> str:
    if names_in(value) - {"token"}:
        raise fault("may have {token} in it, and no other name in braces")
    return value


def _of_command(value: str) -> str:
    for name in sorted(names_in(value) - OF_COMMAND):
        raise fault(f"{{{name}}} is no name we fill in; the names are {', '.join(sorted(OF_COMMAND))}")
    return value


def _dollars(value: object) -> Decimal:
    try:
        dollars = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        dollars = None
    if dollars is None or not dollars.is_finite() or dollars < 0:
        raise fault('should be dollars in quotes; write it like "25.00"')
    return dollars


Pattern = Annotated[Text, AfterValidator(_with_token)]
Patterns = Annotated[tuple[Pattern, ...], Field(strict=False)]
AnyPatterns = Annotated[tuple[Annotated[Text, AfterValidator(_at_most_token)], ...], Field(strict=False)]
CommandWord = Annotated[str, AfterValidator(_of_command)]
ExitCode = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,2})$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Dollars = Annotated[Decimal, BeforeValidator(_dollars)]
Settle = Annotated[int, Field(ge=0, le=86400)]


class Adapter(Table):
    """What all adapters have: a name, what the engine does, how its answer is read, how long it may take."""

    name: Name
    does: Annotated[tuple[Kind, ...], Field(strict=False, min_length=1)] = ("cass", "ncoa")
    preset: Text | None = None  # of the answer's columns; None: found from its header
    map: Text | None = None  # a map of columns, from the home
    timeout: Duration = timedelta(hours=24)


class Bundled(Adapter):
    """An engine that takes files out of one folder and puts what belongs together into another."""

    inbox: Text
    outbox: Text
    answer: Pattern = "{token}*.csv"
    reports: Patterns = ()  # one file at least for each, or the answer is not whole
    failed: Patterns = ()  # a file by which the engine says that it could not do it
    locked: AnyPatterns = ()  # a file by which it says that it has locked itself
    settle_seconds: Settle = 5

    @model_validator(mode="after")
    def _folders_differ(self) -> Bundled:
        if self.inbox.rstrip("/") == self.outbox.rstrip("/"):
            raise fault("inbox and outbox are one folder: what was sent would be taken for the answer; name two")
        return self


class HotFolderAdapter(Bundled):
    """Files are put into a folder that the engine watches, and answers appear in another."""

    kind: Literal["hot-folder"]
    after: After = "move:done"  # a relative folder is below the outbox


class SftpAdapter(SftpLogin, Bundled):
    """The same on a server reached by SFTP. The host key is pinned in `known_hosts`, as for a feed."""

    kind: Literal["sftp"]
    after: After = "leave"


class CommandAdapter(Adapter):
    """A program of the vendor's is started for each job. One at a time, without a shell."""

    kind: Literal["command"]
    command: Annotated[tuple[CommandWord, ...], Field(strict=False, min_length=1)]
    answer: CommandWord = "{out}"  # where the program leaves it, if it cannot be told
    env: dict[VariableName, str] = {}  # with PATH, all that the program sees
    secrets: dict[VariableName, Text] = {}  # variable to the name of a secret
    exit_codes: dict[ExitCode, Verdict] = {"0": "done", "75": "again"}
    log_bytes: Annotated[int, Field(ge=0, le=100_000_000)] = 1_000_000


class SimulatedAdapter(Adapter):
    """The bundled simulator, to learn on. What it answers is not CASS certified."""

    kind: Literal["simulated"]


class ManualAdapter(Adapter):
    """The operator carries the file to the engine, and the answer back."""

    kind: Literal["manual"]
    remind: Duration = timedelta(days=3)
    timeout: Duration = timedelta(days=14)


class Condition(Table):
    """True when a field of a JSON answer has one of some values."""

    field: Text  # a path, as "job.status"
    values: Annotated[tuple[str, ...], Field(strict=False, min_length=1, alias="is")]


class HttpStep(Table):
    """One call of the vendor's service, and what is done with its answer.

    Attributes:
        does: ``submit`` sends the file, once; ``start`` asks for work, once; ``poll`` is asked again and again until
            ``done``; ``download`` fetches the answer; ``report`` a report, kept as ``name``.
        take: name to the path of a field in the JSON answer, which later steps know as ``{remote.NAME}``.
        cost: path of a price in dollars. Over the budget, no further step is done without an operator's yes.
    """

    does: Literal["submit", "start", "poll", "download", "report"]
    method: Literal["GET", "POST", "PUT", "PATCH"] | None = None  # None: POST to submit, else GET
    path: Text
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    fields: dict[str, str] = {}  # of a form; of a JSON object where that is the content type
    body: Literal["multipart", "raw"] = "multipart"  # of the submission
    file_field: Text = "file"
    content_type: Text = "text/csv"
    take: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Text] = {}
    done: Condition | None = None
    failed: Condition | None = None
    locked: Condition | None = None
    cost: Text | None = None
    name: Annotated[Text, AfterValidator(_with_token)] = "{token}.report.txt"

    @model_validator(mode="after")
    def _fits_together(self) -> HttpStep:
        if (self.does == "poll") != (self.done is not None):
            raise fault("done says when a poll has ended: a poll needs it, and no other step has it")
        if self.fields and (self.method in (None, "GET") if self.does != "submit" else self.body == "raw"):
            raise fault('fields need something to stand in: method = "POST", and for a submission body = "multipart"')
        if self.does in ("download", "report") and (self.take or self.cost or self.failed or self.locked):
            raise fault("what is downloaded is no JSON: take, cost, failed and locked belong to the steps before")
        return self

    def templates(self) -> list[str]:
        """Return every text that names may stand in."""
        return [self.path, *(value for table in (self.query, self.headers, self.fields) for value in table.values())]


class HttpAdapter(Adapter):
    """A job at a web service: declared steps, each done in its turn."""

    kind: Literal["http"]
    url: WebAddress
    secret: Text | None = None  # the name of a secret, known to the steps as {secret}
    budget: Dollars = Decimal(0)
    steps: Annotated[tuple[HttpStep, ...], Field(strict=False)] = Field(alias="step")

    @model_validator(mode="after")
    def _can_be_done(self) -> HttpAdapter:
        if self.url.startswith("http://") and not LOOPBACK.match(self.url):
            raise fault("url would send people's addresses readable for all; write https://")
        does = [step.does for step in self.steps]
        if does[:1] != ["submit"] or does.count("submit") != 1 or does.count("download") != 1:
            raise fault("step: the first submits, exactly one of the others downloads, and none but the first submits")
        known = set(OF_STEP) - ({"secret"} if self.secret is None else set())
        for number, step in enumerate(self.steps):
            for name in sorted(set().union(*map(names_in, step.templates())) - known):
                raise fault(f"step[{number}]: {{{name}}} is not known there; {', '.join(sorted(known))} are")
            known |= {f"remote.{name}" for name in step.take}
        return self


AnyAdapter = Annotated[
    HotFolderAdapter | CommandAdapter | HttpAdapter | SftpAdapter | SimulatedAdapter | ManualAdapter,
    Field(discriminator="kind"),
]
