"""The text form of a syntax tree.

One node a line, indented by two spaces for each level below the module::

      1 Assign
      1   targets: Name x
      1   value: Chain + -
      1     operands: Name y
      1     operands: Constant 3
      2     operands: Primary
      2       base: Name f
      2       trailers: CallTrailer
      2         args: Constant 'text' (object, line 2)

The number is the line of the node's first token (as mpy-cross counts lines). Then come the name of the field
that holds the node, with one row for each node of a list, the node's class, and its plain fields: texts and
operators as they are, others as ``name=value``. A Constant loaded from the constant table says so, with
the line that loading it reports. An absent or empty part has no row.
"""

from __future__ import annotations

from mpytool.grammar.tokens import Tokens
from mpytool.grammar.tree import Constant, Module, Node, Pass

_TEXTS = frozenset({"id", "op", "name", "names", "ops", "parts", "module", "kind"})
_MAX_VALUE = 200
"""Constants' text is cut to so many characters; so a large integer or string prints in little time."""


def _value_text(value: object) -> str:
    """A constant in Python's notation, shortened; integers too long for decimal text in hexadecimal."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        text = hex(value)
    elif isinstance(value, tuple):
        inner = ", ".join(_value_text(item) for item in value[:_MAX_VALUE])
        text = f"({inner}{',' if len(value) == 1 else ''})"
    elif isinstance(value, str | bytes):
        text = repr(value[:_MAX_VALUE])
    else:
        text = repr(value)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


def _plain(node: Node) -> str:
    """The fields of a node that hold no nodes."""
    if isinstance(node, Constant):
        where = f" (object, line {node.line})" if node.is_object else ""
        return f" {_value_text(node.value)}{where}"
    if isinstance(node, Pass):
        return "" if node.line else " (no line)"
    words: list[str] = []
    for name in type(node).__slots__:
        value = getattr(node, name)
        if not value or isinstance(value, Node | Tokens):
            continue
        if isinstance(value, list):
            if not isinstance(value[0], Node):
                words.append((" " if name == "ops" else ".").join(map(str, value)))
        elif name in _TEXTS:
            words.append(str(value))
        elif value is True:
            words.append(name)
        else:
            words.append(f"{name}={value}")
    return "".join(f" {word}" for word in words)


def _children(node: Node) -> list[tuple[str, Node]]:
    """(field, node) of the nodes right below a node, in the order of the fields."""
    found: list[tuple[str, Node]] = []
    for name in type(node).__slots__:
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append((name, value))
        elif isinstance(value, list):
            found += [(name, item) for item in value if isinstance(item, Node)]
    return found


def format_tree(module: Module) -> str:
    """The text form of a tree; ends in a newline unless the program is empty."""
    lines = module.tokens.lines
    rows: list[str] = []
    # An explicit stack: trees may be deeper than Python's own
    waiting = [(0, "", node) for _, node in reversed(_children(module))]
    while waiting:
        depth, role, node = waiting.pop()
        label = f"{role}: " if role else ""
        rows.append(f"{lines[node.first]:5} {'  ' * depth}{label}{type(node).__name__}{_plain(node)}\n")
        waiting += [(depth + 1, name, child) for name, child in reversed(_children(node))]
    return "".join(rows)
