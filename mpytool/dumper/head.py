"""The head of a function as text: what its prelude says, for bytecode and for native code."""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.dumper.listing import n_closed_over, qstr_text, shorten
from mpytool.module import CompiledModule, Prelude
from mpytool.print_bytecode import FLAG_NAMES, line_starts

_LISTED_LINES = 400
"""Pairs of a line table that are listed in the head of a function."""


def prelude_lines(module: CompiledModule, prelude: Prelude) -> Iterator[str]:
    """The fields of a prelude, by the names that ``py/bc.h`` has for them."""
    flags = " ".join(name for bit, name in FLAG_NAMES if prelude.scope_flags & bit)
    yield (
        f"  n_state {prelude.n_state}, n_exc_stack {prelude.n_exc_stack}, "
        f"scope_flags {prelude.scope_flags:#x}{f' ({flags})' if flags else ''}, "
        f"n_pos_args {prelude.n_pos_args}, n_kwonly_args {prelude.n_kwonly_args}, "
        f"n_def_pos_args {prelude.n_def_pos_args}"
    )
    if prelude.arg_names:
        yield "  args   " + " ".join(shorten(qstr_text(module, index)) for index in prelude.arg_names)
    closed = n_closed_over(module, prelude)
    if closed:
        yield f"  closes over {closed} variable{'s' if closed > 1 else ''} of enclosing functions"
    if prelude.cells:
        yield "  cells  " + " ".join(map(str, prelude.cells))
    if prelude.line_table:
        starts = line_starts(prelude.line_table)
        more = " ..." if len(starts) > _LISTED_LINES else ""
        yield "  lines  " + " ".join(f"{o}:{line}" for o, line in starts[:_LISTED_LINES]) + more
