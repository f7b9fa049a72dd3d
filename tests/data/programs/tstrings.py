# needs: 1.29
# Template strings.
name, n = "world", 42
t = t"hello {name!r:>10} and {n + 1} {n=}"
print(t.strings)
print(t.values)
for i in t.interpolations:
    print(i.value, i.expression, i.conversion, i.format_spec)
print(rt"\d{n}".strings)
