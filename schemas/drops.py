"""Tables of the drop: mailings, the disposition of every record, suppression files and keys, pieces, prices."""

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from schemas.master import words


class Drop(SQLModel, table=True):
    """One mailing: who was to be mailed what, on which day, and how far it is."""

    __tablename__ = "mail_drop"  # `drop` is a word of SQL

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    client: str
    offer: str
    mail_date: str  # YYYY-MM-DD, as planned
    mail_class: str = ""
    dedupe: str  # household | individual | none
    quantity: int | None = None
    state: str  # draft | checked | blocked | released | mailed
    created_at: str
    checked_at: str | None = None
    scope: str = Field(
        default="", sa_column=words("scope")
    )  # what the check rested on besides the rows; see drop/state
    result: str = Field(default="{}", sa_column=Column("result", Text, nullable=False))  # JSON, as check told it
    released_at: str | None = None
    mailed_on: str | None = None


class DropList(SQLModel, table=True):
    """One list of a drop, in the order given."""

    __tablename__ = "drop_list"

    drop_id: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    list_id: int


class DropRow(SQLModel, table=True):
    """The one disposition of one record in one drop."""

    __tablename__ = "drop_row"
    __table_args__ = ({"sqlite_with_rowid": False},)

    drop_id: int = Field(primary_key=True)
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, primary_key=True))
    list_id: int
    step: str  # the step that owns the record; "" where it is mailable
    disposition: str  # mailable | rejected | held | suppressed | duplicate
    reason: str
    also: str = Field(sa_column=words("also"))  # later hits, by reason, blank between
    survivor_id: int | None = Field(default=None, sa_column=Column("survivor_id", BigInteger))
    address_id: int = Field(sa_column=Column("address_id", BigInteger, nullable=False))  # as it was checked
    status: str  # as it was checked


class DropOverride(SQLModel, table=True):
    """An operator's word that a step of a drop does not hold it back."""

    __tablename__ = "drop_override"

    id: int | None = Field(default=None, primary_key=True)
    drop_id: int
    step: str
    operator: str
    reason: str
    at: str


class MatchKey(SQLModel, table=True):
    """The match keys of one addressee at one address: 64 bits each. Made anew when either has changed."""

    __tablename__ = "match_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, primary_key=True))
    address_id: int = Field(sa_column=Column("address_id", BigInteger, nullable=False))
    address_key: int = Field(sa_column=Column("address_key", BigInteger, nullable=False))  # ZIP and standard line, unit
    household_key: int = Field(sa_column=Column("household_key", BigInteger, nullable=False))
    # Delivery point, number and unit where it is coded; else the address key. Home: with the last name.
    point_key: int = Field(sa_column=Column("point_key", BigInteger, nullable=False))
    home_key: int = Field(sa_column=Column("home_key", BigInteger, nullable=False))
    first_name: str = Field(sa_column=words("first_name"))  # its first word, as it is compared
    generation: str = Field(sa_column=words("generation"))


class SuppressionFile(SQLModel, table=True):
    """One file of people or addresses that are not to be mailed."""

    __tablename__ = "suppression_file"

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # preference | deceased | prison | prohibitory | client | converted
    source: str
    licence: str = ""
    as_of: str  # YYYY-MM-DD
    max_age_days: int | None = None
    level: str  # id | individual | household | address
    client: str = ""  # empty: every client
    list_id: int | None = None
    file: str
    sha256: str
    read: int
    rejected: int
    keys: int = 0
    named: bool = False  # its names are kept as well, for the comparison of what is nearly equal
    loaded_at: str
    withdrawn_at: str | None = None
    told: int = 9999  # days before its end of which the operator was last told


class SuppressionKey(SQLModel, table=True):
    """One key of one suppression file. Loaded in the order of the keys, so that a probe in their order is one pass.

    At the level of persons the key is the household's, and the first name with the generation says who of it.
    """

    __tablename__ = "suppression_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    level: str = Field(primary_key=True)  # id | individual | household | address
    key: int = Field(sa_column=Column("key", BigInteger, primary_key=True))
    file_id: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    first_name: str = Field(sa_column=words("first_name"))
    generation: str = Field(sa_column=words("generation"))
    on_date: str = Field(sa_column=words("on_date"))  # converted_on, where the kind has one


class SuppressionName(SQLModel, table=True):
    """The name and street of one row, where rows that are nearly equal are looked for: in blocks of ZIP and number."""

    __tablename__ = "suppression_name"
    __table_args__ = ({"sqlite_with_rowid": False},)

    block: int = Field(sa_column=Column("block", BigInteger, primary_key=True))
    file_id: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    last_name: str = Field(sa_column=words("last_name"))  # or the firm, as households are compared
    first_name: str = Field(sa_column=words("first_name"))
    generation: str = Field(sa_column=words("generation"))
    street: str = Field(sa_column=words("street"))
    unit: str = Field(sa_column=words("unit"))


class Piece(SQLModel, table=True):
    """One piece of one drop: the serial in its barcode, whose it is, so that a notice finds the piece."""

    __tablename__ = "piece"
    __table_args__ = (Index("ix_piece_drop", "drop_id"), {"sqlite_with_rowid": False})

    account_id: int = Field(primary_key=True)
    serial: str = Field(primary_key=True)
    drop_id: int = Field(primary_key=True)
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    used_on: str  # the drop's day: the serial is free again 45 days later


class Price(SQLModel, table=True):
    """What one thing costs from one day on, in mills."""

    __tablename__ = "price"

    id: int | None = Field(default=None, primary_key=True)
    item: str  # acs_coa | acs_nixie | manual_notice | return_first_class | return_marketing | ...
    from_date: str
    mills: int
    source: str
    note: str = ""


class Seed(SQLModel, table=True):
    """A seed or decoy: somebody of the bureau's own who gets every piece of a client, and is counted apart."""

    __tablename__ = "seed"

    id: int | None = Field(default=None, primary_key=True)
    list_id: int
    record_id: str
    added_at: str
