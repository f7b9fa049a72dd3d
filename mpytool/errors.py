"""Every way a program can be rejected: one row each, and the one place that makes diagnostics of them.

A row holds mpy-cross's own words (``peer``) beside ours. Codes never change their meaning: E00xx are about
files, E01xx are found by the lexer and the parser, E02xx while lowering, E03xx by the bytecode emitter,
E04xx by the native emitters, E06xx by the inline assembler, E07xx by the
typing of viper functions. ``docs/errors.md`` is made from this table.
"""

from __future__ import annotations

from mpytool.diagnostics import CompileError, Diagnostic, Note, Peer, Severity
from mpytool.record import Record
from mpytool.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class ErrorKind(Record):
    """``peer``, ``message`` and ``hint`` are templates for ``str.format``."""

    __slots__ = ("code", "type", "peer", "message", "hint")

    def __init__(self, code: str, type: str, peer: str, message: str, hint: str | None = None) -> None:
        self.code: Final = code
        self.type: Final = type
        self.peer: Final = peer
        self.message: Final = message
        self.hint: Final = hint


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


# --- files --------------------------------------------------------------------------------------------------

READ_FAILED = ErrorKind("E0001", "OSError", "can't open {path}", "cannot read '{path}': {reason}")
WRITE_FAILED = ErrorKind("E0002", "OSError", "can't open {path}", "cannot write '{path}': {reason}")
INTERNAL = ErrorKind(
    "E0003", "RuntimeError", "{error}", "internal error: {error}", "please report it together with this file"
)


def _syntax(code: str, peer: str, message: str, hint: str | None = None) -> ErrorKind:
    return ErrorKind(code, "SyntaxError", peer, message, hint)


# --- lexer and parser (py/lexer.c, py/parse.c) --------------------------------------------------------------

_INVALID = "invalid syntax"

INVALID_SYNTAX = _syntax("E0101", _INVALID, "{what} cannot stand here")
UNEXPECTED_INDENT = ErrorKind(
    "E0102",
    "IndentationError",
    "unexpected indent",
    "this line is indented more than the block it belongs to",
    "indent it like the line before, or check that the line before ends in ':'",
)
UNINDENT_MISMATCH = ErrorKind(
    "E0103",
    "IndentationError",
    "unindent doesn't match any outer indent level",
    "this line's indentation fits no block around it",
    "indent it like one of the blocks above; a tab counts to the next multiple of 8",
)
MALFORMED_FSTRING = _syntax(
    "E0104",
    "malformed f-string",
    "a replacement field of this string is malformed",
    "each {{field}} needs an expression and a closing brace; write {{{{ or }}}} for a brace itself",
)
UNTERMINATED_STRING = _syntax(
    "E0105", _INVALID, "this string is never closed", "close it with {quote} {where}"
)
UNICODE_NAME = ErrorKind(
    "E0106",
    "NotImplementedError",
    "unicode name escapes",
    "MicroPython has no \\N{{...}} escapes",
    "write the character itself, or its code point as \\u or \\U",
)
NAME_TOO_LONG = ErrorKind(
    "E0107",
    "RuntimeError",
    "name too long",
    "this name is longer than 255 bytes",
    "MicroPython's names have at most 255 bytes",
)
NOT_A_CONSTANT = _syntax(
    "E0108",
    "not a constant",
    "the value of const() for '{name}' is not known while compiling",
    "const() takes one number, string, None, bool, tuple of these, or a calculation with numbers",
)
BAD_INTEGER = _syntax(
    "E0109",
    "invalid syntax for integer with base {base}: '{shown}'",
    "'{literal}' is not an integer",
)
BAD_FLOAT = _syntax(
    "E0110",
    "invalid syntax for number",
    "'{literal}' is not a number",
    "a number has at most one '.', and digits behind its 'e'",
)
UNCLOSED_BRACKET = _syntax(
    "E0111", _INVALID, "this '{opener}' is never closed", "write '{closer}' where it ends"
)
MISMATCHED_BRACKET = _syntax(
    "E0112", _INVALID, "'{found}' does not close '{opener}'", "write '{closer}', or close '{opener}' before"
)
UNMATCHED_BRACKET = _syntax(
    "E0113", _INVALID, "this '{found}' closes nothing", "remove it, or open it before"
)
MISSING_COLON = _syntax("E0114", _INVALID, "':' is missing after this '{keyword}' line", "write ':' here")
MISSING_BLOCK = _syntax(
    "E0115", _INVALID, "an indented block must follow this '{keyword}'", "indent the next line, or write pass"
)
EQUAL_IN_EXPRESSION = _syntax(
    "E0116", _INVALID, "'=' cannot stand in an expression", "write '==' to compare, ':=' to assign and go on"
)
KEYWORD_AS_NAME = _syntax(
    "E0117", _INVALID, "'{keyword}' is a keyword and no name", "choose another name, as '{keyword}_'"
)
PRINT_STATEMENT = _syntax(
    "E0118", _INVALID, "'{name}' is a function, and its arguments need parentheses", "write {name}(...)"
)
MATCH_STATEMENT = _syntax(
    "E0119", _INVALID, "MicroPython has no match statement", "write it with if and elif"
)
EXCEPT_STAR = _syntax(
    "E0120",
    _INVALID,
    "MicroPython has no except* and no exception groups",
    "catch the exceptions with except",
)
TYPE_STATEMENT = _syntax(
    "E0121", _INVALID, "MicroPython has no type statement", "write {name} = ... instead, or leave it out"
)
TYPE_PARAMETERS = _syntax(
    "E0122", _INVALID, "MicroPython has no type parameters", "leave out [...]: annotations are not evaluated"
)
POSITIONAL_ONLY = _syntax(
    "E0123", _INVALID, "MicroPython has no positional-only parameters", "leave out the '/'"
)
PARENTHESISED_WITH = _syntax(
    "E0124",
    _INVALID,
    "MicroPython takes no parentheses around the items of a with statement",
    "leave them out: with A as a, B as b: (end a line within with a backslash)",
)
STAR_IN_LIST = _syntax(
    "E0125",
    _INVALID,
    "MicroPython cannot unpack with * after '{keyword}'",
    "put the values in a variable or in tuple(...) + (...) first",
)
DISPLAY_UNPACKING = _syntax(
    "E0126",
    _INVALID,
    "MicroPython cannot unpack with '{op}' inside braces",
    "start with a copy and call its update()",
)
DECORATOR_EXPRESSION = _syntax(
    "E0127",
    _INVALID,
    "a decorator is a dotted name with at most one call in MicroPython",
    "assign the expression to a name first, and decorate with that",
)
MISPLACED_WALRUS = _syntax(
    "E0128",
    _INVALID,
    "MicroPython takes ':=' only in conditions, parentheses, list elements and call arguments",
    "put parentheses around the whole assignment expression",
)
UPPERCASE_PREFIX = _syntax("E0129", _INVALID, "MicroPython knows no string prefix '{prefix}'", "{advice}")
GLUED_NUMBER = _syntax(
    "E0130",
    "invalid syntax for integer with base {base}: '{shown}'",
    "'{number}' and '{word}' run into each other",
    "put a space between them: {number} {word}",
)
ASYNC_COMPREHENSION = _syntax(
    "E0131", _INVALID, "MicroPython has no asynchronous comprehensions", "fill a list in an async for loop"
)
INVALID_CHARACTER = _syntax("E0132", _INVALID, "{what} is no part of the language")
DIAMOND = _syntax("E0133", _INVALID, "'<>' is no operator", "write '!='")
MIXED_STRINGS = _syntax(
    "E0134", _INVALID, "str and bytes literals cannot be joined", "give all of them the prefix b, or none"
)
STAR_SUBSCRIPT = _syntax(
    "E0135", _INVALID, "MicroPython cannot unpack with * in a subscript", "build the tuple first: a[tuple(b)]"
)
MISSING_COMMA = _syntax(
    "E0136", _INVALID, "something is missing before {what}", "write a comma or an operator between the two"
)
BAD_ESCAPE = _syntax(
    "E0137",
    _INVALID,
    "an escape in this literal is malformed or out of range",
    "\\x takes 2 hexadecimal digits, \\u 4 and \\U 8 (up to 10ffff); a byte is at most \\xff",
)
COMMA_IN_EXCEPT = _syntax(
    "E0138",
    _INVALID,
    "several exceptions need parentheses, and a name for it needs 'as'",
    "write except (A, B): or except A as name:",
)
ORPHAN_CLAUSE = _syntax(
    "E0139",
    _INVALID,
    "this '{keyword}' belongs to no statement",
    "it must be indented like its {owner}, and follow that block directly",
)
MISSING_ELSE = _syntax(
    "E0140", _INVALID, "a conditional expression needs an else", "write ... if ... else ..."
)
MISSING_EXPRESSION = _syntax("E0141", _INVALID, "an expression is missing after {after}")
BACKSLASH = _syntax(
    "E0142", _INVALID, "a backslash outside a string must be the last character of its line", "{advice}"
)
TRY_ALONE = _syntax(
    "E0143", _INVALID, "this 'try' has neither 'except' nor 'finally'", "add an except or finally block"
)
MISPLACED_ASYNC = _syntax(
    "E0144",
    _INVALID,
    "'async' goes only before def, with and for",
    "write async def, async with or async for",
)
COMPOUND_ON_LINE = _syntax(
    "E0145", _INVALID, "'{keyword}' must start a line of its own", "put it on the next line, indented"
)
BAD_FIELD = _syntax(
    "E0148",
    _INVALID,
    "a replacement field of this string does not hold an expression",
    "brackets must close inside the field; a ':' outside [] and {{}} ends it, even in a lambda or a string",
)
NEEDS_PARENTHESES = _syntax("E0149", _INVALID, "'{keyword}' needs parentheses here", "write ({keyword} ...)")
MISSING_NAME = _syntax("E0150", _INVALID, "a name is missing after {after}")
DECORATOR_ALONE = _syntax(
    "E0151", _INVALID, "a decorator decorates nothing", "a def or class must follow it on the next line"
)
TWO_TEMPLATES = _syntax(
    "E0146", _INVALID, "a t-string cannot be joined with another string here", "join them with +"
)
RAISE_COMMA = _syntax(
    "E0147", _INVALID, "'raise' takes one exception", "write raise {name}(...) with the value as argument"
)

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

OUT_OF_MEMORY = ErrorKind(
    "E0241",
    "MemoryError",
    "memory allocation failed",
    "there is not enough memory to compile this program",
    "split the file",
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

TOO_MANY_CELLS = ErrorKind(
    "E0302",
    "RuntimeError",
    "too many closed-over variables",
    "the function '{name}' has a closed-over variable beyond its 256th local",
    "keep some of them in a list, a dict or an object",
)

# --- native emitters
# -----------------------------------------------------------------------------------------

NO_EMITTER = ErrorKind(
    "E0401",
    "NotImplementedError",
    "cannot emit native code for this architecture",
    "the function '{name}' asks for {emitter} code, which mpyc cannot make for {arch} yet",
    "it can for x64 and armv6m to armv7emdp; without the decorator (or -X emit) the function is bytecode",
)

# Here mpy-cross cuts the counts to eight bits each, and makes a call with other arguments.
STARRED_CALL = ErrorKind(
    "E0402",
    "RuntimeError",
    "too many arguments",
    "this call has more than 255 arguments, and starred ones among them",
    "put the arguments into a list first, and star that",
)
# A frame this large is beyond any real stack.
NATIVE_TOO_LARGE = ErrorKind(
    "E0403",
    "RuntimeError",
    "native code too large",
    "the function '{name}' is too large for native code: {reason}",
    "split the function into several, or leave it bytecode",
)

# --- inline assembler (py/emitinlinethumb.c) ------------------------------------------------------------

_UNSUPPORTED = "unsupported Thumb instruction '{mnemonic}' with {count} arguments"

ASM_TOO_MANY_PARAMS = _syntax(
    "E0601",
    "can only have up to 4 parameters to Thumb assembly",
    "an assembler function has at most 4 parameters",
    "pass an array, and load from it",
)
ASM_PARAM_NAME = _syntax(
    "E0602",
    "parameters must be registers in sequence r0 to r3",
    "the parameters of an assembler function are the registers it finds them in",
    "call them r0, r1, r2, r3, in this order, without defaults and annotations",
)
ASM_UNKNOWN = _syntax("E0603", _UNSUPPORTED, "there is no instruction '{mnemonic}' in the assembler")
ASM_OPERANDS = _syntax("E0604", _UNSUPPORTED, "'{mnemonic}' does not take these operands", "write {usage}")
ASM_NOT_ON_ARCH = _syntax(
    "E0605", _UNSUPPORTED, "'{mnemonic}' with these operands does not exist on {arch}", "it needs {needs}"
)
ASM_REGISTER = _syntax(
    "E0606",
    "'{mnemonic}' expects a register",
    "'{mnemonic}' takes a register here",
    "these are r0 to r15, sl, fp, sp, lr and pc",
)
ASM_REGISTER_RANGE = _syntax(
    "E0607",
    "'{mnemonic}' expects at most r{limit}",
    "'{mnemonic}' can only use r0 to r{limit} here",
    "move the value with mov(), which takes all registers",
)
ASM_SPECIAL_REGISTER = _syntax(
    "E0608",
    "'{mnemonic}' expects a special register",
    "'{mnemonic}' takes a special register here",
    "IPSR and BASEPRI are known",
)
ASM_FPU_REGISTER = _syntax(
    "E0609",
    "'{mnemonic}' expects an FPU register",
    "'{mnemonic}' takes a floating-point register here",
    "these are s0 to s31",
)
ASM_FPU_REGISTER_RANGE = _syntax(
    "E0610", "'{mnemonic}' expects at most r31", "the floating-point registers are s0 to s31"
)
ASM_REGISTER_LIST = _syntax(
    "E0611",
    "'{mnemonic}' expects {{r0, r1, ...}}",
    "'{mnemonic}' takes a list of registers",
    "write it in braces: {mnemonic}({{r4, lr}})",
)
ASM_INTEGER = _syntax(
    "E0612",
    "'{mnemonic}' expects an integer",
    "'{mnemonic}' takes an integer here",
    "it must be known while compiling: a literal, a const() name, or a calculation with these",
)
ASM_MASK = _syntax(
    "E0613",
    "'{mnemonic}' integer {value:#x} doesn't fit in mask {mask:#x}",
    "{number} does not fit: '{mnemonic}' takes {range} here",
)
ASM_ADDRESS = _syntax(
    "E0614",
    "'{mnemonic}' expects an address of the form [a, b]",
    "'{mnemonic}' takes an address here",
    "write it as [register, offset], even if the offset is 0",
)
ASM_LABEL = _syntax("E0615", "'{mnemonic}' expects a label", "'{mnemonic}' takes the name of a label")
ASM_NO_LABEL = _syntax(
    "E0616", "label '{label}' not defined", "this function has no label '{label}'", "place it: label({label})"
)
# mpy-cross takes the first label for a missing one, and complains of the last thing that is wrong.
ASM_NO_LABEL_FAR = _syntax(
    "E0617", "branch not in range", "this function has no label '{label}'", "place it: label({label})"
)
ASM_LABEL_REDEFINED = _syntax("E0618", "label redefined", "the label '{label}' is placed twice")
ASM_BRANCH_RANGE = _syntax(
    "E0619",
    "branch not in range",
    "the label '{label}' is {distance} bytes away, and '{mnemonic}' reaches {range}",
    "{advice}",
)
ASM_DATA_INTEGER = _syntax(
    "E0620",
    "'data' requires integer arguments",
    "the values of data() must be integers",
    "they must be known while compiling: literals, const() names, or calculations with these",
)
ASM_ALIGN_ZERO = _syntax(
    "E0621",
    "'align' requires 1 argument",
    "align(0) would write the rest of the function over its beginning",
    "give a power of two",
)
ASM_TOO_LARGE = ErrorKind(
    "E0622",
    "MemoryError",
    "memory allocation failed, allocating {size} bytes",
    "the assembler function '{name}' would be {size} bytes long, and {limit} are the limit",
    "check the sizes given to align() and data()",
)
ASM_MOVE_TO_PC = _syntax(
    "E0623",
    "'{mnemonic}' expects at most r14",
    "'{mnemonic}' cannot write to pc",
    "load another register, then bx() to it",
)

# --- viper's types (py/emitnative.c) --------------------------------------------------------------------


def _viper(code: str, peer: str, message: str, hint: str | None = None) -> ErrorKind:
    return ErrorKind(code, "ViperTypeError", peer, message, hint)


def _missing(code: str, peer: str, message: str, hint: str | None = None) -> ErrorKind:
    return ErrorKind(code, "NotImplementedError", peer, message, hint)


VIPER_LOCAL_TYPE = _viper(
    "E0701",
    "local '{name}' has type '{type}' but source is '{given}'",
    "'{name}' is of type {type} since it was first assigned, and this is of type {given}",
    "use another name, or convert the value, as in int(...)",
)
VIPER_UNBOUND = _viper(
    "E0702",
    "local '{name}' used before type known",
    "'{name}' is used above the line that first assigns it, so its type is not known here",
    "assign it before; a closed-over variable must be a parameter",
)
VIPER_CONDITION = _viper(
    "E0703",
    "can't implicitly convert '{type}' to 'bool'",
    "a value of type {type} is no condition",
    "compare int(...) of it with 0",
)
VIPER_RETURN = _viper(
    "E0704",
    "return expected '{expected}' but got '{type}'",
    "this function returns {expected}, and the value is of type {type}",
    "change the annotation behind '->', or convert the value",
)
VIPER_UNARY = _viper(
    "E0705",
    "can't do unary op of '{type}'",
    "there is no '{operator}' of a value of type {type}",
    "convert it with int(...) first",
)
VIPER_NOT = _viper(
    "E0706", "'not' not implemented", "viper has no 'not' for {type}", "write == 0, or use it in a condition"
)
VIPER_OPERANDS = _viper(
    "E0707",
    "can't do binary op between '{left}' and '{right}'",
    "viper has no operators between {left} and {right}",
    "convert one of the two, as in int(...); integers of more bits than a small int are objects",
)
VIPER_COMPARISON = _viper(
    "E0708",
    "comparison of int and uint",
    "an int and a uint cannot be compared",
    "convert one of the two: int(...) or uint(...)",
)
VIPER_OPERATOR = _viper(
    "E0709",
    "binary op  not implemented",
    "viper has no '{operator}' for {type}",
    "use another operator, or do it with objects",
)
VIPER_UINT_DIVISION = _viper(
    "E0710",
    "div/mod not implemented for uint",
    "viper has no '{operator}' for uint",
    "convert the left operand with int(...), or shift",
)
VIPER_LOAD = _viper(
    "E0711",
    "can't load from '{type}'",
    "a value of type {type} cannot be indexed",
    "ptr8, ptr16, ptr32 and objects can",
)
VIPER_LOAD_INDEX = _viper(
    "E0712",
    "can't load with '{type}' index",
    "a pointer cannot be indexed by a value of type {type}",
    "convert it: int(...)",
)
VIPER_STORE = _viper(
    "E0713",
    "can't store to '{type}'",
    "nothing can be stored in a value of type {type}",
    "ptr8, ptr16, ptr32 and objects take items",
)
VIPER_STORE_VALUE = _viper(
    "E0714",
    "can't store '{type}'",
    "a value of type {type} cannot be stored through a pointer",
    "convert it: int(...)",
)
VIPER_STORE_INDEX = _viper(
    "E0715",
    "can't store with '{type}' index",
    "a pointer cannot be indexed by a value of type {type}",
    "convert it: int(...)",
)
VIPER_RAISE = _viper("E0716", "must raise an object", "a value of type {type} cannot be raised")
VIPER_RAISE_FORM = _missing(
    "E0717",
    "native raise",
    "in viper 'raise' takes one exception, without 'from'",
    "use @micropython.native for this function",
)
VIPER_YIELD = _missing(
    "E0718",
    "native yield",
    "a viper function cannot be a generator, and holds no generator expression",
    "use @micropython.native for it, or a list comprehension",
)
VIPER_TO_OBJECT = _missing(
    "E0719",
    "conversion to object",
    "a constant of type {type} cannot be used as an object",
    "convert it: uint(...)",
)
VIPER_CAST_OF_CAST = _missing(
    "E0720", "casting", "neither the name of a type nor a local that has no type yet can be converted"
)
# Here mpy-cross ends by an assertion, or makes code that reads what is not there.
VIPER_POINTER_AS_OBJECT = _viper(
    "E0721",
    "can't use '{type}' as an object",
    "a value of type {type} has no attributes, methods or items to iterate over",
    "keep the object that it points into in a variable of its own",
)
VIPER_CAST_VALUE = _viper(
    "E0722",
    "can't use cast as a value",
    "'{name}' is a conversion in viper, which can only be called",
    "call it with one argument: {name}(...)",
)
VIPER_CAST_ARGUMENTS = _viper(
    "E0723", "cast takes 1 argument", "'{name}' is a conversion in viper and takes one argument"
)
VIPER_PARAMETERS = _viper(
    "E0724",
    "only positional args supported",
    "the parameter '{name}' never gets a value: viper functions take positional arguments only",
    "make it an ordinary parameter; pass several values in a tuple",
)
VIPER_CLOSED_PARAMETER = _viper(
    "E0725",
    "closed-over arg must be an object",
    "'{name}' is used by an inner function, so it must be an object",
    "leave out the annotation, and convert it where it is used: {type}({name})",
)
