"""The parse tables as the parser uses them. ``make_tables.py`` makes them, ``table_files.py`` keeps them."""

from __future__ import annotations

import marshal
import sys
from array import array
from collections.abc import Callable
from operator import itemgetter

from mpytool.grammar.tokens import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

FORMAT = 3
"""Of the serialised tables; to be raised when it changes."""
MARSHAL_VERSION = 4
"""The version of the marshal format that all supported Pythons read."""

PASS_ON = ""
START_LIST = "+start"
EXTEND_LIST = "+extend"

RuleRow = tuple[int, int, str, tuple[int, ...]]
"""(number of the nonterminal, length, callback, what is kept).

``callback``: a method of the builder, or PASS_ON, START_LIST, EXTEND_LIST. What is kept: indices into the
value stack, -1 for its top; 0 (the bottom, which holds None) for an absent part.
"""

Pick: TypeAlias = "Callable[[list[Any]], Any]"


class Tables:
    """LALR(1) tables; states, kinds of tokens, nonterminals and rules are small ints.

    ``rows[state][kind]`` says what to do: 0 is an error; n > 0 shifts and goes to state n; n < 0 reduces
    by ``rules[-n]``.
    ``gotos[state][nonterminal]`` is the state after a reduction. The parse ends at END in state ``accept``.

    ``steps`` is filled while parsing and is what makes it fast: after a reduction, most of what follows is
    rules with one symbol that only pass a value on (test, or_test, and_test, ... atom).
    ``steps[state][nonterminal][kind]`` remembers where the whole chain of these ends: (state, its action for
    that kind). Entries are facts about the tables, so threads may fill them at the same time.

    ``leaves`` are the states that one token leads to and that only reduce it: (nonterminal, callback).
    """

    __slots__ = ("rows", "gotos", "rules", "picks", "accept", "leaves", "steps")

    def __init__(
        self,
        rows: list[array[int]],
        gotos: list[dict[int, int]],
        rules: list[RuleRow | None],
        picks: list[Pick | None],
        accept: int,
        leaves: dict[int, tuple[int, str]],
        steps: list[dict[int, dict[int, tuple[int, int]]]],
    ) -> None:
        self.rows = rows
        self.gotos = gotos
        self.rules = rules
        self.picks = picks
        self.accept = accept
        self.leaves = leaves
        self.steps = steps

    def follow(self, state: int, nonterminal: int, kind: int) -> tuple[int, int]:
        """What ``steps`` is to hold for a reduction to ``nonterminal`` that uncovered ``state``."""
        base = state
        state = self.gotos[base][nonterminal]
        action = self.rows[state][kind]
        while action < 0:
            rule = self.rules[-action]
            assert rule is not None
            if rule[1] != 1 or rule[2] != PASS_ON:
                break
            state = self.gotos[base][rule[0]]
            action = self.rows[state][kind]
        return state, action


def _pick(callback: str, kept: tuple[int, ...]) -> Pick:
    """A function from the value stack to what the parser needs of it; itemgetter does it without bytecode.

    That is a callback's arguments; for PASS_ON the value itself, for START_LIST a list of all, and for
    EXTEND_LIST what is to be added to the first.
    """
    if callback == PASS_ON:
        return itemgetter(kept[0])
    if callback == EXTEND_LIST:
        kept = kept[1:]
    elif callback == START_LIST and len(kept) > 1:
        assert kept == tuple(range(kept[0], 0)), "a repeated group may drop tokens only at its start"
        return itemgetter(slice(kept[0], None))
    if len(kept) == 0:
        return itemgetter(slice(0, 0))
    if len(kept) == 1:
        return itemgetter(slice(kept[0], kept[0] + 1 or None))
    return itemgetter(*kept)


def unpack_blob(blob: bytes) -> Tables:
    """The tables from their serialised form."""
    packed, gotos, rules, accept = marshal.loads(blob)
    actions = array("h", packed)
    if sys.byteorder == "big":
        actions.byteswap()
    width = len(KINDS)
    rows = [actions[i : i + width] for i in range(0, len(actions), width)]
    leaves: dict[int, tuple[int, str]] = {}
    for state, row in enumerate(rows):
        first = next(filter(None, row), 0)
        if first < 0 and not gotos[state]:
            rule = rules[-first]
            is_leaf = rule is not None and rule[1] == 1 and len(rule[3]) <= 1 and rule[2] in LEAVES
            if is_leaf and set(row) <= {0, first}:
                leaves[state] = (rule[0], rule[2])
    return Tables(
        rows=rows,
        gotos=gotos,
        rules=rules,
        picks=[None if rule is None else _pick(rule[2], rule[3]) for rule in rules],
        accept=accept,
        leaves=leaves,
        steps=[{} for _ in rows],
    )


#: Callbacks of one token, which the parser calls with just its number while shifting it
LEAVES = frozenset(
    {
        "name", "integer", "float_or_imag", "string", "long_string", "bytes",
        "ellipsis", "none", "true", "false",
    }
)  # fmt: skip
