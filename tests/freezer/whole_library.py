"""Every module of the standard library, frozen, compiled and read back on each machine.

``python -m tests.freezer.whole_library [PARTS]`` freezes them in so many images (4), and prints a line for
each image, machine and kind of firmware. Ends with status 1 if a module is not what it was.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from mpytool.freezer import freeze
from mpytool.freezer.equivalence import difference
from mpytool.freezer.readback import read_back
from tests.freezer.building import MACHINES, Configuration, make_headers
from tests.freezer.modules import library
from tests.peers.runtimes import micropython_source

_ALL = 1_000_000


def main() -> int:
    """Freeze, compile, read back, print."""
    n_parts = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    modules = list(library(_ALL))
    n_wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        headers = make_headers(micropython_source(), Path(temporary) / "build", bytes_in_len=2)
        for part in range(n_parts):
            some = modules[part::n_parts]
            for configuration in (
                Configuration(bytes_in_len=2),
                Configuration(bytes_in_len=2, saves_code=True),
            ):
                image = freeze(some, [], headers.settings(configuration))
                text = image.to_c()
                for machine in MACHINES.values():
                    if not machine.is_here:
                        continue
                    data = headers.compile(text, machine, configuration)
                    found = read_back(data, headers.firmware(configuration)).modules
                    wrong = [each.name for each in some if difference(each.module, found[each.name])]
                    n_wrong += len(wrong)
                    saving = ", settrace" if configuration.saves_code else ""
                    print(f"{machine.name}{saving}: {len(some) - len(wrong)} modules the same, {wrong} not")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
