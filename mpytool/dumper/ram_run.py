"""What the body of a module makes when it is run: functions, classes, containers, names.

The body is not executed but walked through: each instruction once, both branches of an ``if``, a loop's body
once, no exception handlers. Values are followed on the stack and in variables, so that what is made and
dropped again is told from what stays. Class bodies are walked through where the class is made; functions that
the body calls are not. Sizes: ``py/objfun.h``, ``py/objtype.c``, ``py/objclosure.c``, ``py/map.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from heapq import heappop

from mpytool.dumper.ram_frame import BUILD_CLASS, FALSE, NULL, EnoughError, Frame, Mark, Name, Value
from mpytool.dumper.ram_heap import Block
from mpytool.dumper.ram_machine import Machine, table_size
from mpytool.instructions import Instruction, decode_instruction
from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.opcodes import BINARY_OPS, Then

_SETUPS = frozenset({"SETUP_EXCEPT", "SETUP_FINALLY", "SETUP_WITH"})
"""They go to their handler if there is an exception, and there is none."""

_OBJECT_WORDS: Mapping[str, int] = {"property": 4, "staticmethod": 2, "classmethod": 2, "object": 4}
"""Words of what a call of these built-in types makes; arguments are kept."""

MAX_NESTING = 200
"""Class bodies inside class bodies that are walked into."""

MAX_OBJECTS = 50_000
MAX_VARIABLES = 1_000
"""As with the limits of a frame: where there are more, the walk ends."""


class BodyRun:
    """One import. ``made`` is all that running the body allocated, in order; ``names`` are the globals.

    ``most_names`` is how many of them there were at most at one time.
    """

    def __init__(self, module: CompiledModule, machine: Machine) -> None:
        self._module = module
        self._machine = machine
        self._frames: list[Frame] = []
        self._walked: set[int] = set()
        self.made: list[Block] = []
        self.names: dict[str, Value] = {"__name__": None, "__file__": None}
        self.most_names = len(self.names)

    def run(self) -> None:
        """Walk through the module's body."""
        root = self._module.root
        self._function(root, [])
        try:
            self._enter(root, self.names, [])
            self._run()
        except EnoughError:
            pass
        self.most_names = max([self.most_names, *[frame.most_names for frame in self._frames[:1]]])

    def _run(self) -> None:
        while True:
            frame = self._frames[-1]
            if not self._walk(frame):
                continue  # a class body was entered
            if len(self._frames) == 1:
                return
            self._frames.pop()
            outer = self._frames[-1]
            outer.push(self._make_class(frame))

    def _new(self, item: str, words: int, refs: Iterable[Value] = ()) -> Block:
        if len(self.made) >= MAX_OBJECTS:
            raise EnoughError
        block = Block(item, self._machine.words(words), [v for v in refs if isinstance(v, Block)])
        self.made.append(block)
        return block

    def _enter(self, code: RawCode, names: dict[str, Value], bases: list[Value]) -> None:
        opcodes = memoryview(code.data)[code.opcodes_offset :]
        frame = Frame(code, names, bases, opcodes, bytearray(len(opcodes)), most_names=len(names))
        self._frames.append(frame)
        # Each body is walked once: in a file made to annoy there could be endlessly many runs.
        if code.kind is not RawCodeKind.BYTECODE or code.prelude is None or id(code) in self._walked:
            return
        self._walked.add(id(code))
        frame.add_pending(0)
        for index in code.prelude.cells:
            frame.variables[index] = self._new("closures and cells", 2)

    def _walk(self, frame: Frame) -> bool:
        """Walk on until the body ends (True) or a class body has to be walked first (False)."""
        while frame.pending or frame.resume is not None:
            if frame.resume is not None:
                offset, frame.resume = frame.resume, None
            else:
                offset = heappop(frame.pending)
                if offset not in frame.stacks:
                    continue
                frame.stack, frame.depth = frame.stacks.pop(offset)
            going_on = True
            while going_on and offset < len(frame.visited) and not frame.visited[offset]:
                frame.visited[offset] = 1
                frame.stacks.pop(offset, None)
                try:
                    instruction = decode_instruction(frame.opcodes, offset)
                except (IndexError, ValueError):  # no bytecode: the rest is not known
                    break
                going_on = self._step(frame, instruction)
                offset = instruction.end
                if self._frames[-1] is not frame:
                    frame.resume = offset
                    return False
        return True

    def _step(self, frame: Frame, at: Instruction) -> bool:
        """Carry out one instruction; whether control goes on to the next."""
        handler = _HANDLERS.get(at.op.name)
        condition = frame.top()
        if handler is not None:
            handler(self, frame, at)
        else:
            self._by_effect(frame, at.op.effect or 0)
        then = at.op.then
        if then is Then.NEXT:
            return True
        if then is Then.STOP:
            return False
        if at.op.name not in _SETUPS:
            frame.add_pending(at.operand or 0)
        # The body of ``if __name__ == "__main__"`` does not run in an import.
        return then is Then.BRANCH and not (at.op.name == "POP_JUMP_IF_FALSE" and condition is FALSE)

    @staticmethod
    def _by_effect(frame: Frame, effect: int) -> None:
        for _ in range(-effect):
            frame.pop()
        for _ in range(effect):
            frame.push(None)

    # Names and variables

    def _text(self, at: Instruction) -> str:
        index = at.operand or 0
        return self._module.qstrs[index] if index < len(self._module.qstrs) else ""

    def load_name(self, frame: Frame, at: Instruction) -> None:
        text = self._text(at)
        for names in (frame.names, self.names):
            if text in names:
                value = names[text]
                frame.push(Name(text) if value is None else value)
                return
        frame.push(Name(text))

    def store_name(self, frame: Frame, at: Instruction) -> None:
        frame.names[self._text(at)] = frame.pop()
        frame.most_names = max(frame.most_names, len(frame.names))

    def store_global(self, frame: Frame, at: Instruction) -> None:
        self.names[self._text(at)] = frame.pop()
        self.most_names = max(self.most_names, len(self.names))

    def delete_name(self, frame: Frame, at: Instruction) -> None:
        frame.names.pop(self._text(at), None)

    def load_local(self, frame: Frame, at: Instruction) -> None:
        frame.push(frame.variables.get(at.operand or 0))

    def store_local(self, frame: Frame, at: Instruction) -> None:
        value = frame.pop()
        if (at.operand or 0) < MAX_VARIABLES:
            frame.variables[at.operand or 0] = value

    def store_cell(self, frame: Frame, at: Instruction) -> None:
        self._keep(frame.variables.get(at.operand or 0), frame.pop())

    @staticmethod
    def _keep(container: Value, value: Value) -> None:
        if isinstance(container, Block) and isinstance(value, Block):
            container.refs.append(value)

    def store_attr(self, frame: Frame, at: Instruction) -> None:
        container = frame.pop()
        self._keep(container, frame.pop())

    def store_item(self, frame: Frame, at: Instruction) -> None:
        frame.pop()
        container = frame.pop()
        value = frame.pop()
        self._keep(container, value)
        self._add_key(container)

    def _add_key(self, container: Value) -> None:
        """One more entry in a dict; its table grows when it is full."""
        if isinstance(container, Block) and container.item == "dicts":
            container.keys += 1
            slots = table_size(container.keys, container.slots)
            words = self._machine.words
            container.size += words(2 * slots) - words(2 * container.slots)
            container.slots = slots

    def store_map(self, frame: Frame, at: Instruction) -> None:
        key = frame.pop()
        value = frame.pop()
        container = frame.top()
        self._keep(container, key)
        self._keep(container, value)
        self._add_key(container)

    # Stack

    def dup(self, frame: Frame, at: Instruction) -> None:
        value = frame.pop()
        frame.push(value)
        frame.push(value)

    def dup_two(self, frame: Frame, at: Instruction) -> None:
        b, a = frame.pop(), frame.pop()
        for value in (a, b, a, b):
            frame.push(value)

    def rot_two(self, frame: Frame, at: Instruction) -> None:
        b, a = frame.pop(), frame.pop()
        frame.push(b)
        frame.push(a)

    def rot_three(self, frame: Frame, at: Instruction) -> None:
        c, b, a = frame.pop(), frame.pop(), frame.pop()
        for value in (c, a, b):
            frame.push(value)

    def load_null(self, frame: Frame, at: Instruction) -> None:
        frame.push(NULL)

    def load_int(self, frame: Frame, at: Instruction) -> None:
        frame.push(at.operand)

    def load_build_class(self, frame: Frame, at: Instruction) -> None:
        frame.push(BUILD_CLASS)

    def load_string(self, frame: Frame, at: Instruction) -> None:
        frame.push(Mark(self._text(at)))

    def binary(self, frame: Frame, at: Instruction) -> None:
        right, left = frame.pop(), frame.pop()
        operator = BINARY_OPS[at.operand or 0]
        main = left == Name("__name__") and right == Mark("__main__") and operator == "=="
        frame.push(FALSE if main else None)

    # Displays

    def build_tuple(self, frame: Frame, at: Instruction) -> None:
        values = frame.pop_many(at.operand or 0)
        frame.push(self._new("containers", 2 + len(values), values) if values else None)

    def build_list(self, frame: Frame, at: Instruction) -> None:
        values = frame.pop_many(at.operand or 0)
        block = self._new("containers", 4, values)
        block.size += self._machine.words(max(4, len(values)))
        frame.push(block)

    def build_set(self, frame: Frame, at: Instruction) -> None:
        values = frame.pop_many(at.operand or 0)
        block = self._new("containers", 4, values)
        block.size += self._machine.words(len(values))
        frame.push(block)

    def build_map(self, frame: Frame, at: Instruction) -> None:
        # The operand says how many entries follow: not more than the code has room for.
        slots = min(at.operand or 0, len(frame.visited))
        block = self._new("dicts", 4)
        block.size += self._machine.words(2 * slots)
        block.slots = slots
        frame.push(block)

    def unpack(self, frame: Frame, at: Instruction) -> None:
        source = frame.pop()
        count = at.operand or 0
        if at.op.name == "UNPACK_EX":
            count = (count & 0xFF) + (count >> 8) + 1
        for _ in range(min(count, len(frame.visited))):
            frame.push(source if isinstance(source, Block) else None)

    def build_slice(self, frame: Frame, at: Instruction) -> None:
        frame.pop_many(at.operand or 0)
        frame.push(None)

    def store_comp(self, frame: Frame, at: Instruction) -> None:
        frame.pop_many(2 if (at.operand or 0) & 3 == 1 else 1)

    # Functions and calls

    def _function(self, code: RawCode, extras: Iterable[Value], slots: int = 0) -> Block:
        block = self._new("function objects", 4 + slots, extras)
        block.code = code
        return block

    def make_function(self, frame: Frame, at: Instruction) -> None:
        index = at.operand or 0
        children = frame.code.children
        cells = frame.pop_many(at.extra or 0)
        code = children[index] if index < len(children) else None
        extras: list[Value] = []
        slots = 0
        if at.op.name.endswith("DEFARGS"):
            keywords, defaults = frame.pop(), frame.pop()
            if keywords is not NULL:
                extras.append(keywords)
                slots += 1
            if defaults is not NULL and code is not None and code.prelude is not None:
                slots += min(code.prelude.n_def_pos_args, len(frame.visited))
            if isinstance(defaults, Block):
                extras += defaults.refs  # the items are copied, the tuple is not kept
        if code is None:
            frame.push(None)
            return
        function = self._function(code, extras, slots)
        if at.op.name.startswith("MAKE_CLOSURE"):
            closure = self._new("closures and cells", 3 + len(cells), [function, *cells])
            closure.code = function.code
            frame.push(closure)
        else:
            frame.push(function)

    def call(self, frame: Frame, at: Instruction) -> None:
        counts = at.operand or 0
        positional, keywords = counts & 0xFF, counts >> 8
        spread = at.op.name.endswith("VAR_KW")
        method = at.op.name.startswith("CALL_METHOD")
        arguments = frame.pop_many(positional + 2 * keywords + spread + method)
        callee = frame.pop()
        if callee is BUILD_CLASS and not spread:
            self._call_build_class(frame, arguments)
            return
        if isinstance(callee, Name) and callee.text in _OBJECT_WORDS:
            frame.push(self._new("containers", _OBJECT_WORDS[callee.text], arguments))
            return
        # What an unknown callee returns may well keep what it was given: a decorator does.
        kept = [value for value in arguments if isinstance(value, Block)]
        frame.push(Block("", 0, kept) if kept else None)

    def _call_build_class(self, frame: Frame, arguments: list[Value]) -> None:
        body = arguments[0] if arguments else None
        if not isinstance(body, Block) or body.code is None or len(self._frames) >= MAX_NESTING:
            frame.push(None)
            return
        self._enter(body.code, {}, arguments[2:])

    def _make_class(self, body: Frame) -> Block:
        machine = self._machine
        bases = body.bases
        names = self._new("class dicts", 4, list(body.names.values()))
        names.size += machine.words(2 * table_size(body.most_names))
        kept: list[Value] = [names, *bases]
        if bases:
            pair = self._new("containers", 2 + len(bases), bases)
            if len(bases) > 1:
                kept.append(pair)
        if "__new__" in body.names:
            kept.append(self._new("containers", 2, [body.names["__new__"]]))
        made = self._new("classes", machine.type_words + bool(bases), kept)
        for cell in body.variables.values():
            if isinstance(cell, Block) and cell.item == "closures and cells":
                cell.refs.append(made)
        return made

    def method(self, frame: Frame, at: Instruction) -> None:
        value = frame.pop()
        frame.push(None)
        frame.push(value)

    def attribute(self, frame: Frame, at: Instruction) -> None:
        value = frame.pop()
        frame.push(value if isinstance(value, Block) else None)


_Handler = Callable[[BodyRun, Frame, Instruction], None]

_HANDLERS: Mapping[str, _Handler] = {
    "LOAD_NAME": BodyRun.load_name,
    "LOAD_GLOBAL": BodyRun.load_name,
    "STORE_NAME": BodyRun.store_name,
    "STORE_GLOBAL": BodyRun.store_global,
    "DELETE_NAME": BodyRun.delete_name,
    "LOAD_FAST_N": BodyRun.load_local,
    "LOAD_FAST_MULTI": BodyRun.load_local,
    "STORE_FAST_N": BodyRun.store_local,
    "STORE_FAST_MULTI": BodyRun.store_local,
    "STORE_DEREF": BodyRun.store_cell,
    "STORE_ATTR": BodyRun.store_attr,
    "STORE_SUBSCR": BodyRun.store_item,
    "STORE_MAP": BodyRun.store_map,
    "STORE_COMP": BodyRun.store_comp,
    "DUP_TOP": BodyRun.dup,
    "DUP_TOP_TWO": BodyRun.dup_two,
    "ROT_TWO": BodyRun.rot_two,
    "ROT_THREE": BodyRun.rot_three,
    "LOAD_NULL": BodyRun.load_null,
    "LOAD_CONST_SMALL_INT": BodyRun.load_int,
    "LOAD_CONST_SMALL_INT_MULTI": BodyRun.load_int,
    "LOAD_CONST_STRING": BodyRun.load_string,
    "LOAD_BUILD_CLASS": BodyRun.load_build_class,
    "BINARY_OP_MULTI": BodyRun.binary,
    "BUILD_TUPLE": BodyRun.build_tuple,
    "BUILD_LIST": BodyRun.build_list,
    "BUILD_SET": BodyRun.build_set,
    "BUILD_MAP": BodyRun.build_map,
    "BUILD_SLICE": BodyRun.build_slice,
    "UNPACK_SEQUENCE": BodyRun.unpack,
    "UNPACK_EX": BodyRun.unpack,
    "MAKE_FUNCTION": BodyRun.make_function,
    "MAKE_FUNCTION_DEFARGS": BodyRun.make_function,
    "MAKE_CLOSURE": BodyRun.make_function,
    "MAKE_CLOSURE_DEFARGS": BodyRun.make_function,
    "CALL_FUNCTION": BodyRun.call,
    "CALL_FUNCTION_VAR_KW": BodyRun.call,
    "CALL_METHOD": BodyRun.call,
    "CALL_METHOD_VAR_KW": BodyRun.call,
    "LOAD_ATTR": BodyRun.attribute,
    "LOAD_METHOD": BodyRun.method,
}
