"""Where in the frame's area methods wait for their call.

``load_method`` writes the method and its self to memory, and ``call_method`` wants them there, in front of
the arguments. If nothing else needs the two, they stay where they were written: at an offset into the area
that whatever is called in between, to compute the arguments, does not reach.

Before: load_method to the area, two loads; later two stores, the stores of the arguments, the call.
After: only the stores of the arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mpytool.emitters.native.ssa import Block, Instr, SsaFunction

METHOD_WORDS = 2
SUPER_WORDS = 3
EXIT_WORDS = 5
"""``__exit__``, its self, three arguments."""


@dataclass(slots=True)
class Areas:
    """``offset`` of the area of each planned load_method and of its call, in words; ``parts`` that nobody has
    to load."""

    offset: dict[Instr, int] = field(default_factory=dict)
    parts: set[Instr] = field(default_factory=set)


def area_words(instr: Instr) -> int:
    """How many words of the area an instruction uses."""
    words = _WORDS.get(instr.row.name, 0)
    return words if isinstance(words, int) else words(instr)


def _n_operands(instr: Instr) -> int:
    return len(instr.args)


_WORDS: dict[str, int | Callable[[Instr], int]] = {
    "load_method": METHOD_WORDS,
    "load_super_method": SUPER_WORDS,
    "with_cleanup": EXIT_WORDS,
    "make_function_defaults": METHOD_WORDS,
    "unpack_sequence": lambda instr: int(instr.imm[0]),
    "unpack_ex": lambda instr: int(instr.imm[0] + instr.imm[1] + 1),
    "call": lambda instr: len(instr.args) + 1,
    **dict.fromkeys(
        (
            "call_method", "call_var", "call_method_var", "build_tuple", "build_list", "build_set",
            "make_closure", "make_closure_defaults",
        ),
        _n_operands,
    ),
}  # fmt: skip
_LOADS = ("load_method", "load_super_method")
_CALLS = ("call_method", "call_method_var")
_YIELDS = ("yield", "yield_from")


def plan_areas(ssa: SsaFunction, uses: dict[Instr, int]) -> Areas:
    """Find the methods that can wait in memory. ``uses`` counts the uses of each value."""
    areas = Areas()
    for block in ssa.blocks:
        if any(instr.row.name in _LOADS for instr in block.code):
            _plan_block(block, uses, areas)
    return areas


def _plan_block(block: Block, uses: dict[Instr, int], areas: Areas) -> None:
    code = block.code
    positions: dict[Instr, int] = {}
    #: words of the area that the instruction at a position may write
    reach: list[int] = []
    last_yield = -1
    for index, instr in enumerate(code):
        reach.append(area_words(instr))
        if instr.row.name in _LOADS:
            positions[instr] = index
        elif instr.row.name in _YIELDS:
            last_yield = index
        elif instr.row.name in _CALLS:
            load = _load_of(instr, uses)
            # The frame does not outlive a yield
            if load is not None and positions.get(load, -1) > last_yield:
                start = positions[load]
                offset = max((reach[i] for i in range(start + 1, index)), default=0)
                areas.offset[load] = areas.offset[instr] = offset
                areas.parts.update(instr.args[:2])
                reach[start] += offset
                reach[index] += offset


def _load_of(call: Instr, uses: dict[Instr, int]) -> Instr | None:
    """The load_method that a call, and nothing else, takes both parts of."""
    method, instance = call.args[:2]
    if not (method.row.name == instance.row.name == "part" and uses[method] == uses[instance] == 1):
        return None
    load = method.args[0]
    if load is not instance.args[0] or load.row.name not in _LOADS:
        return None
    return load if (method.imm[0], instance.imm[0]) == (0, 1) else None
