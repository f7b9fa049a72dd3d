"""Inline fast paths of native functions: operators on small ints, items of lists and bytes, members, loops.

==============  =====================================================================================
``runs``        which stretches of code are worth it
``version``     the fast version of one while it is emitted
``arithmetic``  operators and comparisons on small ints, truth
``wrapping``    which results need not fit
``kinds``       what an object is
``items``       items of lists, bytes, arrays, memoryviews and tuples
``attributes``  members of instances
``iteration``   loops over lists and bytes
``append``      ``append`` of lists
``plan``        where all that is done
==============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.arithmetic import binary, branch_on, unary
from mpytool.emitters.native.expand.fast.items import load_item, store_item
from mpytool.emitters.native.expand.fast.runs import Run
from mpytool.emitters.native.expand.fast.version import FastVersion
from mpytool.emitters.native.expand.fast.wrapping import wrapping
from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.ssa import Block, Instr

_FAST: dict[str, Callable[[FastVersion, Instr], None]] = {
    "binary_op": binary,
    "unary_op": unary,
    "load_subscr": load_item,
    "store_subscr": store_item,
}


def begin_run(b: Builder, block: Block, run: Run, expand: Callable[[Builder, Instr], None]) -> None:
    """What both versions of a run find: its constants, which others may want, too, and its operands."""
    code = block.code[run.start : run.end]
    for instr in code:
        if not instr.args:
            expand(b, instr)
    # A generator loads its values where they are first used
    computed = set(code)
    for instr in code:
        for arg in instr.args:
            if arg not in computed:
                b.use(arg)


def expand_run(
    b: Builder,
    block: Block,
    run: Run,
    expand: Callable[[Builder, Instr], None],
    expand_branch: Callable[[Builder, Block], None],
) -> None:
    """Both versions of a run that was begun. ``expand`` does one instruction by calls, ``expand_branch`` the
    last two.
    """
    code = block.code[run.start : run.end]
    if code[-1].targets:
        _expand_last(b, block, code, expand, expand_branch)
    else:
        _expand_stages(b, block, run, expand)


def _expand_last(
    b: Builder,
    block: Block,
    code: list[Instr],
    expand: Callable[[Builder, Instr], None],
    expand_branch: Callable[[Builder, Block], None],
) -> None:
    """A run of one stage that ends its block."""
    slow = b.new_block(cold=True)
    version = FastVersion(b, slow)
    _expand_fast(version, code)
    yes, no = code[-1].targets
    branch_on(version, code[-2].args[0], b.of_block[yes], b.of_block[no])
    b.start(slow)
    for instr in code[:-2]:
        if instr.args:
            expand(b, instr)
    expand_branch(b, block)


def _expand_stages(b: Builder, block: Block, run: Run, expand: Callable[[Builder, Instr], None]) -> None:
    starts = [run.start, *run.stages[:-1]]
    stages = [block.code[start:end] for start, end in zip(starts, run.stages, strict=True)]
    slow_blocks = [b.new_block(cold=True) for _ in stages]
    version = FastVersion(b, slow_blocks[0])
    #: what each stage wants of those before, as the fast version has it
    passed_on: list[dict[Instr, LowInstr]] = []
    last_wanted = _last_wanted(stages, run.results)
    alive: list[Instr] = []
    for number, slow in enumerate(slow_blocks):
        version.fail = slow
        alive = [instr for instr in alive if last_wanted[instr] >= number]
        passed_on.append({instr: version.word(instr) for instr in alive})
        _expand_fast(version, stages[number])
        alive += [i for i in stages[number] if i.row.name in _FAST and last_wanted.get(i, -1) > number]
    results = [version.word(instr) for instr in run.results]
    join = b.new_block()
    b.jump(join)
    for number, slow in enumerate(slow_blocks):
        came_fast = len(slow.predecessors)
        coming = [(instr, value, b.use(instr)) for instr, value in passed_on[number].items()]
        if number:
            b.jump(slow)
        b.start(slow)
        joined = [b.phi(*[fast] * came_fast, already_slow) for _, fast, already_slow in coming]
        # Defining can store the value, behind all phis
        for (instr, _, _), value in zip(coming, joined, strict=True):
            b.define(instr, value)
        for instr in stages[number]:
            if instr.args:
                expand(b, instr)
    slow_results = [b.use(instr) for instr in run.results]
    b.jump(join)
    b.start(join)
    joined = [b.phi(*both) for both in zip(results, slow_results, strict=True)]
    for instr, value in zip(run.results, joined, strict=True):
        b.define(instr, value)


def _last_wanted(stages: list[list[Instr]], results: tuple[Instr, ...]) -> dict[Instr, int]:
    """The last stage that uses each value; behind all of them for what is wanted outside."""
    last = {arg: number for number, stage in enumerate(stages) for instr in stage for arg in instr.args}
    last.update(dict.fromkeys(results, len(stages)))
    return last


def _expand_fast(version: FastVersion, code: list[Instr]) -> None:
    version.wrapping |= wrapping(code, version.builder.uses)
    for instr in code:
        fast = _FAST.get(instr.row.name)
        if fast is not None:
            fast(version, instr)
