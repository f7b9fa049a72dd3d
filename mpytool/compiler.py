"""The driver: source text → compiled module, every stage in order."""

from __future__ import annotations

from collections.abc import Callable

from mpytool import errors
from mpytool.emitters.module import emit
from mpytool.grammar.frontend import parse
from mpytool.lowering import lower
from mpytool.module import CompiledModule
from mpytool.options import Options
from mpytool.process_settings import collector_at_rest, recursion_up_to
from mpytool.source import Source
from mpytool.values import encode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

_DEFAULTS = Options()


def compile_source(
    source: str | bytes,
    *,
    name: str,
    options: Options = _DEFAULTS,
    path: str | None = None,
    processes: int = 1,
) -> CompiledModule:
    """Compile one file. Safe to call from several threads at once.

    ``name`` is the source name that the module carries (mpy-cross's ``-s``); ``path`` is what errors of the
    parser call the file, the name if left out. Long native code is made by up to so many ``processes``: this
    one and forks of it, where the system has them and no other thread runs. Raises CompileError if the
    program is rejected.
    """
    file = _source(source, name, path)

    def stages() -> CompiledModule:
        module = parse(file, options)
        program = lower(module, file, options)
        return emit(program, file, options, processes)

    return _run(stages, file)


def _source(source: str | bytes, name: str, path: str | None) -> Source:
    return Source(encode_text(source) if isinstance(source, str) else source, name, path)


_DEEP = 200_000
"""Python frames granted to a program that nests deeply: about 90,000 levels of brackets, 100 MB of frames."""


def _run(work: Callable[[], _T], source: Source) -> _T:
    """Run stages. Only the lowering recurses, as deep as the program nests."""
    try:
        with collector_at_rest():
            try:
                return work()
            except RecursionError:
                pass
            with recursion_up_to(_DEEP):
                return work()
    except RecursionError:
        raise errors.compile_error(source, errors.TOO_DEEP, 0, 0, peer_line=0) from None
    except MemoryError:
        raise errors.compile_error(source, errors.OUT_OF_MEMORY, 0, 0, peer_line=0) from None


# --- looking at the stages ----------------------------------------------------------------------------------


def _tokens_text(source: Source, options: Options) -> str:
    from mpytool.grammar.lexer import tokenize
    from mpytool.grammar.print_tokens import format_tokens

    interned = (source.name, source.path)
    return format_tokens(tokenize(source.text, optimise=options.optimise, interned=interned))


def _tree_text(source: Source, options: Options) -> str:
    from mpytool.grammar.print_tree import format_tree

    return format_tree(parse(source, options))


def _scopes_text(source: Source, options: Options) -> str:
    from mpytool.lowering.program import lower_with_scopes
    from mpytool.print_scopes import format_scopes

    return format_scopes(lower_with_scopes(parse(source, options), source, options)[1])


def _ir_text(source: Source, options: Options) -> str:
    from mpytool.print_ir import format_program

    return format_program(lower(parse(source, options), source, options))


def _ssa_text(source: Source, options: Options) -> str:
    from mpytool.emitters.native.print_stages import ssa_text

    return ssa_text(lower(parse(source, options), source, options), source, options)


def _typed_text(source: Source, options: Options) -> str:
    from mpytool.emitters.native.print_stages import typed_text

    return typed_text(lower(parse(source, options), source, options), source, options)


def _low_text(source: Source, options: Options) -> str:
    from mpytool.emitters.native.print_stages import low_text

    return low_text(lower(parse(source, options), source, options), source, options)


def _machine_text(source: Source, options: Options) -> str:
    from mpytool.emitters.native.print_stages import machine_text

    return machine_text(lower(parse(source, options), source, options), source, options)


def _bytecode_text(source: Source, options: Options) -> str:
    from mpytool.print_bytecode import format_module

    return format_module(emit(lower(parse(source, options), source, options), source, options))


STAGES: dict[str, Callable[[Source, Options], str]] = {
    "tokens": _tokens_text,
    "tree": _tree_text,
    "scopes": _scopes_text,
    "ir": _ir_text,
    "ssa": _ssa_text,
    "typed": _typed_text,
    "low": _low_text,
    "machine": _machine_text,
    "bytecode": _bytecode_text,
}
"""What ``--print`` can show, in the order in which the stages run."""


def stage_text(
    stage: str, source: str | bytes, *, name: str, options: Options = _DEFAULTS, path: str | None = None
) -> str:
    """What one stage makes of a file, readable. KeyError for an unknown stage, else as compile_source."""
    file = _source(source, name, path)
    return _run(lambda: STAGES[stage](file, options), file)
