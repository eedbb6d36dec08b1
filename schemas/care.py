"""Tables of list care: jobs at outside engines, what was sent, codings, Move Update stamps, proofs, PAFs.

Codings and stamps are appended by the batch that an answer becomes, each under the id of its decision row, so
that the batch's range of decisions is theirs as well. Nothing in them is ever rewritten but ``undone_at`` and
``void_at``.
"""

from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from schemas.master import own_id, words

STANDS = text("undone_at IS NULL")
VALID = text("void_at IS NULL")


class CareJob(SQLModel, table=True):
    """One job at an outside engine: a list sent out, an answer awaited."""

    __tablename__ = "care_job"
    __table_args__ = (Index("uq_care_job_token", "token", unique=True), Index("ix_care_job_list", "list_id", "kind"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # ncoa | cass
    list_id: int = Field(foreign_key="mailing_list.id")
    adapter: str  # its name in the settings; "manual" where the operator carries the file
    adapter_kind: str  # manual | hot-folder | command | http | sftp | simulated
    token: str  # names the job at the engine: every file of it begins with it
    # sending | handing | waiting | needs-approval | answered | applied | undone | failed | stopped | cancelled
    state: str
    why: str = ""  # operator, or what made it due
    created_at: str
    sent: int  # records
    file: str  # where the outgoing file was written to, as it was named
    sha256: str  # of the outgoing file
    kept: str = ""  # our copy of it, from the home; empty once purged
    paf_id: int | None = None  # the row of the register under which it went out
    deadline: str = ""  # when the engine has taken too long
    memory: str = Field(default="{}", sa_column=Column("memory", Text, nullable=False))  # JSON: the adapter's own
    attempts: int = 0
    error: str = ""
    reason: str = ""
    what_to_do: str = ""
    answer: str = ""  # the answer as it came, from the home
    answer_sha256: str = ""
    batch_id: int | None = None
    closed_at: str | None = None
    # What the answer and its reports say of themselves.
    engine: str = ""
    database_date: str = ""  # YYYY-MM-DD: release of the USPS data
    processed_on: str = ""  # YYYY-MM-DD
    valid_to: str = ""  # as printed on the 3553
    certified: bool = True  # false for whatever the simulator answered
    cost_mills: int | None = None
    purged_at: str | None = None


class CareSent(SQLModel, table=True):
    """One addressee of one job, and the address that was sent."""

    __tablename__ = "care_sent"
    __table_args__ = ({"sqlite_with_rowid": False},)

    job_id: int = Field(primary_key=True)
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, primary_key=True))
    address_id: int = Field(sa_column=Column("address_id", BigInteger, nullable=False))
    who: int = Field(sa_column=Column("who", BigInteger, nullable=False))  # 32 bits of the name as it was sent


class Coding(SQLModel, table=True):
    """What one CASS run found about one version of an address. ZIP+4, delivery point and route are the address's."""

    __tablename__ = "coding"
    __table_args__ = (Index("ix_coding_address", "address_id", sqlite_where=STANDS, postgresql_where=STANDS),)

    id: int = Field(sa_column=own_id())  # that of the decision
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    address_id: int = Field(sa_column=Column("address_id", BigInteger, nullable=False))
    job_id: int  # engine, dates and certification are the job's
    check_digit: str = Field(sa_column=words("check_digit"))
    elot: str = Field(sa_column=words("elot"))  # sequence and A or D
    record_type: str = Field(sa_column=words("record_type"))
    dpv: str = Field(sa_column=words("dpv"))
    dpv_footnotes: str = Field(sa_column=words("dpv_footnotes"))
    cmra: str = Field(sa_column=words("cmra"))
    vacant: str = Field(sa_column=words("vacant"))
    no_stat: str = Field(sa_column=words("no_stat"))
    no_stat_reason: str = Field(sa_column=words("no_stat_reason"))
    lacslink: str = Field(sa_column=words("lacslink"))  # indicator and return code: "Y", "A", "YA", ""
    suitelink: str = Field(sa_column=words("suitelink"))
    rdi: str = Field(sa_column=words("rdi"))
    ews: str = Field(sa_column=words("ews"))
    footnotes: str = Field(sa_column=words("footnotes"))
    mailable: bool  # the USPS delivers there, as far as DPV says
    automation: bool  # has a full delivery-point code
    undone_at: str | None = None


class Stamp(SQLModel, table=True):
    """Proof that one addressee at one address was held against the moves: Move Update, by address."""

    __tablename__ = "stamp"
    __table_args__ = (Index("ix_stamp_addressee", "addressee_id", sqlite_where=VALID, postgresql_where=VALID),)

    id: int = Field(sa_column=own_id())  # that of the decision
    addressee_id: int = Field(sa_column=Column("addressee_id", BigInteger, nullable=False))
    place_id: int = Field(sa_column=Column("place_id", BigInteger, nullable=False))
    job_id: int
    method: str  # ncoalink
    processed_on: str  # YYYY-MM-DD
    void_at: str | None = None  # undone, or the addressee has another name since


class Paper(SQLModel, table=True):
    """One PS Form 3553 or NCOALink Processing Summary Report: its fields and its hash."""

    __tablename__ = "paper"
    __table_args__ = (Index("ix_paper_job", "job_id"),)

    id: int | None = Field(default=None, primary_key=True)
    job_id: int
    kind: str  # 3553 | psr
    file: str
    sha256: str
    archived: str  # from the home
    fields: str = Field(sa_column=Column("fields", Text, nullable=False))  # JSON
    at: str


class Paf(SQLModel, table=True):
    """One Processing Acknowledgement Form: the list owner's word that his list may be held against NCOALink."""

    __tablename__ = "paf"

    id: int | None = Field(default=None, primary_key=True)
    client: str
    licensee: str
    paf_id: str  # 18 characters where the licensee has given one
    list_name: str = ""  # empty: all lists of the client
    signed_on: str
    expires_on: str
    signer: str = ""
    role: str  # what we are to the owner: owner | list-administrator | broker-agent
    chain: str = Field(default="[]", sa_column=Column("chain", Text, nullable=False))  # JSON: name, role, signed_on
    file: str = ""
    sha256: str = ""
    archived: str = ""
    entered_at: str
    withdrawn_at: str | None = None
    told: int = 9999  # days before its end, of the last warning that was told; 0: that it has expired
