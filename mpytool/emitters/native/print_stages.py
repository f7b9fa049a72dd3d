"""What the stages of the native pipeline make of a program's functions, as text for ``--print``."""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.emitters.native.build import build_function
from mpytool.emitters.native.emit import expand_stage, is_native_target, machine_stage, ssa_stage, target_of
from mpytool.emitters.native.print_low import format_low
from mpytool.emitters.native.print_machine import format_machine
from mpytool.emitters.native.print_ssa import format_ssa
from mpytool.ir import Emitter, Function, Program
from mpytool.options import Options
from mpytool.source import Source


def ssa_text(program: Program, source: Source, options: Options) -> str:
    """As built: viper functions without types."""
    return _each(program, lambda function: format_ssa(build_function(function)))


def typed_text(program: Program, source: Source, options: Options) -> str:
    """CompileError (E07xx): a viper function has wrong types."""
    return _each(program, lambda function: format_ssa(ssa_stage(program, function, source, options)))


def low_text(program: Program, source: Source, options: Options) -> str:
    """Improved. Nothing for an architecture without native code."""
    numbering = Numbering(program.source_name)
    numbering.note_names(program.functions)

    def text(function: Function) -> str:
        return format_low(expand_stage(program, function, numbering, source, options).low)

    return _each(program, text) if is_native_target(options.arch) else ""


def machine_text(program: Program, source: Source, options: Options) -> str:
    """Allocated and laid out. Nothing for an architecture without native code."""
    numbering = Numbering(program.source_name)
    numbering.note_names(program.functions)

    def text(function: Function) -> str:
        low = expand_stage(program, function, numbering, source, options).low
        return format_machine(machine_stage(low, target_of(options.arch)))

    return _each(program, text) if is_native_target(options.arch) else ""


def _each(program: Program, text: Callable[[Function], str]) -> str:
    native = (Emitter.NATIVE, Emitter.VIPER)
    return "\n".join(text(function) for function in program.functions if function.emitter in native)
