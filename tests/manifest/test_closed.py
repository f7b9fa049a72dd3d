"""Which manifests need not be run again while their files are the same."""

from __future__ import annotations

import pytest

from mpytool.manifest.closed import is_closed

FUNCTIONS = ("module", "package", "options", "metadata")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "module('a.py')",
        "options.defaults(a=1)\nif options.a:\n    package('p', files=[f'{n}.py' for n in range(3)])",
        "def lib(name, *rest, opt=1, **more):\n    module(name, opt=opt)\nlib('a.py')",
        "for name in sorted(('a', 'b')):\n    module(name + '.py')",
        "try:\n    module('a.py')\nexcept Exception as e:\n    x = str(e)",
        "print = module\nprint('a.py')",
        "x = metadata().version\nwith_lambda = lambda y: y + x",
    ],
)
def test_closed(text: str) -> None:
    assert is_closed(text.encode(), FUNCTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from time import time",
        "print('x')",
        "open('f')",
        "exec('x')",
        "__import__('os')",
        "().__class__.__bases__",
        "eval('1')",
        "getattr(options, 'x')",
        "globals()",
        "id(3)",
        "hash('a')",
        "freeze('.')",
        "x = (",
        "x = '\0'",
    ],
)
def test_open(text: str) -> None:
    assert not is_closed(text.encode(), FUNCTIONS)
