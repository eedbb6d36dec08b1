"""Tables of the work: batches, the decision on every record, questions, moves that wait, charges."""

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from schemas.master import BYTE_TEXT, OPEN, own_id, words


class Batch(SQLModel, table=True):
    """The decisions of one file, applied or undone whole."""

    __tablename__ = "batch"
    __table_args__ = (
        # The database itself refuses to have the same shipment, or the same bytes, applied twice.
        Index(
            "uq_batch_shipment",
            "customer",
            "shipment",
            "create_date",
            unique=True,
            sqlite_where=text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=text("status = 'applied' AND kind = 'acs'"),
        ),
        Index(
            "uq_batch_content",
            "content_sha256",
            unique=True,
            sqlite_where=text("status = 'applied' AND kind = 'acs'"),
            postgresql_where=text("status = 'applied' AND kind = 'acs'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # acs | due (moves whose date has come) | review (an accepted question) | ncoa | cass | paper
    job_id: int | None = None  # of the answer to a care job
    status: str  # applied | undone
    file: str
    member: str = ""  # the notification file inside the envelope
    sha256: str = ""  # of the file as it came
    content_sha256: str = ""  # of the notification file
    archived: str = ""  # where the original lies, from the home
    layout: str = ""
    customer: str = ""
    shipment: str = ""
    create_date: str = ""
    applied_at: str
    undone_at: str | None = None
    read: int = 0
    moved: int = 0
    suppressed: int = 0
    held: int = 0
    kept: int = 0
    review: int = 0
    rejected: int = 0
    answered: int = 0
    result: str = Field(default="{}", sa_column=Column("result", Text, nullable=False))  # JSON, as apply printed it
    first_decision: int = Field(default=0, sa_column=Column("first_decision", BigInteger, nullable=False))
    last_decision: int = Field(default=0, sa_column=Column("last_decision", BigInteger, nullable=False))
    first_change: int = Field(default=0, sa_column=Column("first_change", BigInteger, nullable=False))
    last_change: int = Field(default=0, sa_column=Column("last_change", BigInteger, nullable=False))
    manifest: str = ""  # where the manifest lies, from the home; empty until it is written


class DecisionRow(SQLModel, table=True):
    """What one record of one file came to. One row a record, whatever became of it."""

    __tablename__ = "decision"
    __table_args__ = (Index(None, "addressee_id"),)

    id: int = Field(sa_column=own_id())
    batch_id: int
    line: int
    list_id: int | None = None
    addressee_id: int | None = Field(default=None, sa_column=Column("addressee_id", BigInteger))
    account: str = Field(sa_column=words("account"))
    key: str = Field(sa_column=words("key"))
    kind: str = Field(sa_column=words("kind"))  # coa | nixie | ncoa | cass | "" where it could not be read
    code: str = Field(sa_column=words("code"))  # as read
    move_type: str = Field(sa_column=words("move_type"))
    move_date: str = Field(sa_column=words("move_date"))
    fulfilled: str = Field(sa_column=words("fulfilled"))
    outcome: str  # moved | suppressed | held | kept | review | rejected
    reason: str
    took: bool  # took effect: stands against a repeat, and counts as a strike
    answered: bool = False  # an earlier question, passed now: outside the six piles
    origin_batch_id: int | None = None  # the batch whose file the line is in, where it is not this one
    event: int = Field(sa_column=Column("event", BigInteger, nullable=False))  # 64 bits that name the event
    address_id: int | None = Field(default=None, sa_column=Column("address_id", BigInteger))  # on file when decided
    charge: int = 0  # mills


class ReviewItem(SQLModel, table=True):
    """A question that waits for a person."""

    __tablename__ = "review_item"
    __table_args__ = (
        Index("ix_review_item_open_addressee", "addressee_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_review_item_open_event", "event", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: int = Field(sa_column=own_id())
    batch_id: int = Field(foreign_key="batch.id")
    line: int
    list_id: int | None = None
    addressee_id: int | None = Field(default=None, sa_column=Column("addressee_id", BigInteger))
    reason: str
    event: int = Field(sa_column=Column("event", BigInteger, nullable=False))
    status: str  # open | accepted | rejected | answered | replaced | withdrawn
    notice: str = Field(sa_column=Column("notice", Text, nullable=False))  # JSON: the record as it was read
    candidates: str = Field(default="[]", sa_column=Column("candidates", Text, nullable=False))  # JSON
    would_do: str = Field(sa_column=Column("would_do", Text, nullable=False))
    opened_at: str
    closed_at: str | None = None
    closed_batch_id: int | None = None
    note: str = ""


class WaitingMove(SQLModel, table=True):
    """A change of address whose move date has not come yet."""

    __tablename__ = "waiting_move"
    __table_args__ = (Index(None, "due"), Index(None, "addressee_id"))

    id: int = Field(sa_column=own_id())
    batch_id: int = Field(foreign_key="batch.id")
    line: int
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    due: str = Field(sa_column=Column("due", BYTE_TEXT, nullable=False))  # first day on which it may be applied
    event: int = Field(sa_column=Column("event", BigInteger, nullable=False))
    notice: str = Field(sa_column=Column("notice", Text, nullable=False))  # JSON
    status: str  # waiting | done | withdrawn
    done_batch_id: int | None = None


class Charge(SQLModel, table=True):
    """What one file says one product cost."""

    __tablename__ = "charge"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id")
    product_code: str
    quantity: int
    mills: int


class TakenFile(SQLModel, table=True):
    """One file that a feed brought: the ledger. Its bytes lie in exactly one folder of the spool."""

    __tablename__ = "taken_file"
    __table_args__ = (
        # The same bytes are taken in once, however often they come.
        Index("uq_taken_file_sha256", "sha256", unique=True),
        Index("ix_taken_file_state", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    feed: str
    name: str  # as it came, without a folder
    sha256: str
    size: int = Field(sa_column=Column("size", BigInteger, nullable=False))
    taken_at: str
    state: str  # new | work | done | set-aside
    # What its header says: files of one customer are applied in the order of date and shipment.
    customer: str = ""
    create_date: str = ""
    shipment: str = ""
    records: int | None = None  # zero-count files count as arrived
    batch_id: int | None = None
    error: str = ""
    reason: str = ""
    what_to_do: str = ""
    finished_at: str | None = None


class RemoteFile(SQLModel, table=True):
    """One file seen on a remote feed, so that it is fetched once and let go only after our commit."""

    __tablename__ = "remote_file"
    __table_args__ = (Index("uq_remote_file", "feed", "name", "size", "modified", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    feed: str
    name: str
    size: int = Field(sa_column=Column("size", BigInteger, nullable=False))
    modified: str  # as the remote side gives it
    taken_file_id: int
    let_go: bool = False  # left, deleted or moved there, as the feed's settings say


class FeedState(SQLModel, table=True):
    """How one feed is doing."""

    __tablename__ = "feed_state"

    feed: str = Field(primary_key=True)
    state: str  # ok | failing (will be tried again) | stopped (an operator must act)
    last_polled: str = ""
    last_ok: str = ""
    last_file: str = ""
    last_file_at: str = ""
    error: str = ""
    failures: int = 0  # in a row
    waiting: int = 0  # files that are not whole yet


class JobRun(SQLModel, table=True):
    """One run of one job of the daemon."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_job", "job", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str  # poll:NAME | apply | due | care | exchange | arrival | retention | check | backup
    started_at: str
    finished_at: str | None = None
    state: str  # running | done | failed | killed
    note: str = ""
