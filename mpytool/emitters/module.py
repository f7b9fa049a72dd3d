"""A lowered program to a compiled module: every function by the emitter that it asks for.

Names and constants are numbered over all bytecode functions, in two walks (``bytecode/numbering.py``). Native
functions add what they use when they are emitted; of assembler functions nothing is stored.
"""

from __future__ import annotations

from mpytool import errors
from mpytool.diagnostics import CompileError
from mpytool.emitters.bytecode import BytecodeOverflow, emit_function
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.ir import Emitter, Function, Program
from mpytool.module import CompiledModule, Constant, RawCode
from mpytool.options import ARCHES, Options
from mpytool.source import Source
from mpytool.version import MPY_SUB_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:  # few files need it
    from mpytool.emitters.native.emit import NativeEmitter


def emit(program: Program, source: Source, options: Options, processes: int = 1) -> CompiledModule:
    """The module of a program. Up to so many ``processes``, this one and forks of it, make native code.

    CompileError: a function asks for an emitter that there is not (E0401), is too large (E03xx, E04xx),
    holds what is no instruction (E06xx), or has wrong types (E07xx). The first function that fails, in the
    program's order, is reported.
    """
    functions = program.functions
    numbering = Numbering(program.source_name)
    for function in functions:
        if function.emitter is Emitter.BYTECODE:
            numbering.number_early(function)
    if any(function.emitter is Emitter.NATIVE for function in functions):
        numbering.note_names(functions)
    native = _native_emitter(program, numbering, source, options, processes)
    try:
        emitted = [_emit_one(program, f, numbering, source, options, native) for f in functions]
    except CompileError:
        if native is not None:
            native.finish()  # of two errors, the first function's counts
        raise
    from_native = iter([] if native is None else native.finish())
    raw_codes = [raw_code or next(from_native) for raw_code in emitted]
    for function, raw_code in zip(functions, raw_codes, strict=True):
        raw_code.children = [raw_codes[child] for child in function.children]
    constants: list[Constant] = list(numbering.constants)
    holds_native_code = any(function.emitter is not Emitter.BYTECODE for function in functions)
    return CompiledModule(
        qstrs=list(numbering.qstrs),
        constants=constants,
        root=raw_codes[0],
        small_int_bits=options.small_int_bits,
        arch=ARCHES.index(options.arch) if holds_native_code else 0,
        sub_version=MPY_SUB_VERSION if holds_native_code else 0,
        arch_flags=options.arch_flags,
    )


def _native_emitter(
    program: Program, numbering: Numbering, source: Source, options: Options, processes: int
) -> NativeEmitter | None:
    """None if there is nothing for one to do, or none for the architecture."""
    if not any(function.emitter in _NATIVE for function in program.functions):
        return None
    from mpytool.emitters.native.emit import NativeEmitter, is_native_target

    if not is_native_target(options.arch):
        return None
    return NativeEmitter(program, numbering, source, options, processes)


_NATIVE = (Emitter.NATIVE, Emitter.VIPER)


def _emit_one(
    program: Program,
    function: Function,
    numbering: Numbering,
    source: Source,
    options: Options,
    native: NativeEmitter | None,
) -> RawCode | None:
    """None: it is the native emitter's, which has it when it finishes."""
    if function.n_free > _LAST_CELL:
        raise _too_many_cells(program, function, source)
    if function.emitter is Emitter.BYTECODE:
        if max(function.cells, default=0) > _LAST_CELL:
            raise _too_many_cells(program, function, source)
        try:
            return emit_function(function, numbering, options)
        except BytecodeOverflow:
            raise _overflow(program, function, source) from None
    if function.emitter is Emitter.ASM:
        # Few files need the assembler's tables.
        from mpytool.emitters.inline_asm import emit_assembler_function, is_assembled

        if is_assembled(options.arch):
            return emit_assembler_function(program, function, source, options)
    elif native is not None:
        native.add(function)
        return None
    elif function.emitter is Emitter.VIPER:
        from mpytool.emitters.native.viper_check import check_types

        check_types(function, program, source, options.word_bits)
    raise _no_emitter(program, function, source, options)


_LAST_CELL = 255
"""A file has one byte for the number of a local that becomes a cell, and for the cells of a closure."""


def _too_many_cells(program: Program, function: Function, source: Source) -> CompileError:
    start, end, _ = _place(program, function)
    # Here mpy-cross ends by an assertion, or cuts the number.
    return errors.compile_error(
        source, errors.TOO_MANY_CELLS, start, end, peer_line=0, scope=None, name=function.name
    )


def _no_emitter(program: Program, function: Function, source: Source, options: Options) -> CompileError:
    start, end, line = _place(program, function)
    return errors.compile_error(
        source,
        errors.NO_EMITTER,
        start,
        end,
        peer_line=line,
        scope=function.name,
        name=function.name,
        emitter=function.emitter.value,
        arch=options.arch,
    )


def _overflow(program: Program, function: Function, source: Source) -> CompileError:
    start, end, _ = _place(program, function)
    # mpy-cross raises this one from where nothing knows of lines: its message has no traceback.
    return errors.compile_error(
        source, errors.BYTECODE_OVERFLOW, start, end, peer_line=0, scope=None, name=function.name
    )


def _place(program: Program, function: Function) -> tuple[int, int, int]:
    """(start, end, line) of a function's first token."""
    tokens = program.tokens
    token = function.token
    return tokens.starts[token], tokens.ends[token], tokens.lines[token]
