"""One hand-made file for each rule, and what is right beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mpytool import compile_source, read
from mpytool.module import CompiledModule, FunTable, NativePart, RawCode, RawCodeKind
from mpytool.mpyfile.verify import Policy, verify
from mpytool.mpyfile.verify.findings import RULES
from mpytool.values import decode_text
from tests.mpyfile.verify.assemble import QSTRS, F, module, raw_code
from tests.peers.places import ROOT

END = "LOAD_CONST_NONE; RETURN_VALUE"
PLAIN = F(END)

GOOD: dict[str, F] = {
    "plain": PLAIN,
    "loop": F("L:; LOAD_NAME 2; POP_JUMP_IF_TRUE L; " + END),
    "for": F(
        "LOAD_NAME 2; GET_ITER_STACK; L:; FOR_ITER E; STORE_NAME 2; JUMP L; E:; " + END,
    ),
    "iterator made by hand": F(
        "LOAD_NULL; LOAD_NAME 2; LOAD_NULL; LOAD_NULL; L:; FOR_ITER E; POP_TOP; JUMP L; E:; " + END
    ),
    "finally": F("SETUP_FINALLY H; LOAD_NAME 2; RETURN_VALUE; H:; END_FINALLY; " + END, n_exc=1),
    "closure": F(
        "LOAD_FAST_MULTI 0; MAKE_CLOSURE 0 1; STORE_NAME 2; " + END,
        cells=b"\0",
        children=(F("LOAD_DEREF 0; RETURN_VALUE", n_pos=1),),
    ),
    "defaults": F(
        "LOAD_NAME 2; BUILD_TUPLE 1; BUILD_MAP 0; MAKE_FUNCTION_DEFARGS 0; STORE_NAME 2; " + END,
        children=(F(END, n_pos=1, n_def=1, n_kwonly=1, flags=8),),
    ),
    "class": F(
        "LOAD_BUILD_CLASS; MAKE_FUNCTION 0; LOAD_CONST_STRING 2; CALL_FUNCTION 2; STORE_NAME 2; " + END,
        children=(PLAIN,),
    ),
    "super": F(
        "LOAD_BUILD_CLASS; MAKE_FUNCTION 0; LOAD_CONST_STRING 2; CALL_FUNCTION 2; STORE_NAME 2; " + END,
        children=(
            F(
                "LOAD_FAST_MULTI 0; MAKE_CLOSURE 0 1; STORE_NAME 2; LOAD_FAST_MULTI 0; RETURN_VALUE",
                cells=b"\0",
                children=(
                    F(
                        "LOAD_GLOBAL 2; LOAD_DEREF 0; LOAD_FAST_MULTI 1; LOAD_SUPER_METHOD 2;"
                        "CALL_METHOD 0; RETURN_VALUE",
                        n_pos=2,
                    ),
                ),
            ),
        ),
    ),
    "generator": F(
        "MAKE_FUNCTION 0; STORE_NAME 2; " + END,
        children=(F("LOAD_NAME 2; YIELD_VALUE; RETURN_VALUE", flags=1),),
    ),
}

CLASS = GOOD["class"]
SUPER = GOOD["super"].children[0]
METHOD = SUPER.children[0]
STORING = replace(METHOD, text="LOAD_FAST_MULTI 1; STORE_DEREF 0; " + METHOD.text)
MAKE = "MAKE_FUNCTION 0; STORE_NAME 2; " + END


def made(child: F) -> F:
    return F(MAKE, children=(child,))


BAD: list[tuple[str, str, F]] = [
    # code, what, the root
    ("V101", "signature of 15 bytes",
     made(F(END, n_def=0, n_kwonly=1 << 13, n_state=20_000, names=(1, *[2] * (1 << 13))))),
    ("V102", "65,535 slots", replace(PLAIN, n_state=65_535)),
    ("V103", "two arguments in one slot", made(F(END, n_state=1, n_pos=2))),
    ("V104", "more defaults than arguments", replace(PLAIN, children=(F(END, n_pos=1, n_def=2),))),
    ("V105", "flag 16", made(F(END, flags=16))),
    ("V106", "a module with an argument", F(END, n_pos=1)),
    ("V106", "a module that is a generator", F(END, flags=1)),
    ("V107", "no code", made(F(""))),
    ("V108", "a cell outside of the frame", replace(PLAIN, cells=b"\x0a")),
    ("V201", "a reserved opcode", F("=d4; " + END)),
    ("V201", "a reserved opcode that is never run", F(END + "; =00; " + END)),
    ("V202", "an operand that is cut off", F("=10 80")),
    ("V202", "an operand cut off that is never run", F(END + "; =22 80")),
    ("V203", "qstr 4 of 4", F("LOAD_NAME 4; RETURN_VALUE")),
    ("V203", "constant 0 of 0", F("LOAD_CONST_OBJ 0; RETURN_VALUE")),
    ("V203", "child 0 of 0", F("MAKE_FUNCTION 0; RETURN_VALUE")),
    ("V203", "a slice of four parts", F("LOAD_NAME 2; LOAD_NAME 2; BUILD_SLICE 4; RETURN_VALUE")),
    ("V203", "a slice with a long operand", F("LOAD_NAME 2; LOAD_NAME 2; =2e 80 02; RETURN_VALUE")),
    ("V203", "a dict for 2**31 pairs", F("BUILD_MAP 2147483648; RETURN_VALUE")),
    ("V203", "a call with 2**16 arguments", F("LOAD_NAME 2; CALL_FUNCTION 65536; RETURN_VALUE")),
    ("V203", "an operand of six bytes", F("=11 80 80 80 80 80 02; RETURN_VALUE")),
    ("V203", "a kind of collection that does not exist",
     F("LOAD_NAME 2; LOAD_NAME 2; STORE_COMP 7; RETURN_VALUE")),
    ("V203", "deleting a local far away", F("DELETE_FAST 99; " + END)),
    ("V204", "a forged jump behind the code", F("JUMP 400; " + END)),
    ("V204", "a forged jump before the code", F("JUMP -40; " + END)),
    ("V205", "falling off the end", F("LOAD_NAME 2; POP_TOP")),
    ("V206", "popping nothing", F("POP_TOP; " + END)),
    ("V209", "an unbalanced loop", F("LOAD_NAME 2; L:; POP_TOP; LOAD_NAME 2; POP_JUMP_IF_TRUE L; " + END)),
    ("V207", "more stack than there is", F("LOAD_NAME 2; LOAD_NAME 2; RETURN_VALUE", n_state=1)),
    ("V207", "stack that reaches a local",
     F("LOAD_NAME 2; LOAD_NAME 2; POP_TOP; STORE_FAST_MULTI 0; LOAD_FAST_MULTI 0; RETURN_VALUE", n_state=2)),
    ("V207", "unpacking into nothing", F("LOAD_NAME 2; UNPACK_EX 10; RETURN_VALUE")),
    ("V207", "a local outside of the frame", F("LOAD_FAST_N 10; RETURN_VALUE")),
    ("V208", "returning null", F("LOAD_NULL; RETURN_VALUE")),
    ("V208", "a null argument", F("LOAD_NAME 2; LOAD_NULL; CALL_FUNCTION 1; RETURN_VALUE")),
    ("V208", "calling a method without its self",
     F("LOAD_NAME 2; LOAD_METHOD 2; POP_TOP; CALL_FUNCTION 0; RETURN_VALUE")),
    ("V208", "a method with another self",
     F("LOAD_NAME 2; LOAD_METHOD 2; ROT_TWO; CALL_METHOD 0; RETURN_VALUE")),
    ("V208", "iterating over plain slots",
     F("LOAD_NAME 2; DUP_TOP; DUP_TOP; DUP_TOP; L:; FOR_ITER E; POP_TOP; JUMP L; E:; " + END)),
    ("V208", "storing in something else than a dict",
     F("LOAD_NAME 2; LOAD_NAME 2; LOAD_NAME 2; STORE_MAP; RETURN_VALUE")),
    ("V208", "appending to something else than a list",
     F("BUILD_MAP 0; LOAD_NAME 2; STORE_COMP 4; RETURN_VALUE")),
    ("V208", "defaults that are no tuple",
     F("LOAD_NAME 2; LOAD_NULL; MAKE_FUNCTION_DEFARGS 0; RETURN_VALUE",
     children=(F(END, n_pos=1, n_def=1),))),
    ("V208", "keyword defaults that are no dict",
     F("LOAD_NULL; LOAD_NAME 2; MAKE_FUNCTION_DEFARGS 0; RETURN_VALUE",
     children=(F(END, n_kwonly=1, flags=8),))),
    ("V208", "closing over what is no cell",
     F("LOAD_NAME 2; MAKE_CLOSURE 0 1; RETURN_VALUE", children=(F("LOAD_DEREF 0; RETURN_VALUE", n_pos=1),))),
    ("V208", "a forged state of a finally block",
     F("SETUP_FINALLY H; LOAD_CONST_SMALL_INT_MULTI 20; H:; END_FINALLY; " + END, n_exc=1)),
    ("V208", "importing everything from something else", F("LOAD_NAME 2; IMPORT_STAR; " + END)),
    ("V208", "an import level that is no small int",
     F("LOAD_NAME 2; LOAD_CONST_NONE; IMPORT_NAME 2; RETURN_VALUE")),
    ("V208", "star arguments without their bitmap",
     F("LOAD_NAME 2; LOAD_NAME 2; CALL_FUNCTION_VAR_KW 0; RETURN_VALUE")),
    ("V208", "cleaning up without a with block",
     F("SETUP_FINALLY H; LOAD_CONST_NONE; H:; WITH_CLEANUP; END_FINALLY; " + END, n_exc=1)),
    ("V209", "stacks of different heights", F("LOAD_NAME 2; POP_JUMP_IF_TRUE L; LOAD_NAME 2; L:; " + END)),
    ("V209", "null here, an object there",
     F("LOAD_NAME 2; JUMP_IF_TRUE_OR_POP L; LOAD_NULL; L:; RETURN_VALUE")),
    ("V210", "a handler here, none there",
     F("LOAD_NAME 2; POP_JUMP_IF_TRUE L; SETUP_EXCEPT H; L:; " + END + "; H:; END_FINALLY; " + END,
     n_exc=1)),
    ("V211", "an exception stack that overflows",
     F("SETUP_EXCEPT H; LOAD_CONST_NONE; RETURN_VALUE; H:; END_FINALLY; " + END, n_exc=0)),
    ("V212", "ending a finally block that is not open", F("LOAD_CONST_NONE; END_FINALLY; " + END)),
    ("V212", "leaving an except block that is not open", F("POP_EXCEPT_JUMP L; L:; " + END)),
    ("V212", "unwinding more than there is", F("UNWIND_JUMP L 1; L:; " + END)),
    ("V213", "a jump back from a running handler",
     F("SETUP_EXCEPT H; L:; LOAD_NAME 2; RETURN_VALUE; H:; POP_TOP; JUMP L", n_exc=1)),
    ("V214", "yielding from a plain function", F("LOAD_NAME 2; YIELD_VALUE; RETURN_VALUE")),
    ("V215", "popping below an open handler",
     F("LOAD_NAME 2; SETUP_EXCEPT H; POP_TOP; " + END + "; H:; END_FINALLY; " + END, n_exc=1)),
    ("V216", "LOAD_DEREF of what is no cell", made(F("LOAD_DEREF 0; RETURN_VALUE", n_pos=1))),
    ("V216", "STORE_DEREF of what is no cell", F("LOAD_NAME 2; STORE_DEREF 0; " + END)),
    ("V217", "overwriting a cell",
     F("LOAD_NAME 2; STORE_FAST_MULTI 0; LOAD_DEREF 0; RETURN_VALUE", cells=b"\0")),
    ("V217", "deleting a cell", F("DELETE_FAST 0; " + END, cells=b"\0")),
    ("V218", "a function without its defaults", made(F(END, n_pos=1, n_def=1))),
    ("V218", "a function with too many defaults",
     F("LOAD_NAME 2; DUP_TOP; BUILD_TUPLE 2; LOAD_NULL; MAKE_FUNCTION_DEFARGS 0; RETURN_VALUE",
     children=(F(END, n_pos=1, n_def=1),))),
    ("V218", "a function without its keyword defaults", made(F(END, n_kwonly=1, flags=8))),
    ("V218", "more cells than arguments",
     F("LOAD_FAST_MULTI 0; MAKE_CLOSURE 0 1; RETURN_VALUE", cells=b"\0", children=(PLAIN,))),
    ("V219", "a class body that returns anything",
     replace(CLASS, children=(F("LOAD_NAME 2; RETURN_VALUE"),))),
    ("V219", "a class body that is a generator", replace(CLASS, children=(F(END, flags=1),))),
    ("V219", "a class made of no function",
     F("LOAD_BUILD_CLASS; LOAD_NAME 2; LOAD_CONST_STRING 2; CALL_FUNCTION 2; RETURN_VALUE")),
    ("V220", "super() of a global",
     F("LOAD_NAME 2; LOAD_NAME 2; LOAD_NAME 2; LOAD_SUPER_METHOD 2; CALL_METHOD 0; RETURN_VALUE")),
    ("V220", "super() of a cell that the method stores in",
     replace(CLASS,
     children=(replace(SUPER, children=(STORING,)),))),
    ("V220", "super() of a cell that the class stores in",
     replace(CLASS, children=(replace(SUPER, text="LOAD_NAME 2; STORE_DEREF 0; " + SUPER.text),))),
    ("V221", "a keyword that is no name",
     F("LOAD_NAME 2; LOAD_NAME 2; LOAD_NAME 2; CALL_FUNCTION 256; RETURN_VALUE")),
    ("V222", "a small int of 32 bits", F("LOAD_CONST_SMALL_INT 1073741824; RETURN_VALUE")),
    ("V223", "unpacking without end",
     F("LOAD_NAME 2; " + "UNPACK_SEQUENCE 60000; BUILD_TUPLE 60000; " * 40 + "RETURN_VALUE",
     n_state=65_000)),
    ("V224", "a jump into an instruction",
     F("LOAD_NAME 2; POP_JUMP_IF_TRUE 7; LOAD_CONST_SMALL_INT 80; RETURN_VALUE")),
    ("V224", "an instruction that is never run and overlaps", F("JUMP L; =10; L:; " + END)),
    ("V226", "a return past the bottom",
     F("SETUP_FINALLY H; JUMP L; H:; END_FINALLY; " + END + "; L:; LOAD_NAME 2; RETURN_VALUE", n_exc=1)),
]  # fmt: skip


@pytest.mark.parametrize("f", GOOD.values(), ids=GOOD)
def test_good(f: F) -> None:
    assert verify(module(f)) == []


@pytest.mark.parametrize(("code", "what", "f"), BAD, ids=[f"{code} {what}" for code, what, _ in BAD])
def test_bad(code: str, what: str, f: F) -> None:
    found = verify(module(f))
    assert [finding.code for finding in found] == [code], "\n".join(map(str, found))
    assert found[0].function is not None


def _file(**changes: object) -> bytes:
    given: dict[str, object] = {"qstrs": list(QSTRS), "constants": [], "root": raw_code(PLAIN)}
    return CompiledModule(**(given | changes)).to_bytes()  # type: ignore[arg-type]


NATIVE = RawCode(RawCodeKind.VIPER, b"\xc3", native=NativePart())

FILES: list[tuple[str, str, bytes]] = [
    ("V001", "half a file", module(PLAIN)[:-2]),
    ("V001", "a byte too many", module(PLAIN) + b"\0"),
    ("V002", "a long name", _file(qstrs=[*QSTRS, "x" * 256])),
    ("V003", "a name that is no text", _file(qstrs=[*QSTRS, decode_text(b"\xff")])),
    ("V003", "a byte that announces seven", _file(qstrs=[*QSTRS, decode_text(b"\xfe\x80\x80\x80\x80\x80a")])),
    ("V003", "a string that is no text", _file(constants=[decode_text(b"a long string, cut: \xf0\x9f")])),
    ("V003", "the same in a tuple", _file(constants=[(decode_text(b"a long string, cut: \xf0\x9f"),)])),
    ("V004", "native code for no architecture", _file(root=NATIVE)),
    ("V005", "the function table in a file without native code", _file(constants=[FunTable.FUN_TABLE])),
    (
        "V005",
        "the function table in a tuple",
        _file(constants=[(FunTable.FUN_TABLE,)], arch=2, sub_version=3),
    ),
    (
        "V005",
        "bytecode that loads the function table",
        _file(
            constants=[FunTable.FUN_TABLE],
            arch=2,
            sub_version=3,
            root=raw_code(F("LOAD_CONST_OBJ 0; RETURN_VALUE")),
        ),
    ),
    ("V006", "architecture 15", _file(arch=15, sub_version=3)),
]


@pytest.mark.parametrize(("code", "what", "data"), FILES, ids=[f"{code} {what}" for code, what, _ in FILES])
def test_file(code: str, what: str, data: bytes) -> None:
    assert [finding.code for finding in verify(data)] == [code]


ASYNC = b"""
async def f(x):
    async with x:
        return 1
"""


FOREIGN_SUPER = b"""
def f(self):
    return super().m()
"""
TRUSTING = {"BaseException": ASYNC, "__class__": FOREIGN_SUPER}


@pytest.mark.parametrize("name", TRUSTING)
def test_trusted_names(name: str) -> None:
    source = TRUSTING[name].decode()
    assert verify(compile_source(source, name="a.py").to_bytes()) == []
    for line in (f"{name} = int\n", f"def g():\n    global {name}\n    del {name}\n", f"del {name}\n"):
        data = compile_source(source + line, name="a.py").to_bytes()
        assert [finding.code for finding in verify(data)] == ["V225"]
    harmless = f"class A:\n    {name} = 1\n"
    assert verify(compile_source(source + harmless, name="a.py").to_bytes()) == []
    policy = Policy(frozenset({"trusted-names"}))
    data = compile_source(source, name="a.py").to_bytes()
    assert [finding.code for finding in verify(data, policy)] == ["V304"]


POLICIES = [
    (Policy(deny=frozenset({"native"})), _file(root=NATIVE, arch=2, sub_version=3), "V301"),
    (Policy(max_state=9), module(PLAIN), "V302"),
    (Policy(arch="armv6m"), _file(root=NATIVE, arch=2, sub_version=3), "V303"),
]


@pytest.mark.parametrize(("policy", "data", "code"), POLICIES)
def test_policy(policy: Policy, data: bytes, code: str) -> None:
    assert verify(data) == []
    assert [finding.code for finding in verify(data, policy)] == [code]


def test_unknown_policies() -> None:
    with pytest.raises(ValueError, match="deny 'fun'"):
        Policy(deny=frozenset({"fun"}))
    with pytest.raises(ValueError, match="architecture 'z80'"):
        Policy(arch="z80")


def test_every_rule_has_a_case() -> None:
    codes = {code for code, _, _ in BAD} | {code for code, _, _ in FILES} | {"V225", "V304"}
    codes |= {code for _, _, code in POLICIES}
    assert codes == {rule.code for rule in RULES}


def test_places() -> None:
    f = made(F("LOAD_NAME 2; POP_TOP; POP_TOP; " + END))
    data = module(f)
    (found,) = verify(data)
    assert (found.code, found.path, found.function, found.code_offset) == ("V206", (0,), "f.f", 3)
    code = read(data).root.children[0]
    assert data[found.offset :] == bytes(code.data)[code.opcodes_offset + 3 :]


def test_the_page_has_every_rule() -> None:
    text = (ROOT / "docs/verify.md").read_text()
    assert [rule.code for rule in RULES if f"| {rule.code} |" not in text] == []


def test_stray_continuation_bytes_do_no_harm() -> None:
    assert (
        verify(
            _file(qstrs=[*QSTRS, decode_text(b"\\\xc3\x90\x9f"), decode_text("\u20ac\U0001f600".encode())])
        )
        == []
    )
