"""A machine of five registers for the tests of allocation and layout.

``target``   its instructions and its convention
``machine``  executes its machine form, before allocation and after it
``chance``   functions by chance
``memory``   allocation that cannot be wrong easily
"""
