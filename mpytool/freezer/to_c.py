"""The C of laid-out modules, in pieces: arrays in an order in which none needs padding before it.

Names of macros in it: ``B``, ``N`` and ``S`` are bytes of ``frozen_bytes``, of the names of the modules and
of the source texts; ``Q`` is the number of a new qstr. What depends on the firmware's configuration is
decided by the preprocessor: one file serves every object representation, word size and kind of tracing.
"""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.freezer.ctext import comment, hex_lines, literal, literal_lines
from mpytool.freezer.layout import Layout, Place, path_names, text_content
from mpytool.freezer.strings import qstr_hash
from mpytool.freezer.to_c_code import write_function_checks, write_functions
from mpytool.freezer.to_c_objects import write_objects
from mpytool.values import decode_text, encode_text

_HEAD = """\
#include <stdint.h>
#include "py/mpconfig.h"
#include "py/objint.h"
#include "py/objstr.h"
#include "py/objtuple.h"
#include "py/emitglue.h"
#include "py/nativeglue.h"

/* Some ABIs put arrays on 16 bytes; what reads these needs no more than their elements do. */
#if defined(__GNUC__)
#define FROZEN_ARRAY(T) __attribute__((aligned(__alignof__(T))))
#else
#define FROZEN_ARRAY(T)
#endif

"""

_LONG_INTS = {"none": 0, "longlong": 1, "mpz": 2}
_BYTE_ARRAYS = "BNS"

_TEXT_CHECK = """\
#if !MICROPY_MODULE_FROZEN_STR
#error "source texts are frozen, and the firmware has no MICROPY_MODULE_FROZEN_STR to find them"
#endif
"""


def c_bytes(place: Place) -> str:
    """The C expression of a place among bytes."""
    array, offset = place
    return f"{_BYTE_ARRAYS[array]}({offset})"


def write_c(layout: Layout) -> Iterator[str]:
    """The whole file."""
    yield "/* Frozen modules, made by mpyc. */\n"
    yield _HEAD
    yield "".join(_write_checks(layout))
    yield "".join(_write_names(layout))
    yield "".join(_write_bytes(layout))
    yield "".join(_write_pool(layout))
    yield "".join(_write_qstr_tables(layout))
    yield "".join(write_objects(layout, c_bytes))
    yield "".join(write_functions(layout, c_bytes))
    yield "".join(_write_modules(layout))


def _write_checks(layout: Layout) -> Iterator[str]:
    settings = layout.settings
    wanted = {
        "MICROPY_LONGINT_IMPL": _LONG_INTS[settings.longint],
        "MICROPY_QSTR_BYTES_IN_LEN": settings.qstr_bytes_in_len,
        "MICROPY_QSTR_BYTES_IN_HASH": settings.qstr_bytes_in_hash,
    }
    if settings.longint == "mpz":
        wanted["MPZ_DIG_SIZE"] = settings.mpz_dig_size
    for name, value in wanted.items():
        yield f'#if {name} != {value}\n#error "incompatible {name}: frozen for {value}"\n#endif\n'
    if layout.texts:
        yield _TEXT_CHECK
    yield from write_function_checks(layout)


def _write_names(layout: Layout) -> Iterator[str]:
    yield "\nconst char mp_frozen_names[] FROZEN_ARRAY(char) =\n"
    for name in path_names(layout.modules, layout.texts):
        yield f"    {literal(encode_text(name) + bytes(1))}\n"
    yield '    "";\n'
    yield "\n#if MICROPY_MODULE_FROZEN_STR\n"
    contents = [text_content(text) for text in layout.texts]
    sizes = "".join([f"{len(content)}, " for content in contents])
    yield f"const uint32_t mp_frozen_str_sizes[] FROZEN_ARRAY(uint32_t) = {{ {sizes}0 }};\n"
    # The literal's own NUL is that of the last text.
    size = max(1, sum(map(len, contents)) + len(contents))
    yield f"const char mp_frozen_str_content[{size}] FROZEN_ARRAY(char) =\n"
    for number, content in enumerate(contents):
        yield f"    {comment(layout.texts[number].name)}\n"
        yield from literal_lines(content)
        if number < len(contents) - 1:
            yield '    "\\000"\n'
    yield '    "";\n#endif\n\n'


def _write_bytes(layout: Layout) -> Iterator[str]:
    packed = layout.data.packed
    yield "#define N(i) ((const byte *)mp_frozen_names + (i))\n"
    yield "#define S(i) ((const byte *)mp_frozen_str_content + (i))\n"
    yield "#define B(i) (frozen_bytes + (i))\n"
    if not packed.size:
        return
    yield f"\nstatic const byte frozen_bytes[{packed.size}] FROZEN_ARRAY(byte) = {{\n"
    for number, shared in packed.order:
        piece = layout.data.pieces[number]
        yield f"    {comment(piece.about)}\n{hex_lines(piece.data[shared:])}"
    yield "};\n"


def _write_pool(layout: Layout) -> Iterator[str]:
    new = layout.qstrs.new
    n_hash = layout.settings.qstr_bytes_in_hash
    yield "\n#define Q(i) (MP_QSTRnumber_of + (i))\n"
    if new and n_hash:
        yield f"\nconst qstr_hash_t mp_qstr_frozen_const_hashes[{len(new)}] FROZEN_ARRAY(qstr_hash_t) = {{\n"
        yield from _number_lines([qstr_hash(text, n_hash) for text in new])
        yield "};\n"
    if new:
        yield f"\nconst qstr_len_t mp_qstr_frozen_const_lengths[{len(new)}] FROZEN_ARRAY(qstr_len_t) = {{\n"
        yield from _number_lines([len(text) for text in new])
        yield "};\n"
    yield "\nextern const qstr_pool_t mp_qstr_const_pool;\n"
    yield "const qstr_pool_t mp_qstr_frozen_const_pool = {\n"
    yield "    (void *)&mp_qstr_const_pool,\n    MP_QSTRnumber_of,\n"
    yield f"    {'true' if layout.qstrs.is_sorted else 'false'}, /* is_sorted */\n"
    # The first pool in RAM has twice this size; it must not exceed the number of entries.
    yield f"    {min(len(new), 10)}, /* alloc */\n    {len(new)},\n"
    if n_hash:
        yield f"    {'(qstr_hash_t *)mp_qstr_frozen_const_hashes' if new else 'NULL'},\n"
    yield f"    {'(qstr_len_t *)mp_qstr_frozen_const_lengths' if new else 'NULL'},\n    {{\n"
    for number, text in enumerate(new):
        place = c_bytes(layout.data.place(text + b"\0"))
        yield f"        (const char *){place}, {comment(f'{number} {decode_text(text)}')}\n"
    yield "    },\n};\n"


def _number_lines(numbers: list[int]) -> Iterator[str]:
    for start in range(0, len(numbers), 20):
        yield "    " + " ".join([f"{number}," for number in numbers[start : start + 20]]) + "\n"


def _write_qstr_tables(layout: Layout) -> Iterator[str]:
    entries = [layout.qstrs.number(text) for text in layout.tables.qstrs]
    if entries:
        yield f"\nstatic const qstr_short_t frozen_qstrs[{len(entries)}] FROZEN_ARRAY(qstr_short_t) = {{\n"
        for start in range(0, len(entries), 8):
            yield "    " + " ".join([f"{entry}," for entry in entries[start : start + 8]]) + "\n"
        yield "};\n"


def _write_modules(layout: Layout) -> Iterator[str]:
    modules = layout.modules
    if modules:
        yield "\nstatic const mp_frozen_module_t frozen_modules[] FROZEN_ARRAY(mp_frozen_module_t) = {\n"
        for number, module in enumerate(modules):
            qstrs = layout.tables.qstr_places.starts[number]
            yield f"    {comment(module.name)}\n"
            yield f"    {{{{(qstr_short_t *)(frozen_qstrs + {qstrs}), {_object_table(layout, number)}}}, "
            yield f"{layout.c_function(layout.functions.bodies[number], c_bytes)}}},\n"
        yield "};\n"
    yield "\nconst mp_frozen_module_t *const mp_frozen_mpy_content[] FROZEN_ARRAY(void *) = {\n"
    for number in range(len(modules)):
        yield f"    &frozen_modules[{number}],\n"
    yield "};\n" if modules else "    NULL,\n};\n"
    yield "\n#ifdef MICROPY_FROZEN_LIST_ITEM\n"
    for module in modules:
        names = literal(encode_text(_short_name(module.name))), literal(encode_text(module.name))
        yield f"MICROPY_FROZEN_LIST_ITEM({', '.join(names)})\n"
    yield "#endif\n"


def _object_table(layout: Layout, number: int) -> str:
    start = layout.tables.object_places.starts[number]
    return "NULL" if start < 0 else f"(mp_obj_t *)(frozen_objs + {start})"


def _short_name(path: str) -> str:
    """What a port lists: the package of an ``__init__.py``, else the path without its extension."""
    if path.endswith("/__init__.py"):
        return path.removesuffix("/__init__.py")
    return path.rpartition(".")[0]
