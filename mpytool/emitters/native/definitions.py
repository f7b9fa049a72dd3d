"""Whether every value is computed before it is used: one question for the SSA form and the low form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from mpytool.emitters.native.dominance import Dominators


class _Value(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def args(self) -> Sequence[_Value]: ...


_V = TypeVar("_V", bound=_Value, covariant=True)


class _Block(Protocol[_V]):
    @property
    def number(self) -> int: ...
    @property
    def code(self) -> Sequence[_V]: ...
    @property
    def predecessors(self) -> Sequence[_Block[_V]]: ...
    @property
    def successors(self) -> Sequence[_Block[_V]]: ...


Place = tuple[int, int]
"""Where a value is defined: (number of the block, position in it)."""


def check_definitions(
    blocks: Sequence[_Block[_V]],
    places: Mapping[_V, Place],
    is_phi: Callable[[_V], bool],
    report: Callable[[int, int, str], str],
) -> list[str]:
    """What uses a value that its definition does not dominate; ``report`` gets block, position and problem.

    A phi uses each operand at the end of the predecessor that it comes from. Needs: a sound graph, numbers.
    """
    intervals = Dominators([[target.number for target in block.successors] for block in blocks]).spans()

    def reaches(place: Place, number: int, position: int) -> bool:
        home, index = place
        if home == number:
            return index < position
        outer, inner = intervals[home], intervals[number]
        return outer[0] <= inner[0] and inner[1] <= outer[1]

    by_value: dict[object, Place] = dict(places.items())
    found = []
    for block in blocks:
        for index, instr in enumerate(block.code):
            for position, arg in enumerate(instr.args):
                place = by_value.get(arg)
                if place is None:
                    found.append(report(block.number, index, f"v{arg.number} is not defined"))
                elif not is_phi(instr):
                    if not reaches(place, block.number, index):
                        found.append(report(block.number, index, f"v{arg.number} does not dominate it"))
                elif position < len(block.predecessors):
                    source = block.predecessors[position]
                    if not reaches(place, source.number, len(source.code)):
                        problem = f"v{arg.number} does not dominate the end of b{source.number}"
                        found.append(report(block.number, index, problem))
    return found
