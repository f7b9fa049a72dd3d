"""The ``.mpy`` file format, version 6: a compiled module to bytes.

``write`` is the writer that the tools use. ``layout`` declares the same format with ``construct``: it is the
readable specification and the writer's slow twin in the tests, and is imported by nothing else.
"""
