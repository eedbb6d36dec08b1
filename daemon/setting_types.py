"""What the values of `listkeeper.toml` are made of: durations, times, names, and the table that knows its keys."""

from __future__ import annotations

import re
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def fault(message: str) -> PydanticCustomError:
    """Return a fault that is told with the path of its key."""
    return PydanticCustomError("fault", "{message}", {"message": message})


def duration(value: object) -> timedelta:
    """Return a time span of text such as ``15m``."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", value) if isinstance(value, str) else None
    if found is None:
        raise fault('should be a number and a unit (s, m, h, d); write it like "15m"')
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def time_of_day(value: object) -> time:
    """Return a time of day of text such as ``02:30``."""
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    if found is None:
        raise fault('should be a time of day; write it like "02:30"')
    return time(int(found[1]), int(found[2]))


def known_zone(value: str) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise fault('not a known time zone; write it like "America/Denver"') from error
    return value


def web_address(value: str) -> str:
    """Return an address that begins with http:// or https://."""
    if re.match(r"https?://[^/\s]+", value):
        return value
    raise fault("should be an address that starts with http:// or https://")


def after(value: str) -> str:
    """Return what becomes of a file that has been taken."""
    if value in ("leave", "delete") or (value.startswith("move:") and len(value) > len("move:")):
        return value
    raise fault('should be "leave", "delete" or "move:FOLDER"')


After = Annotated[str, AfterValidator(after)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
TimeOfDay = Annotated[time, BeforeValidator(time_of_day)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Zone = Annotated[str, AfterValidator(known_zone)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Table(BaseModel):
    """A table of the settings: frozen, strict about types, and no key it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise fault("should be a table")
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in value:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                advice = f'did you mean "{near[0]}"?' if near else f"known here are {', '.join(known)}"
                raise PydanticCustomError("unknown_key", "unknown key; {advice}", {"key": key, "advice": advice})
        return value


class SftpLogin(Table):
    """Where an SFTP server is and how to log in. The host key is pinned in `known_hosts`."""

    host: Text
    port: Port = 22
    username: Text
    private_key: Text | None = None  # the name of a secret
    password: Text | None = None  # the name of a secret
    known_hosts: Text = "keys/known_hosts"

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.private_key is None and self.password is None:
            raise fault('no way to log in; write private_key = "…" or password = "…", each the name of a secret')
        return self
