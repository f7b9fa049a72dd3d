"""A ``.mpy`` file as a compiled module, without copying what it holds.

Code, native data, relocations and constants stay where they are: the module has views of the buffer. Only
the qstr table and the objects of the function tree are made. The reader trusts nothing: each length is
checked against the bytes that follow it before anything is made of it, and what it makes is bounded by a
small multiple of the file's size.
"""

from __future__ import annotations

from mpytool.module import CompiledModule, NativePart, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile import errors
from mpytool.mpyfile.constants import scan_constants
from mpytool.mpyfile.cursor import read_count, read_varuint
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.header import (
    ARCH_FLAGS_BIT,
    ARCH_MASK,
    ARCH_SHIFT,
    COUNTED_RELOCATIONS,
    HAS_CHILDREN,
    LENGTH_SHIFT,
    MAGIC,
    RELOCATIONS_END,
    SUB_VERSION_MASK,
    VERSION,
    VIPER_HAS_BSS,
    VIPER_HAS_RELOCATIONS,
    VIPER_HAS_RODATA,
)
from mpytool.prelude import decode_prelude
from mpytool.qstrs import STATIC_QSTRS
from mpytool.values import decode_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

MAX_FUNCTION_DEPTH = 800
"""MicroPython's loader calls itself for each level; mpy-cross gives up between 700 and 800."""

_BYTES_PER_FUNCTION = 10
_FREE_FUNCTIONS = 256
"""How many bytes of file each function needs, beyond a number of them that costs nothing.

The least that a function and the instructions that make and use it take is 10 bytes; its objects take some
500 here. This keeps the memory a small multiple of the file's size.
"""

_FREE_LEVELS = 400_000
"""The sum of all functions' depths may be the file's size and this: paths and names take room by it."""


def read(buffer: bytes | bytearray | memoryview | mmap.mmap) -> CompiledModule:
    """The module in a buffer, which must stay unchanged as long as the module is in use.

    MpyFormatError if it is no well-formed file of version 6. Instructions and native code are not looked at.
    """
    data = view(buffer)
    flags, small_int_bits, offset = _read_header(data)
    arch_flags = 0
    if flags & ARCH_FLAGS_BIT:
        arch_flags, offset = read_varuint(data, offset, "the architecture flags")
    n_qstrs, offset = read_count(data, offset, "the number of qstrs")
    n_constants, offset = read_count(data, offset, "the number of constants")
    if not n_qstrs:
        raise MpyFormatError(errors.NO_SOURCE_NAME, offset)
    qstrs, offset = _read_qstrs(data, offset, n_qstrs)
    constants, offset = scan_constants(data, offset, n_constants)
    root, offset = _read_raw_codes(data, offset, n_qstrs)
    if offset != len(data):
        raise MpyFormatError(errors.TRAILING, offset, count=len(data) - offset)
    arch = flags >> ARCH_SHIFT & ARCH_MASK
    return CompiledModule(
        qstrs=qstrs,
        constants=constants,
        root=root,
        small_int_bits=small_int_bits,
        arch=arch,
        arch_flags=arch_flags,
        sub_version=flags & SUB_VERSION_MASK if arch else 0,
    )


def view(buffer: bytes | bytearray | memoryview | mmap.mmap) -> memoryview:
    """A read-only view of the bytes of any buffer."""
    data = memoryview(buffer)
    if data.format != "B" or data.ndim != 1:
        data = data.cast("B")
    return data.toreadonly()


def _read_header(data: memoryview) -> tuple[int, int, int]:
    """(feature byte, small-int bits, offset behind them)."""
    if len(data) and data[0] != MAGIC:
        raise MpyFormatError(errors.NO_MAGIC, 0, byte=data[0])
    if len(data) > 1 and data[1] != VERSION:
        raise MpyFormatError(errors.OTHER_VERSION, 1, version=data[1])
    if len(data) < 4:
        raise MpyFormatError(errors.CUT_OFF, len(data), what="the header")
    if data[2] & 0x80:
        raise MpyFormatError(errors.RESERVED_FEATURE, 2)
    return data[2], data[3], 4


def _read_qstrs(data: memoryview, offset: int, count: int) -> tuple[list[str], int]:
    qstrs = []
    size = len(data)
    n_static = len(STATIC_QSTRS)
    for _ in range(count):
        start = offset
        head, offset = read_varuint(data, offset, "a qstr")
        if head & 1:
            number = head >> 1
            if not 1 <= number <= n_static:
                raise MpyFormatError(errors.STATIC_QSTR, start, number=number)
            qstrs.append(STATIC_QSTRS[number - 1])
            continue
        end = offset + (head >> 1)
        if end >= size:
            raise MpyFormatError(
                errors.COUNT, start, what="the length of a qstr", count=head >> 1, left=size - offset
            )
        if data[end]:
            raise MpyFormatError(errors.NO_NUL, end, what="a qstr")
        qstrs.append(decode_text(data[offset:end]))
        offset = end + 1
    return qstrs, offset


class _Open:
    """A raw code whose children are being read."""

    __slots__ = ("has_relocations", "missing", "raw_code")

    def __init__(self, raw_code: RawCode, missing: int, has_relocations: bool) -> None:
        self.raw_code = raw_code
        self.missing = missing
        self.has_relocations = has_relocations


def _read_raw_codes(data: memoryview, offset: int, n_qstrs: int) -> tuple[RawCode, int]:
    """The root of the tree, and the offset behind it."""
    limit = len(data) // _BYTES_PER_FUNCTION + _FREE_FUNCTIONS
    n_parts = 0
    free_levels = len(data) + _FREE_LEVELS
    stack: list[_Open] = []
    while True:
        start = offset
        raw_code, has_children, offset = _read_raw_code(data, offset, n_qstrs)
        native = raw_code.native
        has_relocations = (
            raw_code.kind is RawCodeKind.VIPER
            and native is not None
            and native.scope_flags & VIPER_HAS_RELOCATIONS != 0
        )
        # Each further view counts like a function: it costs as much.
        n_parts += 1 + has_relocations + (native is not None and len(native.rodata) > 0)
        if n_parts > limit:
            raise MpyFormatError(errors.FUNCTION_COUNT, start, limit=limit)
        free_levels -= len(stack)
        if free_levels < 0:
            raise MpyFormatError(errors.NESTING, start)
        missing = 0
        if has_children:
            missing, offset = read_count(data, offset, "the number of children")
            if len(stack) == MAX_FUNCTION_DEPTH:
                raise MpyFormatError(errors.FUNCTION_DEPTH, start, limit=MAX_FUNCTION_DEPTH)
        if stack:
            stack[-1].raw_code.children.append(raw_code)
            stack[-1].missing -= 1
        stack.append(_Open(raw_code, missing, has_relocations))
        while not stack[-1].missing:
            done = stack.pop()
            if done.has_relocations and done.raw_code.native is not None:
                begin = offset
                offset = skip_relocations(data, offset)
                done.raw_code.native.relocations = data[begin:offset]
            if not stack:
                return done.raw_code, offset


def _read_raw_code(data: memoryview, offset: int, n_qstrs: int) -> tuple[RawCode, bool, int]:
    """(raw code without children and relocations, whether it has children, offset behind it so far)."""
    start = offset
    head, offset = read_varuint(data, offset, "the head of a function")
    size = head >> LENGTH_SHIFT
    if size > len(data) - offset:
        raise MpyFormatError(
            errors.COUNT, start, what="the length of a function", count=size, left=len(data) - offset
        )
    begin = offset
    offset += size
    raw_code = RawCode(RawCodeKind(head & 3), data[begin:offset])
    if raw_code.kind is RawCodeKind.BYTECODE:
        raw_code.prelude, raw_code.opcodes_offset = _read_prelude(raw_code.data, 0, begin, n_qstrs)
    else:
        raw_code.native, offset = _read_native(data, offset, raw_code.kind)
        if raw_code.kind is RawCodeKind.NATIVE:
            where = raw_code.native.prelude_offset
            if where >= size:
                raise MpyFormatError(errors.PRELUDE_OFFSET, begin + size, where=where, size=size)
            raw_code.prelude, _ = _read_prelude(raw_code.data, where, begin, n_qstrs)
    return raw_code, head & HAS_CHILDREN != 0, offset


def _read_prelude(data: bytes | memoryview, offset: int, base: int, n_qstrs: int) -> tuple[Prelude, int]:
    """The prelude at an offset of a function's data, which begin at ``base`` in the file."""
    try:
        prelude, end = decode_prelude(data, offset)
    except IndexError:
        raise MpyFormatError(errors.PRELUDE, base + offset, reason="the function ends inside it") from None
    except ValueError as error:
        raise MpyFormatError(errors.PRELUDE, base + offset, reason=error) from None
    if prelude.name >= n_qstrs:
        raise MpyFormatError(
            errors.QSTR_INDEX, base + offset, what="the function's name", index=prelude.name, size=n_qstrs
        )
    for index in prelude.arg_names:
        if index >= n_qstrs:
            raise MpyFormatError(
                errors.QSTR_INDEX, base + offset, what="the name of an argument", index=index, size=n_qstrs
            )
    return prelude, end


def _read_native(data: memoryview, offset: int, kind: RawCodeKind) -> tuple[NativePart, int]:
    native = NativePart()
    if kind is RawCodeKind.NATIVE:
        native.prelude_offset, offset = read_varuint(data, offset, "the offset of a prelude")
        return native, offset
    native.scope_flags, offset = read_varuint(data, offset, "the flags of a native function")
    if kind is RawCodeKind.ASM:
        native.n_pos_args, offset = read_varuint(data, offset, "the number of arguments")
        native.type_sig, offset = read_varuint(data, offset, "the type of an assembler function")
        return native, offset
    has_rodata = native.scope_flags & VIPER_HAS_RODATA
    start = offset
    rodata_size = 0
    if has_rodata:
        rodata_size, offset = read_varuint(data, offset, "the size of the read-only data")
    if native.scope_flags & VIPER_HAS_BSS:
        native.bss_size, offset = read_varuint(data, offset, "the size of the bss")
    if rodata_size:
        if rodata_size > len(data) - offset:
            raise MpyFormatError(
                errors.COUNT,
                start,
                what="the size of the read-only data",
                count=rodata_size,
                left=len(data) - offset,
            )
        native.rodata = data[offset : offset + rodata_size]
        offset += rodata_size
    return native, offset


def skip_relocations(data: memoryview, offset: int) -> int:
    """The offset behind a stream of relocations. MpyFormatError if it does not end."""
    what = "the relocations"
    while True:
        if offset >= len(data):
            raise MpyFormatError(errors.CUT_OFF, offset, what=what)
        operation = data[offset]
        offset += 1
        if operation == RELOCATIONS_END:
            return offset
        if operation & 1:
            _, offset = read_varuint(data, offset, what)
        if operation >> 1 in COUNTED_RELOCATIONS:
            _, offset = read_varuint(data, offset, what)
