"""The verifier: proves that a ``.mpy`` file is well formed and that its bytecode is safe to run.

``verify(buffer)`` gives what is wrong, nothing if all is well. ``docs/verify.md`` says what that
does and does not guarantee.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from mpytool.module import CompiledModule, RawCode, RawCodeKind
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.read import read
from mpytool.mpyfile.verify import findings
from mpytool.mpyfile.verify.findings import Finding, RejectedError
from mpytool.mpyfile.verify.module import Node, check_functions
from mpytool.mpyfile.verify.places import Places
from mpytool.mpyfile.verify.policy import Policy
from mpytool.mpyfile.verify.structure import check_file
from mpytool.options import ARCHES

__all__ = ["Finding", "Policy", "verify"]

_NO_POLICY = Policy()

MAX_FINDINGS = 1000
"""A file made to annoy has no more."""


def verify(buffer: bytes | bytearray | memoryview | mmap.mmap, policy: Policy = _NO_POLICY) -> list[Finding]:
    """What is wrong with a file, in its order: for each function the first broken rule of its code.

    Never raises because of what is in the buffer; time and memory are bounded by its size.
    """
    try:
        module = read(buffer)
    except MpyFormatError as error:
        reason = error.diagnostics[0].message.partition(": ")[2]
        return [Finding(findings.MALFORMED.code, reason, error.offset)]
    places = Places(buffer, module)
    found = []
    for node, broken in _broken(module, policy):
        found.append(places.finding(node.path if node is not None else None, broken))
        if len(found) == MAX_FINDINGS:
            break
    return found


def _broken(module: CompiledModule, policy: Policy) -> Iterator[tuple[Node | None, RejectedError]]:
    for broken in check_file(module):
        yield None, broken
    for broken in _check_policy(module, policy):
        yield None, broken
    native: RawCode | None = None
    for raw_code in _raw_codes(module.root):
        if raw_code.kind is not RawCodeKind.BYTECODE:
            native = raw_code
            break
    if native is not None and module.arch == 0:
        yield None, RejectedError(findings.NATIVE_WITHOUT_ARCH)
    if native is not None and "native" in policy.deny:
        yield None, RejectedError(findings.DENIED_NATIVE, kind=native.kind.name.lower())
    yield from check_functions(module, policy.max_state, "trusted-names" in policy.deny)


def _check_policy(module: CompiledModule, policy: Policy) -> Iterator[RejectedError]:
    if policy.arch is not None and module.arch and policy.arch != _arch_name(module.arch):
        yield RejectedError(findings.DENIED_ARCH, arch=_arch_name(module.arch), allowed=policy.arch)


def _arch_name(number: int) -> str:
    return ARCHES[number] if number < len(ARCHES) else f"architecture {number}"


def _raw_codes(root: RawCode) -> Iterator[RawCode]:
    stack = [root]
    while stack:
        raw_code = stack.pop()
        yield raw_code
        stack += raw_code.children
