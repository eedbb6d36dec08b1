"""Change what a list says of its mail: client, class, endorsement, option, STID. Its account and keys are settled."""

from __future__ import annotations

from typing import Any

from daemon.db import writing
from daemon.errors import UsageError
from daemon.lists.create import check_mail
from daemon.lists.known import find_list
from daemon.lists.service import stid_warnings
from daemon.lists.show import show_list
from daemon.wiring import House


def change_list(
    house: House,
    name: str,
    *,
    client: str | None = None,
    mail_class: str | None = None,
    endorsement: str | None = None,
    option: int | None = None,
    stid: str | None = None,
) -> dict[str, Any]:
    """Change what is given, leave the rest; return what `list show` tells of the list, and ``warnings``.

    Raises:
        UsageError: no such list, nothing to change, or a value that is none.
    """
    check_mail(mail_class=mail_class, endorsement=endorsement, option=option, stid=stid)
    given = {
        "client": client and client.strip(),
        "mail_class": mail_class and str(mail_class),
        "endorsement": endorsement and str(endorsement),
        "option": option,
        "stid": stid,
    }
    changes = {column: value for column, value in given.items() if value}
    if not changes:
        raise UsageError("nothing to change was given; --help shows what can be changed")
    with writing(house.engine) as store:
        known = find_list(store, name)
        sets = ", ".join(f"{column} = :{column}" for column in changes)
        store.run(f"UPDATE mailing_list SET {sets} WHERE id = :list", **changes, list=known.id)
    told = show_list(house, name)
    warnings = stid_warnings(
        kind=told["kind"],
        mail_class=told["class"],
        endorsement=told["endorsement"],
        option=told["option"],
        stid=told["stid"],
        full_service=told["full_service"],
    )
    return told | {"warnings": warnings}
