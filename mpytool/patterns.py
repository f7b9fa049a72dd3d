"""Regular expressions that are compiled when they are first used, for those that few runs need."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


def late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As ``re.compile``, later. What is returned has the methods of a pattern."""
    found: Any = _Late(pattern, flags)
    return found  # type: ignore[no-any-return]


class _Late:
    """Becomes, attribute by attribute, what it stands for: each is looked up here only once."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> object:
        source: Any = self._source
        found: object = getattr(re.compile(*source), name)
        setattr(self, name, found)
        return found
