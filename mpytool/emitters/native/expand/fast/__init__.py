"""Inline fast paths of native functions: operators on small ints, items of lists and bytes, members, loops.

================  =====================================================================================
``runs``          which stretches of code are worth it
``version``       the fast version of one while it is emitted
``words``         integers that are words where small ints have 31 bits, and ``word_operators`` on them
``arithmetic``    operators and comparisons on small ints, truth
``wrapping``      which results need not fit
``kinds``         what an object is
``items``         items of lists, bytes, arrays, memoryviews and tuples
``attributes``    members of instances, ``methods`` those of a program's classes
``iteration``     loops over lists and bytes, ``pairs`` over enumerate and zip of these
``append``        ``append`` of lists
``lengths``       ``len``
``global_names``  variables of the module
``plan``          where all that is done
================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.fast import word_operators
from mpytool.emitters.native.expand.fast.arithmetic import binary, branch_on, unary
from mpytool.emitters.native.expand.fast.items import load_item, store_item
from mpytool.emitters.native.expand.fast.runs import Run
from mpytool.emitters.native.expand.fast.version import FastVersion
from mpytool.emitters.native.expand.fast.word_operators import NO_MODULO
from mpytool.emitters.native.expand.fast.wrapping import wrapping
from mpytool.emitters.native.expand.runtime import NULL
from mpytool.emitters.native.expand.unboxed import Conversion, Unboxed
from mpytool.emitters.native.low import Cond, LowInstr
from mpytool.emitters.native.ssa import Block, Instr

_FAST: dict[str, Callable[[FastVersion, Instr], None]] = {
    "binary_op": binary,
    "unary_op": unary,
    "load_subscr": load_item,
    "store_subscr": store_item,
}


def begin_run(b: Builder, block: Block, run: Run, expand: Callable[[Builder, Instr], None]) -> None:
    """What both versions of a run find: its constants, which others may want, too, and its operands.

    Objects of constants that are words in the fast version are for the slow one alone.
    """
    code = block.code[run.start : run.end]
    words = _words(b, code)
    for instr in code:
        if not instr.args and instr not in words:
            expand(b, instr)
    # A generator loads its values where they are first used
    computed = set(code)
    for instr in code:
        for arg in instr.args:
            if arg not in computed and arg not in b.found.unboxed:
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
    yes, no = (b.of_block[target] for target in code[-1].targets)
    asked = code[-2].args[0]
    condition = word_operators.is_true(version, asked)
    if condition is not None:
        b.branch(*condition, yes, no)
    else:
        branch_on(version, asked, yes, no)
    b.start(slow)
    boxed = _box_operands(b, code, _words(b, code), expand)
    for instr in code[:-2]:
        if instr.args:
            expand(b, instr)
    expand_branch(b, block)
    _forget(b, boxed)


def _expand_stages(b: Builder, block: Block, run: Run, expand: Callable[[Builder, Instr], None]) -> None:
    starts = [run.start, *run.stages[:-1]]
    stages = [block.code[start:end] for start, end in zip(starts, run.stages, strict=True)]
    words = _words(b, block.code[run.start : run.end])
    slow_blocks = [b.new_block(cold=True) for _ in stages]
    version = FastVersion(b, slow_blocks[0])
    #: what each stage wants of those before, as the fast version has it
    passed_on: list[dict[Instr, Form]] = []
    last_wanted = _last_wanted(stages, run.results)
    alive: list[Instr] = []
    for number, slow in enumerate(slow_blocks):
        version.fail = slow
        alive = [instr for instr in alive if last_wanted[instr] >= number]
        passed_on.append({instr: _form(version, instr) for instr in alive})
        _expand_fast(version, stages[number])
        alive += [i for i in stages[number] if i.row.name in _FAST and last_wanted.get(i, -1) > number]
    results = {instr: _form(version, instr) for instr in run.results}
    join = b.new_block()
    b.jump(join)
    for number, slow in enumerate(slow_blocks):
        came_fast = len(slow.predecessors)
        coming = {instr: (form, _slow_form(b, instr, form)) for instr, form in passed_on[number].items()}
        if number:
            b.jump(slow)
        b.start(slow)
        _define_joined(b, coming, came_fast)
        boxed = _box_operands(b, stages[number], words, expand)
        for instr in stages[number]:
            if instr.args:
                expand(b, instr)
        _forget(b, boxed)
    both = {instr: (form, _slow_form(b, instr, form)) for instr, form in results.items()}
    b.jump(join)
    b.start(join)
    _define_joined(b, both, 1)


Form: TypeAlias = LowInstr | Unboxed


def _form(version: FastVersion, instr: Instr) -> Form:
    """What the fast version has of a value."""
    unboxed = version.unboxed(instr)
    return version.word(instr) if unboxed is None else unboxed


def _slow_form(b: Builder, instr: Instr, form: Form) -> Form:
    """The same form, of what the slow version has."""
    return b.unboxed_of(instr) if isinstance(form, Unboxed) else b.use(instr)


def _define_joined(b: Builder, both: dict[Instr, tuple[Form, Form]], came_fast: int) -> None:
    """Define values by what comes from the fast version, on ``came_fast`` ways, and from the slow one."""
    joined: list[tuple[Instr, Form]] = []
    for instr, (fast, slow) in both.items():
        if isinstance(fast, Unboxed) and isinstance(slow, Unboxed):
            number = b.phi(*[fast.number] * came_fast, slow.number)
            joined.append((instr, Unboxed(number, b.phi(*[fast.boxed] * came_fast, slow.boxed))))
        elif isinstance(fast, LowInstr) and isinstance(slow, LowInstr):
            joined.append((instr, b.phi(*[fast] * came_fast, slow)))
    # Defining can store the value, behind all phis
    for instr, value in joined:
        if isinstance(value, Unboxed):
            b.undefine(instr)
            b.found.unboxed[instr] = value
        else:
            b.define(instr, value)


def _words(b: Builder, code: list[Instr]) -> set[Instr]:
    """The constants of a run of which nobody wants an object but its slow version."""
    operations = b.chosen.words.operations
    uses: dict[Instr, int] = {}
    for instr in code if operations else ():
        for arg in instr.args if instr in operations else ():
            if arg.row.name == "constant":
                uses[arg] = uses.get(arg, 0) + 1
    return {instr for instr in code if not instr.args and uses.get(instr) == b.uses[instr]}


def _box_operands(
    b: Builder, code: list[Instr], words: set[Instr], expand: Callable[[Builder, Instr], None]
) -> list[Instr]:
    """Make objects of what is unboxed, once for a slow version, and say of what."""
    args = dict.fromkeys(
        arg for instr in code for arg in instr.args if arg in b.found.unboxed or arg in words
    )
    for arg in args:
        if arg in words:
            expand(b, arg)
        else:
            b.define(arg, b.use(arg))
    return list(args)


def _forget(b: Builder, boxed: list[Instr]) -> None:
    for instr in boxed:
        b.undefine(instr)


def _last_wanted(stages: list[list[Instr]], results: tuple[Instr, ...]) -> dict[Instr, int]:
    """The last stage that uses each value; behind all of them for what is wanted outside."""
    last = {arg: number for number, stage in enumerate(stages) for instr in stage for arg in instr.args}
    last.update(dict.fromkeys(results, len(stages)))
    return last


def _expand_fast(version: FastVersion, code: list[Instr]) -> None:
    b = version.builder
    version.wrapping |= wrapping(code, b.uses)
    operations = b.chosen.words.operations
    modulo = word_operators.modulo_results(code, b.chosen.words, b.uses) if operations else NO_MODULO
    for instr in code:
        fast = _FAST.get(instr.row.name)
        if instr in operations:
            word_operators.compute(version, instr, modulo)
        elif fast is not None:
            fast(version, instr)


def start_phis(b: Builder, phis: list[Instr]) -> None:
    """Define the phis of the current block."""
    for phi in phis:
        if phi in b.chosen.words.phis:
            b.found.unboxed[phi] = Unboxed(b.phi(), b.phi())
        else:
            b.define(phi, b.phi())


def coming_words(b: Builder, phi: Instr, value: Instr) -> list[LowInstr]:
    """What comes into a phi."""
    if phi not in b.chosen.words.phis:
        return [b.use(value)]
    unboxed = b.unboxed_of(value)
    return [unboxed.number, unboxed.boxed]


def unbox_heads(b: Builder, phis: list[Instr]) -> None:
    """Make words of objects that come into a loop, for what several of its blocks compute with."""
    for phi in phis:
        if phi in b.chosen.words.heads and phi not in b.chosen.words.single and not b.block.cold:
            b.found.unboxed[phi] = _unboxed_head(b, b.found.unboxed[phi], b.chosen.words.heads[phi])


def _unboxed_head(b: Builder, phi: Unboxed, how: Conversion) -> Unboxed:
    ready, other, odd = b.new_block(), b.new_block(cold=True), b.new_block(cold=True)
    b.branch(Cond.EQ, phi.boxed, NULL, ready, other)
    b.start(other)
    number = FastVersion(b, odd).unbox(phi.boxed, how)
    none = b.const(NULL)
    b.jump(ready)
    b.start(odd)
    b.jump(ready)
    b.start(ready)
    return Unboxed(b.phi(phi.number, number, phi.number), b.phi(phi.boxed, none, phi.boxed))
