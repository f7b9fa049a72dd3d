"""The C of functions: machine code, records, lists of children (``py/emitglue.h``)."""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.freezer.ctext import comment, hex_lines, literal
from mpytool.freezer.functions import Function, Sort, native_part
from mpytool.freezer.layout import Layout
from mpytool.freezer.to_c_objects import CBytes
from mpytool.module import RawCodeKind
from mpytool.options import ARCHES
from mpytool.values import encode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

_KINDS = {
    RawCodeKind.BYTECODE: "MP_CODE_BYTECODE",
    RawCodeKind.NATIVE: "MP_CODE_NATIVE_PY",
    RawCodeKind.VIPER: "MP_CODE_NATIVE_VIPER",
    RawCodeKind.ASM: "MP_CODE_NATIVE_ASM",
}

_BYTE_ALIGNED = ("x86", "x64", "debug")
"""All others read words of the code, or words beside it: 4 bytes, as when it is loaded into RAM."""

# What follows the type of section ends the line of assembler that GCC writes: its own flags are a comment.
_ARM_SECTION = '__attribute__((section(".text,\\"ax\\",%progbits @ ")))'
_SECTION = '__attribute__((section(".text,\\"ax\\",@progbits # ")))'

_Check: TypeAlias = "tuple[frozenset[RawCodeKind], str, str]"

_NATIVE_KINDS = frozenset((RawCodeKind.NATIVE, RawCodeKind.VIPER))
_CHECKS: tuple[_Check, ...] = (
    (
        _NATIVE_KINDS,
        "!MICROPY_EMIT_NATIVE && !MICROPY_ENABLE_NATIVE_CODE /* since 1.28 */",
        "native code, and the firmware cannot run any",
    ),
    (
        _NATIVE_KINDS,
        "MICROPY_OBJ_REPR != MICROPY_OBJ_REPR_A && MICROPY_OBJ_REPR != MICROPY_OBJ_REPR_C",
        "native code, and it is not for the firmware's representation of objects",
    ),
    (
        frozenset((RawCodeKind.ASM,)),
        "!MICROPY_EMIT_INLINE_ASM",
        "assembler functions, and the firmware has no inline assembler",
    ),
)
"""What functions of some kinds need: when it is missing, and in which words."""


_RECORDS = """\
#define FROZEN_RECORD(sort, generator, code, list, size, n) \\
    {MP_PROTO_FUN_INDICATOR_RAW_CODE_0, MP_PROTO_FUN_INDICATOR_RAW_CODE_1}, .kind = sort, \\
    .is_generator = generator, .fun_data = code, .children = list, FROZEN_SAVED(size, n)
#if MICROPY_PERSISTENT_CODE_SAVE
#define FROZEN_SAVED(size, n) .fun_data_len = size, .n_children = n,
#else
#define FROZEN_SAVED(size, n)
#endif
#if MICROPY_PERSISTENT_CODE_SAVE && (MICROPY_EMIT_MACHINE_CODE || MICROPY_ENABLE_NATIVE_CODE)
#define FROZEN_PRELUDE(offset) .prelude_offset = offset,
#else
#define FROZEN_PRELUDE(offset)
#endif
#if MICROPY_PERSISTENT_CODE_SAVE && MICROPY_PY_SYS_SETTRACE
#define FROZEN_HEAD(code, state, handlers, flags, pos, kwonly, defaults, name, lines, end, ops) \\
    .prelude = { \\
    .n_state = state, .n_exc_stack = handlers, .scope_flags = flags, .n_pos_args = pos, \\
    .n_kwonly_args = kwonly, .n_def_pos_args = defaults, .qstr_block_name_idx = name, \\
    .line_info = code + lines, .line_info_top = code + end, .opcodes = code + ops},
#else
#define FROZEN_HEAD(code, state, handlers, flags, pos, kwonly, defaults, name, lines, end, ops)
#endif
"""


def write_function_checks(layout: Layout) -> Iterator[str]:
    """What the firmware must have to run the functions. It stands before all that has no name without it."""
    for kinds, missing, words in _CHECKS:
        users = [function.users for function in layout.functions.all if function.raw.kind in kinds]
        if users:
            names = sorted(set().union(*users))
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            said = f"frozen modules ({names[0]}{others}) have {words}"
            yield f"#if {missing}\n#error {literal(encode_text(said))}\n#endif\n"


def write_functions(layout: Layout, c_bytes: CBytes) -> Iterator[str]:
    """Machine code, records and lists of children; the two last refer to each other."""
    functions = layout.functions
    sorts = {sort: [each for each in functions.all if each.sort is sort] for sort in Sort}
    yield from _write_native(layout)
    n_children = len(layout.children.entries)
    if n_children:
        yield f"\nstatic const void *const frozen_children[{n_children}];\n"
    yield from _write_records(layout, c_bytes, sorts)
    if sorts[Sort.ASM]:
        yield "\nstatic const mp_raw_code_t frozen_asm[] FROZEN_ARRAY(mp_raw_code_t) = {\n"
        for function in sorts[Sort.ASM]:
            yield _record(layout, function, c_bytes)
        yield "};\n"
    if n_children:
        yield f"\nstatic const void *const frozen_children[{n_children}] FROZEN_ARRAY(void *) = {{\n"
        for child in layout.children.entries:
            if isinstance(child, bytes):
                yield f"    {c_bytes(layout.data.place(child))},\n"
            else:
                yield f"    {layout.c_function(child, c_bytes)}, {comment(child.name)}\n"
        yield "};\n"


def _write_native(layout: Layout) -> Iterator[str]:
    native = [each for each in layout.functions.all if each.raw.kind is not RawCodeKind.BYTECODE]
    for function in native:
        arch = ARCHES[function.arch]
        section = _ARM_SECTION if arch.startswith("arm") else _SECTION
        alignment = "" if arch in _BYTE_ALIGNED else " __attribute__((aligned(4)))"
        yield f"\n{comment(function.name)}\n"
        yield f"static const byte frozen_native_{function.native_number}[] {section}{alignment} = {{\n"
        yield hex_lines(function.code)
        if function.prelude:
            # The run time reads it through the list of children; who saves code reads it here.
            yield "    #if MICROPY_PERSISTENT_CODE_SAVE\n"
            yield hex_lines(function.prelude)
            yield "    #endif\n"
        yield "};\n"


def _write_records(layout: Layout, c_bytes: CBytes, sorts: dict[Sort, list[Function]]) -> Iterator[str]:
    records, leaves = sorts[Sort.RECORD], sorts[Sort.LEAF]
    yield "\n#if MICROPY_PERSISTENT_CODE_SAVE\n"
    yield f"#define FROZEN_LEAF(i, code) &frozen_code[{len(records)} + (i)]\n"
    yield "#else\n#define FROZEN_LEAF(i, code) code\n#endif\n"
    if layout.functions.all:
        yield "\n" + _RECORDS
    if not records and not leaves:
        return
    condition = "" if records else "#if MICROPY_PERSISTENT_CODE_SAVE\n"
    yield f"\n{condition}static const mp_raw_code_truncated_t frozen_code[] "
    yield "FROZEN_ARRAY(mp_raw_code_truncated_t) = {\n"
    for function in records:
        yield _record(layout, function, c_bytes)
    if records and leaves:
        yield "    #if MICROPY_PERSISTENT_CODE_SAVE\n"
    for function in leaves:
        yield _record(layout, function, c_bytes)
    if records and leaves:
        yield "    #endif\n"
    yield "};\n" + ("" if records else "#endif\n")


def _record(layout: Layout, function: Function, c_bytes: CBytes) -> str:
    raw = function.raw
    native = native_part(raw)
    data = layout.c_code(function, c_bytes)
    parts = [
        f"    {{ {comment(function.name)}\n        FROZEN_RECORD({_KINDS[raw.kind]}, "
        f"{int(function.is_generator)}, {data}, {_children(layout, function, c_bytes)}, {len(raw.data)}, "
        f"{len(raw.children)})"
    ]
    if raw.kind is not RawCodeKind.BYTECODE:
        parts.append(f" FROZEN_PRELUDE({native.prelude_offset})")
    elif raw.prelude is not None:
        head = raw.prelude
        lines_end = raw.opcodes_offset - len(head.cells)
        lines_start = lines_end - len(head.line_table)
        parts.append(
            f"\n        FROZEN_HEAD({data}, {head.n_state}, {head.n_exc_stack}, {head.scope_flags}, "
            f"{head.n_pos_args}, {head.n_kwonly_args}, {head.n_def_pos_args}, {head.name}, {lines_start}, "
            f"{lines_end}, {raw.opcodes_offset})"
        )
    if raw.kind is RawCodeKind.ASM:
        parts.append(f"\n        .asm_n_pos_args = {native.n_pos_args}, .asm_type_sig = {native.type_sig},")
    parts.append("\n    },\n")
    return "".join(parts)


def _children(layout: Layout, function: Function, c_bytes: CBytes) -> str:
    """The list of children; of a native function without any, its prelude itself."""
    place = layout.children_of(function)
    if place is not None:
        return f"(void *)(frozen_children + {place})"
    return f"(void *){c_bytes(layout.data.place(function.prelude))}" if function.prelude else "NULL"
