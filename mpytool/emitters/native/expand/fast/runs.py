"""Which instructions are worth a fast version: runs.

A run is a stretch of a block that computes with operators and items only::

    v5:obj = load_subscr v0 v3        ┐
    v6:obj = binary_op "*" v5 v1      │ one run: v8 is wanted elsewhere
    v8:obj = binary_op "+" v6 v2      ┘
    v9:obj = binary_op "<" v8 v4      ┐
    v10:bool = truth v9               │ another one: nothing but a way to go comes of it
    branch v10 -> b2 b3               ┘

The fast version of a run (``version.py``) computes everything under the assumption that numbers are small
ints and containers are lists, tuples or bytearrays. It has no effect until it is complete, so it can be left
at any instruction for the slow version, which does the run from its start by calls. So there are no joins
within a run, and intermediate results need no tests. What stores an item has an effect: it ends a
*stage* of its run, and what cannot go on later does not start again before it. The slow version never returns
to the fast one before the end, so the fast one knows in each stage what it found out in those before.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.ssa import Block, Instr, Type

ARITHMETIC = frozenset(
    (
        "+", "-", "*", "&", "|", "^", "<<", ">>", "//", "%",
        "+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>=", "//=", "%=",
    )
)  # fmt: skip
COMPARISONS = frozenset(("<", ">", "==", "<=", ">=", "!="))
UNARY = frozenset(("+", "-", "~", "not"))


@dataclass(frozen=True, slots=True)
class Run:
    """``code[start:end]`` of a block. ``results`` are the values that are wanted outside of it; a run that
    ends with its block's branch has none. ``stages`` are where its stages end, the last one at ``end``."""

    start: int
    end: int
    results: tuple[Instr, ...]
    stages: tuple[int, ...]


NO_SMALL_INT = frozenset(
    (
        "string", "constant", "none", "true", "false", "build_tuple", "build_list", "build_set", "build_map",
        "build_slice", "make_function", "make_function_defaults", "make_closure", "make_closure_defaults",
        "get_iter", "import_name", "load_build_class", "cell", "null",
    )
)  # fmt: skip

_FREE = frozenset(("int", "none", "true", "false", "string", "constant", "null", "undefined"))
"""Without operands and effects: they may stand between the instructions of a run."""


def find_runs(block: Block, users: dict[Instr, list[Instr]], words: frozenset[Instr]) -> list[Run]:
    """The runs of a block, in order. ``users`` has the users of every value, ``words`` what is computed with
    words.
    """
    runs: list[Run] = []
    start = -1
    code = block.code
    for position, instr in enumerate(code):
        is_fast = instr in words or may_be_fast(instr)
        if is_fast and (instr.row.name != "truth" or _decides_branch(code, position)):
            if start < 0:
                start = position
            if instr.row.name == "truth":
                runs += _split(code, start, users)
                start = -1
        elif start >= 0 and instr.row.name not in _FREE:
            runs += _chain(code, start, position, users)
            start = -1
    return [run for run in runs if any(instr.row.name not in _FREE for instr in code[run.start : run.end])]


def may_be_fast(instr: Instr) -> bool:
    """Whether there is a fast version, and it has a chance."""
    name = instr.row.name
    if name == "binary_op":
        operator = instr.imm[0]
        if operator == "is":
            return True
        if operator not in ARITHMETIC and operator not in COMPARISONS:
            return False
        return not any(arg.row.name in NO_SMALL_INT for arg in instr.args)
    if name == "unary_op":
        return instr.args[0].row.name not in NO_SMALL_INT
    if name in ("load_subscr", "store_subscr"):
        return instr.args[1].row.name not in NO_SMALL_INT
    return name == "truth" and instr.args[0].type in (Type.OBJ, Type.SMALL)


def _decides_branch(code: list[Instr], position: int) -> bool:
    return position == len(code) - 2 and code[-1].row.name == "branch" and code[-1].args[0] is code[position]


def _chain(code: list[Instr], start: int, end: int, users: dict[Instr, list[Instr]]) -> list[Run]:
    """The runs of a stretch: a store ends a run if what follows has no value in common with it.

    Then the fast version would learn nothing from going on, and what is odd here need not be odd there.
    """
    runs: list[Run] = []
    stages: list[int] = []
    seen: set[Instr] = set()
    first = start
    for stage_start, stage_end in _stages(code, start, end):
        values = {
            value
            for instr in code[stage_start:stage_end]
            for value in (instr, *instr.args)
            if value.row.name not in _FREE
        }
        if stages and not values & seen:
            runs.append(_run(code, first, stages, users))
            first, stages, seen = stage_start, [], set()
        stages.append(stage_end)
        seen |= values
    return [*runs, _run(code, first, stages, users)]


def _stages(code: list[Instr], start: int, end: int) -> list[tuple[int, int]]:
    ends = [at + 1 for at in range(start, end) if code[at].row.name == "store_subscr"]
    if not ends or ends[-1] != end:
        ends.append(end)
    return list(zip([start, *ends], ends, strict=False))


def _run(code: list[Instr], start: int, stages: list[int], users: dict[Instr, list[Instr]]) -> Run:
    end = stages[-1]
    inside = set(code[start:end])
    results = [
        instr
        for instr in code[start:end]
        if instr.type is not Type.NOTHING
        and instr.row.name not in _FREE
        and any(user not in inside for user in users.get(instr, ()))
    ]
    return Run(start, end, tuple(results), tuple(stages))


def _split(code: list[Instr], start: int, users: dict[Instr, list[Instr]]) -> list[Run]:
    """A run up to a branch: what is for the branch alone goes with it, the rest is a run of its own."""
    end = len(code)
    inside = {code[-1]}
    middle = end - 1
    while middle > start:
        instr = code[middle - 1]
        if instr.row.name == "store_subscr":
            break
        if instr.row.name not in _FREE and any(user not in inside for user in users.get(instr, ())):
            break
        inside.add(instr)
        middle -= 1
    runs = _chain(code, start, middle, users) if middle > start else []
    return [*runs, Run(middle, end, (), (end,))]
