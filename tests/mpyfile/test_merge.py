"""Merging: bytes, errors, and that merged modules do what their parts did one after the other."""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpytool import CompiledModule, RawCode, ToolError, compile_source, read
from mpytool.instructions import decode_instructions
from mpytool.module import RawCodeKind
from mpytool.mpyfile.merge import MergeError, Part, merge
from mpytool.mpyfile.names import function_names
from mpytool.mpyfile.rewrite import RewriteError, rewrite_function
from mpytool.mpyfile.write import write
from mpytool.opcodes import Operand, Then
from mpytool.prelude import decode_prelude
from mpytool.print_bytecode import line_starts
from tests.conftest import RuntimeOf
from tests.mpyfile.files import stdlib_sources
from tests.peers.oracle import Oracle

EMPTY = RawCode(RawCodeKind.BYTECODE, bytes((0x00, 0x02, 0x00, 0x51, 0x63)))


def part(text: str | bytes, name: str = "m.py") -> Part:
    return Part(name, read(compile_source(text, name=name).to_bytes()))


def filler(first: int, count: int) -> str:
    """Statements that use many names and constants, so that later ones have large numbers."""
    return "".join(f"name{i} = 'a long string constant {i}'\n" for i in range(first, first + count))


def test_a_small_merge() -> None:
    merged = merge([part("x = 1.5\nprint(x)", "a.py"), part("y = 1.5\nprint(y, 'z')", "b.py")])
    assert merged.qstrs == ["a.py", "<module>", "x", "print", "b.py", "z", "y"]
    assert merged.constants == [1.5]
    assert bytes(merged.root.data).hex(" ") == "00 02 01 32 00 34 00 59 32 01 34 00 59 51 63"
    assert read(write(merged)) == merged
    assert [function.name for function in function_names(merged)] == [
        "<module>",
        "<module>.<module>",
        "<module>.<module>#2",
    ]


def test_one_module_comes_back_as_it_is() -> None:
    one = part("print(1)")
    assert merge([one]) is one.module
    with pytest.raises(ValueError, match="nothing"):
        merge([])


def test_what_the_compiler_made_can_be_merged() -> None:
    texts = ("x = 1.5, -0.0, b'bytes', (1, 'two', ...)", "y = 0.0, 1.5, 1 << 80")
    made = [Part(f"{i}.py", compile_source(text, name=f"{i}.py")) for i, text in enumerate(texts)]
    again = [Part(p.name, read(p.module.to_bytes())) for p in made]
    assert write(merge(made)) == write(merge(again))
    assert merge(made).constants == [*made[0].module.constants, *made[1].module.constants]


# --- code that moves ---------------------------------------------------------------------------------------


def described(module: CompiledModule, raw_code: RawCode) -> list[object]:
    """A function's code without what depends on tables or offsets, each instruction with its line."""
    instructions = list(decode_instructions(raw_code.data, raw_code.opcodes_offset))
    number = {each.offset: i for i, each in enumerate(instructions)}
    prelude = raw_code.prelude
    assert prelude is not None
    starts = [(0, 1), *line_starts(prelude.line_table)]
    described: list[object] = [
        [module.qstrs[i] for i in (prelude.name, *prelude.arg_names)],
        (prelude.n_state, prelude.n_exc_stack, prelude.scope_flags, prelude.cells),
    ]
    for each in instructions:
        operand: object = each.operand
        assert each.operand is not None or operand is None
        match each.op.operand:
            case Operand.QSTR:
                operand = module.qstrs[each.operand or 0]
            case Operand.OBJECT:
                operand = repr(module.constants[each.operand or 0])
            case Operand.JUMP | Operand.FORWARD | Operand.JUMP_UNWIND:
                operand = number[each.operand or 0]
        line = starts[bisect_right(starts, each.offset, key=lambda start: start[0]) - 1][1]
        described.append((each.op.name, operand, each.extra, line))
    return described


def described_tree(module: CompiledModule, root: RawCode) -> list[object]:
    return [described(module, root)] + [
        each for child in root.children for each in described_tree(module, child)
    ]


@pytest.mark.parametrize("first", [0, 100, 140, 16_500], ids=str)
def test_code_is_the_same_after_moving(first: int) -> None:
    parts = [part(filler(0, first), "first.py")]
    for path in stdlib_sources(10, first=7):
        with contextlib.suppress(ToolError):  # not everything is written for MicroPython
            parts.append(part(path.read_bytes(), path.name))
    merged = read(write(merge(parts)))
    assert len(merged.root.children) == len(parts) > 5
    for one, body in zip(parts, merged.root.children, strict=True):
        assert described_tree(merged, body) == described_tree(one.module, one.module.root)


def test_code_that_does_not_move_keeps_its_bytes() -> None:
    one = part("def f(x):\n    for i in x:\n        if i: break\n    return 'é' * 300")
    numbers = range(len(one.module.qstrs))
    for function in function_names(one.module):
        moved = rewrite_function(function.raw_code, numbers, range(len(one.module.constants)))
        assert bytes(moved.data) == bytes(function.raw_code.data)


def raw_code(code: str) -> RawCode:
    data = bytes.fromhex("00 02 00" + code)
    prelude, offset = decode_prelude(data, 0)
    return RawCode(RawCodeKind.BYTECODE, data, [], prelude, offset)


JUMPS = {
    # what it is, with index 0 of the qstrs becoming 200 (two bytes): what it becomes
    "42 42 12 00 51 63": "42 43 12 81 48 51 63",  # forward, over what grows
    "12 00 42 3c 51 63": "12 81 48 42 3b 51 63",  # backward, over what grows
    "40 43 01 12 00 51 63": "40 44 01 12 81 48 51 63",  # the extra byte is behind the distance
    "48 02 12 00 4a 00 51 63": "48 03 12 81 48 4a 00 51 63",
    "42 c0 80 12 00 51 63": None,
}


@pytest.mark.parametrize(("before", "after"), JUMPS.items())
def test_jumps(before: str, after: str | None) -> None:
    if after is None:
        with pytest.raises(RewriteError, match="JUMP at 0 aims at no instruction"):
            rewrite_function(raw_code(before), [200], [])
        return
    moved = rewrite_function(raw_code(before), [200], [])
    # The name in the prelude grows as well.
    assert moved.data.hex(" ") == bytes.fromhex("00 04 81 48" + after).hex(" ")


def test_short_jumps_grow() -> None:
    code = "44 7c" + "12 00 59" * 20 + "51 63"
    moved = rewrite_function(raw_code(code), [200], [])
    jump = next(decode_instructions(moved.data, moved.opcodes_offset))
    assert (jump.end, jump.operand) == (3, 3 + 4 * 20)


BROKEN = {
    "12 01": "LOAD_GLOBAL at 0 has index 1 of 1",
    "23 00": "LOAD_CONST_OBJ at 0 has index 0 of 0",
    "12": "the instruction at 0 is cut off",
    "51 00": "the byte 0x00 at 1 is no opcode",
    "42 45 12 00": "JUMP at 0 aims at no instruction",
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.items())
def test_broken_code_is_refused(code: str, reason: str) -> None:
    broken = Part("broken.mpy", CompiledModule(["m.py"], [], raw_code(code)))
    with pytest.raises(MergeError) as caught:
        merge([part("print(1)"), broken])
    assert caught.value.diagnostics[0].message == f"the function m.py cannot be merged: {reason}"
    assert caught.value.diagnostics[0].location.file == "broken.mpy"
    assert caught.value.diagnostics[0].code == "E0521"


def test_a_jump_that_gets_too_long() -> None:
    body = "12 00 59" * 5400
    distance = 5400 * 3
    code = f"44 {0x80 | (distance + 0x4000) & 0x7F:02x} {(distance + 0x4000) >> 7:02x}" + body + "51 63"
    with pytest.raises(RewriteError, match="spans more than its 15 bits"):
        rewrite_function(raw_code(code), [200], [])


def test_a_chain_of_growing_jumps_takes_few_rounds() -> None:
    # Each jump is as long as a short one can be and ends behind the beginning of the next one: what makes
    # the last one grow makes them all grow, one after the other.
    count = 3000
    links = "45 7f" + "51" * 63
    code = links * count + "51" * 20 + "12 00" + "51" * 80
    started = time.process_time()
    moved = rewrite_function(raw_code(code), [200], [])
    assert time.process_time() - started < 20
    jumps = [i for i in decode_instructions(moved.data, moved.opcodes_offset) if i.op.then is Then.BRANCH]
    assert len(jumps) == count
    assert all(jump.end - jump.offset == 3 for jump in jumps)


# --- native code -------------------------------------------------------------------------------------------

NATIVE = b"""
@micropython.native
def n(x):
    return [x, "a string of the native module", 1.5, x.attribute]
"""


@pytest.mark.peer
def test_native_code_goes_first(peer: Oracle) -> None:
    data = peer.compile(NATIVE, "native.py", "-march=rv32imc -march-flags=zba")
    assert isinstance(data, bytes)
    native = Part("native.mpy", read(data))
    wide = Part("wide.mpy", read(write(CompiledModule(["w.py"], [], EMPTY, small_int_bits=63))))
    merged = merge([part("print('first')"), wide, native])
    assert merged.qstrs[: len(native.module.qstrs)] == native.module.qstrs
    assert list(merged.constants) == list(native.module.constants)
    assert merged.root.children[0] == native.module.root
    assert (merged.arch, merged.sub_version, merged.arch_flags, merged.small_int_bits) == (11, 3, 1, 63)
    assert read(write(merged)) == merged
    assert merge([part("print('first')"), native], arch_flags=2).arch_flags == 2
    with pytest.raises(MergeError, match=r"this module and 'native\.mpy' both hold native code"):
        merge([native, part("print(1)"), native])


@pytest.mark.peer
def test_merged_native_code_runs(peer: Oracle, runtime_of: RuntimeOf) -> None:
    runtime = runtime_of("debian-amd64")
    data = peer.compile(NATIVE, "native.py", "-march=x64")
    assert isinstance(data, bytes)
    user = "class C: attribute = 7\nprint(n(C)[1:])"
    merged = write(merge([part(filler(0, 150) + user), Part("native.mpy", read(data))]))
    assert runtime.run({"m.mpy": merged}, "m").output == "['a string of the native module', 1.5, 7]\n"


# --- behaviour ---------------------------------------------------------------------------------------------

LOOPS = """
def leave(items):
    out = []
    for i in items:
        try:
            if i == 1:
                continue
            if i == 4:
                break
            out.append(i)
        finally:
            out.append(("finally", i))
    else:
        out.append("else")
    return out
print(leave(range(6)))
print(leave(range(3)))

def nested(n):
    while n:
        for k in (1, 2, 3):
            try:
                try:
                    if k == 2:
                        n -= 1
                        break
                    raise ValueError(k)
                except ValueError as error:
                    print("caught", error)
                    continue
                finally:
                    print("inner", k)
            finally:
                print("outer", k)
    return "done"
print(nested(2))

class Manager:
    def __enter__(self): return self
    def __exit__(self, *given): print("exit", given[0])
def managed():
    for i in range(4):
        with Manager():
            if i == 1: continue
            if i == 2: return i
            print("in", i)
print(managed())
def steps():
    try:
        yield 1
        yield from (2, 3)
    finally:
        print("closed")
for step in steps():
    if step == 2:
        break
print(step, [a * b for a in range(3) for b in range(2) if a or b], {c: c * 2 for c in "a"})
"""


def test_merged_modules_do_what_their_parts_do(runtime_of: RuntimeOf) -> None:
    """Twice the same program, once behind so many names that every index has two bytes."""
    runtime = runtime_of("debian-amd64")
    merged = write(
        merge([part(LOOPS, "a.py"), part(filler(0, 200), "b.py"), part(LOOPS + "\nlast = leave", "c.py")])
    )
    alone = runtime.run({"m.mpy": part(LOOPS).module.to_bytes()}, "m")
    assert alone.status == 0
    assert "caught" in alone.output
    again = "\nimport m\nprint(m.name199, m.last(range(3)))\nm.leave(5)"
    done = runtime.run({"m.mpy": merged}, "m" + again)
    together, _, rest = done.output.partition("a long string constant 199")
    assert together == alone.output * 2
    assert "'else'" in rest
    assert 'File "a.py", line 4, in leave' in rest  # the line table has moved with the code


@given(st.lists(st.sampled_from([LOOPS, filler(0, 3), filler(100, 40), "x = 0.1\n"]), min_size=2, max_size=5))
@settings(max_examples=15, deadline=None)
def test_merging_in_steps_is_possible(texts: list[str]) -> None:
    parts = [part(text, f"{i}.py") for i, text in enumerate(texts)]
    steps = parts[0]
    for other in parts[1:]:
        steps = Part("so far", read(write(merge([steps, other]))))
    at_once = merge(parts)
    assert set(steps.module.qstrs) == set(at_once.qstrs)
    last = steps.module.root.children[-1]
    assert described_tree(steps.module, last) == described_tree(parts[-1].module, parts[-1].module.root)
