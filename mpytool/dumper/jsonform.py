"""A module as JSON. ``docs/dump.md`` describes the schema; ``VERSION`` grows when it changes.

One function stands on one line, so that a long file can be read function by function.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mpytool.dumper.listing import FunctionEntry, OperandTexts, bytecode_rows, functions, signature
from mpytool.dumper.native import code_range, native_rows
from mpytool.dumper.words import header_words
from mpytool.module import CompiledModule, Constant, FunTable, NativePart, Prelude, RawCodeKind
from mpytool.mpyfile.read import read
from mpytool.print_bytecode import FLAG_NAMES, line_starts

SCHEMA = "mpyc-dump"
VERSION = 1

_MAX_DEPTH = 100


def format_json(buffer: bytes | memoryview, name: str) -> str:
    """The whole document; ends with a newline. MpyFormatError if the file cannot be read."""
    return "".join(iter_json(buffer, name))


def iter_json(buffer: bytes | memoryview, name: str) -> Iterator[str]:
    """The document in pieces."""
    module = read(buffer)
    yield "{\n"
    for key, value in _head(module, name, len(buffer)):
        yield f" {json.dumps(key)}: {json.dumps(value)},\n"
    for key, items in (("qstrs", module.qstrs), ("constants", map(_constant, module.constants))):
        yield f" {json.dumps(key)}: ["
        for number, item in enumerate(items):
            yield (", " if number else "") + json.dumps(item)
        yield "],\n"
    yield ' "functions": [\n'
    texts = OperandTexts(module)
    for number, entry in enumerate(functions(module)):
        yield (",\n" if number else "") + "  "
        yield from _function(module, entry, texts)
    yield "\n ]\n}\n"


def _head(module: CompiledModule, name: str, size: int) -> Iterator[tuple[str, Any]]:
    words = header_words(module)
    yield "schema", SCHEMA
    yield "version", VERSION
    yield "file", name
    yield "size", size
    yield (
        "header",
        {
            "version": 6,
            "sub_version": module.sub_version,
            "arch": words.arch,
            "arch_flags": module.arch_flags,
            "small_int_bits": module.small_int_bits,
            "loads_on": words.loads_on,
        },
    )


def _constant(value: Constant, depth: int = 0) -> dict[str, Any]:
    if isinstance(value, FunTable):
        return {"type": "fun_table"}
    if value is None:
        return {"type": "none"}
    if value is Ellipsis:
        return {"type": "ellipsis"}
    if isinstance(value, bool):
        return {"type": "bool", "value": value}
    if isinstance(value, str):
        return {"type": "str", "value": value}
    if isinstance(value, bytes):
        return {"type": "bytes", "value": value.hex()}
    if isinstance(value, tuple):
        # No program nests tuples that deeply, and no reader of JSON likes it.
        return {
            "type": "tuple",
            "value": [_constant(item, depth + 1) for item in value] if depth < _MAX_DEPTH else None,
        }
    from mpytool.mpyfile.write import constant_data

    # Numbers as the file has them: JSON's would lose digits.
    return {"type": type(value).__name__, "value": constant_data(value)[1].decode("ascii")}


def _function(module: CompiledModule, entry: FunctionEntry, texts: OperandTexts) -> Iterator[str]:
    """One function's object, instruction by instruction: a large one's rows are too many to hold."""
    raw_code = entry.raw_code
    code: Iterator[dict[str, Any]]
    if raw_code.kind is RawCodeKind.BYTECODE:
        code_start, code_end = raw_code.opcodes_offset, len(raw_code.data)
        code = _bytecode(module, entry, texts)
    else:
        code_start, code_end = code_range(module, raw_code)
        code = _native_code(module, entry, texts)
    head = {
        "path": list(entry.path),
        "name": entry.name,
        "kind": raw_code.kind.name.lower(),
        "signature": signature(module, raw_code, entry.own_name),
        "size": len(raw_code.data),
        "code_start": code_start,
        "code_end": code_end,
        "prelude": _prelude(raw_code.prelude) if raw_code.prelude is not None else None,
        "native": _native(raw_code.native) if raw_code.native is not None else None,
        "children": len(raw_code.children),
    }
    yield json.dumps(head)[:-1] + ', "code": ['
    for number, row in enumerate(code):
        yield (", " if number else "") + json.dumps(row)
    yield "]}"


def _prelude(prelude: Prelude) -> dict[str, Any]:
    return {
        "n_state": prelude.n_state,
        "n_exc_stack": prelude.n_exc_stack,
        "scope_flags": prelude.scope_flags,
        "flags": [name for bit, name in FLAG_NAMES if prelude.scope_flags & bit],
        "n_pos_args": prelude.n_pos_args,
        "n_kwonly_args": prelude.n_kwonly_args,
        "n_def_pos_args": prelude.n_def_pos_args,
        "name": prelude.name,
        "args": list(prelude.arg_names),
        "cells": list(prelude.cells),
        "lines": [list(pair) for pair in line_starts(prelude.line_table)],
    }


def _native(native: NativePart) -> dict[str, Any]:
    return {
        "prelude_offset": native.prelude_offset,
        "scope_flags": native.scope_flags,
        "n_pos_args": native.n_pos_args,
        "type_sig": native.type_sig,
        "rodata": bytes(native.rodata).hex(),
        "bss_size": native.bss_size,
        "relocations": bytes(native.relocations).hex(),
    }


def _bytecode(module: CompiledModule, entry: FunctionEntry, texts: OperandTexts) -> Iterator[dict[str, Any]]:
    return (
        {
            "offset": row.offset,
            "bytes": row.data.hex(),
            "op": row.name if not row.error else None,
            "operand": row.number,
            "extra": row.extra,
            "text": row.error or row.operand,
            "target": row.target,
            "depth": row.depth,
            "line": row.line or None,
        }
        for row in bytecode_rows(module, entry.raw_code, texts)
    )


def _native_code(
    module: CompiledModule, entry: FunctionEntry, texts: OperandTexts
) -> Iterator[dict[str, Any]]:
    return (
        {
            "offset": row.offset,
            "bytes": row.data.hex(),
            "text": row.text,
            "note": row.note,
            "target": row.target,
        }
        for row in native_rows(module, entry.raw_code, texts)
    )
