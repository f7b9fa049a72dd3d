"""What the verifier can find: one row for each rule, and the value that says where a rule is broken.

Codes never change their meaning: V0xx are about the file, V1xx about the head of a function, V2xx about its
code, V3xx are what a policy forbids. ``docs/verify.md`` describes each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``message`` is a template for ``str.format``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule.

    ``path``         numbers of children from the root, None if the finding is about the whole file
    ``function``     its full name, ``<module>.A.f``
    ``offset``       in the file, in bytes
    ``code_offset``  of the instruction, counted from the function's first opcode; None outside of code
    """

    code: str
    message: str
    offset: int
    path: tuple[int, ...] | None = None
    function: str | None = None
    code_offset: int | None = None

    def __str__(self) -> str:
        where = f"at {self.offset:#x}"
        if self.function is not None:
            where += f" in {self.function}"
        if self.code_offset is not None:
            where += f", instruction {self.code_offset}"
        return f"{self.code}: {where}: {self.message}"


class RejectedError(Exception):
    """A function breaks a rule. ``pc``: offset of the instruction from the first opcode, or None."""

    def __init__(self, rule: Rule, pc: int | None = None, **words: object) -> None:
        super().__init__(rule.code)
        self.rule = rule
        self.pc = pc
        self.words = words

    @property
    def message(self) -> str:
        return self.rule.message.format(**self.words)


# --- the file ----------------------------------------------------------------------------------------------

MALFORMED = Rule("V001", "{reason}")
LONG_QSTR = Rule("V002", "qstr {index} has {size} bytes; MicroPython's have at most 255")
CUT_TEXT = Rule("V003", "the text of {what} {index} has a UTF-8 character that is cut off")
NATIVE_WITHOUT_ARCH = Rule("V004", "native code in a file that names no architecture")
STRAY_FUN_TABLE = Rule(
    "V005", "constant {index} has the run time's function table, which only native code uses"
)
UNKNOWN_ARCH = Rule("V006", "there is no architecture number {arch}")

# --- the head of a function --------------------------------------------------------------------------------

SIGNATURE = Rule("V101", "the signature of the function is {size} bytes long; decoders in C take at most 14")
STATE_SIZE = Rule(
    "V102", "{n_state} slots of state and {n_exc_stack} of handlers: a frame has at most 65,534"
)
ARGUMENTS = Rule("V103", "{needed} arguments do not fit in {n_state} slots")
DEFAULTS = Rule("V104", "{n_def} arguments have defaults, and there are only {n_pos}")
FLAGS = Rule("V105", "the scope flags {flags:#x} are not defined")
ROOT = Rule("V106", "the module's own code {what}")
NO_CODE = Rule("V107", "the function has no code")
CELL_SLOT = Rule("V108", "cell {local} lies outside of the {n_state} slots")

# --- code --------------------------------------------------------------------------------------------------

OPCODE = Rule("V201", "{byte:#04x} is no opcode")
CUT_OFF = Rule("V202", "the function ends inside this instruction")
OPERAND = Rule("V203", "{what} {value} is out of range, {limit}")
TARGET = Rule("V204", "the jump leads to {target}, which is outside of the code")
FALLS_OFF = Rule("V205", "control runs off the end of the code")
UNDERFLOW = Rule("V206", "the instruction needs {needed} more slots than there are on the stack")
OVERFLOW = Rule("V207", "{depth} slots of stack and {n_locals} locals do not fit in {n_state}")
KIND = Rule("V208", "the instruction needs {wanted}, and the stack has {found}")
JOIN = Rule("V209", "two ways lead here with different stacks: {found} and {other}")
JOIN_HANDLERS = Rule("V210", "two ways lead here with different exception handlers")
HANDLER_OVERFLOW = Rule("V211", "{depth} exception handlers are open, and the function declares {limit}")
HANDLER_MISSING = Rule("V212", "the instruction needs an open {wanted} block")
REOPENED = Rule("V213", "the jump leads back before a handler that is running")
NO_GENERATOR = Rule("V214", "the function yields and is not marked as a generator")
PROTECTED = Rule("V215", "the instruction changes slots that an open handler relies on")
NOT_A_CELL = Rule("V216", "local {local} is not known to be a cell")
CELL_STORED = Rule("V217", "local {local} is a cell, and the instruction overwrites it")
MADE_WRONG = Rule("V218", "the function is made with {given}, and its head demands {wanted}")
CLASS_BODY = Rule("V219", "{what}")
SUPER_CLASS = Rule("V220", "the class that super() starts from may be something else than a class")
KEYWORD = Rule("V221", "the name of a keyword argument is {found}, not a string from the qstr table")
SMALL_INT = Rule("V222", "{value} is no small int of the width that the file declares")
COMPLEX = Rule("V223", "the code takes too long to verify")
OVERLAP = Rule("V224", "the instruction overlaps with another one")
REBOUND = Rule("V225", "the module binds {name}, which its code trusts")
UNWINDING = Rule("V226", "a return out of this finally block could leave the stack")

# --- policies ----------------------------------------------------------------------------------------------

DENIED_NATIVE = Rule("V301", "the policy denies native code ({kind})")
DENIED_STATE = Rule("V302", "the function takes {n_state} slots of state, and the policy allows {limit}")
DENIED_ARCH = Rule("V303", "the file is for {arch}, and the policy allows {allowed}")
DENIED_NAME = Rule("V304", "the policy denies code that trusts what the global name {name} is bound to")

RULES: tuple[Rule, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
