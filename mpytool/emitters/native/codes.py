"""The IR opcodes that the control flow depends on, by name."""

from __future__ import annotations

from typing import Final

from mpytool.ir import code_of

LABEL: Final = code_of("LABEL")
LOAD_FAST_N: Final = code_of("LOAD_FAST_N")
STORE_FAST_N: Final = code_of("STORE_FAST_N")
DELETE_FAST: Final = code_of("DELETE_FAST")
JUMP: Final = code_of("JUMP")
UNWIND_JUMP: Final = code_of("UNWIND_JUMP")
POP_JUMP_IF_TRUE: Final = code_of("POP_JUMP_IF_TRUE")
POP_JUMP_IF_FALSE: Final = code_of("POP_JUMP_IF_FALSE")
JUMP_IF_TRUE_OR_POP: Final = code_of("JUMP_IF_TRUE_OR_POP")
JUMP_IF_FALSE_OR_POP: Final = code_of("JUMP_IF_FALSE_OR_POP")
SETUP_WITH: Final = code_of("SETUP_WITH")
SETUP_EXCEPT: Final = code_of("SETUP_EXCEPT")
SETUP_FINALLY: Final = code_of("SETUP_FINALLY")
POP_EXCEPT_JUMP: Final = code_of("POP_EXCEPT_JUMP")
FOR_ITER: Final = code_of("FOR_ITER")
WITH_CLEANUP: Final = code_of("WITH_CLEANUP")
END_FINALLY: Final = code_of("END_FINALLY")
RETURN_VALUE: Final = code_of("RETURN_VALUE")
RAISE_LAST: Final = code_of("RAISE_LAST")
RAISE_OBJ: Final = code_of("RAISE_OBJ")
RAISE_FROM: Final = code_of("RAISE_FROM")
LOAD_BUILTIN: Final = code_of("LOAD_BUILTIN")
ROT_THREE: Final = code_of("ROT_THREE")
