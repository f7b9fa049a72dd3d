"""Inline fast paths of native functions: operators on small ints, items of lists and bytes, truth.

==============  =====================================================================================
``runs``        which stretches of code are worth it
``version``     the fast version of one while it is emitted
``arithmetic``  operators and comparisons on small ints, truth
``items``       items of lists, bytearrays and bytes
==============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast.arithmetic import binary, branch_on, unary
from mpytool.emitters.native.expand.fast.items import load_item, store_item
from mpytool.emitters.native.expand.fast.runs import Run
from mpytool.emitters.native.expand.fast.version import FastVersion
from mpytool.emitters.native.ssa import Block, Instr

_FAST: dict[str, Callable[[FastVersion, Instr], None]] = {
    "binary_op": binary,
    "unary_op": unary,
    "load_subscr": load_item,
    "store_subscr": store_item,
}


def expand_run(
    b: Builder,
    block: Block,
    run: Run,
    expand: Callable[[Builder, Instr], None],
    expand_branch: Callable[[Builder, Block], None],
) -> None:
    """Both versions of a run. ``expand`` does one instruction by calls, ``expand_branch`` the last two."""
    code = block.code[run.start : run.end]
    for instr in code:
        if not instr.args:
            expand(b, instr)
    # A generator loads its values where they are first used: for both versions, that is here
    computed = set(code)
    for instr in code:
        for arg in instr.args:
            if arg not in computed:
                b.use(arg)
    slow = b.new_block(cold=True)
    version = FastVersion(b, slow)
    for instr in code:
        fast = _FAST.get(instr.row.name)
        if fast is not None:
            fast(version, instr)
    if code[-1].targets:
        yes, no = code[-1].targets
        branch_on(version, code[-2].args[0], b.of_block[yes], b.of_block[no])
        b.start(slow)
        for instr in code[:-2]:
            if instr.args:
                expand(b, instr)
        expand_branch(b, block)
        return
    fast_results = [version.word(instr) for instr in run.results]
    join = b.new_block()
    b.jump(join)
    b.start(slow)
    for instr in code:
        if instr.args:
            expand(b, instr)
    slow_results = [b.use(instr) for instr in run.results]
    b.jump(join)
    b.start(join)
    for instr, one, other in zip(run.results, fast_results, slow_results, strict=True):
        b.define(instr, b.phi(one, other))
