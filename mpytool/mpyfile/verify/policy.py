"""What a user forbids although it is well formed."""

from __future__ import annotations

from dataclasses import dataclass

DENIABLE: tuple[str, ...] = ("native", "trusted-names")
"""Words of ``deny``: machine code, and code whose safety hangs on a global name that others can bind."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``deny`` holds words of DENIABLE; ``max_state`` bounds the state slots of each function; ``arch`` is a
    name of ``options.ARCHES``: files with code for other architectures are rejected, files without pass.

    ValueError for an unknown word or architecture.
    """

    deny: frozenset[str] = frozenset()
    max_state: int | None = None
    arch: str | None = None

    def __post_init__(self) -> None:
        from mpytool.options import ARCHES

        unknown = sorted(self.deny.difference(DENIABLE))
        if unknown:
            raise ValueError(f"there is no policy to deny {unknown[0]!r}")
        if self.arch is not None and self.arch not in ARCHES:
            raise ValueError(f"there is no architecture {self.arch!r}")
