"""A compiled module to the bytes of a ``.mpy`` file.

Written for speed; ``layout.py`` says the same in declarations, and the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.module import CompiledModule, Constant, FunTable, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.header import (
    HAS_CHILDREN,
    LENGTH_SHIFT,
    MAGIC,
    VERSION,
    VIPER_HAS_BSS,
    VIPER_HAS_RELOCATIONS,
    VIPER_HAS_RODATA,
    ConstantType,
    feature_byte,
)
from mpytool.qstrs import STATIC_QSTRS
from mpytool.values import encode_text
from mpytool.varint import encode_varuint

_STATIC_RECORD: dict[str, bytes] = {
    text: encode_varuint(number << 1 | 1) for number, text in enumerate(STATIC_QSTRS, 1)
}


def write(module: CompiledModule) -> bytes:
    """The file. Whatever the module holds can be written; its numbers are not checked against each other."""
    out = bytearray((MAGIC, VERSION))
    out.append(feature_byte(module.arch, module.sub_version, module.arch_flags != 0))
    out.append(module.small_int_bits & 0xFF)
    if module.arch_flags:
        out += encode_varuint(module.arch_flags)
    out += encode_varuint(len(module.qstrs))
    out += encode_varuint(len(module.constants))
    _write_qstrs(out, module.qstrs)
    _write_constants(out, module.constants)
    _write_raw_code(out, module.root)
    return bytes(out)


def _write_qstrs(out: bytearray, qstrs: list[str]) -> None:
    static = _STATIC_RECORD
    for text in qstrs:
        record = static.get(text)
        if record is not None:
            out += record
        else:
            data = encode_text(text)
            out += encode_varuint(len(data) << 1)
            out += data
            out.append(0)


_SINGLETONS: tuple[tuple[object, ConstantType], ...] = (
    (FunTable.FUN_TABLE, ConstantType.FUN_TABLE),
    (None, ConstantType.NONE),
    (False, ConstantType.FALSE),
    (True, ConstantType.TRUE),
    (Ellipsis, ConstantType.ELLIPSIS),
)


def _write_constant(out: bytearray, constant: Constant) -> None:
    for singleton, kind in _SINGLETONS:
        if constant is singleton:
            out.append(kind)
            return
    if isinstance(constant, tuple):
        out.append(ConstantType.TUPLE)
        out += encode_varuint(len(constant))
        for item in constant:
            _write_constant(out, item)
        return
    kind, data = constant_data(constant)
    out.append(kind)
    out += encode_varuint(len(data))
    out += data
    if kind in (ConstantType.STR, ConstantType.BYTES):
        out.append(0)


def _write_constants(out: bytearray, constants: Sequence[Constant]) -> None:
    if not isinstance(constants, list):
        # Loaded only when a file was read: no part of what compiling needs.
        from mpytool.mpyfile.constants import ConstantTable

        if isinstance(constants, ConstantTable):
            out += constants.encoded
            return
    for constant in constants:
        _write_constant(out, constant)


def encode_constant(constant: Constant) -> bytes:
    """One entry of the constant table. TypeError for a value that cannot be one."""
    out = bytearray()
    _write_constant(out, constant)
    return bytes(out)


def constant_data(constant: Constant) -> tuple[ConstantType, bytes]:
    """Type and text of a constant that has text: str, bytes or a number. TypeError for any other."""
    if isinstance(constant, str):
        return ConstantType.STR, encode_text(constant)
    if isinstance(constant, bytes):
        return ConstantType.BYTES, constant
    # Most programs have no such numbers: what writes them is loaded when one does.
    if isinstance(constant, int):
        from mpytool.integers import int_to_text

        return ConstantType.INT, int_to_text(constant).encode()
    if isinstance(constant, float):
        from mpytool.floats import format_float

        return ConstantType.FLOAT, format_float(constant).encode()
    if isinstance(constant, complex):
        from mpytool.floats import format_complex

        return ConstantType.COMPLEX, format_complex(constant).encode()
    raise TypeError(f"{type(constant).__name__} is no constant with text")


def _write_raw_code(out: bytearray, root: RawCode) -> None:
    # Functions nest as deeply as the source does, so no recursion. Relocations come after the children: they
    # wait on the stack as bytes.
    stack: list[RawCode | bytes] = [root]
    while stack:
        raw_code = stack.pop()
        if isinstance(raw_code, bytes):
            out += raw_code
            continue
        children = raw_code.children
        length = len(raw_code.data) << LENGTH_SHIFT
        out += encode_varuint(length | (HAS_CHILDREN if children else 0) | raw_code.kind)
        out += raw_code.data
        if raw_code.kind is not RawCodeKind.BYTECODE:
            native = raw_code.native or NativePart()
            _write_native(out, raw_code.kind, native)
            if raw_code.kind is RawCodeKind.VIPER and native.scope_flags & VIPER_HAS_RELOCATIONS:
                stack.append(bytes(native.relocations))
        if children:
            out += encode_varuint(len(children))
            stack.extend(reversed(children))


def _write_native(out: bytearray, kind: RawCodeKind, native: NativePart) -> None:
    if kind is RawCodeKind.NATIVE:
        out += encode_varuint(native.prelude_offset)
        return
    out += encode_varuint(native.scope_flags)
    if kind is RawCodeKind.ASM:
        out += encode_varuint(native.n_pos_args)
        out += encode_varuint(native.type_sig)
        return
    if native.scope_flags & VIPER_HAS_RODATA:
        out += encode_varuint(len(native.rodata))
    if native.scope_flags & VIPER_HAS_BSS:
        out += encode_varuint(native.bss_size)
    if native.scope_flags & VIPER_HAS_RODATA:
        out += native.rodata
