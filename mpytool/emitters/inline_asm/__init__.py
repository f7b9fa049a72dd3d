"""The inline assembler: functions under ``@micropython.asm_thumb`` to machine code, as mpy-cross does it.

=============  =======================================================================================
``dialect``    what an assembler language is to the assembler
``assembler``  what all languages share: labels, ``align``, ``data``, branches, sizes
``operands``   the kinds of operands that Thumb instructions take
``thumb``      the mnemonics, each with the kinds of its operands and its row of ``emitters/native/thumb``
=============  =======================================================================================
"""

from __future__ import annotations

from mpytool.emitters.inline_asm.assembler import assemble
from mpytool.emitters.inline_asm.thumb import thumb_dialect
from mpytool.emitters.native.thumb import FEATURES
from mpytool.ir import Function, Program
from mpytool.module import NativePart, RawCode, RawCodeKind
from mpytool.options import Options
from mpytool.source import Source

_TYPE_SIGNATURES = {"object": 0, "bool": 1, "": 2, "int": 2, "uint": 3}


def is_assembled(arch: str) -> bool:
    """Whether there is an assembler for the architecture (one of ``options.ARCHES``)."""
    return arch in FEATURES


def emit_assembler_function(
    program: Program, function: Function, source: Source, options: Options
) -> RawCode:
    """The raw code of an assembler function of the program; ``is_assembled(options.arch)`` must hold.

    CompileError: what stands there is no instruction of the architecture (E06xx).
    """
    code = assemble(program, function, source, thumb_dialect(options.arch))
    signature = _TYPE_SIGNATURES[function.return_type]
    native = NativePart(n_pos_args=len(function.arg_names), type_sig=signature)
    return RawCode(RawCodeKind.ASM, code, native=native)
