"""Follow through machine code where the run time's tables are, to name what the code reaches.

A function gets its function object as first argument; from there it loads the module's context, the tables
of names and objects, the function table, and from those what it calls. Registers and
stack slots are followed down the listing, not along its jumps: what a call or a join could have changed is
forgotten. A wrong name is possible only in code that no compiler here makes.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.dumper.fun_table import FUN_TABLE_NAMES, entry_name
from mpytool.dumper.listing import OperandTexts, qstr_text, shorten
from mpytool.dumper.machines import Machine, Step
from mpytool.module import CompiledModule, FunTable, RawCode
from mpytool.opcodes import BINARY_OPS, UNARY_OPS

_UNARY_OP = FUN_TABLE_NAMES.index("unary_op")
_BINARY_OP = FUN_TABLE_NAMES.index("binary_op")


@dataclass(frozen=True, slots=True)
class Known:
    """What a register or slot holds.

    ``what``: argument (of an assembler function), function, code_state, context, globals, qstrs, objects,
    children, fun_table, entry, number, or text (something with a name that nothing is loaded from). ``index``
    is of an entry; ``shift`` counts bytes behind the start of a table.
    """

    what: str
    index: int = 0
    shift: int = 0
    text: str = ""


_WORDS_OF: dict[str, tuple[str, ...]] = {
    "code_state": ("function",),
    "function": ("", "context", "children", "code"),
    "context": ("", "globals", "qstrs", "objects"),
}
"""What the words of a structure hold."""

_WORDS: dict[str, str] = {
    "context": "module context",
    "globals": "globals",
    "qstrs": "qstr table",
    "objects": "constant table",
    "children": "children",
    "fun_table": "mp_fun_table",
    "function": "function object",
}


class Tracer:
    """The state while going down one function's code."""

    def __init__(
        self, module: CompiledModule, raw_code: RawCode, texts: OperandTexts, machine: Machine, first: str
    ) -> None:
        self._module = module
        self._raw_code = raw_code
        self._texts = texts
        self._machine = machine
        self._registers: dict[str, Known] = {}
        self._slots: dict[int, Known] = {}
        self._depth = 0  # bytes that the stack has grown since the start
        self._frame: int | None = None  # the same once the function has its frame
        self._pushed: Known | None = None
        if machine.first_argument:
            self._registers[machine.first_argument] = Known(first)
        else:
            self._slots[machine.word] = Known(first)  # above the return address

    def join(self) -> None:
        """Another path may come in here."""
        for register in self._machine.volatile:
            self._registers.pop(register, None)

    def note(self, step: Step) -> str:
        """Take one instruction; what to say about it, or nothing."""
        registers = self._registers
        is_prologue = step.kind == "push" or (step.kind == "add" and step.target == self._machine.stack)
        if self._frame is None and not is_prologue and step.target:
            self._frame = self._depth
        match step.kind:
            case "load":
                known, text = self._load(step)
                self._set(step.target, known)
                return text
            case "store":
                if step.base == self._machine.stack:
                    self._put_slot(step.value - self._depth, registers.get(step.target))
            case "move":
                self._set(step.target, registers.get(step.base))
            case "set":
                self._set(step.target, Known("number", step.value))
            case "add":
                self._add(step)
            case "push":
                self._depth += self._machine.word
                self._pushed = registers.get(step.target)
                self._put_slot(-self._depth, self._pushed)
            case "pop":
                self._depth -= self._machine.word
            case "call" | "jump":
                return self._call(step)
            case "return":
                self._depth = self._frame or 0
            case _:
                self._set(step.target, None)
        return ""

    def _set(self, register: str, known: Known | None) -> None:
        if known is None:
            self._registers.pop(register, None)
        else:
            self._registers[register] = known

    def _put_slot(self, place: int, known: Known | None) -> None:
        if known is None:
            self._slots.pop(place, None)
        else:
            self._slots[place] = known

    def _add(self, step: Step) -> None:
        if step.target == self._machine.stack:
            self._depth -= step.value
            return
        known = self._registers.get(step.base or step.target)
        if known is None or known.what == "number":
            self._set(step.target, None)
        else:
            self._set(step.target, Known(known.what, known.index, known.shift + step.value))

    def _load(self, step: Step) -> tuple[Known | None, str]:
        """What a load gives, and what to say about it."""
        if step.base == self._machine.stack:
            known = self._slots.get(step.value - self._depth)
            if known is None and step.target not in self._machine.volatile:
                # Restored for the caller, at a return that other code may follow.
                known = self._registers.get(step.target)
            return known, ""
        base = self._registers.get(step.base)
        return (None, "") if base is None else self._member(base, base.shift + step.value, step.size)

    def _member(self, base: Known, displacement: int, size: int) -> tuple[Known | None, str]:
        if displacement < 0:
            return None, ""
        if base.what == "qstrs":
            if displacement % 2 or size != 2:
                return None, ""
            return None, f"qstr {displacement // 2} {shorten(qstr_text(self._module, displacement // 2))}"
        index, rest = divmod(displacement, self._machine.word)
        if rest or size:
            return None, ""
        words = _WORDS_OF.get(base.what)
        if words is not None:
            what = words[index] if index < len(words) else ""
            return (Known(what), _WORDS.get(what, "")) if what else (None, "")
        if base.what == "objects":
            return self._constant(index)
        if base.what == "fun_table":
            return Known("entry", index), entry_name(index, self._module.sub_version)
        if base.what == "children" and index < len(self._raw_code.children):
            return None, f"child {index} ({self._texts.name(self._raw_code.children[index])})"
        return None, ""

    def _constant(self, index: int) -> tuple[Known | None, str]:
        if index >= len(self._module.constants):
            return None, ""
        value = self._module.constants[index]
        if isinstance(value, FunTable):
            return Known("fun_table"), "mp_fun_table"
        return None, f"constant {index} {self._texts.constant(index)}"

    def _call(self, step: Step) -> str:
        known = self._registers.get(step.target)
        if step.base:
            base = self._registers.get(step.base)
            known = None if base is None else self._member(base, base.shift + step.value, 0)[0]
        text = ""
        if known is not None and known.what == "entry":
            text = ("call " if step.kind == "call" else "jump to ") + self._entry(known.index)
        if step.kind == "call":
            self.join()
        else:
            self._depth = self._frame or 0
        return text

    def _entry(self, index: int) -> str:
        name = entry_name(index, self._module.sub_version)
        first = (
            self._registers.get(self._machine.first_argument)
            if self._machine.first_argument
            else self._pushed
        )
        if first is not None and first.what == "number":
            operators = {_UNARY_OP: UNARY_OPS, _BINARY_OP: BINARY_OPS}.get(index, ())
            if 0 <= first.index < len(operators):
                return f"{name} {operators[first.index]}"
        return name
