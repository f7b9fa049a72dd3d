"""Computing the parse tables of a grammar with Lark. Only this module imports Lark."""

from __future__ import annotations

import marshal
import sys
from array import array
from typing import Any

from mpytool.grammar.tables import EXTEND_LIST, MARSHAL_VERSION, PASS_ON, START_LIST, RuleRow
from mpytool.grammar.tokens import KIND_NAMES, KINDS

#: Tokens that carry structure only: never handed to a callback
_DROPPED = frozenset({"NEWLINE", "INDENT", "DEDENT"})


def _kept(rule: Any) -> tuple[int, ...]:
    """Which values of a rule its callback gets; see RuleRow."""
    length = len(rule.expansion)
    kept: list[int] = []
    position = 0
    for absent in rule.options.empty_indices or (False,) * length:
        if absent:
            kept.append(0)
            continue
        symbol = rule.expansion[position]
        if not (symbol.is_term and (symbol.filter_out or symbol.name in _DROPPED)):
            kept.append(position - length)
        position += 1
    return tuple(kept)


def _callback(rule: Any, kept: tuple[int, ...]) -> str:
    """The name of a rule's callback by Lark's conventions."""
    name = str(rule.origin.name)
    if name.startswith("__"):
        return EXTEND_LIST if rule.expansion[0].name == name else START_LIST
    if rule.alias:
        return str(rule.alias)
    if rule.options.expand1 and len(kept) == 1:
        return PASS_ON
    return name


def build_blob(grammar: str) -> bytes:
    """Compute the tables with Lark; returns them serialised, without the key."""
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        def __init__(self, *_: object) -> None: ...

        def lex(self, *_: object) -> Any: ...

    parser: Any = Lark(grammar, parser="lalr", lexer=NoLexer, start="module", maybe_placeholders=True)
    # Lark has no public way to its tables; this attribute path is the same in 1.1.9 to 1.3.
    lalr = parser.parser.parser._parse_table
    names = {name: kind for kind, name in enumerate(KIND_NAMES)} | {"$END": KIND_NAMES.index("END")}

    # Lark numbers states differently in each run; number them in the order they are first reached.
    start = lalr.start_states["module"]
    order = [start]
    number = {start: 1}
    for state in order:
        for _, (action, argument) in sorted(lalr.states[state].items()):
            if action.name == "Shift" and argument not in number:
                order.append(argument)
                number[argument] = len(order)

    nonterminals: dict[str, int] = {}
    rules: list[RuleRow | None] = [None]
    rule_number: dict[Any, int] = {}
    for rule in sorted(parser.rules, key=lambda r: (r.origin.name, r.order, str(r))):
        kept = _kept(rule)
        nonterminal = nonterminals.setdefault(rule.origin.name, len(nonterminals))
        rule_number[rule] = len(rules)
        rules.append((nonterminal, len(rule.expansion), _callback(rule, kept), kept))

    actions = array("h", [0]) * ((len(order) + 1) * len(KINDS))
    gotos: list[dict[int, int]] = [{}]
    for state in order:
        goto: dict[int, int] = {}
        base = number[state] * len(KINDS)
        for symbol, (action, argument) in sorted(lalr.states[state].items()):
            if action.name == "Reduce":
                actions[base + names[symbol]] = -rule_number[argument]
            elif symbol in nonterminals:
                goto[nonterminals[symbol]] = number[argument]
            else:
                actions[base + names[symbol]] = number[argument]
        gotos.append(goto)
    if sys.byteorder == "big":
        actions.byteswap()
    return marshal.dumps(
        (actions.tobytes(), gotos, rules, number[lalr.end_states["module"]]), MARSHAL_VERSION
    )
