"""The ``.mpy`` container as declarations: the format to read, and the slow twin of ``write.py``.

``Module.build(module)`` gives the bytes of a ``CompiledModule``, ``Module.parse(data)`` the module again.
The tests hold ``write.write`` against it. Importing construct takes longer than compiling a small file, so
nothing that the command line needs imports this. Bad input raises whatever construct does: this is no reader
for users' files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import (
    BitsInteger,
    BitStruct,
    Byte,
    Bytes,
    Computed,
    Const,
    ExprAdapter,
    Flag,
    FocusedSeq,
    GreedyBytes,
    If,
    LazyBound,
    Prefixed,
    PrefixedArray,
    RawCopy,
    RepeatUntil,
    Struct,
    Switch,
    Terminated,
    this,
)

from mpytool.floats import read_complex, read_float
from mpytool.module import CompiledModule, FunTable, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.header import (
    COUNTED_RELOCATIONS,
    HAS_CHILDREN,
    LENGTH_SHIFT,
    RELOCATIONS_END,
    VIPER_HAS_BSS,
    VIPER_HAS_RELOCATIONS,
    VIPER_HAS_RODATA,
    ConstantType,
)
from mpytool.mpyfile.write import constant_data
from mpytool.prelude import decode_prelude
from mpytool.qstrs import STATIC_QSTRS
from mpytool.values import decode_text, encode_text
from mpytool.varint import decode_varuint, encode_varuint

# --- numbers and texts -------------------------------------------------------------------------------------

VarUInt = ExprAdapter(
    RepeatUntil(lambda byte, so_far, context: byte < 0x80, Byte),
    lambda groups, context: decode_varuint(bytes(groups), 0)[0],
    lambda value, context: list(encode_varuint(value)),
)

Data = Prefixed(VarUInt, GreedyBytes)
Text = FocusedSeq("text", "text" / Data, Const(b"\0"))

# --- qstrs -------------------------------------------------------------------------------------------------


def _decode_qstr(record: Any, context: Any) -> str:
    return decode_text(record.text) if record.text is not None else STATIC_QSTRS[(record.head >> 1) - 1]


def _encode_qstr(text: str, context: Any) -> dict[str, Any]:
    if text in STATIC_QSTRS:
        return {"head": STATIC_QSTRS.index(text) + 1 << 1 | 1, "text": None}
    data = encode_text(text)
    return {"head": len(data) << 1, "text": data}


Qstr = ExprAdapter(
    Struct(
        "head" / VarUInt,  # id << 1 | 1 for a static qstr, length << 1 for any other
        "text" / If(this.head & 1 == 0, FocusedSeq("text", "text" / Bytes(this._.head >> 1), Const(b"\0"))),
    ),
    _decode_qstr,
    _encode_qstr,
)

# --- constant objects --------------------------------------------------------------------------------------

_VALUE_OF_TYPE: dict[ConstantType, Any] = {
    ConstantType.FUN_TABLE: FunTable.FUN_TABLE,
    ConstantType.NONE: None,
    ConstantType.FALSE: False,
    ConstantType.TRUE: True,
    ConstantType.ELLIPSIS: Ellipsis,
}


def _parse_int(text: bytes) -> int:
    from mpytool.integers import parse_integer

    digits = text.decode()
    return -parse_integer(digits[1:]) if digits.startswith("-") else parse_integer(digits)


_VALUE_OF_DATA: dict[ConstantType, Callable[[Any], Any]] = {
    ConstantType.STR: decode_text,
    ConstantType.BYTES: bytes,
    ConstantType.INT: _parse_int,
    ConstantType.FLOAT: lambda text: read_float(text.decode()),
    ConstantType.COMPLEX: lambda text: read_complex(text.decode()),
    ConstantType.TUPLE: tuple,
}


def _decode_constant(record: Any, context: Any) -> Any:
    kind = ConstantType(record.type)
    return _VALUE_OF_TYPE[kind] if kind in _VALUE_OF_TYPE else _VALUE_OF_DATA[kind](record.value)


def _encode_constant(constant: Any, context: Any) -> dict[str, Any]:
    for kind, value in _VALUE_OF_TYPE.items():
        if constant is value:
            return {"type": kind, "value": None}
    if isinstance(constant, tuple):
        return {"type": ConstantType.TUPLE, "value": constant}
    kind, data = constant_data(constant)
    return {"type": kind, "value": data}


Constant: Any = ExprAdapter(
    Struct(
        "type" / Byte,
        "value"
        / Switch(
            this.type,
            {
                ConstantType.STR: Text,
                ConstantType.BYTES: Text,
                ConstantType.INT: Data,
                ConstantType.FLOAT: Data,
                ConstantType.COMPLEX: Data,
                ConstantType.TUPLE: PrefixedArray(VarUInt, LazyBound(lambda: Constant)),
            },
        ),
    ),
    _decode_constant,
    _encode_constant,
)

# --- raw code ----------------------------------------------------------------------------------------------

Relocation = Struct(
    "op" / Byte,  # what to add << 1 | whether an address follows
    "address" / If(lambda this: this.op != RELOCATIONS_END and this.op & 1, VarUInt),
    "count" / If(lambda this: this.op != RELOCATIONS_END and this.op >> 1 in COUNTED_RELOCATIONS, VarUInt),
)

Relocations = ExprAdapter(
    RawCopy(RepeatUntil(lambda item, so_far, context: item.op == RELOCATIONS_END, Relocation)),
    lambda copy, context: bytes(copy.data),
    lambda data, context: {"data": bytes(data)},
)

NativePython = Struct("prelude_offset" / VarUInt)

Viper = Struct(
    "scope_flags" / VarUInt,
    "rodata_size" / If(this.scope_flags & VIPER_HAS_RODATA, VarUInt),
    "bss_size" / If(this.scope_flags & VIPER_HAS_BSS, VarUInt),
    "rodata" / If(this.scope_flags & VIPER_HAS_RODATA, Bytes(this.rodata_size)),
)

InlineAsm = Struct("scope_flags" / VarUInt, "n_pos_args" / VarUInt, "type_sig" / VarUInt)


def _has_relocations(record: Any) -> bool:
    return record.kind == RawCodeKind.VIPER and bool(record.native.scope_flags & VIPER_HAS_RELOCATIONS)


def _decode_raw_code(record: Any, context: Any) -> RawCode:
    kind = RawCodeKind(record.kind)
    raw_code = RawCode(kind, record.data, list(record.children or ()))
    if kind is RawCodeKind.BYTECODE:
        raw_code.prelude, raw_code.opcodes_offset = decode_prelude(record.data, 0)
        return raw_code
    given = {name: value for name, value in record.native.items() if value is not None}
    fields = {name: value for name, value in given.items() if name in NativePart.__slots__}
    native = raw_code.native = NativePart(**fields)
    native.relocations = record.relocations or b""
    if kind is RawCodeKind.NATIVE:
        raw_code.prelude, _ = decode_prelude(record.data, native.prelude_offset)
    return raw_code


def _encode_raw_code(raw_code: RawCode, context: Any) -> dict[str, Any]:
    native = raw_code.native or NativePart()
    return {
        "head": len(raw_code.data) << LENGTH_SHIFT | bool(raw_code.children) * HAS_CHILDREN | raw_code.kind,
        "data": bytes(raw_code.data),
        "native": {name: getattr(native, name) for name in NativePart.__slots__}
        | {"rodata_size": len(native.rodata)},
        "children": raw_code.children,
        "relocations": native.relocations,
    }


RawCodeRecord: Any = ExprAdapter(
    Struct(
        "head" / VarUInt,
        "kind" / Computed(this.head & 3),
        "data" / Bytes(this.head >> LENGTH_SHIFT),
        "native"
        / Switch(
            this.kind,
            {RawCodeKind.NATIVE: NativePython, RawCodeKind.VIPER: Viper, RawCodeKind.ASM: InlineAsm},
        ),
        "children" / If(this.head & HAS_CHILDREN, PrefixedArray(VarUInt, LazyBound(lambda: RawCodeRecord))),
        "relocations" / If(_has_relocations, Relocations),
    ),
    _decode_raw_code,
    _encode_raw_code,
)

# --- the file ----------------------------------------------------------------------------------------------

Feature = BitStruct(
    Const(0, BitsInteger(1)),
    "has_arch_flags" / Flag,
    "arch" / BitsInteger(4),
    "sub_version" / BitsInteger(2),
)


def _decode_module(record: Any, context: Any) -> CompiledModule:
    return CompiledModule(
        qstrs=list(record.qstrs),
        constants=list(record.constants),
        root=record.root,
        small_int_bits=record.small_int_bits,
        arch=record.feature.arch,
        arch_flags=record.arch_flags or 0,
        sub_version=record.feature.sub_version,
    )


def _encode_module(module: CompiledModule, context: Any) -> dict[str, Any]:
    return {
        "feature": {
            "has_arch_flags": module.arch_flags != 0,
            "arch": module.arch,
            "sub_version": module.sub_version if module.arch else 0,
        },
        "small_int_bits": module.small_int_bits & 0xFF,
        "arch_flags": module.arch_flags,
        "n_qstrs": len(module.qstrs),
        "n_constants": len(module.constants),
        "qstrs": module.qstrs,
        "constants": module.constants,
        "root": module.root,
    }


Module = ExprAdapter(
    Struct(
        Const(b"M"),
        Const(b"\x06"),
        "feature" / Feature,
        "small_int_bits" / Byte,
        "arch_flags" / If(this.feature.has_arch_flags, VarUInt),
        "n_qstrs" / VarUInt,
        "n_constants" / VarUInt,
        "qstrs" / Qstr[this.n_qstrs],
        "constants" / Constant[this.n_constants],
        "root" / RawCodeRecord,
        Terminated,
    ),
    _decode_module,
    _encode_module,
)
"""A whole file: ``CompiledModule`` on one side, bytes on the other."""
