"""Which function runs which of the instructions that are not in the hot loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.mpyfile.verify import ops_blocks, ops_build, ops_calls, ops_names, ops_stack
from mpytool.mpyfile.verify.frame import Frame
from mpytool.opcodes import code_of

Handle: TypeAlias = Callable[[Frame, int, int], int]

_HANDLES: dict[str, Handle] = {
    "LOAD_SUPER_METHOD": ops_names.load_super_method,
    "STORE_GLOBAL": ops_names.store_global,
    "STORE_ATTR": ops_names.store_attr,
    "DELETE_NAME": ops_names.delete_name,
    "DELETE_GLOBAL": ops_names.delete_name,
    "IMPORT_NAME": ops_names.import_name,
    "IMPORT_FROM": ops_names.import_from,
    "STORE_FAST_N": ops_names.store_fast,
    "DELETE_FAST": ops_names.delete_fast,
    "STORE_DEREF": ops_names.store_deref,
    "DELETE_DEREF": ops_names.store_deref,
    "LOAD_CONST_SMALL_INT": ops_names.load_const_small_int,
    "LOAD_BUILD_CLASS": ops_names.load_build_class,
    "DUP_TOP": ops_stack.dup_top,
    "DUP_TOP_TWO": ops_stack.dup_top_two,
    "ROT_TWO": ops_stack.rot_two,
    "ROT_THREE": ops_stack.rot_three,
    "JUMP_IF_TRUE_OR_POP": ops_stack.jump_if_or_pop,
    "JUMP_IF_FALSE_OR_POP": ops_stack.jump_if_or_pop,
    "FOR_ITER": ops_stack.for_iter,
    "GET_ITER_STACK": ops_stack.get_iter_stack,
    "SETUP_WITH": ops_blocks.setup_with,
    "SETUP_EXCEPT": ops_blocks.setup_block,
    "SETUP_FINALLY": ops_blocks.setup_block,
    "POP_EXCEPT_JUMP": ops_blocks.pop_except_jump,
    "WITH_CLEANUP": ops_blocks.with_cleanup,
    "END_FINALLY": ops_blocks.end_finally,
    "UNWIND_JUMP": ops_blocks.unwind,
    "RETURN_VALUE": ops_blocks.return_value,
    "RAISE_OBJ": ops_blocks.raise_object,
    "RAISE_FROM": ops_blocks.raise_object,
    "RAISE_LAST": ops_blocks.raise_last,
    "YIELD_VALUE": ops_blocks.yield_value,
    "YIELD_FROM": ops_blocks.yield_from,
    "BUILD_TUPLE": ops_build.build_tuple,
    "BUILD_LIST": ops_build.build_list_or_set,
    "BUILD_SET": ops_build.build_list_or_set,
    "BUILD_MAP": ops_build.build_map,
    "STORE_MAP": ops_build.store_map,
    "BUILD_SLICE": ops_build.build_slice,
    "STORE_COMP": ops_build.store_comp,
    "UNPACK_SEQUENCE": ops_build.unpack_sequence,
    "UNPACK_EX": ops_build.unpack_ex,
    "GET_ITER": ops_stack.get_iter,
    "STORE_SUBSCR": ops_build.store_subscr,
    "IMPORT_STAR": ops_names.import_star,
    "MAKE_FUNCTION": ops_calls.make_function,
    "MAKE_FUNCTION_DEFARGS": ops_calls.make_function_defargs,
    "MAKE_CLOSURE": ops_calls.make_closure,
    "MAKE_CLOSURE_DEFARGS": ops_calls.make_closure_defargs,
    "CALL_FUNCTION": ops_calls.call,
    "CALL_FUNCTION_VAR_KW": ops_calls.call,
    "CALL_METHOD": ops_calls.call,
    "CALL_METHOD_VAR_KW": ops_calls.call,
}

_BY_CODE = {code_of(name): handle for name, handle in _HANDLES.items()}

HANDLES: tuple[Handle | None, ...] = tuple(_BY_CODE.get(code) for code in range(256))
"""By opcode; None for those of the hot loop and for bytes that are no opcode."""
