"""When an instruction does what with a register.

Allocation numbers the instructions of a function. ``STEP * number + moment`` is an **event** of a register:
an int that says where it occurs and how. ``event & POSITION`` is where that is as the end of an interval::

    0  2  4        8     12  16
    |  |  |        |     |   |
    |  |  reads    |     |   the next instruction
    |  |  end here |     what is never read is there until here
    |  |           results begin here
    |  early results begin here
    blocks begin here
"""

from __future__ import annotations

STEP = 16
POSITION = -2
"""What an event is masked with to get a position."""

EARLY_WRITE = 2
READ = 4
READ_BY_MOVE = 5
WRITE = 8
WRITE_BY_MOVE = 9
MODIFY = 10  # read, then written: such an event is there twice, for both
UNREAD = 12


IS_READ = tuple(moment in (READ, READ_BY_MOVE, MODIFY) for moment in range(STEP))
"""By moment, whether a register's value is wanted."""

IS_WRITE = tuple(moment in (EARLY_WRITE, WRITE, WRITE_BY_MOVE, MODIFY) for moment in range(STEP))
"""By moment, whether it gets a value."""

IS_ASSIGNMENT = tuple(moment in (EARLY_WRITE, WRITE, WRITE_BY_MOVE) for moment in range(STEP))
"""By moment, whether it gets a value that does not depend on the old one."""
