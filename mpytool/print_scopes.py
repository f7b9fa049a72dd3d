"""The text form of scopes.

One block a scope, in the order in which they are compiled::

    1 function f in 0, 2 locals, flags varargs
        a            local 0, parameter
        b            cell 1
        print        global

``in`` is the number of the enclosing scope. A name is ``local``, ``cell`` (closed over by an inner
function) or ``free`` (closed over from outside), each with its number; ``global``; or ``name``, which is
looked up at run time in the module's or class's namespace, then among the globals.
"""

from __future__ import annotations

from mpytool.ir import ScopeKind
from mpytool.opcodes import FLAG_DEFKWARGS, FLAG_GENERATOR, FLAG_VARARGS, FLAG_VARKEYWORDS
from mpytool.scopes import Identifier, IdKind, Scope

_FLAGS = (
    (FLAG_GENERATOR, "generator"),
    (FLAG_VARKEYWORDS, "varkeywords"),
    (FLAG_VARARGS, "varargs"),
    (FLAG_DEFKWARGS, "defkwargs"),
)
_WORDS: dict[IdKind, str] = {
    IdKind.UNDECIDED: "undecided",
    IdKind.GLOBAL_IMPLICIT: "name",
    IdKind.GLOBAL_ASSIGNED: "name, assigned",
    IdKind.GLOBAL_EXPLICIT: "global",
    IdKind.LOCAL: "local",
    IdKind.CELL: "cell",
    IdKind.FREE: "free",
}


def format_scopes(scopes: list[Scope]) -> str:
    """The scopes of one program."""
    return "\n".join(_format_scope(scope) for scope in scopes)


def _format_scope(scope: Scope) -> str:
    function = scope.function
    kind = "function" if scope.kind is ScopeKind.FUNCTION else scope.kind.name.lower().replace("_", " ")
    head = f"{scope.number} {kind} {function.name}"
    if scope.parent is not None:
        head += f" in {scope.parent.number}"
    if function.emitter.value != "bytecode":
        head += f", {function.emitter.value}"
    head += f", {function.n_locals} locals"
    flags = [word for bit, word in _FLAGS if function.flags & bit]
    if flags:
        head += ", flags " + " ".join(flags)
    return "\n".join([head, *(f"    {i.name or '(iterable)':<12} {_describe(i)}" for i in scope.ordered), ""])


def _describe(identifier: Identifier) -> str:
    words = _WORDS[identifier.kind]
    if identifier.kind >= IdKind.LOCAL:
        words += f" {identifier.local}"
    if identifier.is_param:
        words += ", parameter" + (f" {'*' * identifier.stars}" if identifier.stars else "")
    return words
