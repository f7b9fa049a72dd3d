"""The LALR driver: tokens in, whatever the builder makes of the top rule out.

It keeps its own stacks, so nesting is limited by memory only. What makes it fast is ``Tables.steps``, and
that a name or a literal is shifted, turned into its node and carried through all rules that only pass it on
in one step.
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.grammar.tables import EXTEND_LIST, PASS_ON, START_LIST, Tables
from mpytool.grammar.tokens import KIND_OF_NAME, Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

_END = KIND_OF_NAME["END"]
_NEWLINE = KIND_OF_NAME["NEWLINE"]


class UnexpectedToken(Exception):  # noqa: N818 - the trade's name; it never leaves this package
    """The token with number ``index`` cannot stand where it does; the lists are the parser's stacks then."""

    def __init__(self, index: int, states: list[int], values: list[Any], firsts: list[int]) -> None:
        super().__init__(index)
        self.index = index
        self.states = states
        self.values = values
        self.firsts = firsts


def can_take(tables: Tables, states: list[int], kind: int) -> bool:
    """Whether a parser with this stack of states would shift a token of a kind."""
    states = list(states)
    while (action := tables.rows[states[-1]][kind]) < 0:
        rule = tables.rules[-action]
        assert rule is not None
        if rule[1]:
            del states[-rule[1] :]
        states.append(tables.gotos[states[-1]][rule[0]])
    return action > 0 or (kind == _END and states[-1] == tables.accept)


def finish_statement(tables: Tables, stopped: UnexpectedToken, builder: object) -> None:
    """Build what mpy-cross would have built before it noticed the unexpected token.

    Its parser completes every rule that can end before it looks for what may follow. That matters where
    completing a statement raises an error of its own, which then comes first.
    """
    states, values, firsts = stopped.states, stopped.values, stopped.firsts
    if not can_take(tables, states, _NEWLINE):
        return
    reductions, _ = bind(tables, builder)
    while (action := tables.rows[states[-1]][_NEWLINE]) < 0:
        reduction = reductions[-action]
        assert reduction is not None
        nonterminal, length, pick, callback, extends = reduction
        if callback is not None:
            value = callback(firsts[-length], stopped.index - 1, *pick(values))
        else:
            value = [*values[-length], *pick(values)] if extends else pick(values)
        del states[-length:], values[-length:], firsts[1 - length or len(firsts) :]
        states.append(tables.gotos[states[-1]][nonterminal])
        values.append(value)


Reduction: TypeAlias = "tuple[int, int, Callable[[list[Any]], Any], Callable[..., Any] | None, bool]"
"""(nonterminal, length, pick, callback, whether it extends a list).

``pick`` takes a callback's arguments from the value stack; without a callback it takes the rule's value, or
what is to be added to the list that is the rule's first value.
"""
Leaf: TypeAlias = "tuple[dict[int, tuple[int, int]], Callable[[int], Any]]"


def bind(
    tables: Tables, builder: object
) -> tuple[list[Reduction | None], dict[int, tuple[int, Callable[[int], Any]]]]:
    """Pair every rule with the builder's method for it: (by rule number, by leaf state)."""
    reductions: list[Reduction | None] = [None]
    for rule, pick in zip(tables.rules[1:], tables.picks[1:], strict=True):
        assert rule is not None
        assert pick is not None
        nonterminal, length, name, _ = rule
        callback = None if name in (PASS_ON, START_LIST, EXTEND_LIST) else getattr(builder, name)
        reductions.append((nonterminal, length, pick, callback, name == EXTEND_LIST))
    leaves = {
        state: (nonterminal, getattr(builder, name)) for state, (nonterminal, name) in tables.leaves.items()
    }
    return reductions, leaves


def run(tables: Tables, tokens: Tokens, builder: object) -> Any:
    """Parse; returns the value of the top rule.

    Raises UnexpectedToken, and whatever the builder raises.
    """
    reductions, leaves = bind(tables, builder)
    rows = tables.rows
    steps = tables.steps
    kinds = tokens.kinds
    accept = tables.accept
    states = [1]
    values: list[Any] = [None, None]  # index 0 is what absent parts are read from
    firsts = [0]
    push_state = states.append
    push_value = values.append
    push_first = firsts.append
    index = 1
    kind = kinds[1]
    action = rows[1][kind]
    while True:
        if action > 0:
            if action in leaves:
                nonterminal, leaf = leaves[action]
                push_value(leaf(index))
                push_first(index)
                index += 1
                kind = kinds[index]
                state = states[-1]
                try:
                    state, action = steps[state][nonterminal][kind]
                except KeyError:
                    step = tables.follow(state, nonterminal, kind)
                    steps[state].setdefault(nonterminal, {})[kind] = step
                    state, action = step
                push_state(state)
            else:
                push_state(action)
                push_value(index)
                push_first(index)
                index += 1
                kind = kinds[index]
                action = rows[action][kind]
        elif action < 0:
            nonterminal, length, pick, callback, extends = reductions[-action]  # type: ignore[misc]
            if length:
                if callback is not None:
                    value = callback(firsts[-length], index - 1, *pick(values))
                elif extends:
                    value = values[-length]
                    value += pick(values)
                else:
                    value = pick(values)
                if length > 1:
                    shorter = 1 - length
                    del states[shorter:]
                    del values[shorter:]
                    del firsts[shorter:]
                values[-1] = value
                state = states[-2]
                try:
                    state, action = steps[state][nonterminal][kind]
                except KeyError:
                    step = tables.follow(state, nonterminal, kind)
                    steps[state].setdefault(nonterminal, {})[kind] = step
                    state, action = step
                states[-1] = state
            else:
                push_value(callback(index, index - 1))  # type: ignore[misc]
                push_first(index)
                state, action = tables.follow(states[-1], nonterminal, kind)
                push_state(state)
        elif states[-1] == accept and kind == _END:
            return values[-1]
        else:
            raise UnexpectedToken(index, states, values, firsts)
