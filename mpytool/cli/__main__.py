"""``python -m mpytool.cli`` is ``mpyc``."""

from mpytool.cli import main

main()
