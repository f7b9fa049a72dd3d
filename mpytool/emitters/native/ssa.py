"""The SSA form: what native and viper functions are built into, and every later stage of the pipeline reads.

Read this file first. A ``SsaFunction`` is a list of ``Block``s, a block a list of ``Instr``s, and an
instruction *is* the value that it computes: operands are references to instructions. Every instruction is a
row of OPS below, which says what it takes, gives and does; verifier, printer and parser read that table.
``print_ssa.py`` has the text form::

    b2: from b0 b4                        predecessors, in the order of the operands of phis
      v5:obj = phi v1 v9
      v6:obj = binary_op "<" v5 v2 @14    @14: the number of the source token, for diagnostics and lines
      v7:bool = truth v6
      branch v7 -> b3 b5

**Types.** In a native function everything is an ``obj``, apart from constants. In a viper function
parameters have the types of their annotations, and what only inference can tell is ``?`` (Type.UNKNOWN).
``viper_types.py`` decides it: then ``SsaFunction.is_typed`` is set, no ``?`` is left, objects become words by
``unbox`` only and words objects by ``box`` only, and what takes a value takes an object; words go to the
operations under *Words* below, to ``truth``, phis and slots. ``obj?`` is an object or MicroPython's null
pointer: a local that may be unbound, the self of a method. ``check_bound`` makes an ``obj`` of it or raises
NameError.

**Exceptions.** MicroPython's nlr is setjmp: ``setup`` pushes a handler and continues in its first target; when
something raises while it is armed, it returns a second time, into the second target, the *landing*, which
begins with ``catch``. Of what was computed since then only memory is left. So:

* ``Block.armed`` lists the regions whose handlers are armed throughout the block, innermost last. An
  exception lands in the innermost one. There is no edge for this in ``predecessors``; but what is live into
  the landing is live throughout the block (``liveness.live_values``), and must keep its place, which is a
  callee-saved register or memory, from the ``setup`` on.
* A local that is assigned while a handler is armed into which it is live has a *slot*: ``store_slot`` before
  the ``setup`` and after every assignment, ``load_slot`` in the landing. All other reads take the value: memory
  is written through, never read back. Every other value that the landing uses dominates its ``setup``.
  ``keep_slot`` is for what nobody reads and a local keeps alive (``keeping.py``).
* ``disarm`` pops the handler (nlr_pop). Nothing after it in its block can raise. A landing is entered with
  its region no longer armed.

**Leaving through finally.** In the VM return, break and continue run the finally blocks on their way as
coroutines. Here a finally block begins with a *continuation*, a value that says what follows it, and ends with
``resume`` on it:

====================  ========================================================
the continuation is   ``resume`` then
====================  ========================================================
``none``              goes to its first target: control fell into the block
an exception          raises it again, without an entry in the traceback
``way k``             goes to its target 1 + k, which goes on leaving
====================  ========================================================

A continuation is an object (``way k`` is the small int k), for the code of ``async with`` asks whether it is
an exception. The value of a return on its way through is an ordinary value, ``undefined`` on the other ways in.
``with_cleanup`` calls ``__exit__`` as the continuation demands, and gives the continuation that is left.

**Several values.** What gives ``many`` writes them to memory that the next such instruction may use again:
each ``part`` stands right behind it.

**Frame objects.** Slots, and the four words of a for loop's iterator (``iter_buffer``): their addresses do not
change while the function runs; in a generator they are part of its state.

**Generators.** A value that is live after ``yield`` or ``yield_from`` must be in the generator's state
(``liveness.live_across``); so must what its frame objects hold. Armed handlers are popped before leaving and
pushed again on return. ``yield`` raises what is thrown into it, its result is what is sent.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mpytool.ir import Emitter


class Type(enum.Enum):
    """What a value is; the text is what the printed form shows."""

    OBJ = "obj"  # an object, never null
    SMALL = "small"  # an object that is known to be a small int
    INT = "int"  # a signed machine word
    UINT = "uint"
    BOOL = "bool"  # 0 or 1
    PTR = "ptr"
    PTR8 = "ptr8"
    PTR16 = "ptr16"
    PTR32 = "ptr32"
    NULL = "null"  # MicroPython's null pointer, a constant
    NULLABLE = "obj?"  # an object or null
    UNKNOWN = "?"  # a viper value before inference
    BUFFER = "buffer"  # the address of a loop's iterator buffer
    MANY = "many"  # several objects in memory, which only `part` takes apart
    NOTHING = "nothing"  # no value


VIPER_TYPES: dict[str, Type] = {
    "": Type.OBJ, "object": Type.OBJ, "bool": Type.BOOL, "int": Type.INT, "uint": Type.UINT,
    "ptr": Type.PTR, "ptr8": Type.PTR8, "ptr16": Type.PTR16, "ptr32": Type.PTR32,
}  # fmt: skip
"""The type of an annotation."""


class Effect(enum.Flag):
    """What an instruction does besides computing its value."""

    NONE = 0
    RAISES = enum.auto()  # control may go to the armed handler
    READS = enum.auto()  # looks at objects or frame objects
    WRITES = enum.auto()  # changes them
    ANY = RAISES | READS | WRITES  # may run any Python code, collect garbage included


class Takes(enum.Enum):
    """What an operand may be; TAKEN_TYPES has the types."""

    VALUE = "a value"
    NULLABLE = "a value or null"
    TRUTH = "a truth value"
    BUFFER = "an iterator buffer"
    MANY = "several values"
    WORD = "a machine word"
    NUMBER = "an int or uint"
    POINTER = "a pointer to numbers"


class Imm(enum.Enum):
    """The kinds of immediates, which stand before the operands."""

    INT = "int"
    NAME = "name"
    CONSTANT = "constant"  # any ConstantValue of ``ir.py``
    SLOT = "slot"
    REGION = "region"


class Gives(enum.Enum):
    """Results whose type the row alone does not say."""

    INFERRED = "obj, in viper ?"  # viper's inference decides
    OWN = "as built"  # the instruction has it


@dataclass(frozen=True, slots=True)
class OpRow:
    """One operation. ``targets`` is None for what is no terminator; -1 stands for one or more. ``rest`` says what
    operands may follow ``takes`` in any number."""

    name: str
    imm: tuple[Imm, ...]
    takes: tuple[Takes, ...]
    gives: Type | Gives
    effect: Effect
    rest: Takes | None = None
    targets: int | None = None
    meaning: str = ""


_V, _N, _T, _B, _M = Takes.VALUE, Takes.NULLABLE, Takes.TRUTH, Takes.BUFFER, Takes.MANY
_W, _I, _P = Takes.WORD, Takes.NUMBER, Takes.POINTER
_OBJ, _NOTHING, _MANY = Type.OBJ, Type.NOTHING, Type.MANY
_INFER, _OWN = Gives.INFERRED, Gives.OWN
_INT, _NAME, _CONST, _SLOT, _REGION = Imm.INT, Imm.NAME, Imm.CONSTANT, Imm.SLOT, Imm.REGION
_NONE, _READ, _WRITE, _RAISE, _ANY = Effect.NONE, Effect.READS, Effect.WRITES, Effect.RAISES, Effect.ANY

# fmt: off
OPS: tuple[OpRow, ...] = (
    #     name                     imm             takes         gives       effect
    OpRow("phi",                   (),             (),           _OWN,       _NONE, rest=_N, meaning="one operand for each predecessor; first in the block"),
    OpRow("param",                 (_INT, _NAME),  (),           _OWN,       _NONE, meaning="a local as the call's arguments set it; in viper converted to its type"),
    OpRow("cell",                  (_INT, _NAME),  (),           _OBJ,       _NONE, meaning="the cell object in a local, own or handed in"),
    OpRow("null",                  (),             (),           Type.NULL,  _NONE),
    OpRow("undefined",             (),             (),           _OWN,       _NONE, meaning="a value that nobody looks at"),
    OpRow("none",                  (),             (),           _OBJ,       _NONE),
    OpRow("true",                  (),             (),           _OWN,       _NONE, meaning="an object, in viper a bool"),
    OpRow("false",                 (),             (),           _OWN,       _NONE),
    OpRow("int",                   (_INT,),        (),           _OWN,       _NONE, meaning="a small int, in viper a word: in the range of its type"),
    OpRow("string",                (_NAME,),       (),           _OBJ,       _NONE, meaning="a string that is interned"),
    OpRow("constant",              (_CONST,),      (),           _OBJ,       _NONE, meaning="an object of the constant table"),
    OpRow("way",                   (_INT,),        (),           _OBJ,       _NONE, meaning="the continuation that goes to target 1 + k of resume"),
    OpRow("part",                  (_INT,),        (_M,),        _OWN,       _NONE, meaning="one of several values"),
    # Locals and cells
    OpRow("check_bound",           (),             (_N,),        _INFER,     _RAISE, meaning="its operand; NameError if that is null"),
    OpRow("load_slot",             (_SLOT,),       (),           _OWN,       _READ),
    OpRow("store_slot",            (_SLOT,),       (_N,),        _NOTHING,   _WRITE),
    OpRow("keep_slot",             (_SLOT,),       (_N,),        _NOTHING,   _WRITE, meaning="an object stays alive; what is stored is not loaded"),
    OpRow("load_deref",            (),             (_V,),        _INFER,     _RAISE | _READ, meaning="what a cell holds; NameError if nothing"),
    OpRow("store_deref",           (),             (_V, _V),     _NOTHING,   _WRITE, meaning="cell, value"),
    OpRow("delete_deref",          (),             (_V,),        _NOTHING,   _ANY, meaning="NameError if the cell holds nothing"),
    # Names
    OpRow("load_name",             (_NAME,),       (),           _INFER,     _ANY),
    OpRow("load_global",           (_NAME,),       (),           _INFER,     _ANY),
    OpRow("load_build_class",      (),             (),           _OBJ,       _ANY),
    OpRow("store_name",            (_NAME,),       (_V,),        _NOTHING,   _ANY),
    OpRow("store_global",          (_NAME,),       (_V,),        _NOTHING,   _ANY),
    OpRow("delete_name",           (_NAME,),       (),           _NOTHING,   _ANY),
    OpRow("delete_global",         (_NAME,),       (),           _NOTHING,   _ANY),
    # Attributes and items
    OpRow("load_attr",             (_NAME,),       (_V,),        _INFER,     _ANY),
    OpRow("store_attr",            (_NAME,),       (_V, _V),     _NOTHING,   _ANY, meaning="object, value"),
    OpRow("delete_attr",           (_NAME,),       (_V,),        _NOTHING,   _ANY),
    OpRow("load_method",           (_NAME,),       (_V,),        _MANY,      _ANY, meaning="function, self or null"),
    OpRow("load_super_method",     (_NAME,),       (_V, _V),     _MANY,      _ANY, meaning="of class, self: function, self or null"),
    OpRow("load_subscr",           (),             (_V, _V),     _INFER,     _ANY, meaning="object, index"),
    OpRow("store_subscr",          (),             (_V, _V, _V), _NOTHING,   _ANY, meaning="object, index, value"),
    OpRow("delete_subscr",         (),             (_V, _V),     _NOTHING,   _ANY, meaning="object, index"),
    # Operators
    OpRow("unary_op",              (_NAME,),       (_V,),        _INFER,     _ANY),
    OpRow("binary_op",             (_NAME,),       (_V, _V),     _INFER,     _ANY),
    OpRow("truth",                 (),             (_V,),        Type.BOOL,  _ANY, meaning="of an int or uint whether it is not 0"),
    # Words, made by viper_types.py
    OpRow("box",                   (),             (_W,),        _OBJ,       _RAISE, meaning="the object of a word, as the word's type says: int, uint and pointers an int, bool True or False"),
    OpRow("unbox",                 (),             (_V,),        _OWN,       _ANY, meaning="the word of the result's type in an object: a number truncated, a truth value, the address of a buffer"),
    OpRow("reinterpret",           (),             (_W,),        _OWN,       _NONE, meaning="the same bits, of another type"),
    OpRow("native_op",             (_NAME,),       (_I, _I),     _OWN,       _NONE, meaning="+ - * & | ^ << >> of words, wrapping; the type is that of the left operand, and >> is arithmetic for int, logical for uint"),
    OpRow("native_div",            (_NAME,),       (_I, _I),     Type.INT,   _RAISE, meaning="// or % of int by int, as Python rounds; ZeroDivisionError"),
    OpRow("native_unary",          (_NAME,),       (_I,),        _OWN,       _NONE, meaning="- or ~, of the operand's type"),
    OpRow("native_compare",        (_NAME,),       (_I, _I),     Type.BOOL,  _NONE, meaning="< > == <= >= !=, both int or both uint"),
    OpRow("ptr_load",              (),             (_P, _I),     Type.INT,   _READ | _WRITE, meaning="the number at pointer[index], zero-extended; may be a device's register: not to be dropped, doubled or moved"),
    OpRow("ptr_store",             (),             (_P, _I, _W), _NOTHING,   _READ | _WRITE, meaning="pointer, index, value: its low bits"),
    # Collections
    OpRow("build_tuple",           (),             (),           _OBJ,       _RAISE, rest=_V),
    OpRow("build_list",            (),             (),           _OBJ,       _RAISE, rest=_V),
    OpRow("build_set",             (),             (),           _OBJ,       _ANY, rest=_V),
    OpRow("build_map",             (_INT,),        (),           _OBJ,       _RAISE, meaning="an empty dict with room for so many items"),
    OpRow("build_slice",           (),             (_V, _V, _V), _OBJ,       _RAISE),
    OpRow("store_map",             (),             (_V, _V, _V), _NOTHING,   _ANY, meaning="dict, key, value"),
    OpRow("list_append",           (),             (_V, _V),     _NOTHING,   _ANY),
    OpRow("set_add",               (),             (_V, _V),     _NOTHING,   _ANY),
    OpRow("unpack_sequence",       (_INT,),        (_V,),        _MANY,      _ANY, meaning="part k is item k"),
    OpRow("unpack_ex",             (_INT, _INT),   (_V,),        _MANY,      _ANY, meaning="items before the star, and after it; part k is item k"),
    # Iteration
    OpRow("iter_buffer",           (_INT,),        (),           Type.BUFFER, _NONE, meaning="the address of frame object n"),
    OpRow("open_iter",             (),             (_B, _V),     _NOTHING,   _ANY, meaning="begin to iterate over an object"),
    OpRow("set_iter",              (),             (_B, _V),     _NOTHING,   _WRITE, meaning="iterate with an iterator that there is"),
    OpRow("get_iter",              (),             (_V,),        _OBJ,       _ANY),
    # Functions and calls
    OpRow("make_function",         (_INT,),        (),           _OBJ,       _RAISE, meaning="of child n"),
    OpRow("make_function_defaults", (_INT,),       (_N, _N),     _OBJ,       _RAISE, meaning="tuple and dict of defaults, or nulls"),
    OpRow("make_closure",          (_INT,),        (),           _OBJ,       _RAISE, rest=_V, meaning="with these cells"),
    OpRow("make_closure_defaults", (_INT,),        (_N, _N),     _OBJ,       _RAISE, rest=_V),
    OpRow("call",                  (_INT, _INT),   (_V,),        _INFER,     _ANY, rest=_V, meaning="function, positional arguments, then names and values of keyword arguments"),
    OpRow("call_method",           (_INT, _INT),   (_V, _N),     _INFER,     _ANY, rest=_V, meaning="function, self or null, arguments"),
    OpRow("call_var",              (_INT, _INT),   (_V,),        _INFER,     _ANY, rest=_N, meaning="as call; null names a **mapping; last a small int with a bit for each *argument"),
    OpRow("call_method_var",       (_INT, _INT),   (_V, _N),     _INFER,     _ANY, rest=_N),
    OpRow("import_name",           (_NAME,),       (_V, _V),     _OBJ,       _ANY, meaning="list of names, level"),
    OpRow("import_from",           (_NAME,),       (_V,),        _OBJ,       _ANY),
    OpRow("import_star",           (),             (_V,),        _NOTHING,   _ANY),
    # Exceptions and generators
    OpRow("catch",                 (),             (),           _OBJ,       _NONE, meaning="the exception, first in a landing"),
    OpRow("disarm",                (_REGION,),     (),           _NOTHING,   _NONE, meaning="pop the innermost handler"),
    OpRow("with_cleanup",          (),             (_V, _N, _V), _OBJ,       _ANY, meaning="__exit__, its self, continuation: None if __exit__ swallowed the exception, else the same"),
    OpRow("yield",                 (),             (_V,),        _OBJ,       _ANY),
    OpRow("yield_from",            (),             (_V, _V),     _OBJ,       _ANY, meaning="iterator, first value to send; the value that it returns"),
    # Terminators
    OpRow("jump",                  (),             (),           _NOTHING,   _NONE, targets=1),
    OpRow("branch",                (),             (_T,),        _NOTHING,   _NONE, targets=2, meaning="if true, if false"),
    OpRow("for_iter",              (),             (_B,),        _INFER,     _ANY, targets=2, meaning="the next item, defined only in the first target; the second when there is none"),
    OpRow("setup",                 (_REGION,),     (),           _NOTHING,   _NONE, targets=2, meaning="arm the handler; body, landing"),
    OpRow("resume",                (),             (_V,),        _NOTHING,   _RAISE, targets=-1, meaning="what a continuation says, at the end of a finally block"),
    OpRow("return",                (),             (_V,),        _NOTHING,   _NONE, targets=0),
    OpRow("raise",                 (),             (_V,),        _NOTHING,   _RAISE, targets=0, meaning="an exception or a class of them"),
    OpRow("raise_from",            (),             (_V, _V),     _NOTHING,   _ANY, targets=0, meaning="exception, cause"),
    OpRow("raise_last",            (),             (),           _NOTHING,   _RAISE, rest=_V, targets=0, meaning="the first operand that is an exception (continuations are not), else RuntimeError"),
    OpRow("reraise",               (),             (_V,),        _NOTHING,   _RAISE, targets=0, meaning="raise again, without an entry in the traceback"),
)
# fmt: on

OP_OF_NAME: dict[str, OpRow] = {row.name: row for row in OPS}
PHI = OP_OF_NAME["phi"]

_OBJECTS = frozenset((Type.OBJ, Type.SMALL))
WORDS = frozenset((Type.INT, Type.UINT, Type.BOOL, Type.PTR, Type.PTR8, Type.PTR16, Type.PTR32))
"""The types of machine words."""
_MACHINE = WORDS | {Type.UNKNOWN}
_NULLS = frozenset((Type.NULL, Type.NULLABLE))

TAKEN_TYPES: dict[tuple[Takes, bool], frozenset[Type]] = {
    (Takes.VALUE, False): _OBJECTS,
    (Takes.VALUE, True): _OBJECTS | _MACHINE,
    (Takes.NULLABLE, False): _OBJECTS | _NULLS,
    (Takes.NULLABLE, True): _OBJECTS | _NULLS | _MACHINE,
    (Takes.TRUTH, False): frozenset((Type.BOOL,)),
    (Takes.TRUTH, True): frozenset((Type.BOOL,)),
    (Takes.BUFFER, False): frozenset((Type.BUFFER,)),
    (Takes.BUFFER, True): frozenset((Type.BUFFER,)),
    (Takes.MANY, False): frozenset((Type.MANY,)),
    (Takes.MANY, True): frozenset((Type.MANY,)),
    (Takes.WORD, False): frozenset(),
    (Takes.WORD, True): WORDS,
    (Takes.NUMBER, False): frozenset(),
    (Takes.NUMBER, True): frozenset((Type.INT, Type.UINT)),
    (Takes.POINTER, False): frozenset(),
    (Takes.POINTER, True): frozenset((Type.PTR8, Type.PTR16, Type.PTR32)),
}
"""The types that an operand may have, by (what the row takes, whether viper's words may stand there too)."""

Immediate: TypeAlias = Any
"""int, str or a ConstantValue, as the row's ``imm`` says."""


@dataclass(slots=True, eq=False)
class Instr:
    """One instruction, and the value that it computes; equal only to itself.

    ``number``   v0, v1, ... in the order of the blocks; -1 for what has no value and until ``number_values``
    ``args``     the operands
    ``imm``      one for each entry of ``row.imm``
    ``targets``  the successors of a terminator, in the order that the row says
    ``token``    of the source, 0 if none
    """

    row: OpRow
    args: list[Instr]
    imm: tuple[Immediate, ...] = ()
    type: Type = Type.NOTHING
    token: int = 0
    targets: list[Block] = field(default_factory=list)
    number: int = -1


@dataclass(slots=True, eq=False)
class Region:
    """What one ``setup`` protects. ``kind`` is "except", "finally" or "with", for the reader only."""

    number: int
    kind: str
    landing: Block


@dataclass(slots=True, eq=False)
class Block:
    """A basic block: phis, then other instructions; the last one, and no other, is a terminator.

    ``predecessors``  once for each edge, in the order of phi operands; the entry has none
    ``armed``         regions whose handlers are armed, innermost last, up to a ``disarm``
    """

    number: int
    code: list[Instr] = field(default_factory=list)
    predecessors: list[Block] = field(default_factory=list)
    armed: tuple[Region, ...] = ()

    @property
    def successors(self) -> list[Block]:
        return self.code[-1].targets

    @property
    def handler(self) -> Block | None:
        """Where an exception in this block lands; None: it leaves the function."""
        return self.armed[-1].landing if self.armed else None


@dataclass(slots=True, eq=False)
class SsaFunction:
    """A function, complete when ``build.build_function`` returns; passes change it in place.

    ``blocks``        the entry first, then in the order of the source; ``blocks[i].number == i``
    ``slots``         the names of the locals that have a place in the frame
    ``n_buffers``     how many iterator buffers the frame holds
    ``is_generator``  whether it yields
    ``return_type``   of a viper function: what it is annotated with, OBJ otherwise
    ``is_typed``      whether viper's inference is done
    """

    name: str
    emitter: Emitter
    is_generator: bool = False
    return_type: Type = Type.OBJ
    blocks: list[Block] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    n_buffers: int = 0
    is_typed: bool = False

    @property
    def is_viper(self) -> bool:
        return self.emitter is Emitter.VIPER


def number_values(function: SsaFunction) -> None:
    """Number blocks, values and regions from 0 in their order."""
    number = 0
    for index, block in enumerate(function.blocks):
        block.number = index
        for instr in block.code:
            if instr.type is Type.NOTHING:
                instr.number = -1
            else:
                instr.number = number
                number += 1
    for index, region in enumerate(function.regions):
        region.number = index
