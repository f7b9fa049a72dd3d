"""Lowering: every decision about what a program does, as stack operations (floor 1).

``lower`` turns a syntax tree into an ``ir.Program``. Names are gathered while the operations are made,
because mpy-cross numbers locals and cells in the order in which its compiler meets them; ``resolve`` then
replaces the operations on identifiers by those on locals, cells and globals.
"""

from mpytool.lowering.program import lower

__all__ = ["lower"]
