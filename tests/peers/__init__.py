"""Comparisons with real peers: mpy-cross 1.29 for bytes, real MicroPythons for behaviour."""
