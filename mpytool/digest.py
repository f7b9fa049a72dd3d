"""The hash that the compile cache is built on: 32 bytes of BLAKE2b.

It is Python's own, so OpenSSL need not be loaded, which takes longer than hashing all that a build reads.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b
else:
    try:
        from _blake2 import blake2b
    except ImportError:  # a Python that takes it from elsewhere
        from hashlib import blake2b


def new_digest(data: bytes = b"") -> blake2b:
    """A hash of some bytes, to be updated with more, copied and asked for its ``digest()``."""
    return blake2b(data, digest_size=32)
