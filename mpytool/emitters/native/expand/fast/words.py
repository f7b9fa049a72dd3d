"""Which integers of a function are words in its loops.

Where small ints have 31 bits, this loop makes an object of each value (CRC-32, hashes, generators of random
numbers)::

    v3:obj = phi v1 v9                        v1 is 0x811c9dc5
    v5:obj = binary_op "^" v3 v4
    v7:obj = binary_op "*" v5 v6              v6 is 0x1000193
    v9:obj = binary_op "&" v7 v8              v8 is 0xffffffff

It is told by its constants: integers from 2**30 on that operators use, that come into a loop, or that are
items of a tuple. They, and what operators make of them, are *wide*: they may be no small ints. A phi of
wide values is wide. Operators on wide values compute with words, and so do those whose results are for such
operators alone: ``h * 33`` in ``h * 33 + c & 0xffffffff``.

Everything that takes an object gets one, made anew each time; so words are for functions whose loops compute
more with wide values than they give away, and that do not ask whether two of them are the same object. A
function without such a constant has none, so it may run where integers beyond small ints raise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpytool.emitters.native.expand.fast.runs import COMPARISONS, NO_SMALL_INT
from mpytool.emitters.native.expand.fast.word_ranges import LONG, RULES, SMALL, WORD, WORD_BITS, Range
from mpytool.emitters.native.expand.unboxed import NO_WORDS, Conversion, WordPlan, integer_of
from mpytool.emitters.native.ssa import PHI, Block, Instr, SsaFunction, Type

_SHIFTS = ("<<", ">>")
_DIVISIONS = ("//", "%")
_MAKING_WIDE = frozenset(("&", "|", "^", "+", "-", "*", "<<"))
"""Operators whose results have as many bits as operands."""
_COUNTING = ("phi", "binary_op")
"""What is no word, and of words: likely to be a small int."""
_TAKING_WORDS = ("truth", "keep_slot")
_SINGLETONS = ("none", "true", "false")
_LOOP_WEIGHT_BITS = 3
_MOST_LOOPS = 4
"""Loops around loops that are told apart."""


def plan_words(
    ssa: SsaFunction,
    loops: Sequence[frozenset[int]],
    users: dict[Instr, list[Instr]],
    *,
    is_any_object: Callable[[Instr], bool],
    is_wide_item: Callable[[Instr], bool],
    converts_all: bool,
) -> WordPlan:
    """For a machine of 32 bits. ``loops`` has the heads of the loops around each block; ``is_any_object``
    says of a load_subscr whether the item may be any object, ``is_wide_item`` whether the program says that
    it may be no small int, ``converts_all`` that all objects that come into loops become words if they
    can."""
    search = _Search(
        ssa, loops, users, is_any_object=is_any_object, is_wide_item=is_wide_item, converts_all=converts_all
    )
    if not search.has_seed():
        return NO_WORDS
    search.run()
    if not search.is_worth_it():
        return NO_WORDS
    heads = {phi: search.conversion(phi) for phi in search.phis if search.is_head(phi)}
    return WordPlan(
        frozenset(search.operations),
        frozenset(search.phis),
        heads,
        frozenset(phi for phi, how in heads.items() if how is Conversion.NONE or search.has_single_home(phi)),
        frozenset(search.items()),
        frozenset(search.loaded()),
        {instr: search.carrying(instr) for instr in search.operations if search.is_wide(instr)},
    )


def operator_of(instr: Instr) -> str:
    """Without the sign of assignment."""
    operator: str = instr.imm[0]
    return operator if operator in COMPARISONS else operator.removesuffix("=")


def exponent_of(instr: Instr) -> int | None:
    """n, of a constant 2**n that divides words: 1 to 2**32."""
    value = instr.imm[0] if instr.row.name in ("int", "constant") else None
    if type(value) is int and 0 < value <= 1 << WORD_BITS and value & value - 1 == 0:
        return value.bit_length() - 1
    return None


class _Search:
    def __init__(
        self,
        ssa: SsaFunction,
        loops: Sequence[frozenset[int]],
        users: dict[Instr, list[Instr]],
        *,
        is_any_object: Callable[[Instr], bool],
        is_wide_item: Callable[[Instr], bool],
        converts_all: bool,
    ) -> None:
        self.is_any_object = is_any_object
        self.is_wide_item = is_wide_item
        self.converts_all = converts_all
        self.blocks = ssa.blocks
        self.loops = loops
        self.users = users
        self.home = {instr: block for block in ssa.blocks for instr in block.code}
        self.operations: set[Instr] = set()
        self.phis: set[Instr] = set()
        self.bounds: dict[Instr, Range] = {}

    def has_seed(self) -> bool:
        return any(
            _is_wide_constant(arg) or (arg.row.name == "load_subscr" and self.is_wide_item(arg))
            for block in self.blocks
            if self.loops[block.number]
            for instr in block.code
            for arg in instr.args
        )

    def run(self) -> None:
        while True:
            before = len(self.operations) + len(self.phis)
            for block in self.blocks:
                for instr in block.code:
                    if instr.row is PHI:
                        self._try_phi(block, instr)
                    elif self.loops[block.number]:
                        self._try_operation(instr)
            if len(self.operations) + len(self.phis) == before:
                return

    def _try_phi(self, block: Block, phi: Instr) -> None:
        if phi.type is Type.OBJ and phi not in self.phis:
            in_loop = self.loops[block.number]
            if any(self.is_wide(arg) or (in_loop and _is_wide_constant(arg)) for arg in phi.args):
                self.phis.add(phi)

    def _try_operation(self, instr: Instr) -> None:
        if not _can_be_word(instr):
            return
        wanted = any(self.is_wide(arg) or _is_wide_constant(arg) for arg in instr.args)
        if wanted or self._is_for_words_alone(instr):
            self.operations.add(instr)
            self.bounds[instr] = self._bound(instr)

    def _is_for_words_alone(self, instr: Instr) -> bool:
        users = self.users.get(instr, ())
        return bool(users) and operator_of(instr) in RULES and all(
            user in self.phis or (user in self.operations and not _is_count(user, instr)) for user in users
        )  # fmt: skip

    def is_wide(self, value: Instr) -> bool:
        """Whether a value may be a word that is no small int."""
        if value.row.name == "load_subscr":
            return self.is_wide_item(value)
        return value in self.phis or (value in self.bounds and self.bounds[value].most > SMALL.most)

    def _bound(self, instr: Instr) -> Range:
        """Of a result that is a word."""
        operator = operator_of(instr)
        if operator in COMPARISONS or operator == "not":
            return Range(0, 1)
        if len(instr.args) == 1:
            return WORD
        found = RULES[operator](*operand_ranges(instr, self._range))
        return found.common(WORD) if found.most >= 0 and found.least <= WORD.most else WORD

    def _range(self, value: Instr) -> Range:
        if value in self.phis or self._is_any_item(value):
            return WORD
        return self.bounds.get(value, SMALL)

    def _is_any_item(self, value: Instr) -> bool:
        return value.row.name == "load_subscr" and self.is_any_object(value)

    # --- whether it is worth it -----------------------------------------------------------------------------

    def is_worth_it(self) -> bool:
        gained = sum(self._weight(instr) for instr in self.operations if self._is_saved(instr))
        lost = 0
        for value in (*self.phis, *(instr for instr in self.operations if self.is_wide(instr))):
            for user in self.users.get(value, ()):
                if user.row.name == "binary_op" and user.imm[0] == "is":
                    if not any(arg.row.name in _SINGLETONS for arg in user.args):
                        return False
                elif user not in self.operations and user not in self.phis and not _takes_words(user, value):
                    lost += self._weight(user)
        return gained > lost

    def _is_saved(self, instr: Instr) -> bool:
        """Whether it would make an object."""
        return operator_of(instr) in RULES and any(map(self.is_wide, (instr, *instr.args)))

    def _weight(self, instr: Instr) -> int:
        depth = min(len(self.loops[self.home[instr].number]), _MOST_LOOPS)
        return 1 << depth * _LOOP_WEIGHT_BITS

    def carrying(self, instr: Instr) -> list[Instr]:
        """The phis in front of loops that a result gets into."""
        waiting, reached = [instr], {instr: False}
        for value in waiting:
            for user in self.users.get(value, ()):
                if user in self.phis and user not in reached:
                    reached[user] = self.is_head(user)
                    if not reached[user]:
                        waiting.append(user)
        return [phi for phi, is_head in reached.items() if is_head]

    # --- where objects become words -------------------------------------------------------------------------

    def is_head(self, phi: Instr) -> bool:
        return self.home[phi].number in self.loops[self.home[phi].number]

    def conversion(self, phi: Instr) -> Conversion:
        """What can come into a loop that is no word. What an operation could not do with words comes, too,
        but seldom."""
        if self.converts_all or any(map(self._may_need_more, self.operations)):
            return Conversion.ALL
        head = self.home[phi]
        entering = [
            arg
            for arg, source in zip(phi.args, head.predecessors, strict=True)
            if head.number not in self.loops[source.number]
            and integer_of(arg) is None
            and not self.is_wide(arg)
        ]
        if any(arg.row.name not in _COUNTING for arg in entering):
            return Conversion.ALL
        return Conversion.SMALL if entering else Conversion.NONE

    def _may_need_more(self, instr: Instr) -> bool:
        """Whether a product may have more than 64 bits."""
        if operator_of(instr) != "*":
            return False
        return not RULES["*"](*operand_ranges(instr, self._range)).is_within(LONG)

    def has_single_home(self, phi: Instr) -> bool:
        return len({self.home[user] for user in self.users.get(phi, ()) if user in self.operations}) == 1

    def loaded(self) -> set[Instr]:
        """Items that only operations of the same block want."""
        return {
            arg
            for instr in self.operations
            for arg in instr.args
            if arg.row.name == "load_subscr"
            and all(user in self.operations and self.home[user] is self.home[arg] for user in self.users[arg])
        }

    def items(self) -> set[Instr]:
        """Items that operations want, with more bits than a small int has."""
        return {
            arg
            for instr in self.operations
            if self.is_wide(instr) or operator_of(instr) not in _MAKING_WIDE
            for arg in instr.args
            if self._is_any_item(arg) and not _is_cut(instr, self.users)
        }


def _is_wide_constant(value: Instr) -> bool:
    """Also 2**32, where it divides."""
    number = value.imm[0] if value.row.name == "constant" else None
    return type(number) is int and SMALL.most < number <= WORD.most + 1


def _is_count(user: Instr, value: Instr) -> bool:
    return operator_of(user) in _SHIFTS and user.args[1] is value


def _is_cut(instr: Instr, users: dict[Instr, list[Instr]]) -> bool:
    """Whether a result is only wanted as far as a mask of few bits goes."""
    return all(
        user.row.name == "binary_op"
        and operator_of(user) == "&"
        and any((mask := integer_of(arg)) is not None and 0 <= mask <= SMALL.most for arg in user.args)
        for user in users.get(instr, ())
    )


def _takes_words(user: Instr, value: Instr) -> bool:
    """Whether what is no operation makes no object of a value."""
    name = user.row.name
    return name in _TAKING_WORDS or (name == "load_subscr" and user.args[1] is value)


def operand_ranges(instr: Instr, range_of: Callable[[Instr], Range]) -> list[Range]:
    """What the rule of an operator wants: constants as they are, counts and divisors that can be."""
    found = []
    for arg in instr.args:
        constant = integer_of(arg)
        found.append(range_of(arg) if constant is None else Range(constant, constant))
    operator = operator_of(instr)
    if operator in _SHIFTS:
        found[1] = found[1].common(Range(0, WORD_BITS - 1))
    elif operator in _DIVISIONS and (exponent := exponent_of(instr.args[1])) is not None:
        found[1] = Range(1 << exponent, 1 << exponent)
    return found


def _can_be_word(instr: Instr) -> bool:
    """Whether ``word_operators`` has the operator, with these constants."""
    name = instr.row.name
    if name == "unary_op":
        return instr.imm[0] in ("~", "-", "not")
    if name != "binary_op":
        return False
    operator = operator_of(instr)
    if operator not in RULES and operator not in COMPARISONS:
        return False
    left, right = map(integer_of, instr.args)
    odd = [arg for arg in instr.args if arg.row.name in NO_SMALL_INT and integer_of(arg) is None]
    if odd:
        return operator == "%" and odd == [instr.args[1]] and exponent_of(odd[0]) is not None
    if operator in _SHIFTS:
        return right is None or 0 <= right < WORD_BITS
    if operator in _DIVISIONS:
        return right is not None and right > 0 and left is None
    # What is negative is wanted by a mask only
    return operator == "&" or not ((left is not None and left < 0) or (right is not None and right < 0))
