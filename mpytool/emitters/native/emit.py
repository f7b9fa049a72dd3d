"""The native emitter: one native or viper function to machine code, all stages in order.

What a file holds of a native function::

    word 0        the number of children: behind them the run time keeps the address of the prelude
    word 1        generators: where in the data they begin
    code
    prelude       as a bytecode function's, without lines: arguments are taken by it

A viper function is its code and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool import errors
from mpytool.diagnostics import CompileError
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.emitters.native.allocate import allocate
from mpytool.emitters.native.build import build_function
from mpytool.emitters.native.dismantle import dismantle_low, dismantle_machine, dismantle_ssa
from mpytool.emitters.native.expand import Expanded, expand_function
from mpytool.emitters.native.expand.builder import LimitError
from mpytool.emitters.native.expand.runtime import Layout
from mpytool.emitters.native.improve import improve
from mpytool.emitters.native.layout import layout
from mpytool.emitters.native.low import LowFunction
from mpytool.emitters.native.machine import MachineCode, MachineFunction, Target, TooLargeError
from mpytool.emitters.native.ssa import SsaFunction, number_values
from mpytool.emitters.native.viper_types import type_function
from mpytool.errors import ErrorKind
from mpytool.ir import Emitter, Function, Program, ScopeKind
from mpytool.module import NativePart, Prelude, RawCode, RawCodeKind
from mpytool.options import Goal, Options
from mpytool.prelude import encode_names, encode_signature, encode_sizes
from mpytool.scopes import COMPREHENSIONS
from mpytool.source import Source


def _x64(_: str) -> Target:
    from mpytool.emitters.native.x64.target import X64

    return X64


def _thumb(arch: str) -> Target:
    from mpytool.emitters.native.thumb.target import thumb_target

    return thumb_target(arch)


_TARGETS: dict[str, Callable[[str], Target]] = {
    "x64": _x64,
    **dict.fromkeys(("armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"), _thumb),
}
"""By architecture; a target is loaded when it is asked for."""


def target_of(arch: str) -> Target:
    """The target of an architecture; KeyError if there is none."""
    return _TARGETS[arch](arch)


def is_native_target(arch: str) -> bool:
    """Whether there is native code for an architecture (one of ``options.ARCHES``)."""
    return arch in _TARGETS


def emit_native_function(
    program: Program, function: Function, numbering: Numbering, source: Source, options: Options
) -> RawCode:
    """The raw code of a function, without its children; ``is_native_target(options.arch)`` must hold.

    CompileError: wrong types in a viper function (E07xx), or a limit of the run time or the machine is passed
    (E0302, E0402, E0403).
    """
    target = target_of(options.arch)
    try:
        expanded = expand_stage(program, function, numbering, source, options)
        if max(expanded.cells, default=0) > _LAST_CELL:
            raise LimitError(errors.TOO_MANY_CELLS, function.token)
        if expanded.n_state > _MAX_STATE:
            raise TooLargeError(f"{expanded.n_state} values in the state of a call")
        machine = machine_stage(expanded.low, target)
        code = target.encode(machine)
        dismantle_machine(machine)
    except LimitError as error:
        raise _rejected(program, function, source, error.kind, error.token) from None
    except TooLargeError as error:
        kind = errors.NATIVE_TOO_LARGE
        raise _rejected(program, function, source, kind, function.token, str(error)) from None
    if function.emitter is Emitter.VIPER:
        return RawCode(RawCodeKind.VIPER, code.code, native=NativePart(scope_flags=function.flags))
    return _native_raw_code(function, numbering, expanded, code, target.word)


def _rejected(
    program: Program, function: Function, source: Source, kind: ErrorKind, token: int, reason: str = ""
) -> CompileError:
    start, end = program.tokens.starts[token], program.tokens.ends[token]
    return errors.compile_error(
        source, kind, start, end, peer_line=0, scope=None, name=function.name, reason=reason
    )


_LAST_CELL = 255
"""A prelude has one byte for the number of a cell."""

_MAX_STATE = 0xFFFF
"""The words of a state are counted in 16 bits."""


def ssa_stage(program: Program, function: Function, source: Source, options: Options) -> SsaFunction:
    """The SSA form, with types where it has some."""
    ssa = build_function(function)
    type_function(ssa, function, program, source, options)
    number_values(ssa)
    return ssa


def expand_stage(
    program: Program, function: Function, numbering: Numbering, source: Source, options: Options
) -> Expanded:
    """The improved low form."""
    target = target_of(options.arch)
    ssa = ssa_stage(program, function, source, options)
    goal = _goal_of(program, function, target, options)
    expanded = expand_function(ssa, function, numbering, _layout_of(target), goal)
    expanded.low.runs_once = function.kind in (ScopeKind.MODULE, ScopeKind.CLASS)
    expanded.low.is_small = goal is Goal.SIZE and not ssa.is_viper
    dismantle_ssa(ssa)
    improve(expanded.low)
    return expanded


def _goal_of(program: Program, function: Function, target: Target, options: Options) -> Goal:
    """Where calls are short, comprehensions that run when the module is imported get no fast versions."""
    if options.goal is not Goal.BALANCED or not target.short_calls or function.kind not in COMPREHENSIONS:
        return options.goal
    module = program.functions[0]
    at_import = any(program.functions[child] is function for child in module.children)
    return Goal.SIZE if at_import else Goal.BALANCED


def _layout_of(target: Target) -> Layout:
    # On Arm what a call returns is a whole word; on x86-64 only the low byte of a bool counts
    return Layout(
        target.word,
        target.nlr_words,
        target.has_divide,
        bool_is_word=target.word == 4,
        short_calls=target.short_calls,
    )


def machine_stage(low: LowFunction, target: Target) -> MachineFunction:
    """The machine form on registers, in the order of its blocks. Nothing is left of the low form."""
    machine = target.select(low)
    dismantle_low(low)
    loops = {block: block.loop for block in machine.blocks}
    if machine.is_small:
        for block in machine.blocks:
            block.loop = 0
    allocate(machine, target)
    for block, loop in loops.items():
        block.loop = loop
    layout(machine, target)
    return machine


def _native_raw_code(
    function: Function, numbering: Numbering, expanded: Expanded, code: MachineCode, word: int
) -> RawCode:
    head = [len(function.children)]
    if code.resume_offsets:
        head.append(2 * word + code.resume_offsets[0])
    body = b"".join(value.to_bytes(word, "little") for value in head) + code.code
    prelude = Prelude(
        n_state=expanded.n_state,
        n_exc_stack=0,
        scope_flags=function.flags,
        n_pos_args=function.n_pos_args,
        n_kwonly_args=function.n_kwonly_args,
        n_def_pos_args=function.n_def_pos_args,
        name=numbering.qstr(function.name),
        arg_names=tuple(numbering.qstr(name) for name in function.arg_names),
        line_table=b"",
        cells=expanded.cells,
    )
    return RawCode(
        RawCodeKind.NATIVE,
        body + _encode_prelude(prelude),
        prelude=prelude,
        native=NativePart(prelude_offset=len(body)),
    )


def _encode_prelude(prelude: Prelude) -> bytes:
    signature = encode_signature(
        prelude.n_state,
        prelude.n_exc_stack,
        prelude.scope_flags,
        prelude.n_pos_args,
        prelude.n_kwonly_args,
        prelude.n_def_pos_args,
    )
    names = encode_names((prelude.name, *prelude.arg_names))
    cells = bytes(prelude.cells)
    return b"".join((signature, encode_sizes(len(names), len(cells)), names, cells))
