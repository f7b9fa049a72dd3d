"""From the stack IR to code: one package per kind of code."""
