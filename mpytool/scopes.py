"""Which name lives where: local, cell, free, global.

A ``Scope`` fills up while its body is lowered (``load``, ``bind`` and the declarations); ``close_over``
connects it with the enclosing ones when its body is done, and ``number_locals`` gives every local its
number when all scopes are done. The rules, and above all the orders, are those of ``py/scope.c``,
``py/emitcommon.c`` and
``scope_compute_things`` in ``py/compile.c``: they decide the numbers in the bytecode.
"""

from __future__ import annotations

import enum

from mpytool import errors
from mpytool.ir import Emitter, Function, ScopeKind
from mpytool.opcodes import FLAG_VARARGS


class IdKind(enum.IntEnum):
    """What is known of an identifier in one scope."""

    UNDECIDED = 0
    GLOBAL_IMPLICIT = 1  # only loaded so far: global, unless an enclosing function has it
    GLOBAL_ASSIGNED = 2  # stored to at module or class level: never closed over
    GLOBAL_EXPLICIT = 3
    LOCAL = 4
    CELL = 5
    FREE = 6


_CLOSABLE = (IdKind.LOCAL, IdKind.CELL, IdKind.FREE)
_CAPTURED = (IdKind.CELL, IdKind.FREE)

COMPREHENSIONS = (ScopeKind.LIST_COMP, ScopeKind.DICT_COMP, ScopeKind.SET_COMP, ScopeKind.GENERATOR)


class DeclarationError(Exception):
    """A ``global``, ``nonlocal`` or walrus contradicts what the scope knows of ``name``."""

    def __init__(self, kind: errors.ErrorKind, name: str) -> None:
        super().__init__(name)
        self.kind = kind
        self.name = name


class Identifier:
    """One name in one scope. ``stars`` is meaningful for parameters only: 0, 1 for ``*x``, 2 for ``**x``."""

    __slots__ = ("is_param", "kind", "local", "name", "stars")

    def __init__(self, name: str, kind: IdKind) -> None:
        self.name = name
        self.kind = kind
        self.is_param = False
        self.stars = 0
        self.local = 0


class Scope:
    """The names of one function, class, comprehension or the module.

    ``identifiers`` keeps the order in which names were met. ``ordered`` is that order after ``number_locals``
    moved a star parameter behind the keyword-only ones; ``captured`` numbers those of them that inner scopes
    may close over.
    """

    __slots__ = (
        "captured",
        "function",
        "identifiers",
        "is_function_like",
        "kind",
        "number",
        "ordered",
        "parent",
    )

    def __init__(self, function: Function, number: int, parent: Scope | None) -> None:
        self.function = function
        self.kind = function.kind
        self.number = number
        self.parent = parent
        self.identifiers: dict[str, Identifier] = {}
        self.ordered: list[Identifier] = []
        self.captured: dict[str, int] = {}
        self.is_function_like = self.kind is not ScopeKind.MODULE and self.kind is not ScopeKind.CLASS

    @property
    def emitter(self) -> Emitter:
        return self.function.emitter

    # --- while the body is lowered
    # ---------------------------------------------------------------------------

    def find_or_add(self, name: str, kind: IdKind) -> Identifier:
        """The identifier, entered with ``kind`` if the scope did not know it."""
        identifier = self.identifiers.get(name)
        if identifier is None:
            identifier = self.identifiers[name] = Identifier(name, kind)
        return identifier

    def load(self, name: str) -> None:
        """The name is read."""
        if name not in self.identifiers:
            self.identifiers[name] = Identifier(name, IdKind.GLOBAL_IMPLICIT)

    def bind(self, name: str) -> Identifier:
        """The name is stored to or deleted."""
        identifier = self.find_or_add(name, IdKind.GLOBAL_IMPLICIT)
        if identifier.kind == IdKind.GLOBAL_IMPLICIT:
            identifier.kind = IdKind.LOCAL if self.is_function_like else IdKind.GLOBAL_ASSIGNED
        return identifier

    def add_param(self, name: str, stars: int) -> bool:
        """Enter a parameter; False if the name is one already."""
        identifier = self.find_or_add(name, IdKind.UNDECIDED)
        if identifier.kind != IdKind.UNDECIDED:
            return False
        identifier.kind = IdKind.LOCAL
        identifier.is_param = True
        identifier.stars = stars
        return True

    def declare_global(self, name: str) -> None:
        """``global name``. Raises DeclarationError after another use of the name in this scope."""
        self._make_global(self.find_or_add(name, IdKind.UNDECIDED))

    def declare_nonlocal(self, name: str) -> None:
        """``nonlocal name``. Raises DeclarationError after another use, or if no function has the name."""
        self._make_nonlocal(self.find_or_add(name, IdKind.UNDECIDED))

    def _make_global(self, identifier: Identifier) -> None:
        if identifier.kind not in (IdKind.UNDECIDED, IdKind.GLOBAL_EXPLICIT):
            raise DeclarationError(errors.REDEFINED_GLOBAL, identifier.name)
        identifier.kind = IdKind.GLOBAL_EXPLICIT
        # The module's own code then uses LOAD_GLOBAL for the name, too.
        module = self
        while module.parent is not None:
            module = module.parent
        outer = module.identifiers.get(identifier.name)
        if outer is not None:
            outer.kind = IdKind.GLOBAL_EXPLICIT

    def _make_nonlocal(self, identifier: Identifier) -> None:
        if identifier.kind == IdKind.UNDECIDED:
            identifier.kind = IdKind.GLOBAL_IMPLICIT
            self._close_over_one(identifier)
            if identifier.kind == IdKind.GLOBAL_IMPLICIT:
                raise DeclarationError(errors.NO_NONLOCAL, identifier.name)
        elif identifier.kind != IdKind.FREE:
            raise DeclarationError(errors.REDEFINED_NONLOCAL, identifier.name)

    def declare_walrus(self, name: str) -> None:
        """``name := ...`` in a comprehension binds the name in the scope around it (PEP 572).

        Raises DeclarationError where the two scopes disagree.
        """
        parent = self.parent
        assert parent is not None, "a comprehension has an enclosing scope"
        if parent.bind(name).kind == IdKind.GLOBAL_EXPLICIT:
            self.find_or_add(name, IdKind.GLOBAL_EXPLICIT)
            return
        identifier = self.find_or_add(name, IdKind.UNDECIDED)
        if parent.parent is None:
            self._make_global(identifier)
            return
        if identifier.kind == IdKind.GLOBAL_IMPLICIT:
            # Already read, but only now known to be the enclosing function's.
            identifier.kind = IdKind.UNDECIDED
        self._make_nonlocal(identifier)

    def first_param(self) -> str | None:
        """The name that super() takes for self."""
        for identifier in self.ordered or self.identifiers.values():
            if identifier.is_param:
                return identifier.name
        return None

    # --- when the body is done
    # ----------------------------------------------------------------------------------

    def close_over(self) -> None:
        """Turn names that an enclosing function has into free variables here and cells there."""
        if self.parent is None or self.parent.parent is None:
            return
        for identifier in self.identifiers.values():
            if identifier.kind == IdKind.GLOBAL_IMPLICIT:
                self._close_over_one(identifier)

    def _close_over_one(self, identifier: Identifier) -> None:
        """The nearest enclosing scope that knows the name decides; the module does not count."""
        name = identifier.name
        scope = self.parent
        while scope is not None and scope.parent is not None:
            outer = scope.identifiers.get(name)
            if outer is not None:
                if outer.kind in _CLOSABLE:
                    identifier.kind = IdKind.FREE
                    self._pass_through_parents(name)
                return
            scope = scope.parent

    def _pass_through_parents(self, name: str) -> None:
        """Make the name free in the scopes in between, and a cell where it is a local."""
        scope = self.parent
        while scope is not None:
            identifier = scope.find_or_add(name, IdKind.UNDECIDED)
            if identifier.kind != IdKind.UNDECIDED:
                if identifier.kind == IdKind.LOCAL:
                    identifier.kind = IdKind.CELL
                return
            identifier.kind = IdKind.FREE
            scope = scope.parent

    # --- when all scopes are done
    # --------------------------------------------------------------------------------

    def number_locals(self) -> None:
        """Number the locals and fill in what the Function says of them. Enclosing scopes come first.

        Free variables get the lowest numbers, in the order of the enclosing scope; then parameters and plain
        locals in order of appearance; then cells that are no parameters.
        """
        function = self.function
        self.ordered = list(self.identifiers.values())
        if function.flags & FLAG_VARARGS:
            self._move_star_param()
        self.captured = {i.name: number for number, i in enumerate(self.ordered) if i.kind in _CAPTURED}
        is_class = self.kind is ScopeKind.CLASS
        locals_: list[Identifier] = []
        for identifier in self.ordered:
            if is_class and identifier.name == "__class__":
                continue  # no local; a cell if a method refers to it
            if identifier.kind == IdKind.GLOBAL_IMPLICIT and self.is_function_like:
                identifier.kind = IdKind.GLOBAL_EXPLICIT
            if identifier.kind == IdKind.LOCAL or identifier.is_param:
                locals_.append(identifier)
        locals_ += [i for i in self.ordered if i.kind == IdKind.CELL and not i.is_param]
        free = self.captured_by(self.parent) if self.parent is not None else []
        for number, identifier in enumerate(free + locals_):
            identifier.local = number
        if is_class and free:
            # Stored to in a class body, __class__ shares the number of the first local behind the free ones.
            own = self.identifiers["__class__"]
            if own.kind == IdKind.LOCAL:
                own.local = len(free)

        function.n_free = len(free)
        function.n_pos_args += len(free)
        function.local_names = [i.name for i in free] + [i.name for i in locals_]
        function.cells = [i.local for i in self.ordered if i.kind == IdKind.CELL]
        params = {i.local: i.name for i in reversed(self.ordered) if i.is_param}
        n_args = function.n_pos_args + function.n_kwonly_args
        function.arg_names = [params.get(number, "*") for number in range(n_args)]

    def captured_by(self, parent: Scope) -> list[Identifier]:
        """This scope's free variables, in the order in which ``parent`` hands their cells over."""
        order = parent.captured
        if not order:
            return []
        free = [i for i in self.identifiers.values() if i.kind == IdKind.FREE and i.name in order]
        free.sort(key=lambda identifier: order[identifier.name])
        return free

    def _move_star_param(self) -> None:
        """Swap ``*args`` with the last keyword-only parameter: the run time wants it behind all of them."""
        last_plain = -1
        for index in range(len(self.ordered) - 1, -1, -1):
            identifier = self.ordered[index]
            if identifier.is_param and identifier.stars == 1:
                if last_plain >= 0:
                    self.ordered[index], self.ordered[last_plain] = self.ordered[last_plain], identifier
                return
            if last_plain < 0 and identifier.is_param and identifier.stars == 0:
                last_plain = index
