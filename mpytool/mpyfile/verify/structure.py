"""Rules about the file and the heads of its functions: all that can be said without running code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mpytool.module import CompiledModule, Prelude, RawCode, RawCodeKind
from mpytool.mpyfile.constants import ConstantTable
from mpytool.mpyfile.header import ConstantType
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.context import n_arguments
from mpytool.mpyfile.verify.findings import RejectedError
from mpytool.mpyfile.verify.kinds import OBJ, SHIFT, TUPLE
from mpytool.opcodes import FLAG_DEFKWARGS, FLAG_GENERATOR, FLAG_VARARGS, FLAG_VARKEYWORDS
from mpytool.options import ARCHES
from mpytool.qstrs import MAX_QSTR
from mpytool.values import encode_text
from mpytool.varint import decode_varuint

_MAX_SIGNATURE = 14
_MAX_FRAME = 0xFFFE

_CUT_CHARACTER = re.compile(
    rb"[\xc0-\xdf](?![\x80-\xbf])|[\xe0-\xef](?![\x80-\xbf]{2})|[\xf0-\xf7](?![\x80-\xbf]{3})"
    rb"|[\xf8-\xfb](?![\x80-\xbf]{4})|[\xfc-\xfd](?![\x80-\xbf]{5})|\xfe(?![\x80-\xbf]{6})|\xff"
)
"""A byte that announces more continuation bytes than follow it: indexing (``str_subscr`` in
``py/objstrunicode.c``) would read beyond the text. Stray continuation bytes do no harm; mpy-cross makes
them of a backslash before a letter that is not ASCII."""

_FLAGS = FLAG_GENERATOR | FLAG_VARKEYWORDS | FLAG_VARARGS | FLAG_DEFKWARGS


def check_file(module: CompiledModule) -> Iterator[RejectedError]:
    """Header, qstrs and constants."""
    if module.arch >= len(ARCHES):
        yield RejectedError(findings.UNKNOWN_ARCH, arch=module.arch)
    for index, text in enumerate(module.qstrs):
        if text.isascii():
            if len(text) > MAX_QSTR:
                yield RejectedError(findings.LONG_QSTR, index=index, size=len(text))
            continue
        data = encode_text(text)
        if len(data) > MAX_QSTR:
            yield RejectedError(findings.LONG_QSTR, index=index, size=len(data))
        if _CUT_CHARACTER.search(data):
            yield RejectedError(findings.CUT_TEXT, what="qstr", index=index)
    table = module.constants
    if isinstance(table, ConstantTable):
        for index, (start, end) in enumerate(table.spans()):
            yield from _check_constant(table.encoded[start:end], index, module.arch != 0)


def _check_constant(data: memoryview, index: int, may_be_native: bool) -> Iterator[RejectedError]:
    """One entry, with what is inside if it is a tuple: the reader has checked that it is well formed."""
    offset = 0
    while offset < len(data):
        kind = data[offset]
        if kind == ConstantType.FUN_TABLE and (offset or not may_be_native):
            yield RejectedError(findings.STRAY_FUN_TABLE, index=index)
        offset += 1
        if kind <= ConstantType.ELLIPSIS:
            continue
        size, offset = decode_varuint(data, offset)
        if kind == ConstantType.TUPLE:
            continue
        if kind == ConstantType.STR and _CUT_CHARACTER.search(data, offset, offset + size):
            yield RejectedError(findings.CUT_TEXT, what="constant", index=index)
        offset += size + (kind <= ConstantType.BYTES)


class ObjectKinds:
    """What LOAD_CONST_OBJ pushes for an entry of the constant table."""

    __slots__ = ("_known", "_table")

    def __init__(self, module: CompiledModule) -> None:
        self._table = module.constants
        self._known: dict[int, int] = {}

    def __call__(self, index: int, pc: int) -> int:
        kind = self._known.get(index)
        if kind is None:
            kind = self._known[index] = self._kind(index, pc)
        return kind

    def _kind(self, index: int, pc: int) -> int:
        table = self._table
        if index >= len(table):
            raise RejectedError(
                findings.OPERAND, pc, what="constant", value=index, limit=f"there are {len(table)}"
            )
        if not isinstance(table, ConstantTable):
            return OBJ
        offset = table.offset(index)
        kind = table.encoded[offset]
        if kind == ConstantType.FUN_TABLE:
            raise RejectedError(findings.STRAY_FUN_TABLE, pc, index=index)
        if kind == ConstantType.TUPLE:
            return TUPLE | decode_varuint(table.encoded, offset + 1)[0] << SHIFT
        return OBJ


def check_head(raw_code: RawCode, prelude: Prelude, is_root: bool) -> Iterator[RejectedError]:
    """The head of a bytecode or native Python function."""
    at = raw_code.native.prelude_offset if raw_code.native is not None else 0
    size = 1
    while raw_code.data[at] & 0x80:
        at += 1
        size += 1
    if size > _MAX_SIGNATURE:
        yield RejectedError(findings.SIGNATURE, size=size)
    if prelude.n_state > _MAX_FRAME or prelude.n_exc_stack > _MAX_FRAME:
        yield RejectedError(findings.STATE_SIZE, n_state=prelude.n_state, n_exc_stack=prelude.n_exc_stack)
    if n_arguments(prelude) > prelude.n_state:
        yield RejectedError(findings.ARGUMENTS, needed=n_arguments(prelude), n_state=prelude.n_state)
    if prelude.n_def_pos_args > prelude.n_pos_args:
        yield RejectedError(findings.DEFAULTS, n_def=prelude.n_def_pos_args, n_pos=prelude.n_pos_args)
    if prelude.scope_flags & ~_FLAGS:
        yield RejectedError(findings.FLAGS, flags=prelude.scope_flags)
    for cell in prelude.cells:
        if cell >= prelude.n_state:
            yield RejectedError(findings.CELL_SLOT, local=cell, n_state=prelude.n_state)
            break
    if raw_code.kind is RawCodeKind.BYTECODE and raw_code.opcodes_offset >= len(raw_code.data):
        yield RejectedError(findings.NO_CODE)
    if is_root and (n_arguments(prelude) or prelude.n_def_pos_args):
        yield RejectedError(findings.ROOT, what="takes arguments")
    if is_root and prelude.scope_flags & (FLAG_GENERATOR | FLAG_DEFKWARGS):
        yield RejectedError(findings.ROOT, what="is marked as a generator or has defaults")
