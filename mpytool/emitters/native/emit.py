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
from mpytool.forks import work_in_forks
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


class NativeEmitter:
    """The native and viper functions of a program, of which ``is_native_target(options.arch)`` holds.

    Names and constants are numbered in the order of the functions, so each is expanded when it comes
    (``add``). From there to machine code it depends on nothing but itself: with more than one process, what
    has gathered is shared out over forks of this one.
    """

    def __init__(
        self, program: Program, numbering: Numbering, source: Source, options: Options, processes: int = 1
    ) -> None:
        self._program = program
        self._numbering = numbering
        self._source = source
        self._options = options
        self._processes = processes
        self._target = target_of(options.arch)
        self._waiting: list[_Prepared] = []
        self._size = 0
        self._raw_codes: list[RawCode] = []

    def add(self, function: Function) -> None:
        """Take the next function.

        CompileError: wrong types in a viper function (E07xx), or a limit of the run time or the machine is
        passed (E0302, E0402, E0403), by this function; ``finish`` may then still say so of an earlier one.
        """
        prepared = self._prepare(function)
        self._waiting.append(prepared)
        self._size += prepared.size
        if self._processes == 1 or self._size > _MOST_WAITING:
            self._generate_waiting()

    def finish(self) -> list[RawCode]:
        """The raw codes of all functions, without their children. CompileError: as ``add``."""
        self._generate_waiting()
        return self._raw_codes

    def _generate_waiting(self) -> None:
        waiting = self._waiting
        self._waiting = []
        sizes = [prepared.size for prepared in waiting]
        processes = self._processes if self._size >= _WORTH_FORKS else 1
        self._size = 0
        generated = work_in_forks(self._generate, waiting, sizes, processes)
        for prepared, code in zip(waiting, generated, strict=True):
            if isinstance(code, str):
                raise self._too_large(prepared.function, code)
            self._raw_codes.append(prepared.raw_code(MachineCode(*code), self._target.word))

    def _prepare(self, function: Function) -> _Prepared:
        try:
            expanded = _expand(self._program, function, self._numbering, self._source, self._options)
            if max(expanded.cells, default=0) > _LAST_CELL:
                raise LimitError(errors.TOO_MANY_CELLS, function.token)
            if expanded.n_state > _MAX_STATE:
                raise TooLargeError(f"{expanded.n_state} values in the state of a call")
        except LimitError as error:
            raise self._rejected(function, error.kind, error.token) from None
        except TooLargeError as error:
            raise self._too_large(function, str(error)) from None
        prelude = None if function.emitter is Emitter.VIPER else _prelude(function, self._numbering, expanded)
        return _Prepared(function, expanded.low, prelude)

    def _generate(self, prepared: _Prepared) -> tuple[bytes, tuple[int, ...]] | str:
        """The fields of a MachineCode, or what is too large."""
        improve(prepared.low)
        try:
            machine = machine_stage(prepared.low, self._target)
            code = self._target.encode(machine)
        except TooLargeError as error:
            return str(error)
        dismantle_machine(machine)
        return code.code, code.resume_offsets

    def _too_large(self, function: Function, reason: str) -> CompileError:
        return self._rejected(function, errors.NATIVE_TOO_LARGE, function.token, reason)

    def _rejected(self, function: Function, kind: ErrorKind, token: int, reason: str = "") -> CompileError:
        tokens = self._program.tokens
        return errors.compile_error(
            self._source,
            kind,
            tokens.starts[token],
            tokens.ends[token],
            peer_line=0,
            scope=None,
            name=function.name,
            reason=reason,
        )


class _Prepared:
    """A function on its way, with all its numbers. ``size`` is its number of low instructions."""

    __slots__ = ("function", "low", "prelude", "size")

    def __init__(self, function: Function, low: LowFunction, prelude: Prelude | None) -> None:
        self.function = function
        self.low = low
        self.prelude = prelude
        self.size = sum(len(block.code) for block in low.blocks)

    def raw_code(self, code: MachineCode, word: int) -> RawCode:
        """A viper function has no prelude."""
        prelude = self.prelude
        if prelude is None:
            native = NativePart(scope_flags=self.function.flags)
            return RawCode(RawCodeKind.VIPER, code.code, native=native)
        head = [len(self.function.children)]
        if code.resume_offsets:
            head.append(2 * word + code.resume_offsets[0])
        body = b"".join(value.to_bytes(word, "little") for value in head) + code.code
        data = body + _encode_prelude(prelude)
        return RawCode(RawCodeKind.NATIVE, data, prelude=prelude, native=NativePart(prelude_offset=len(body)))


_WORTH_FORKS = 1500
"""Low instructions: about what is compiled while processes are started."""

_MOST_WAITING = 60_000
"""Low instructions that wait for machine code, about 40 MB."""


_LAST_CELL = 255
"""A prelude has one byte for the number of a cell."""

_ARM_WORD = 4

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
    expanded = _expand(program, function, numbering, source, options)
    improve(expanded.low)
    return expanded


def _expand(
    program: Program, function: Function, numbering: Numbering, source: Source, options: Options
) -> Expanded:
    target = target_of(options.arch)
    ssa = ssa_stage(program, function, source, options)
    goal = _goal_of(program, function, target, options)
    expanded = expand_function(ssa, function, numbering, _layout_of(target), goal)
    expanded.low.runs_once = function.kind in (ScopeKind.MODULE, ScopeKind.CLASS)
    # Arm's processors that divide have ``mla``, too
    expanded.low.adds_products = target.word == _ARM_WORD and target.has_divide
    expanded.low.is_small = goal is Goal.SIZE and not ssa.is_viper
    dismantle_ssa(ssa)
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


def _prelude(function: Function, numbering: Numbering, expanded: Expanded) -> Prelude:
    return Prelude(
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
