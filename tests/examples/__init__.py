"""The examples compile, and run on a real MicroPython."""
