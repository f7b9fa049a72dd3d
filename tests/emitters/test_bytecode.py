"""The bytecode emitter: IR text to the bytes that mpy-cross 1.29 writes for the same program."""

from __future__ import annotations

import math

import pytest

from mpytool.diagnostics import CompileError
from mpytool.emitters.module import emit
from mpytool.ir import Emitter, Program
from mpytool.module import CompiledModule, RawCode
from mpytool.options import Options
from mpytool.print_ir import parse_program
from mpytool.source import Source

HEAD = 'program "m.py"\nfunction 0 "<module>" module\n'


def emit_text(text: str, options: Options | None = None) -> CompiledModule:
    return emit(parse_program(text), Source(b"", "m.py"), options or Options())


def opcodes(raw_code: RawCode) -> str:
    return bytes(raw_code.data[raw_code.opcodes_offset :]).hex(" ")


def code_of_lines(lines: str, header: str = "") -> str:
    """The opcodes of a module body written as ``op; op; ...``."""
    body = "\n".join(line.strip() for line in lines.split(";"))
    return opcodes(emit_text(HEAD + header + "\n" + body).root)


OPS = [
    # one row: ops, bytes
    ("LOAD_CONST_SMALL_INT -16", "70"),
    ("LOAD_CONST_SMALL_INT 47", "af"),
    ("LOAD_CONST_SMALL_INT -17", "22 6f"),
    ("LOAD_CONST_SMALL_INT 48", "22 30"),
    ("LOAD_CONST_SMALL_INT 64", "22 80 40"),
    ("LOAD_CONST_SMALL_INT -65", "22 ff 3f"),
    ("LOAD_CONST_SMALL_INT 536870912", "22 82 80 80 80 00"),
    ("LOAD_FAST_N 0; LOAD_FAST_N 15; LOAD_FAST_N 16; LOAD_FAST_N 200", "b0 bf 24 10 24 81 48"),
    ("STORE_FAST_N 0; STORE_FAST_N 15; STORE_FAST_N 16", "c0 cf 26 10"),
    ("LOAD_DEREF 3; STORE_DEREF 3; DELETE_FAST 3; DELETE_DEREF 3", "25 03 27 03 28 03 29 03"),
    ("UNARY_OP_MULTI not; BINARY_OP_MULTI <; BINARY_OP_MULTI in; BINARY_OP_MULTI **", "d3 d7 dd f9"),
    ("BINARY_OP_MULTI except match; BINARY_OP_MULTI +=", "df e5"),
    ("CALL_FUNCTION 2 0; CALL_METHOD 1 1; CALL_FUNCTION_VAR_KW 3 1", "34 02 36 82 01 35 82 03"),
    ("CALL_FUNCTION 300 0", "34 82 2c"),
    ("UNPACK_SEQUENCE 3; UNPACK_EX 1 1", "30 03 31 82 01"),
    ("STORE_COMP list 5; STORE_COMP dict 6; STORE_COMP set 5", "2f 14 2f 19 2f 16"),
    ("BUILD_TUPLE 2; BUILD_MAP 0; BUILD_SLICE 3; BUILD_LIST 200", "2a 02 2c 00 2e 03 2b 81 48"),
    ("MAKE_FUNCTION 0; MAKE_CLOSURE 1 2; MAKE_CLOSURE_DEFARGS 130 256", "32 00 20 01 02 21 81 02 00"),
    ('LOAD_BUILTIN "a"; LOAD_GLOBAL "a"; LOAD_NAME "a"; IMPORT_NAME "a"', "12 02 12 02 11 02 1b 02"),
    ("LOAD_CONST_OBJ 1.5; LOAD_CONST_OBJ ...; LOAD_CONST_OBJ 1.5", "23 00 23 01 23 00"),
    ("STACK_ADJUST 3; START_HANDLER; END_HANDLER; FOR_ITER_END; LOAD_NULL", "53"),
]


@pytest.mark.parametrize(("ops", "expected"), OPS)
def test_ops(ops: str, expected: str) -> None:
    locals_ = "  locals " + " ".join(f'"v{i}"' for i in range(201))
    assert code_of_lines(ops, locals_) == expected


DEAD = [
    # unreachable code leaves no bytes, up to the next label
    ("LOAD_CONST_NONE; RETURN_VALUE; LOAD_CONST_TRUE; POP_TOP", "51 63"),
    ("RAISE_LAST; LOAD_CONST_TRUE; L0:; LOAD_CONST_NONE", "64 51"),
    ("JUMP L0; JUMP L0; RAISE_LAST; L0:; LOAD_CONST_NONE", "42 40 51"),
    ("POP_EXCEPT_JUMP L0; LOAD_CONST_TRUE; L0:", "4a 00"),
    ("L0:; LOAD_CONST_NONE; JUMP L0; UNWIND_JUMP L0 2 for; L1:", "51 42 3d"),
    ("UNWIND_JUMP L0 1 for; POP_TOP; L0:", "40 41 81"),
    ("UNWIND_JUMP L0 1; POP_TOP; L0:", "40 41 01"),
    ("UNWIND_JUMP L0 0 for; POP_TOP; L0:", "59 59 59 59 42 40"),
    ("UNWIND_JUMP L0 0; POP_TOP; L0:", "42 40"),
]


@pytest.mark.parametrize(("ops", "expected"), DEAD)
def test_dead_code(ops: str, expected: str) -> None:
    assert code_of_lines(ops, "  counts labels=2") == expected


def test_names_are_numbered_in_two_walks() -> None:
    module = emit_text(
        """
        program "m.py"
        function 0 "<module>" module
          children 1
          LOAD_NAME "ident"
          LOAD_ATTR "attr"
          MAKE_FUNCTION 0
          STORE_NAME "f"
          JUMP L0
          LOAD_METHOD "dead"
          LOAD_GLOBAL "deadident"
          L0:
          counts labels=1
        function 1 "f" function
          args "x" "*"
          locals "x" "y"
          counts positional=2
          LOAD_GLOBAL "g"
          LOAD_CONST_STRING "text"
          LOAD_BUILTIN "AssertionError"
        """
    )
    assert module.qstrs == (
        "m.py <module> attr dead f text AssertionError | ident deadident x * g".replace("| ", "").split()
    )


def test_constants_are_shared_strictly() -> None:
    values = ["0.0", "-0.0", "True", "1", "1.0", "(1, 2)", "(1.0, 2)", '"a"', 'b"a"', "0.0", "(1, 2)", "..."]
    module = emit_text(HEAD + "\n".join(f"LOAD_CONST_OBJ {value}" for value in values))
    kept = [repr(value) for value in module.constants]
    assert kept == ["0.0", "-0.0", "True", "1", "1.0", "(1, 2)", "(1.0, 2)", "'a'", "b'a'", "Ellipsis"]


def test_each_nan_is_a_constant_of_its_own() -> None:
    module = emit_text(HEAD + "LOAD_CONST_OBJ nan\nLOAD_CONST_OBJ nan\nLOAD_CONST_OBJ (nan, 1)")
    assert len(module.constants) == 3
    first = module.constants[0]
    assert isinstance(first, float)
    assert math.isnan(first)
    assert opcodes(module.root) == "23 00 23 01 23 02"


def test_closures_names_and_line_table() -> None:
    """The worked example of a function with everything (def f(a, b=2, *c, d, e=3, **k))."""
    module = emit_text(FUNCTION_WITH_EVERYTHING)
    f = module.root.children[0]
    g = f.children[0]
    assert bytes(f.data).hex(" ") == (
        "ea 81 c8 c0 40 15 02 04 05 06 07 20 23 25 25 2b 08 b0 27 08 b8 20 00 01 c6 b4 5f 4b 0c c7 b7 44 46 "
        "59 59 59 59 42 42 42 32 b6 63"
    )
    assert bytes(g.data).hex(" ") == "09 06 03 08 40 25 00 63"
    assert f.prelude is not None
    assert (f.prelude.n_state, f.prelude.cells) == (14, (8,))


FUNCTION_WITH_EVERYTHING = """
program "m.py"
function 0 "<module>" module
  children 1
  MAKE_FUNCTION 0
  STORE_NAME "f"
  LOAD_CONST_NONE
  RETURN_VALUE
function 1 "f" function
  args "a" "b" "e" "d"
  locals "a" "b" "e" "d" "c" "k" "g" "i" "x"
  cells 8
  children 2
  counts positional=2 keyword_only=2 defaults=1 flags=14 labels=4
  LINE 2
  LOAD_FAST_N 0
  STORE_DEREF 8
  LINE 3
  LOAD_FAST_N 8
  MAKE_CLOSURE 0 1
  STORE_FAST_N 6
  LINE 4
  LOAD_FAST_N 4
  GET_ITER_STACK
  L1:
  FOR_ITER L0
  STORE_FAST_N 7
  LINE 5
  LOAD_FAST_N 7
  POP_JUMP_IF_FALSE L3
  UNWIND_JUMP L2 0 for
  JUMP L3
  L3:
  JUMP L1
  L0:
  FOR_ITER_END
  L2:
  LINE 6
  LOAD_FAST_N 6
  RETURN_VALUE
  LOAD_CONST_NONE
  RETURN_VALUE
function 2 "g" function
  args "*"
  locals "x"
  counts positional=1 free=1
  LINE 3
  LOAD_DEREF 0
  RETURN_VALUE
"""


@pytest.mark.parametrize("options", [Options(optimise=3), Options(source_lines=False)])
def test_no_line_table(options: Options) -> None:
    module = emit_text(FUNCTION_WITH_EVERYTHING, options)
    assert module.root.children[0].prelude is not None
    assert module.root.children[0].prelude.line_table == b""


def test_lines_in_dead_code_are_recorded() -> None:
    module = emit_text(
        HEAD + "LOAD_CONST_NONE\nRETURN_VALUE\nLINE 5\nLOAD_CONST_NONE\nLINE 4\nLINE 6\nRETURN_VALUE"
    )
    assert module.root.prelude is not None
    assert module.root.prelude.line_table.hex(" ") == "62 20 20"


def test_dead_code_counts_for_the_stack() -> None:
    module = emit_text(HEAD + "LOAD_CONST_NONE\nRETURN_VALUE\n" + "LOAD_NULL\n" * 5 + "STACK_ADJUST -5")
    assert module.root.prelude is not None
    assert module.root.prelude.n_state == 5


def test_a_stack_deeper_than_16_bits_wraps_as_in_the_peer() -> None:
    # `def f(x): return [x, x, ...]` with 70000 items: mpy-cross says n_state 4465
    text = HEAD + 'counts positional=1\nargs "x"\nlocals "x"\n' + "LOAD_FAST_N 0\n" * 70000
    module = emit_text(text + "BUILD_LIST 70000\nRETURN_VALUE")
    assert module.root.prelude is not None
    assert module.root.prelude.n_state == 4465


def test_a_function_for_another_emitter_is_refused() -> None:
    text = FUNCTION_WITH_EVERYTHING.replace('  args "*"', '  emitter viper\n  counts token=1\n  args "*"')
    program: Program = parse_program(text)
    assert program.functions[2].emitter is Emitter.VIPER
    program.tokens.lines[1] = 3
    program.tokens.starts[1], program.tokens.ends[1] = 4, 7
    with pytest.raises(CompileError) as caught:
        emit(program, Source(b"a\n\n@x.y\n", "m.py"), Options())
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "E0401"
    assert "'g'" in diagnostic.message
    assert "viper" in diagnostic.message
    assert diagnostic.peer is not None
    assert (diagnostic.peer.line, diagnostic.peer.scope) == (3, "g")


def test_unresolved_ops_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="0x110"):
        emit_text(HEAD + 'LOAD_IDENT "x"')


def test_options_reach_the_module() -> None:
    module = emit_text(HEAD, Options(small_int_bits=63, arch="rv32imc", arch_flags=1))
    assert (module.small_int_bits, module.arch, module.arch_flags) == (63, 0, 1)
