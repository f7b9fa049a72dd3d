"""What ``fast/plan.py`` chooses before a function is expanded, and what fast versions find out meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.emitters.native.expand.global_plan import GlobalNames
from mpytool.emitters.native.expand.object_kinds import Iteration, Kind
from mpytool.emitters.native.expand.unboxed import NO_WORDS, Unboxed, WordPlan
from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.ssa import Instr


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which instructions get fast versions. Without anything, everything is done by calls.

    ``recognised``        kinds of objects that are told apart in front of loops (``fast/kinds.py``)
    ``recognised_here``   those that are told apart where items are wanted
    ``iterated``          those that loops are over
    ``kinds``             of objects that are likely to be tuples, or are none, what is asked for instead
    ``searches_members``  whether attributes are looked for in instances (``fast/attributes.py``)
    ``global_names``      variables that are found without a call (``fast/global_names.py``)
    ``iterators``         iterator buffers of loops that may go without calls (``fast/iteration.py``)
    ``pairs``             calls made for loops over pairs, with what unpacks these (``fast/pairs.py``)
    ``lengths``           the load_global of calls of ``len`` (``fast/lengths.py``)
    ``methods``           load_method of methods of the program's classes (``fast/methods.py``)
    ``list_calls``        load_method of calls of ``append`` and ``pop`` (``fast/list_calls.py``)
    ``fills_lists``       whether what is appended is stored without a call while there is room
    ``words``             what is computed with words (``fast/words.py``)
    """

    recognised: Kind = Kind.OTHER
    recognised_here: Kind = Kind.OTHER
    iterated: Kind = Kind.OTHER
    kinds: dict[Instr, Kind] = field(default_factory=dict)
    searches_members: bool = False
    global_names: GlobalNames = field(default_factory=GlobalNames)
    iterators: frozenset[Instr] = frozenset()
    pairs: dict[Instr, Instr] = field(default_factory=dict)
    lengths: frozenset[Instr] = frozenset()
    methods: frozenset[Instr] = frozenset()
    list_calls: frozenset[Instr] = frozenset()
    fills_lists: bool = False
    words: WordPlan = NO_WORDS

    def kinds_of(self, container: Instr) -> Kind:
        """What an object is told apart as in front of loops."""
        return self.kinds.get(container, self.recognised)

    def kinds_here(self, container: Instr) -> Kind:
        """What it is told apart as where its items are wanted."""
        kinds = self.kinds.get(container)
        return self.recognised_here if kinds is None else kinds & (self.recognised_here | Kind.TUPLE)


@dataclass(slots=True)
class Findings:
    """Values that say what objects are.

    ``kinds``       the Kind of an object
    ``sequences``   an object of which only one kind of items is known, or an empty one instead of another
    ``instances``   the types of instances of a program's classes
    ``is_list``     by load_method of a call: whether the object is a list; None if the call is to ask
    ``iterations``  by iterator buffer: how far a loop is
    ``unpacked``    by unpack_sequence: the values, where they are there already
    ``unboxed``     phis that are words
    """

    kinds: dict[Instr, LowInstr] = field(default_factory=dict)
    sequences: dict[Instr, LowInstr] = field(default_factory=dict)
    instances: dict[Instr, LowInstr] = field(default_factory=dict)
    is_list: dict[Instr, LowInstr | None] = field(default_factory=dict)
    iterations: dict[Instr, Iteration] = field(default_factory=dict)
    unpacked: dict[Instr, list[LowInstr]] = field(default_factory=dict)
    unboxed: dict[Instr, Unboxed] = field(default_factory=dict)
