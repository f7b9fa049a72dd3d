"""The bytecode emitter: one function to bytecode, byte for byte as mpy-cross 1.29 makes it.

==============  ==================================================================
``numbering``   the numbers of qstrs and constants
``draft``       the ops of one function to bytes without jumps, and the stack's depth
``layout``      the sizes of the jumps, pass by pass
``blocks``      the same for long functions: only where something can change
``tolerances``  where that is
==============  ==================================================================

The head of a function is encoded by ``mpytool/prelude.py``, which readers share.
"""

from __future__ import annotations

from itertools import pairwise

from mpytool.emitters.bytecode.draft import Draft, draft_function
from mpytool.emitters.bytecode.layout import SIGNED, Layout, Mark, WholePasses, encode_jump
from mpytool.emitters.bytecode.numbering import Numbering
from mpytool.ir import Function
from mpytool.module import Prelude, RawCode, RawCodeKind
from mpytool.options import Options
from mpytool.prelude import encode_lines, encode_names, encode_signature, encode_sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mpytool.emitters.bytecode.layout import Passes


class BytecodeOverflow(Exception):  # noqa: N818
    """A jump is too long. ``module.py`` makes a CompileError of it."""


_SPARE_PASSES = 100
_MANY_MARKS = 2000


def emit_function(function: Function, numbering: Numbering, options: Options) -> RawCode:
    """The raw code of a bytecode function, without its children. BytecodeOverflow: it is too large."""
    qstrs = numbering.qstrs
    names = [qstrs.setdefault(name, len(qstrs)) for name in (function.name, *function.arg_names)]
    draft = draft_function(function, numbering, options.writes_line_table)
    n_state = max(1, function.n_locals + draft.stack_size)
    signature = encode_signature(
        n_state,
        function.n_exc_stack,
        function.flags,
        function.n_pos_args,
        function.n_kwonly_args,
        function.n_def_pos_args,
    )
    encoded_names = encode_names(names)
    layout, line_table, n_info = _lay_out(draft, function.n_labels, len(encoded_names), len(function.cells))
    cells = bytes([cell & 0xFF for cell in function.cells])
    head = b"".join((signature, encode_sizes(n_info, len(cells)), encoded_names, line_table, cells))
    return RawCode(
        RawCodeKind.BYTECODE,
        head + _assemble(draft, layout),
        prelude=Prelude(
            n_state=n_state,
            n_exc_stack=function.n_exc_stack,
            scope_flags=function.flags,
            n_pos_args=function.n_pos_args,
            n_kwonly_args=function.n_kwonly_args,
            n_def_pos_args=function.n_def_pos_args,
            name=names[0],
            arg_names=tuple(names[1:]),
            line_table=line_table,
            cells=tuple(cells),
        ),
        opcodes_offset=len(head),
    )


def _lay_out(draft: Draft, n_labels: int, n_names: int, n_cell: int) -> tuple[Layout, bytes, int]:
    """The final layout, its line table, and the n_info that the prelude says.

    ``n_names`` is the size of the encoded names.
    """
    if not draft.jumps:
        line_table = _line_table(draft, [])
        return Layout([]), line_table, n_names + len(line_table)
    passes = _passes(draft.marks, n_labels)
    # A pass writes the n_info of the pass before it: three passes decide whether the head is stable.
    for _ in range(_SPARE_PASSES + len(draft.jumps)):
        last_total = passes.total
        changed = passes.advance()
        if passes.total != last_total:
            continue
        if not changed:
            # From here on every pass would be the same as this one, in its head too.
            layout = passes.layout()
            line_table = _line_table(draft, layout.sizes)
            return layout, line_table, n_names + len(line_table)
        tables = [_line_table(draft, sizes) for sizes in passes.recent_sizes()]
        n_info = [n_names + len(table) for table in tables]
        head = [len(encode_sizes(before, n_cell)) + now for before, now in pairwise(n_info)]
        if head[0] == head[1]:
            return passes.layout(), tables[2], n_info[1]
    # Nobody has seen this: jumps that for ever make each other long and short again. mpy-cross would hang.
    raise BytecodeOverflow


def _passes(marks: list[Mark], n_labels: int) -> Passes:
    """Blocks pay where there are several; the passes do the same either way."""
    if len(marks) <= _MANY_MARKS:
        return WholePasses(marks, n_labels)
    from mpytool.emitters.bytecode.blocks import BlockPasses  # few functions are so long

    return BlockPasses(marks, n_labels)


def _line_table(draft: Draft, sizes: list[int]) -> bytes:
    """The line table of a function whose jumps have these sizes."""
    steps = []
    last = 0
    before = n_jumps = 0
    for offset, jumps_before, n_lines in draft.lines:
        if jumps_before > n_jumps:
            before += sum(sizes[n_jumps:jumps_before])
            n_jumps = jumps_before
        offset += before
        steps.append((offset - last, n_lines))
        last = offset
    return encode_lines(steps)


def _assemble(draft: Draft, layout: Layout) -> bytes:
    """The opcodes: the bytes of the draft with the jumps put in."""
    code = draft.code
    if not draft.jumps:
        return bytes(code)
    parts: list[bytes | bytearray] = []
    start = 0
    jump_offsets = [(kind, offset) for kind, offset, _ in draft.marks if kind]
    for (kind, offset), opcode, size, distance in zip(
        jump_offsets, draft.jumps, layout.sizes, layout.distances, strict=True
    ):
        parts.append(code[start:offset])
        try:
            parts.append(encode_jump(opcode, kind == SIGNED, size, distance))
        except ValueError:
            raise BytecodeOverflow from None
        start = offset
    parts.append(code[start:])
    return b"".join(parts)
