"""Conditions as x86-64 names them, after ``cmp`` and, for TZ and TNZ, ``test``."""

from __future__ import annotations

from mpytool.emitters.native.low import Cond

SUFFIX: dict[Cond, str] = {
    Cond.EQ: "e", Cond.NE: "ne", Cond.LT: "l", Cond.LE: "le", Cond.GT: "g", Cond.GE: "ge", Cond.ULT: "b",
    Cond.ULE: "be", Cond.UGT: "a", Cond.UGE: "ae", Cond.TZ: "e", Cond.TNZ: "ne",
}  # fmt: skip
"""What follows ``j``, ``set`` and ``cmov``."""

UNSIGNED: dict[Cond, Cond] = {
    Cond.LT: Cond.ULT, Cond.LE: Cond.ULE, Cond.GT: Cond.UGT, Cond.GE: Cond.UGE,
}  # fmt: skip
"""The same question of words that are not negative, asked of as many bits as they have."""
