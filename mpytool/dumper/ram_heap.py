"""The heap that running a module's body leaves behind: what was allocated, and what keeps what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mpytool.module import RawCode


@dataclass(slots=True, eq=False)
class Block:
    """One allocation, or several that live and die together.

    ``item``   what it is called in an account; "" is not listed (a value whose memory is not known)
    ``size``   bytes, rounded to the heap's blocks
    ``refs``   what it keeps alive
    ``code``   of a function object: its raw code, whose data and children it keeps
    ``slots``  of a dict: size of its table
    ``keys``   of a dict: how many entries it has got so far
    """

    item: str
    size: int
    refs: list[Block] = field(default_factory=list)
    code: RawCode | None = None
    slots: int = 0
    keys: int = 0


def reachable(roots: Iterable[Block]) -> set[Block]:
    """Everything that a collection of garbage would leave."""
    seen: set[Block] = set()
    pending = list(roots)
    while pending:
        block = pending.pop()
        if block not in seen:
            seen.add(block)
            pending.extend(block.refs)
    return seen
