# Several values are joined behind inline code of a generator, which keeps them in memory.
def pairs(items, table):
    a = b = 0
    for i in items:
        a = items[i] + a
        b = table[i] << 1 | b
        items[i] = a
        table[0] = b + a
        yield a
        if a > b:
            yield b
    return a, b


items, table = [3, 1, 2, 0], bytearray(8)
print(list(pairs(items, [5, 6, 7, 8])), list(pairs([0, 1], table)), items, table)
