"""The folder in which the cases' manifests lie."""

from __future__ import annotations

from pathlib import Path

FILES: dict[str, str] = {
    "a.py": "A = 1\n",
    "b.py": "B = 2\n__version__ = '9'\n",
    "data.txt": "text\n",
    "m.mpy": "",
    "pkg/__init__.py": "",
    "pkg/core.py": "C = 3\n",
    "pkg/inner/x.py": "X = 4\n",
    "pkg/readme.md": "",
    "drivers/led/led.py": "",
    "drivers/old.mpy": "",
    "cmod/micropython.mk": "",
    "cmake/micropython.cmake": "",
    "empty/nothing.txt": "",
    "sub/manifest.py": 'module("s.py")\n',
    "sub/s.py": "",
    "sub/opts.py": (
        'options.defaults(size="small")\nif options.size == "large":\n    module("s.py")\n'
        "print(options.size, options.other)\n"
    ),
    "sub/broken.py": 'module("s.py")\ndef f():\n    module("none.py")\n\nf()\n',
    "sub/syntax.py": "module(\n",
    "board/manifest.py": 'include("$(PORT_DIR)/manifest.py")\nmodule("board.py")\n',
    "board/board.py": "",
    "port/manifest.py": 'freeze("modules")\n',
    "port/modules/boot.py": "",
    "port/modules/net/wifi.py": "",
    "lib/micropython/aioble/manifest.py": (
        'metadata(version="0.5", license="MIT")\nrequire("heapq")\npackage("aioble")\n'
    ),
    "lib/micropython/aioble/aioble/__init__.py": "",
    "lib/python-stdlib/heapq/manifest.py": 'metadata(version="1.2", license="PSF")\nmodule("heapq.py")\n',
    "lib/python-stdlib/heapq/heapq.py": "",
    "lib/python-ecosys/deep/er/requests/manifest.py": 'package("requests", opt=3)\n',
    "lib/python-ecosys/deep/er/requests/requests/__init__.py": "",
    "lib/unix-ffi/heapq/manifest.py": 'module("heapq.py", opt=1)\n',
    "lib/unix-ffi/heapq/heapq.py": "",
    "ours/heapq/manifest.py": 'module("heapq.py")\n',
    "ours/heapq/heapq.py": "",
}


def make_tree(folder: Path) -> None:
    """Write the files."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
