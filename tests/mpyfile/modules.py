"""Random compiled modules: nothing in them need make sense, but every part of the format occurs."""

from __future__ import annotations

from hypothesis import strategies as st

from mpytool.module import CompiledModule, FunTable, NativePart, RawCode, RawCodeKind
from mpytool.prelude import encode_signature, encode_sizes
from mpytool.qstrs import STATIC_QSTRS
from mpytool.values import decode_text

texts = st.one_of(
    st.sampled_from(STATIC_QSTRS),
    st.text(max_size=8),
    st.binary(max_size=8).map(decode_text),
    st.text(min_size=60, max_size=300),
)

numbers = st.one_of(st.integers(0, 3), st.integers(0, 1 << 20))

constants = st.recursive(
    st.one_of(
        st.sampled_from([None, False, True, Ellipsis, FunTable.FUN_TABLE]),
        texts,
        st.binary(max_size=200),
        st.integers(),
        st.integers(-(1 << 20), 1 << 20).map(lambda n: n / 64),
        st.integers(-100, 100).map(lambda n: complex(0.0, n)),
    ),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)


def _relocations(items: list[tuple[int, int]]) -> bytes:
    """An encoded stream: counted ones and single ones, all with an address."""
    return (
        b"".join(
            bytes((op << 1 | 1, address, 3) if op in (1, 3, 5) else (op << 1 | 1, address))
            for op, address in items
        )
        + b"\xff"
    )


@st.composite
def raw_codes(draw: st.DrawFn, depth: int = 2) -> RawCode:
    kind = draw(st.sampled_from(RawCodeKind))
    children = draw(st.lists(raw_codes(depth=depth - 1), max_size=3)) if depth else []
    if kind is RawCodeKind.BYTECODE:
        head = encode_signature(draw(st.integers(1, 300)), 0, 0, 0, 0, 0) + encode_sizes(1, 0) + b"\x00"
        return RawCode(kind, head + draw(st.binary(max_size=40)), children, opcodes_offset=len(head))
    code = draw(st.binary(max_size=40))
    if kind is RawCodeKind.NATIVE:
        prelude = encode_signature(1, 0, 0, 0, 0, 0) + encode_sizes(1, 0) + b"\x00"
        return RawCode(kind, code + prelude, children, native=NativePart(prelude_offset=len(code)))
    if kind is RawCodeKind.ASM:
        native = NativePart(n_pos_args=draw(numbers), type_sig=draw(numbers), scope_flags=draw(numbers))
        return RawCode(kind, code, children, native=native)
    flags = draw(st.sampled_from([0, 0x10, 0x20, 0x40, 0x30, 0x60, 0x70]))
    relocations = draw(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 127)), max_size=4))
    native = NativePart(
        scope_flags=flags,
        rodata=draw(st.binary(max_size=200)) if flags & 0x20 else b"",
        bss_size=draw(numbers) if flags & 0x40 else 0,
        relocations=_relocations(relocations) if flags & 0x10 else b"",
    )
    return RawCode(kind, code, children, native=native)


@st.composite
def modules(draw: st.DrawFn) -> CompiledModule:
    arch = draw(st.integers(0, 13))
    return CompiledModule(
        qstrs=draw(st.lists(texts, min_size=1, max_size=140)),
        constants=draw(st.lists(constants, max_size=8)),
        root=draw(raw_codes()),
        small_int_bits=draw(st.integers(1, 255)),
        arch=arch,
        arch_flags=draw(st.one_of(st.just(0), numbers)),
        sub_version=draw(st.integers(0, 3)) if arch else 0,
    )
