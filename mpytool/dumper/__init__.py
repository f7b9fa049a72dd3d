"""What is in a ``.mpy`` file, for people and for programs: text, annotated bytes, JSON, HTML, differences.

Everything here reads a ``CompiledModule`` or the regions of a file and makes text; nothing prints.
``listing`` is what the forms share: the functions in order, and their code instruction by instruction.
"""
