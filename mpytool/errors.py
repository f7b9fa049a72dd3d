"""Every way a program can be rejected: one row each, and the one place that makes diagnostics of them.

A row holds mpy-cross's own words (``peer``) beside ours. Codes never change their meaning: E01xx are found
by the lexer and the parser, E02xx while lowering, E03xx by the bytecode emitter, E04xx by the
native emitters. ``docs/errors.md`` is made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.diagnostics import CompileError, Diagnostic, Note, Peer, Severity
from mpytool.source import Source


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """``peer``, ``message`` and ``hint`` are templates for ``str.format``."""

    code: str
    type: str
    peer: str
    message: str
    hint: str | None = None


def compile_error(
    source: Source,
    kind: ErrorKind,
    start: int,
    end: int,
    *,
    peer_line: int,
    scope: str | None = None,
    hint: str | None = None,
    notes: tuple[Note, ...] = (),
    **words: object,
) -> CompileError:
    """The exception for one rejected program.

    ``start`` and ``end`` are character offsets of what is wrong; ``peer_line`` and ``scope`` are what
    mpy-cross names in its traceback line; ``words`` fill the templates; ``hint`` replaces the row's own.
    """
    location = source.location(start, end)
    row_hint = kind.hint.format(**words) if kind.hint is not None else None
    lines = {location.line} | {note.location.line for note in notes if note.location is not None}
    return CompileError(
        [
            Diagnostic(
                severity=Severity.ERROR,
                code=kind.code,
                type=kind.type,
                message=kind.message.format(**words),
                location=location,
                hint=hint if hint is not None else row_hint,
                notes=notes,
                peer=Peer(kind.type, kind.peer.format(**words), peer_line, scope),
                source_lines=tuple((line, source.line_text(line)) for line in sorted(lines)),
            )
        ]
    )


def _syntax(code: str, peer: str, message: str, hint: str | None = None) -> ErrorKind:
    return ErrorKind(code, "SyntaxError", peer, message, hint)


# --- lowering (py/compile.c) -------------------------------------------------------------------------------

CANNOT_ASSIGN = _syntax(
    "E0201",
    "can't assign to expression",
    "cannot assign to {what}",
    "the left side must be a name, an attribute, a subscript, or a tuple or list of these",
)
CANNOT_DELETE = _syntax(
    "E0202",
    "can't delete expression",
    "cannot delete {what}",
    "only names, attributes, subscripts and parenthesised tuples of these can be deleted",
)
MULTIPLE_STARS = _syntax(
    "E0203",
    "multiple *x in assignment",
    "two starred targets in one assignment",
    "only one target may take the rest",
)
STAR_NOT_TARGET = _syntax(
    "E0204",
    "*x must be assignment target",
    "MicroPython cannot unpack with * inside a display",
    "write list(x) + [...] or tuple(x) + (...) instead",
)
RETURN_OUTSIDE = _syntax("E0205", "'return' outside function", "'return' outside a function")
YIELD_OUTSIDE = _syntax("E0206", "'yield' outside function", "'yield' outside a function")
AWAIT_OUTSIDE = _syntax("E0207", "'await' outside function", "'await' outside a function")
LOOP_OUTSIDE = _syntax("E0208", "'break'/'continue' outside loop", "'{keyword}' outside a loop")
IMPORT_STAR_NESTED = _syntax(
    "E0209",
    "import * not at module level",
    "'import *' inside a function or class",
    "import the names you need",
)
DEFAULT_EXCEPT_LAST = _syntax(
    "E0210", "default 'except' must be last", "an 'except' without a type must be the last one"
)
ARGUMENT_REUSED = _syntax("E0211", "argument name reused", "the parameter '{name}' occurs twice")
NON_DEFAULT_AFTER_DEFAULT = _syntax(
    "E0212",
    "non-default argument follows default argument",
    "the parameter '{name}' has no default but follows one that has",
    "give it a default, or move it before the parameters with defaults",
)
AFTER_KWARGS = _syntax("E0213", "invalid syntax", "a parameter after '**'", "'**' must be the last parameter")
SECOND_STAR = _syntax("E0214", "invalid syntax", "a second '*' among the parameters")
REDEFINED_GLOBAL = _syntax(
    "E0215",
    "identifier redefined as global",
    "'{name}' is used before it is declared global",
    "put the global statement first in the function",
)
REDEFINED_NONLOCAL = _syntax(
    "E0216",
    "identifier redefined as nonlocal",
    "'{name}' is used before it is declared nonlocal",
    "put the nonlocal statement first in the function",
)
NO_NONLOCAL = _syntax(
    "E0217", "no binding for nonlocal found", "no enclosing function has a variable '{name}'"
)
NONLOCAL_OUTER = _syntax(
    "E0218",
    "can't declare nonlocal in outer code",
    "'nonlocal' at module level",
    "'global' is for module variables",
)
POSITIONAL_AFTER_KEYWORD = _syntax(
    "E0219", "positional arg after keyword arg", "a positional argument after a keyword argument"
)
POSITIONAL_AFTER_DOUBLE_STAR = _syntax("E0220", "positional arg after **", "a positional argument after '**'")
STAR_AFTER_DOUBLE_STAR = _syntax("E0221", "* arg after **", "a '*' argument after '**'")
STAR_AFTER_KEYWORD = _syntax(
    "E0222",
    "* arg after kwarg",
    "MicroPython takes no '*' argument after a keyword argument",
    "put the '*' argument before the keyword arguments",
)
TOO_MANY_ARGS = _syntax(
    "E0223",
    "too many args",
    "a '*' argument must be among the first {limit} arguments",
    "move it forward, or pass the others in a tuple",
)
KEYWORD_NOT_NAME = _syntax(
    "E0224", "LHS of keyword arg must be an id", "the name of a keyword argument must be a plain identifier"
)
EXPECTING_KEY_VALUE = _syntax(
    "E0225",
    "expecting key:value for dict",
    "a value without a key in a dict",
    "write key: value, or a set throughout",
)
EXPECTING_VALUE = _syntax(
    "E0226",
    "expecting just a value for set",
    "a key: value pair in a set",
    "write values only, or a dict throughout",
)
SUPER_NO_SELF = _syntax(
    "E0227",
    "super() can't find self",
    "super() in a function without parameters",
    "write super(Class, instance)",
)
ASYNC_OUTSIDE = _syntax(
    "E0228", "async for/with outside async function", "'async {keyword}' outside an async function"
)
BAD_DECORATOR = _syntax(
    "E0229",
    "invalid micropython decorator",
    "there is no decorator '{name}'",
    "micropython.bytecode, .native, .viper, .asm_thumb, .asm_xtensa and .asm_rv32 exist",
)
INVALID_ARCH = _syntax(
    "E0230",
    "invalid arch",
    "'{name}' code needs an architecture that has it, and it is '{arch}'",
    "name the target: --target BOARD or -march=ARCH",
)
ASM_NOT_FUNCTION = _syntax(
    "E0231", "inline assembler must be a function", "only a function can be inline assembler"
)
ASM_NOT_INSTRUCTION = _syntax(
    "E0232", "expecting an assembler instruction", "only instructions may stand in an assembler function"
)
ASM_LABEL_ARGUMENT = _syntax("E0233", "'label' requires 1 argument", "label() takes one name")
ASM_ALIGN_ARGUMENT = _syntax("E0234", "'align' requires 1 argument", "align() takes one small integer")
ASM_DATA_ARGUMENTS = _syntax(
    "E0235", "'data' requires at least 2 arguments", "data() takes a size and one value or more"
)
ASM_RETURN_NOT_NAME = _syntax(
    "E0236", "return annotation must be an identifier", "the return annotation must be a name"
)
ASM_UNKNOWN_TYPE = _syntax(
    "E0237", "unknown type", "'{name}' is no return type", "object, bool, int and uint are"
)
VIPER_UNKNOWN_TYPE = ErrorKind(
    "E0238",
    "ViperTypeError",
    "unknown type '{name}'",
    "viper has no type '{name}'",
    "object, bool, int, uint, ptr, ptr8, ptr16 and ptr32 are",
)
VIPER_ANNOTATION = _syntax(
    "E0239", "annotation must be an identifier", "a viper annotation must be the name of a type"
)
TOO_DEEP = ErrorKind(
    "E0240",
    "RuntimeError",
    "maximum recursion depth exceeded",
    "the program nests too deeply",
    "split the expression or the blocks",
)

# --- bytecode emitter (py/emitbc.c)
# --------------------------------------------------------------------------

BYTECODE_OVERFLOW = ErrorKind(
    "E0301",
    "RuntimeError",
    "bytecode overflow",
    "the function '{name}' is too large: a jump spans more than its 15 bits can say",
    "split the function",
)

# --- native emitters
# -----------------------------------------------------------------------------------------

NO_EMITTER = ErrorKind(
    "E0401",
    "NotImplementedError",
    "cannot emit native code for this architecture",
    "the function '{name}' asks for {emitter} code, which mpyc cannot make yet",
    "remove the decorator (or -X emit) to get bytecode",
)
