"""Every family of ACS notification file there is."""

from __future__ import annotations

from schemas.acs_singlesource import SINGLESOURCE_V01, SINGLESOURCE_V02
from schemas.acs_traditional import ONECODE_LEGACY_559, TRADITIONAL_427
from schemas.layout import Family

FAMILIES: tuple[Family, ...] = (SINGLESOURCE_V01, SINGLESOURCE_V02, TRADITIONAL_427, ONECODE_LEGACY_559)


_BY_NAME = {family.name: family for family in FAMILIES}


def family_named(name: str) -> Family:
    """Return the family of that name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name]
