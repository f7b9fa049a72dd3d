"""The annotations of viper functions. Their types are checked by the native pipeline; here only their
names."""

from __future__ import annotations

from mpytool import errors
from mpytool.grammar import tree
from mpytool.lowering.builder import Builder

TYPES = ("object", "bool", "int", "uint", "ptr", "ptr8", "ptr16", "ptr32")
"""Names of viper's types (``mp_native_type_from_qstr`` in ``py/nativeglue.c``)."""


def annotate_param(b: Builder, param: tree.Param) -> None:
    """Record the type of a parameter."""
    if param.annotation is not None and param.name is not None:
        b.function.arg_types[param.name] = _type_name(b, param.annotation)


def annotate_result(b: Builder, node: tree.FunctionDef) -> None:
    """Record the type of the result."""
    if node.returns is not None:
        b.function.return_type = _type_name(b, node.returns)


def _type_name(b: Builder, annotation: tree.Expr) -> str:
    if not isinstance(annotation, tree.Name):
        b.fail(errors.VIPER_ANNOTATION, annotation)
        return ""
    if annotation.id not in TYPES:
        b.fail(errors.VIPER_UNKNOWN_TYPE, annotation, name=annotation.id)
    return annotation.id
