"""Counting what native code costs: executed instructions and bytes, beside mpy-cross and beside C."""
