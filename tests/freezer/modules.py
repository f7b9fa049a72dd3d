"""Modules to freeze: from sources, by hand with any constants, and the standard library's."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from mpytool import CompileError, compile_source, read
from mpytool.freezer import FrozenModule
from mpytool.module import CompiledModule, Constant, RawCode, RawCodeKind
from mpytool.opcodes import code_of
from mpytool.prelude import decode_prelude, encode_names, encode_signature, encode_sizes
from mpytool.varint import encode_varuint
from tests.peers.corpus import sample, sources, standard_library


def frozen(name: str, source: str) -> FrozenModule:
    """A module compiled from a source."""
    return FrozenModule(name, compile_source(source, name=name))


def with_constants(values: Sequence[Constant], names: Sequence[str] = (), name: str = "m.py") -> FrozenModule:
    """A module whose body loads each constant and each name, and drops it."""
    qstrs = [name, "<module>", *names]
    code = bytearray()
    for number in range(2, len(qstrs)):
        code += bytes((code_of("LOAD_CONST_STRING"),)) + encode_varuint(number)
        code.append(code_of("POP_TOP"))
    for number in range(len(values)):
        code += bytes((code_of("LOAD_CONST_OBJ"),)) + encode_varuint(number) + bytes((code_of("POP_TOP"),))
    code += bytes((code_of("LOAD_CONST_NONE"), code_of("RETURN_VALUE")))
    info = encode_names([1])
    data = encode_signature(2, 0, 0, 0, 0, 0) + encode_sizes(len(info), 0) + info + bytes(code)
    prelude, start = decode_prelude(data, 0)
    root = RawCode(RawCodeKind.BYTECODE, data, [], prelude, start)
    return FrozenModule(name, CompiledModule(qstrs, list(values), root))


def library(count: int, salt: str = "freeze") -> Iterator[FrozenModule]:
    """So many modules of the standard library that compile, always the same ones; as read from ``.mpy``."""
    files = sample(sources(standard_library()), 100_000, salt)
    for file in files:
        if count == 0:
            return
        try:
            module = compile_source(file.path.read_bytes(), name=file.name)
        except CompileError:  # it is written for another Python
            continue
        yield FrozenModule(file.name, read(module.to_bytes()))
        count -= 1


def as_single(value: Constant) -> Constant:
    """A constant as a firmware with single-precision floats has it."""
    if isinstance(value, float):
        try:
            return float(struct.unpack("<f", struct.pack("<f", value))[0])
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    if isinstance(value, complex):
        real, imag = as_single(value.real), as_single(value.imag)
        assert isinstance(real, float)
        assert isinstance(imag, float)
        return complex(real, imag)
    if isinstance(value, tuple):
        return tuple(map(as_single, value))  # type: ignore[arg-type]
    return value
