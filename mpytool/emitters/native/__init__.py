"""From the stack IR to machine code: the stages that targets share, and one package per target."""
