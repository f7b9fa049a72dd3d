"""From the text of a program to its folded syntax tree: ``frontend.parse``."""
