"""Modules from lines of assembly, for cases that no compiler makes."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.module import CompiledModule, Constant, RawCode, RawCodeKind
from mpytool.opcodes import OPS, Operand
from mpytool.prelude import decode_prelude, encode_names, encode_signature, encode_sizes
from mpytool.varint import encode_varint, encode_varuint

_OPS = {op.name: op for op in OPS}
QSTRS = ["case.py", "f", "x", "BaseException"]


@dataclass(frozen=True, slots=True)
class F:
    """A function: ``NAME [operand [extra byte]]``, separated by ``;``; labels ``L:``, bytes ``=5f 80``."""

    text: str
    n_state: int = 10
    n_exc: int = 0
    flags: int = 0
    n_pos: int = 0
    n_kwonly: int = 0
    n_def: int = 0
    cells: bytes = b""
    children: tuple[F, ...] = ()
    names: tuple[int, ...] | None = None


def raw_code(f: F) -> RawCode:
    names = f.names if f.names is not None else (1, *[2] * (f.n_pos + f.n_kwonly))
    info = encode_names(names)
    head = encode_signature(f.n_state, f.n_exc, f.flags, f.n_pos, f.n_kwonly, f.n_def)
    head += encode_sizes(len(info), len(f.cells)) + info + f.cells
    data = head + assemble(f.text)
    code = RawCode(RawCodeKind.BYTECODE, data, [raw_code(child) for child in f.children])
    code.prelude, code.opcodes_offset = decode_prelude(data, 0)
    return code


def module(f: F, constants: tuple[Constant, ...] = (), qstrs: list[str] | None = None) -> bytes:
    """The file whose root is ``f``."""
    return CompiledModule(qstrs or list(QSTRS), list(constants), raw_code(f)).to_bytes()


def assemble(text: str) -> bytes:
    """Jumps take two bytes each."""
    labels: dict[str, int] = {}
    for _ in range(2):
        out = bytearray()
        for line in filter(None, (part.strip() for part in text.split(";"))):
            if line.endswith(":"):
                labels[line[:-1]] = len(out)
            elif line.startswith("="):
                out += bytes.fromhex(line[1:])
            else:
                out += _instruction(line.split(), len(out), labels)
    return bytes(out)


def _instruction(words: list[str], offset: int, labels: dict[str, int]) -> bytes:
    op = _OPS[words[0]]
    if op.operand is Operand.NONE:
        return bytes([op.code + (int(words[1]) if len(words) > 1 else 0)])
    if op.operand in (Operand.JUMP, Operand.JUMP_UNWIND, Operand.FORWARD):
        target = labels.get(words[1], offset) if not words[1].lstrip("-").isdigit() else int(words[1])
        distance = target - offset - 3 + (0 if op.operand is Operand.FORWARD else 0x4000)
        text = bytes([distance & 0x7F | 0x80, distance >> 7 & 0xFF])
    elif op.operand is Operand.INT:
        text = encode_varint(int(words[1]))
    else:
        text = encode_varuint(int(words[1]))
    return bytes([op.code]) + text + bytes(int(word, 0) for word in words[2:])
