"""The C of constant objects: see ``objects.py`` for what is an object where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mpytool.freezer.layout import Layout, Place
from mpytool.freezer.numbers import ALWAYS_OBJECT, INT_BITS, c_float, c_integer, digits
from mpytool.freezer.objects import Item, c_object, string_data
from mpytool.freezer.strings import qstr_hash

CBytes = Callable[[Place], str]

_FLOATS = """\
#if !MICROPY_PY_BUILTINS_FLOAT
#error "frozen modules have floats, and the firmware has none"
#endif
#include <math.h>
#if MICROPY_OBJ_REPR == MICROPY_OBJ_REPR_C
#define FROZEN_FLOAT(i, c, d) ((mp_rom_obj_t)(c))
#elif MICROPY_OBJ_REPR == MICROPY_OBJ_REPR_D
#define FROZEN_FLOAT(i, c, d) {UINT64_C(d)}
#else
#define FROZEN_FLOAT(i, c, d) MP_ROM_PTR(&frozen_floats[i])
typedef struct {
    mp_obj_base_t base;
    mp_float_t value;
} frozen_float_t;
static const frozen_float_t frozen_floats[] FROZEN_ARRAY(frozen_float_t) = {
"""

_COMPLEXES = """\
#if !MICROPY_PY_BUILTINS_COMPLEX
#error "frozen modules have complex numbers, and the firmware has none"
#endif
#include <math.h>
typedef struct {
    mp_obj_base_t base;
    mp_float_t real;
    mp_float_t imag;
} frozen_complex_t;
static const frozen_complex_t frozen_complexes[] FROZEN_ARRAY(frozen_complex_t) = {
"""


def write_objects(layout: Layout, c_bytes: CBytes) -> Iterator[str]:
    """All objects, and the tables of constants."""
    objects = layout.objects
    yield from _write_strings(layout, c_bytes)
    yield from _write_ints(layout)
    if objects.floats:
        yield "\n" + _FLOATS
        for item in objects.floats:
            assert isinstance(item.value, float)
            yield f"    {{{{&mp_type_float}}, {c_float(item.value)}}},\n"
        yield "};\n#endif\n"
    if objects.complexes:
        yield "\n" + _COMPLEXES
        for item in objects.complexes:
            assert isinstance(item.value, complex)
            real, imag = c_float(item.value.real), c_float(item.value.imag)
            yield f"    {{{{&mp_type_complex}}, {real}, {imag}}},\n"
        yield "};\n"
    for number, item in enumerate(objects.tuples):
        yield f"\nstatic const mp_rom_obj_tuple_t frozen_tuple_{number} = "
        yield f"{{{{&mp_type_tuple}}, {len(item.items)}, {{\n"
        for inner in item.items:
            yield f"    {c_object(inner, layout.qstrs)},\n"
        yield "}};\n"
    yield from _write_tables(layout)


def _write_strings(layout: Layout, c_bytes: CBytes) -> Iterator[str]:
    strings = layout.objects.strings
    if not strings:
        return
    yield f"\nstatic const mp_obj_str_t frozen_strings[{len(strings)}] FROZEN_ARRAY(mp_obj_str_t) = {{\n"
    for item in strings:
        data = string_data(item)
        kind = "str" if isinstance(item.value, str) else "bytes"
        place = c_bytes(layout.data.place(data + b"\0"))
        hashed = qstr_hash(data, layout.settings.qstr_bytes_in_hash)
        yield f"    {{{{&mp_type_{kind}}}, {hashed}, {len(data)}, {place}}},\n"
    yield "};\n"


def _by_width(items: list[Item]) -> Iterator[tuple[int, list[Item]]]:
    """Integers in the order of the array, those of one width together."""
    start = 0
    for end in range(1, len(items) + 1):
        if end == len(items) or items[end].width != items[start].width:
            yield items[start].width, items[start:end]
            start = end


def _if_object(width: int) -> tuple[str, str]:
    """The lines around what is there only where integers of a width are objects."""
    if width == ALWAYS_OBJECT:
        return "", ""
    return f"#if FROZEN_INT_BITS < {width}\n", "#endif\n"


def _write_ints(layout: Layout) -> Iterator[str]:
    ints = layout.objects.ints
    if not ints:
        return
    start, end = _if_object(ints[0].width)
    yield "\n" + INT_BITS + start
    if layout.settings.longint == "none":
        yield '#error "frozen modules have long integers, and the firmware has none"\n'
    else:
        yield from _write_int_array(layout)
    yield end
    for width, items in _by_width(ints):
        pointers = [f"#define FROZEN_INT_{i.number} MP_ROM_PTR(&frozen_ints[{i.number}])\n" for i in items]
        if width == ALWAYS_OBJECT:
            yield from pointers
            continue
        yield f"#if FROZEN_INT_BITS < {width}\n"
        yield from pointers
        yield "#else\n"
        for item in items:
            assert isinstance(item.value, int)
            yield f"#define FROZEN_INT_{item.number} MP_ROM_INT({c_integer(item.value)})\n"
        yield "#endif\n"


def _write_int_array(layout: Layout) -> Iterator[str]:
    is_mpz = layout.settings.longint == "mpz"
    if is_mpz:
        yield "static const mpz_dig_t frozen_digits[] FROZEN_ARRAY(mpz_dig_t) = {\n"
        open_width = 0
        for digit, width in layout.digits:
            if width != open_width:
                yield _if_object(open_width)[1] if open_width else ""
                yield _if_object(width)[0]
                open_width = width
            yield f"    {digit:#x},\n"
        yield _if_object(open_width)[1] + "};\n"
    yield "static const mp_obj_int_t frozen_ints[] FROZEN_ARRAY(mp_obj_int_t) = {\n"
    for width, items in _by_width(layout.objects.ints):
        start, end = _if_object(width)
        yield start
        for item in items:
            assert isinstance(item.value, int)
            if is_mpz:
                size = len(digits(item.value, layout.settings.mpz_dig_size))
                dig = f"(mpz_dig_t *)(frozen_digits + {layout.digit_places[item.number]})"
                fields = f".neg = {int(item.value < 0)}, .fixed_dig = 1, .alloc = {size}, .len = {size}"
                yield f"    {{{{&mp_type_int}}, {{{fields}, .dig = {dig}}}}},\n"
            else:
                yield f"    {{{{&mp_type_int}}, {c_integer(item.value)}}},\n"
        yield end
    yield "};\n"


def _write_tables(layout: Layout) -> Iterator[str]:
    entries = layout.tables.objects
    if entries:
        yield f"\nstatic const mp_rom_obj_t frozen_objs[{len(entries)}] FROZEN_ARRAY(mp_rom_obj_t) = {{\n"
        for entry in entries:
            yield f"    {c_object(entry, layout.qstrs)},\n"
        yield "};\n"
