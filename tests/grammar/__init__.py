"""Tests of mpytool/grammar/."""
