"""Dataclasses that are made when they are used: what ``dataclasses`` makes, without its time at the start.

The standard decorator writes and compiles up to nine methods for each class while a module is imported, and
imports ``inspect`` before: together half of the time in which a short command starts. Here a class gets its
slots at once; ``__init__`` and ``__eq__`` are written when they are first called; the rest is common to all::

    @dataclass(frozen=True, slots=True)          def __init__(self, line, text=d1):
    class Place:                                     _set(self, "line", line)
        line: int                                    _set(self, "text", text)
        text: str | None = None                  written for the first Place(...)

Type checkers see the standard ones; ``dataclasses.fields``, ``replace`` and ``asdict`` take these classes.
"""

from __future__ import annotations

from reprlib import recursive_repr

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take longer than what it is for
    from collections.abc import Callable
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["dataclass", "field", "replace"]

_MISSING = object()
_PLAN = "_record_plan"


class _Field:
    """One field, as ``dataclasses.Field`` has them."""

    __slots__ = ("compare", "default", "default_factory", "init", "repr")

    def __init__(
        self,
        *,
        default: object = _MISSING,
        default_factory: object = _MISSING,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare


def _dataclass(*, slots: bool, frozen: bool = False, eq: bool = True) -> Callable[[type], type]:
    """The decorator. A class without slots is refused: there is none in this program."""
    if not slots:
        raise TypeError("a record has slots")
    return lambda cls: _with_slots(cls, frozen, eq)


def _with_slots(cls: type, frozen: bool, eq: bool) -> type:
    """The class again, with slots instead of the values of its fields, and with the methods."""

    def first_init(self: object, /, *args: object, **words: object) -> None:
        made.__init__ = _written_init(made)
        made.__init__(self, *args, **words)

    def first_eq(self: object, other: object, /) -> Any:
        made.__eq__ = _written_eq(made)
        return made.__eq__(self, other)

    plan: dict[str, _Field] = {}
    taken: set[str] = set()
    for base in reversed(cls.__mro__[1:]):
        plan.update(base.__dict__.get(_PLAN, {}))
        taken.update(base.__dict__.get("__slots__", ()))
    members = dict(cls.__dict__)
    own = cls.__annotations__
    for name in own:
        default = members.pop(name, _MISSING)
        plan[name] = default if isinstance(default, _Field) else _Field(default=default)
    for name in ("__dict__", "__weakref__"):
        members.pop(name, None)
    members["__slots__"] = tuple([name for name in own if name not in taken])
    members["__match_args__"] = tuple([name for name, each in plan.items() if each.init])
    members[_PLAN] = plan
    members["__dataclass_fields__"] = _Standard("__dataclass_fields__")
    members["__dataclass_params__"] = _Standard("__dataclass_params__")
    members["__init__"] = first_init
    members.setdefault("__repr__", _repr)
    if eq:
        members.setdefault("__eq__", first_eq)
        if members.get("__hash__") is None:
            members["__hash__"] = _hash if frozen else None
    if frozen:
        members["__setattr__"] = _refuse_to_set
        members["__delattr__"] = _refuse_to_delete
        members["__getstate__"] = _state
        members["__setstate__"] = _set_state
    made: Any = type(cls)(cls.__name__, cls.__bases__, members)
    return made  # type: ignore[no-any-return]


# --- methods that are written when they are first called ----------------------------------------------------


def _written_init(cls: type) -> Callable[..., None]:
    """``__init__`` with the parameters and defaults of the fields."""
    frozen = _is_frozen(cls)
    values: dict[str, object] = {"_set": object.__setattr__, "_MISSING": _MISSING}
    parameters = []
    lines = []
    plan: dict[str, _Field] = getattr(cls, _PLAN)
    for number, (name, each) in enumerate(plan.items()):
        default, value = f"d{number}", name
        if each.default_factory is not _MISSING:
            values[default] = each.default_factory
            value = f"{default}() if {name} is _MISSING else {name}" if each.init else f"{default}()"
            parameter = f"{name}=_MISSING"
        elif each.default is not _MISSING:
            values[default] = each.default
            value = name if each.init else default
            parameter = f"{name}={default}"
        elif each.init:
            parameter = name
        else:
            continue
        if each.init:
            parameters.append(parameter)
        lines.append(f"    _set(self, {name!r}, {value})" if frozen else f"    self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    head = f"def __init__({', '.join(['self', *parameters])}):"
    return _written(cls, [head, *(lines or ["    pass"])], values)


def _written_eq(cls: type) -> Callable[..., object]:
    """``__eq__`` for objects of one class, by the fields that count."""
    plan: dict[str, _Field] = getattr(cls, _PLAN)
    names = [name for name, each in plan.items() if each.compare]
    left, right = (f"({''.join([f'{who}.{name},' for name in names])})" for who in ("self", "other"))
    lines = [
        "def __eq__(self, other):",
        "    if other.__class__ is not self.__class__:",
        "        return NotImplemented",
        f"    return {left} == {right}",
    ]
    return _written(cls, lines, {})


def _written(cls: type, lines: list[str], values: dict[str, object]) -> Callable[..., Any]:
    exec("\n".join(lines), values)
    made: Any = values[lines[0].partition("(")[0][4:]]
    made.__qualname__ = f"{cls.__qualname__}.{made.__name__}"
    made.__module__ = cls.__module__
    return made  # type: ignore[no-any-return]


# --- methods that are the same for all ----------------------------------------------------------------------


@recursive_repr()
def _repr(self: object) -> str:
    plan: dict[str, _Field] = getattr(self, _PLAN)
    shown = ", ".join([f"{name}={getattr(self, name)!r}" for name, each in plan.items() if each.repr])
    return f"{type(self).__qualname__}({shown})"


def _hash(self: object) -> int:
    plan: dict[str, _Field] = getattr(self, _PLAN)
    return hash(tuple([getattr(self, name) for name, each in plan.items() if each.compare]))


def _refuse_to_set(self: object, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _is_frozen(cls: type) -> bool:
    found: object = cls.__setattr__
    return found is _refuse_to_set


def _state(self: object) -> list[object]:
    return [getattr(self, name) for name in getattr(self, _PLAN)]


def _set_state(self: object, state: list[object]) -> None:
    for name, value in zip(getattr(self, _PLAN), state, strict=True):
        object.__setattr__(self, name, value)


def _replace(record: Any, /, **changes: object) -> Any:
    """Another object of the same class, with some other values."""
    plan: dict[str, _Field] = getattr(record, _PLAN)
    for name, each in plan.items():
        if each.init:
            if name not in changes:
                changes[name] = getattr(record, name)
        elif name in changes:
            raise ValueError(f"field {name} is not given when a {type(record).__name__} is made")
    return type(record)(**changes)


class _Standard:
    """An attribute by which ``dataclasses`` knows its classes, that of a standard one with these fields."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        fields: list[Any] = []
        plan: dict[str, _Field] = getattr(owner, _PLAN)
        for name, each in plan.items():
            words = {word: getattr(each, word) for word in _Field.__slots__}
            given = {word: value for word, value in words.items() if value is not _MISSING}
            fields.append((name, object, dataclasses.field(**given)))
        made = dataclasses.make_dataclass(
            owner.__name__, fields, frozen=_is_frozen(owner), eq="__eq__" in owner.__dict__
        )
        return getattr(made, self._name)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
