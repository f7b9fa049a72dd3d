"""x86-64: registers, the instruction table, and the encoder that reads it."""
