"""The base of small classes that are equal where all their fields are.

Their constructors are written out. Dataclasses would say it in fewer lines, but importing ``dataclasses``
takes as long as starting Python, and making one of its classes twenty times as long as making a plain one:
together more than compiling a small file.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Record:
    """The fields are the ``__slots__``; the constructor has parameters of their names, in their order."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = self.__slots__
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    def __hash__(self) -> int:
        return hash(tuple([getattr(self, name) for name in self.__slots__]))

    def __repr__(self) -> str:
        fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.__slots__])
        return f"{self.__class__.__qualname__}({fields})"

    def changed(self, **fields: Any) -> Self:
        """A copy in which some fields are others, as ``dataclasses.replace`` makes it."""
        return self.__class__(**{name: getattr(self, name) for name in self.__slots__} | fields)

    __replace__ = changed
    """What ``copy.replace`` calls, from Python 3.13 on."""
