"""The parse tables: made from grammar.lark by Lark, kept in a file, loaded without Lark.

Where the tables come from, in this order: ``tables.bin`` in the package (made when the package was built),
the user's cache folder, Lark. A blob is only used if it begins with the key of the present grammar.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import os
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

from mpytool.grammar.tokens import KIND_NAMES, KINDS

_FORMAT = 3
_MARSHAL = 4  # the version of the marshal format that all supported Pythons read
_FOLDER = Path(__file__).parent
GRAMMAR_FILE = _FOLDER / "grammar.lark"
PACKAGED_FILE = _FOLDER / "tables.bin"

#: Tokens that carry structure only: never handed to a callback
_DROPPED = frozenset({"NEWLINE", "INDENT", "DEDENT"})

PASS_ON = ""
START_LIST = "+start"
EXTEND_LIST = "+extend"

RuleRow = tuple[int, int, str, tuple[int, ...]]
"""(number of the nonterminal, length, callback, what is kept).

``callback``: a method of the builder, or PASS_ON, START_LIST, EXTEND_LIST. What is kept: indices into the
value stack, -1 for its top; 0 (the bottom, which holds None) for an absent part.
"""

Pick = Callable[[list[Any]], Any]


@dataclass(slots=True, eq=False)
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

    rows: list[list[int]]
    gotos: list[dict[int, int]]
    rules: list[RuleRow | None]
    picks: list[Pick | None]
    accept: int
    leaves: dict[int, tuple[int, str]]
    steps: list[dict[int, dict[int, tuple[int, int]]]] = field(repr=False)

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


# --- making them ---------------------------------------------------------------------------------------


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
    return marshal.dumps((actions.tobytes(), gotos, rules, number[lalr.end_states["module"]]), _MARSHAL)


# --- keeping and loading them ------------------------------------------------------------------------------


def _key(grammar: bytes) -> bytes:
    text = f"{_FORMAT} {_MARSHAL} {KIND_NAMES}".encode()
    return hashlib.sha256(text + grammar).digest()


def _sealed(key: bytes, blob: bytes) -> bytes:
    """What a file of tables holds: the key of the grammar, a checksum, the tables."""
    return key + hashlib.sha256(blob).digest() + blob


def packaged_blob() -> bytes:
    """What belongs into ``tables.bin``."""
    grammar = GRAMMAR_FILE.read_bytes()
    return _sealed(_key(grammar), build_blob(grammar.decode()))


def _read_blob(path: Path, key: bytes) -> bytes | None:
    """The tables in a file; None if there is none, or it is of another grammar or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    blob = data[2 * len(key) :]
    return blob if data == _sealed(key, blob) else None


def _write_blob(path: Path, data: bytes) -> None:
    """Write a cache file whole or not at all; a folder that cannot be written is no error."""
    import tempfile

    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            try:
                os.unlink(temporary)
            except OSError:
                return


def _load_blob() -> bytes:
    grammar = GRAMMAR_FILE.read_bytes()
    key = _key(grammar)
    blob = _read_blob(PACKAGED_FILE, key)
    if blob is not None:
        return blob
    from platformdirs import user_cache_dir

    path = Path(user_cache_dir("mpyc")) / f"tables-{key.hex()[:16]}.bin"
    blob = _read_blob(path, key)
    if blob is None:
        blob = build_blob(grammar.decode())
        _write_blob(path, _sealed(key, blob))
    return blob


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
    flat = actions.tolist()
    width = len(KINDS)
    rows = [flat[i : i + width] for i in range(0, len(flat), width)]
    leaves: dict[int, tuple[int, str]] = {}
    for state, row in enumerate(rows):
        if not gotos[state] and len(distinct := set(row) - {0}) == 1:
            rule = rules[-distinct.pop()] if min(row) < 0 else None
            if rule is not None and rule[1] == 1 and len(rule[3]) <= 1 and rule[2] in LEAVES:
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


@functools.cache
def load() -> Tables:
    """The tables of the present grammar, loaded once in a process."""
    return unpack_blob(_load_blob())
