"""Tables of the master list: accounts, lists, addressees, their addresses and every change to them.

Rules that the tables rest on (docs/decisions/0003):

* An ``Address`` is never updated and a ``Change`` never deleted. To apply is to append a change
  and turn the addressee's pointer; to undo is to turn it back and mark the change as undone.
* Bulk tables (addressee, address, change, decision) take their ids from the writer, which holds the one-writer
  lock; a batch owns a contiguous range of them, so no further index is needed to find its rows.
* They declare no foreign keys: each check would be paid on every row of a nightly run, and the
  set-based statements count what they touch instead.
* Dates of the trade keep their precision as text: ``2026-05-17``, ``2026-05`` or empty.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

# Text order is byte order on both engines, so an export has one order everywhere.
BYTE_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite gives only INTEGER primary keys the row's own storage.
BIG_ID = BigInteger().with_variant(Integer(), "sqlite")
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


def own_id() -> Column[int]:
    """A primary key whose values the writer gives."""
    return Column("id", BIG_ID, primary_key=True, autoincrement=False)


def words(name: str) -> Column[str]:
    """A text column that is never null: empty means not given."""
    return Column(name, Text, nullable=False, server_default="")


class Account(SQLModel, table=True):
    """An ACS account: a participant code or a Mailer ID, and the scheme of its keylines."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    kind: str  # participant | mailer
    full_service: bool = False
    key_source: str  # serial | record-id | match-code | mailer-serial
    key_length: int
    key_attribute: str  # numeric | alpha | alphanumeric
    match_code: str = ""  # "zip5:5,last_name:4,address1:4"
    next_serial: int = Field(default=1, sa_column=Column(BigInteger, nullable=False, server_default="1"))
    created_at: str


class MailingList(SQLModel, table=True):
    """A client's list. Several lists may share one account."""

    __tablename__ = "mailing_list"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    client: str
    account_id: int = Field(foreign_key="account.id")
    mail_class: str = ""
    endorsement: str = ""
    option: int | None = None
    stid: str = ""
    extra_columns: str = "[]"  # JSON: the client's own columns, in the order they first came
    size: int = 0  # addressees, kept by the importer so that no apply has to count a list
    created_at: str


class Addressee(SQLModel, table=True):
    """One record of a list: who, and the pointer to where."""

    __tablename__ = "addressee"
    __table_args__ = (
        UniqueConstraint("account_id", "keyline"),
        UniqueConstraint("list_id", "record_id"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: int = Field(sa_column=own_id())
    list_id: int
    account_id: int
    record_id: str = Field(sa_column=Column("record_id", BYTE_TEXT, nullable=False))
    keyline: str = Field(sa_column=Column("keyline", BYTE_TEXT, nullable=False))  # or the serial of a Mailer ID
    name_prefix: str = Field(sa_column=words("name_prefix"))
    first_name: str = Field(sa_column=words("first_name"))
    middle_name: str = Field(sa_column=words("middle_name"))
    last_name: str = Field(sa_column=words("last_name"))
    name_suffix: str = Field(sa_column=words("name_suffix"))
    company: str = Field(sa_column=words("company"))
    address_id: int = Field(sa_column=Column("address_id", BigInteger, nullable=False))
    status: str = Field(sa_column=words("status"))
    status_reason: str = Field(sa_column=words("status_reason"))
    status_by: str = Field(sa_column=words("status_by"))  # "", client, operator, notice, ncoa, cass
    base_status: str = Field(sa_column=words("base_status"))  # what the client or an operator has set
    base_reason: str = Field(sa_column=words("base_reason"))
    address_since: str = Field(sa_column=words("address_since"))
    move_month: str = Field(sa_column=words("move_month"))
    needs_cass: bool = Field(default=True)
    locked: bool = Field(default=False)
    extra: str = Field(sa_column=words("extra"))  # JSON object of the client's own columns, "" if none
    import_id: int | None = None  # the file that brought the record, and its line there
    import_line: int | None = None


class Address(SQLModel, table=True):
    """One version of an address. Never updated."""

    __tablename__ = "address"

    id: int = Field(sa_column=own_id())
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    urbanization: str = Field(sa_column=words("urbanization"))
    address1: str = Field(sa_column=words("address1"))
    address2: str = Field(sa_column=words("address2"))
    city: str = Field(sa_column=words("city"))
    state: str = Field(sa_column=words("state"))
    zip5: str = Field(sa_column=words("zip5"))
    zip4: str = Field(sa_column=words("zip4"))
    delivery_point: str = Field(sa_column=words("delivery_point"))
    carrier_route: str = Field(sa_column=words("carrier_route"))
    source: str  # client | acs | ncoa | cass | operator
    came_in: str  # the day this address (its line and ZIP) came to us, YYYY-MM-DD
    # The first version of the same place: a recoded or standardised version has that of the one before it.
    place_id: int = Field(sa_column=Column("place_id", BigInteger, nullable=False, server_default="0"))


class Change(SQLModel, table=True):
    """What one batch or one import did to one addressee, before and after."""

    __tablename__ = "change"
    __table_args__ = (Index(None, "addressee_id"),)

    id: int = Field(sa_column=own_id())
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    batch_id: int | None = None
    import_id: int | None = None
    line: int | None = None  # of the file that the batch or the import read
    kind: str  # moved | status | confirmed | client | coded
    turned: bool  # address or status changed: a later one of these stands in the way of an undo
    from_address_id: int = Field(sa_column=Column("from_address_id", BigInteger, nullable=False))
    from_status: str
    from_status_reason: str
    from_status_by: str
    from_base_status: str
    from_base_reason: str
    from_address_since: str
    from_move_month: str
    from_needs_cass: bool
    to_address_id: int = Field(sa_column=Column("to_address_id", BigInteger, nullable=False))
    to_status: str
    to_status_reason: str
    to_status_by: str
    to_base_status: str
    to_base_reason: str
    to_address_since: str
    to_move_month: str
    to_needs_cass: bool
    undone_at: str | None = None


class ImportRun(SQLModel, table=True):
    """One list file taken in from the client."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    list_id: int = Field(foreign_key="mailing_list.id")
    file: str
    sha256: str
    at: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    rejected: int = 0


class LabelRun(SQLModel, table=True):
    """One label file written."""

    __tablename__ = "label_run"

    id: int | None = Field(default=None, primary_key=True)
    list_id: int = Field(foreign_key="mailing_list.id")
    file: str
    sha256: str
    at: str
    format: str
    labels: int
    drop_id: int | None = None  # where they are those of a drop


# One open question about one event at a time; the rest of the review table is history.
OPEN = text("status = 'open'")
