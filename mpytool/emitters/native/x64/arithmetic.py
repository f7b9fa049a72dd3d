"""Rules for what computes on words.

    v3 = add v1 v2     copy v3 <- v1; add v3 v2           overwrites what is not wanted any more
    v5 = shl v3 v4     copy v5 <- v3; shl.i v5 3
    v7 = add v5 v6     lea v7 [v6 + v3*8]                 if nobody else wants v5
    v8 = shl v1 v2     copy v8 <- v1; copy rcx <- v2; shl.c v8 rcx
    v9 = sdiv v1 v2    copy rax <- v1; cqo rdx rax; idiv rax rdx v2; copy v9 <- rax

Where the upper half of a result is known to be zero, operations on 32 bits compute it: they are shorter.
"""

from __future__ import annotations

from mpytool.emitters.native.low import LOW_PHI, LowInstr
from mpytool.emitters.native.machine import Address
from mpytool.emitters.native.selecting import Rule
from mpytool.emitters.native.widths import CLOSED
from mpytool.emitters.native.x64.addressing import address_of
from mpytool.emitters.native.x64.operands import X64Selection
from mpytool.emitters.native.x64.operations import OPS, RAX, RCX, RDX

_ANEW = frozenset(("const", "frame_address", "resume_address", "load_table"))
_COMMUTATIVE = frozenset(("add", "mul", "and", "or", "xor", "add_checked", "mul_checked"))
_CHAIN = 4
"""Operations between a phi and what it becomes."""
_LEA_FACTORS = {3: 2, 5: 4, 9: 8}


def _suffix(bits: int) -> str:
    return "" if bits == 64 else str(bits)


def _bits(selection: X64Selection, instr: LowInstr) -> int:
    """Of the operation that computes a value whose low bits depend on low bits only."""
    return 32 if selection.is_short(instr) else 64


def _ordered(selection: X64Selection, instr: LowInstr) -> tuple[LowInstr, LowInstr]:
    """The operands, the better one to overwrite first, what can be a number or memory second."""
    one, other = instr.args
    if instr in selection.overwritten:
        return (one, other) if one is selection.overwritten[instr] else (other, one)
    if instr.row.name not in _COMMUTATIVE or selection.number(other) is not None:
        return one, other
    if selection.number(one) is not None:
        return other, one
    ranks = [
        (
            not selection.has_memory(value),
            _is_own_phi(selection, value, instr),
            len(selection.users[value]) == 1,
        )
        for value in (one, other)
    ]
    return (one, other) if ranks[0] >= ranks[1] else (other, one)


def _is_own_phi(selection: X64Selection, value: LowInstr, instr: LowInstr) -> bool:
    """Whether the loop that ``value`` belongs to goes on with ``instr``, or what is made of it alone."""
    if value.row is not LOW_PHI:
        return False
    for _ in range(_CHAIN):
        if instr in value.args:
            return True
        users = selection.users.get(instr, [])
        if len(users) != 1 or users[0].name not in CLOSED:
            return False
        instr = users[0]
    return False


def _two_address(selection: X64Selection, instr: LowInstr, stem: str, bits: int = 64) -> None:
    one, other = _ordered(selection, instr)
    place = selection.vreg(instr)
    selection.copy(place, selection.source(one))
    if one is other and one.row.name not in _ANEW:
        selection.emit(OPS[stem + _suffix(bits)], place, place)
    else:
        selection.apply(stem, place, other, bits)


def _closed(selection: X64Selection, instr: LowInstr) -> None:
    _two_address(selection, instr, instr.row.name, _bits(selection, instr))


# --- sums --------------------------------------------------------------------------------------------------


def _add(selection: X64Selection, instr: LowInstr) -> None:
    one, other = instr.args
    if selection.number(one) is not None:
        one, other = other, one
    number = selection.immediate(other)
    if number is not None and _double_and(selection, instr, one, number):
        return
    if number is not None and one.row.name == "add" and selection.foldable(one):
        _lea(selection, instr, address_of(selection, one, number))
    elif number is None and _scales(selection, one):
        _lea(selection, instr, address_of(selection, other, 0, one))
    elif number is None and (_scales(selection, other) or _sums(selection, one, other)):
        _lea(selection, instr, address_of(selection, one, 0, other))
    else:
        _closed(selection, instr)


def _scales(selection: X64Selection, value: LowInstr) -> bool:
    return (
        value.row.name == "shl" and selection.number(value.args[1]) in (1, 2, 3) and selection.foldable(value)
    )


def _sums(selection: X64Selection, one: LowInstr, other: LowInstr) -> bool:
    return any(
        value.row.name == "add"
        and selection.immediate(value.args[1]) is not None
        and selection.foldable(value)
        for value in (one, other)
    )


def _double_and(selection: X64Selection, instr: LowInstr, doubled: LowInstr, number: int) -> bool:
    """``2 * x + number``, as which small ints are made."""
    if doubled.row.name != "shl" or selection.number(doubled.args[1]) != 1 or not selection.foldable(doubled):
        return False
    register = selection.register(selection.fold(doubled).args[0])
    _lea(selection, instr, Address(register, number, register))
    return True


def _lea(selection: X64Selection, instr: LowInstr, address: Address) -> None:
    name = "lea32" if _bits(selection, instr) == 32 else "lea"
    selection.emit(OPS[name], selection.vreg(instr), address)


def _or(selection: X64Selection, instr: LowInstr) -> None:
    one, other = instr.args
    if selection.number(other) == 1 and _double_and(selection, instr, one, 1):
        return
    for low, high in ((one, other), (other, one)):
        # Bits that do not meet: a sum
        if selection.number(low) is not None or not _scales(selection, high):
            continue
        if selection.width(low) <= int(high.args[1].imm[0]):
            _lea(selection, instr, address_of(selection, low, 0, high))
            return
    _closed(selection, instr)


def _sub(selection: X64Selection, instr: LowInstr) -> None:
    one, other = instr.args
    place = selection.vreg(instr)
    number = selection.number(one)
    if _remainder(selection, instr):
        return
    if number == 0:
        selection.copy(place, selection.source(other))
        selection.emit(OPS["neg"], place)
    elif number is not None and selection.immediate(one) is not None and len(selection.users[other]) == 1:
        selection.copy(place, selection.source(other))
        selection.emit(OPS["neg"], place)
        selection.emit(OPS["add.i"], place, number)
    else:
        _two_address(selection, instr, "sub", _bits(selection, instr))


# --- products ----------------------------------------------------------------------------------------------


def _mul(selection: X64Selection, instr: LowInstr) -> None:
    _multiply(selection, instr, _bits(selection, instr), plain=True)


def _multiply(selection: X64Selection, instr: LowInstr, bits: int, *, plain: bool) -> None:
    """``plain``: the flags do not matter."""
    one, other = _ordered(selection, instr)
    number = selection.immediate(other, bits)
    place, stem = selection.vreg(instr), "imul" + _suffix(bits)
    if number is None:
        _two_address(selection, instr, "imul", bits)
    elif plain and number in _LEA_FACTORS:
        register = selection.register(one)
        _lea(selection, instr, Address(register, 0, register, number - 1))
    elif selection.has_memory(one, bits):
        selection.emit(OPS[f"{stem}.mi"], place, selection.memory(one), number)
    else:
        selection.emit(OPS[f"{stem}.i"], place, selection.register(one), number)


def _divide(selection: X64Selection, instr: LowInstr) -> None:
    one, other = instr.args
    _divide_in_place(selection, instr.row.name == "sdiv", one, other)
    selection.copy(selection.vreg(instr), RAX)


def _divide_in_place(selection: X64Selection, signed: bool, one: LowInstr, other: LowInstr) -> None:
    """rax becomes the quotient, rdx the remainder."""
    small = max(selection.width(one), selection.width(other))
    if small <= 32:
        signed = False
    bits = 32 if small <= 32 else 64
    divisor = selection.register(other)
    selection.copy(RAX, selection.source(one))
    if signed:
        selection.emit(OPS["cqo"], RDX, RAX)
    else:
        selection.copy(RDX, 0)
    selection.emit(OPS[("idiv" if signed else "div") + _suffix(bits)], RAX, RDX, divisor)


def _remainder(selection: X64Selection, instr: LowInstr) -> bool:
    """``a - a / b * b``, if the quotient is wanted for nothing else."""
    one, product = instr.args
    if product.row.name != "mul" or not selection.foldable(product):
        return False
    for quotient, by in (product.args, reversed(product.args)):
        if (
            quotient.row.name in ("sdiv", "udiv")
            and quotient.args[0] is one
            and quotient.args[1] is by
            and selection.foldable(quotient)
        ):
            selection.fold(product)
            selection.fold(quotient)
            _divide_in_place(selection, quotient.row.name == "sdiv", one, by)
            selection.copy(selection.vreg(instr), RDX)
            return True
    return False


# --- checked, and of one operand ---------------------------------------------------------------------------


def _checked(selection: X64Selection, instr: LowInstr) -> None:
    stem = instr.row.name.removesuffix("_checked")
    if stem == "mul":
        _multiply(selection, instr, 64, plain=False)
    else:
        _two_address(selection, instr, stem)
    selection.emit(OPS["jno"], targets=instr.targets)


def _restore(selection: X64Selection, instr: LowInstr) -> None:
    """The operand that a checked operation overwrote, from the sum that it left."""
    checked, other = instr.args
    place = selection.vreg(checked)
    selection.apply("sub" if checked.row.name == "add_checked" else "add", place, other)
    selection.copy(selection.vreg(selection.overwritten[instr]), place)


def _halve(selection: X64Selection, instr: LowInstr) -> None:
    place = selection.vreg(instr.args[0])
    selection.emit(OPS["rcr.1"], place)
    selection.copy(selection.vreg(selection.overwritten[instr]), place)


def _unary(selection: X64Selection, instr: LowInstr) -> None:
    place = selection.vreg(instr)
    selection.copy(place, selection.source(instr.args[0]))
    selection.emit(OPS[instr.row.name + _suffix(_bits(selection, instr))], place)


# --- bits --------------------------------------------------------------------------------------------------

_MASKS = {0xFF: 8, 0xFFFF: 16, 0xFFFFFFFF: 32}
_EXTENDING = {8: "movzx8", 16: "movzx16", 32: "mov32"}


def _and(selection: X64Selection, instr: LowInstr) -> None:
    one, other = _ordered(selection, instr)
    number = selection.number(other)
    if number in _MASKS:
        _extend_zeros(selection, instr, one, _MASKS[number])
    else:
        _closed(selection, instr)


def _extend_zeros(selection: X64Selection, instr: LowInstr, value: LowInstr, bits: int) -> None:
    place = selection.vreg(instr)
    if selection.width(value) <= bits or selection.demands.get(instr, 64) <= bits:
        selection.copy(place, selection.source(value))
    else:
        _extend(selection, instr, value, bits, _EXTENDING[bits])


def _extend(selection: X64Selection, instr: LowInstr, value: LowInstr, bits: int, name: str) -> None:
    place = selection.vreg(instr)
    if selection.has_memory(value, bits):
        selection.emit(OPS[f"{name}.m"], place, selection.memory(value))
    else:
        selection.emit(OPS[name], place, selection.register(value))


def _zero_extend(selection: X64Selection, instr: LowInstr) -> None:
    _extend_zeros(selection, instr, instr.args[0], instr.imm[0])


def _sign_extend(selection: X64Selection, instr: LowInstr) -> None:
    _extend(selection, instr, instr.args[0], instr.imm[0], f"movsx{instr.imm[0]}")


def _xor(selection: X64Selection, instr: LowInstr) -> None:
    one, other = _ordered(selection, instr)
    if selection.number(other) == -1:
        selection.copy(selection.vreg(instr), selection.source(one))
        selection.emit(OPS["not"], selection.vreg(instr))
    else:
        _closed(selection, instr)


def _shift(selection: X64Selection, instr: LowInstr) -> None:
    one, count = instr.args
    place = selection.vreg(instr)
    number = selection.number(count)
    selection.copy(place, selection.source(one))
    if number is None:
        selection.copy(RCX, selection.source(count))
        selection.emit(OPS[f"{instr.row.name}.c"], place, RCX)
        return
    if instr.row.name == "shl":
        is_short = selection.is_short(instr)
    else:
        is_short = selection.width(one) <= (31 if instr.row.name == "sar" else 32)
    bits = 32 if is_short and number < 32 else 64
    selection.emit(OPS[f"{instr.row.name}{_suffix(bits)}.i"], place, number)


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "and": _and,
    "or": _or,
    "xor": _xor,
    "shl": _shift,
    "shr": _shift,
    "sar": _shift,
    "sdiv": _divide,
    "udiv": _divide,
    "neg": _unary,
    "not": _unary,
    "zero_extend": _zero_extend,
    "sign_extend": _sign_extend,
    "add_checked": _checked,
    "sub_checked": _checked,
    "mul_checked": _checked,
    "restore": _restore,
    "halve": _halve,
}
