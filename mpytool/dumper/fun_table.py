"""The run time's function table by index, as of .mpy version 6.3 (``py/nativeglue.h``)."""

from __future__ import annotations

_NAMES = """
    const_none const_false const_true native_from_obj native_to_obj native_swap_globals load_name load_global
    load_build_class load_attr load_method load_super_method store_name store_global store_attr obj_subscr
    obj_is_true unary_op binary_op obj_new_tuple obj_new_list obj_new_dict obj_new_set obj_set_store
    obj_list_append obj_dict_store make_function_from_proto_fun native_call_function_n_kw call_method_n_kw
    call_method_n_kw_var native_getiter native_iternext nlr_push nlr_pop native_raise import_name import_from
    import_all obj_new_slice unpack_sequence unpack_ex delete_name delete_global obj_new_closure
    arg_check_num_sig setup_code_state_native small_int_floor_divide small_int_modulo native_yield_from setjmp
    memset memmove realloc printf vprintf raise_msg obj_get_type obj_new_str obj_new_bytes
    obj_new_bytearray_by_ref obj_new_float_from_f obj_new_float_from_d obj_get_float_to_f obj_get_float_to_d
    load_method_maybe get_buffer get_stream_raise arg_parse_all arg_parse_all_kw_array binary_get_size
    binary_get_val_array binary_set_val_array plat_print type_type type_str type_list type_dict
    type_fun_builtin_0 type_fun_builtin_1 type_fun_builtin_2 type_fun_builtin_3 type_fun_builtin_var
    type_Exception stream_read_obj stream_readinto_obj stream_unbuffered_readline_obj stream_write_obj
"""

FUN_TABLE_NAMES: tuple[str, ...] = tuple(_NAMES.split())

_C_NAMES = frozenset(("nlr_push", "nlr_pop", "setjmp", "memset", "memmove", "realloc"))
"""Those that have no ``mp_`` before their name."""

NAMED_SUB_VERSION = 3
"""The sub-version whose table this is; those of older ones differ."""


def entry_name(index: int, sub_version: int = NAMED_SUB_VERSION) -> str:
    """``mp_binary_op`` for 18; ``mp_fun_table[N]`` for what is not known of a version."""
    if sub_version != NAMED_SUB_VERSION or not 0 <= index < len(FUN_TABLE_NAMES):
        return f"mp_fun_table[{index}]"
    name = FUN_TABLE_NAMES[index]
    return name if name in _C_NAMES else f"mp_{name}"
